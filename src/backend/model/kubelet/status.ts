import { statusTries } from '../engine/constants.ts';
import { hold } from '../engine/process.ts';
import type { Simulation } from '../engine/simulation.ts';
import { isRunning, type NodeObject, type NodeState } from '../engine/state.ts';
import { stampUs } from '../engine/store.ts';
import { type ApiClient, newRequest, type Reply, type Request } from '../network/apiserver.ts';
import { readAfterUs, statusJitterUs } from './deferred.ts';
import type { GoingStatus, WaitingStatus } from './loops.ts';
import { findsRuntimeDown } from './runtime.ts';
import { createTurns, type Turning } from './turns.ts';

/** One kubelet's status posts, from its start to its stop. */
type Loop = WaitingStatus &
  Turning & {
    readonly incarnation: number;
    notReadyUntilUs: number | null;
    /** What this try compares with, and takes the difference to. */
    base: NodeObject | null;
    tries: number;
    /** This try says False, for the kubelet has just started, up to 1.30. */
    reportsNotReady: boolean;
    /** What this try reports as volumes in use; null where it has the same as what it compares with. */
    volumesInUse: readonly string[] | null;
    /** This try finds the container runtime down; a later one has asked it in between. */
    runtimeDown: boolean;
    /** What it says has changed while a status was under way: the next one follows at once. */
    hasMore: boolean;
    /** By how much the node's clock was off when the PATCH under way was sent. */
    clockOffUs: number;
    /** kwok has dropped its job: it does nothing more of the node's status before its watch brings another Node object. */
    isDropped: boolean;
  };

export type StatusStart = {
  readonly atUs: number;
  readonly lastPostUs: number;
  readonly reportUs: number;
  /** A status says False that is computed until then, and before any was posted; null: none does. */
  readonly notReadyUntilUs: number | null;
};

export type StatusLoops = GoingStatus & {
  /** A loop whose first turn is at a moment; it does not begin by itself. */
  readonly start: (node: NodeState, client: ApiClient, start: StatusStart) => void;
  /** Computes and posts the status now, whenever its turn would be: what it says has changed. */
  readonly postNow: (node: NodeState) => void;
  /**
   * kwok begins to wait anew for a lost node's return with each change of its Node object.
   * @see kwok pkg/kwok/controllers/node_controller.go, preprocess, addStageJob
   */
  readonly waitAnew: (node: NodeState) => void;
  /** A job that kwok dropped is there again: its watch has listed the node anew. */
  readonly takeUpDropped: (node: NodeState) => void;
  /** S(1 + U[0, j]). */
  readonly pauseUs: (node: NodeState) => number;
  /** F after a change: itself, from 1.34 on a random half to one and a half of it. */
  readonly reportAfterChangeUs: (node: NodeState) => number;
};

/** What a PATCH was sent with, in its `base`: its Ready condition is a change, and says False. Else it says True. */
const isChange = 1;
const saysFalse = 2;

/** Whether an unchanged status is posted; `lastPostUs` null: none ever was. @see isUpdateStatusPeriodExperid */
export const reportIsDue = (lastPostUs: number | null, reportUs: number, nowUs: number): boolean =>
  lastPostUs === null || nowUs - lastPostUs >= reportUs;

const none: readonly string[] = [];

/** Volumes that its kubelet means to mount, or has mounted. @see kubernetes pkg/kubelet/volumemanager, GetVolumesInUse */
const volumesInUse = ({ pods }: NodeState): readonly string[] =>
  [...new Set([...pods].flatMap(({ volume }) => (volume?.inUse === true ? [volume.name] : [])))].toSorted();

const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((name, index) => name === others[index]);

/**
 * Node status: compared every S(1 + U[0, j]), a PATCH where something changed or F has passed since the last one. A
 * PATCH carries the difference to what the kubelet compared with: one that compared with an outdated copy in which the
 * node is Ready moves the heartbeat stamp and leaves the condition as the API has it.
 * @param closeConnections what repeated failure does up to 1.22, as that of leases does
 * @param clientOf by which a kubelet's requests go
 * @see kubernetes pkg/kubelet/kubelet_node_status.go, updateNodeStatus: onRepeatedHeartbeatFailure
 */
export const createStatusLoops = (
  simulation: Simulation,
  closeConnections: (node: NodeState) => void,
  clientOf: (node: NodeState) => ApiClient,
): StatusLoops => {
  const { api, behaviour, clock, heartbeats, settings, store } = simulation;
  const jitterUs = statusJitterUs(settings);
  const usesVolumes = simulation.config.workload?.volume !== undefined;

  const reportAfterChangeUs = (node: NodeState): number => {
    const frequencyUs = settings.statusReportUs;
    return behaviour.scattersReports ? frequencyUs / 2 + node.statusDraws.below(frequencyUs + 1) : frequencyUs;
  };

  const pauseUs = (node: NodeState): number => settings.statusUpdateUs + node.statusDraws.below(jitterUs + 1);

  const isStale = ({ node, incarnation }: Loop): boolean => node.incarnation !== incarnation;

  const tick = (loop: Loop): void => {
    loop.dueUs = null;
    if (isStale(loop)) return;
    if (loop.node.kubelet.frozen) {
      hold(loop.node.kubelet, tickLate, loop);
      return;
    }
    loop.tries = 0;
    attempt(loop);
  };

  /** A tick that was held back while the kubelet was frozen. */
  const tickLate = (loop: Loop): void => {
    loop.runtimeDown = !isStale(loop) && !loop.node.kubelet.frozen && findsRuntimeDown(simulation, loop.node);
    tick(loop);
  };

  const waitForNext = (loop: Loop): void => {
    const { hasMore } = loop;
    loop.hasMore = false;
    turns.waitFor(loop, hasMore ? 0 : pauseUs(loop.node));
  };

  const attempt = (loop: Loop): void => {
    if (loop.tries === 0 && behaviour.statusFromInformer) {
      if (loop.node.own !== null) {
        loop.base = loop.node.own;
        compare(loop);
        return;
      }
      // An informer that has nothing yet fails the first try at once; the second asks the API server.
      loop.tries = 1;
    }
    const kind = loop.tries === 0 ? 'cached' : 'quorum';
    api.send(newRead(loop, kind));
  };
  const newRead = (loop: Loop, kind: 'cached' | 'quorum'): Request<Loop> =>
    newRequest(loop.client, kind, settings.heartbeatTimeoutUs, loop, commitRead, onRead);

  const commitRead = (loop: Loop): Reply => {
    loop.base = loop.node.object;
    return 'ok';
  };

  const onRead = (loop: Loop, reply: Reply): void => {
    if (isStale(loop)) return;
    if (reply === 'ok') compare(loop);
    else fail(loop);
  };

  const fail = (loop: Loop): void => {
    loop.tries += 1;
    loop.runtimeDown = false;
    if (loop.tries > 1 && behaviour.closesOnRepeatedFailure) closeConnections(loop.node);
    if (loop.tries < statusTries) attempt(loop);
    else waitForNext(loop);
  };

  const wanted = ({ node, reportsNotReady, runtimeDown }: Loop): 'True' | 'False' =>
    reportsNotReady || runtimeDown || node.endsInOrder ? 'False' : 'True';

  const saysReady = (loop: WaitingStatus): boolean => wanted(loop as Loop) === 'True';

  const compare = (loop: Loop): void => {
    loop.reportsNotReady = loop.notReadyUntilUs !== null && clock.now() <= loop.notReadyUntilUs;
    const isOther = loop.base === null || loop.base.ready !== wanted(loop);
    if (usesVolumes) {
      const inUse = volumesInUse(loop.node);
      loop.volumesInUse = isSame(inUse, loop.base?.volumesInUse ?? none) ? null : inUse;
    }
    const changed = isOther || loop.volumesInUse !== null;
    if (!changed && !reportIsDue(loop.lastPostUs, loop.reportUs, clock.now())) {
      loop.runtimeDown = false;
      waitForNext(loop);
      return;
    }
    const request = newPatch(loop, clock.now());
    request.base = (isOther ? isChange : 0) + (wanted(loop) === 'True' ? 0 : saysFalse);
    api.send(request);
  };
  /** What it asks goes over a way that may be slow or cut, where kwok does otherwise than a kubelet. */
  const isKwoks = ({ link }: NodeState): boolean => link.shared !== null;

  const newPatch = (loop: Loop, sentUs: number): Request<Loop> => {
    const patienceUs = isKwoks(loop.node) ? Number.POSITIVE_INFINITY : settings.heartbeatTimeoutUs;
    const request = newRequest(loop.client, 'write', patienceUs, loop, commitPatch, onPatch);
    request.value = sentUs;
    loop.clockOffUs = loop.node.clock.offUs;
    return request;
  };

  /**
   * The API server taints each new node, and the node lifecycle controller takes that away. Of a few real nodes it is gone before
   * anything is measured; of a thousand hollow ones it is two minutes' work of its client.
   * @see kubernetes plugin/pkg/admission/nodetaint, from 1.12 on
   */
  const comesTainted = ({ hollow }: NodeState): boolean => hollow && behaviour.noScheduleTaints;

  const commitPatch = (loop: Loop, request: Request<Loop>): Reply => {
    const { node, volumesInUse } = loop;
    const ready = (request.base & saysFalse) === 0 ? 'True' : 'False';
    const stampedUs = stampUs(request.value + loop.clockOffUs);
    const before = node.object;
    // A kubelet sends what has changed, kwok all of its conditions, by whatever copy: its node is Ready again.
    const isStampAlone =
      before !== null && (((request.base & isChange) === 0 && !isKwoks(node)) || before.ready === ready);
    if (isStampAlone) {
      store.writeNode(
        node,
        volumesInUse === null ? { heartbeatUs: stampedUs } : { heartbeatUs: stampedUs, volumesInUse },
      );
      return 'ok';
    }
    const reason = ready === 'True' ? 'KubeletReady' : 'KubeletNotReady';
    const condition = { ready, reason, heartbeatUs: stampedUs, transitionUs: stampedUs } as const;
    if (before !== null) {
      store.writeNode(node, volumesInUse === null ? condition : { ...condition, volumesInUse });
      return 'ok';
    }
    store.register(node, {
      ...condition,
      createdUs: stampUs(clock.now()),
      conditions: [],
      taints: comesTainted(node) ? [{ effect: 'NoSchedule', key: 'not-ready', addedUs: stampedUs } as const] : [],
      ...(volumesInUse === null ? {} : { volumesInUse }),
    });
    return 'ok';
  };

  const onPatch = (loop: Loop, reply: Reply, request: Request<Loop>): void => {
    if (isStale(loop)) return;
    if (reply !== 'ok') {
      // kwok tries again only what was refused, or what the API server had no time for.
      // @see kwok v0.8.0 pkg/kwok/controllers/utils.go, shouldRetry; pkg/utils/lifecycle/next.go, computeMergePatch
      if (!isKwoks(loop.node)) fail(loop);
      else if (loop.node.own?.ready === 'Unknown') waitForNext(loop);
      else loop.isDropped = true;
      return;
    }
    loop.notReadyUntilUs = null;
    loop.reportsNotReady = false;
    loop.runtimeDown = false;
    loop.lastPostUs = request.value;
    loop.reportUs =
      (request.base & isChange) !== 0 || loop.volumesInUse !== null
        ? reportAfterChangeUs(loop.node)
        : settings.statusReportUs;
    waitForNext(loop);
  };

  /** An unchanged status. */
  const takeUp = (loop: Loop, atUs: number): void => {
    loop.tries = 0;
    let sentUs = atUs;
    if (behaviour.statusFromInformer) {
      loop.base = loop.node.own;
    } else {
      loop.base = loop.node.object;
      if (api.takeUp(newRead(loop, 'cached'), atUs) !== 'over') return;
      sentUs += readAfterUs;
    }
    api.takeUp(newPatch(loop, sentUs), sentUs);
  };

  const turns = createTurns<Loop>(simulation, tick, takeUp);

  const takeUpDropped = (node: NodeState): void => {
    // One that was not made was never dropped.
    const loop = heartbeats.loops.knownStatus(node) as Loop | null;
    if (loop === null || isStale(loop) || !loop.isDropped) return;
    loop.isDropped = false;
    turns.waitFor(loop, behaviour.statusFromInformer ? pauseUs(node) : 0);
  };

  /** @param phases of its first turn; null: it is deferred, and where it stands is set once it goes on by itself */
  const newLoop = (node: NodeState, client: ApiClient, phases: StatusStart | null): Loop => ({
    node,
    client,
    incarnation: node.incarnation,
    base: null,
    tries: 0,
    reportsNotReady: phases !== null && phases.notReadyUntilUs !== null,
    runtimeDown: false,
    volumesInUse: null,
    hasMore: false,
    clockOffUs: 0,
    isDropped: false,
    dueUs: phases?.atUs ?? null,
    askedUs: clock.now(),
    setUs: null,
    saysReady,
    lastPostUs: phases?.lastPostUs ?? 0,
    reportUs: phases?.reportUs ?? 0,
    notReadyUntilUs: phases?.notReadyUntilUs ?? null,
  });

  return {
    goOn: (loop, atUs, askedUs) => turns.goOn(loop as Loop, atUs, askedUs),
    make: (node) => newLoop(node, clientOf(node), null),
    late: (loop) => tickLate(loop as Loop),
    findsDown: (node) => findsRuntimeDown(simulation, node),
    lateWith: (waiting, isDown) => {
      const loop = waiting as Loop;
      loop.runtimeDown = isDown;
      tick(loop);
    },
    reportAfterChangeUs,
    pauseUs,
    takeUpDropped,
    waitAnew: (node) => {
      const loop = heartbeats.loops.statusOf(node) as Loop | null;
      if (loop === null || isStale(loop)) return;
      // To 1.30 a lost node is Ready again at once.
      if (loop.isDropped) takeUpDropped(node);
      else if (behaviour.statusFromInformer && loop.dueUs !== null) waitForNext(loop);
    },
    postNow: (node) => {
      heartbeats.rouse(node);
      const loop = heartbeats.loops.statusOf(node) as Loop | null;
      if (loop === null || isStale(loop)) return;
      if (loop.dueUs === null) loop.hasMore = true;
      else tick(loop);
    },
    start: (node, client, phases) => {
      heartbeats.loops.setStatus(node, isRunning(node) ? newLoop(node, client, phases) : null);
    },
  };
};
