import type { Endpoints, Slices } from './controllers/endpoints.ts';
import type { Simulation } from './engine/simulation.ts';
import { hasTaint, type NodeObject, type NodeState, type Pod } from './engine/state.ts';
import { notifiedAfterUs } from './kubelet/deferred.ts';

/** The cluster as an observer's watches have it. */
export type Observed = {
  readonly ready: () => number;
  readonly tainted: () => number;
  readonly notReadyNames: () => readonly string[];
  /** Nodes that have not been without the taint yet that they came with. */
  readonly newlyTainted: () => number;
  /** Of Ready nodes. */
  readonly taintedNames: () => readonly string[];
  /**
   * The stamp of its newest lease; without leases, when its newest status came. null: none yet.
   * @param enoughUs no newer one is looked for where one as new as this is known
   */
  readonly lastHeartbeatUs: (node: NodeState, enoughUs?: number) => number | null;
  /** Pods that are being deleted. */
  readonly ending: () => number;
  readonly endpoints: () => Endpoints['counts'];
  /** Calls at each change of a node, a pod or the endpoints, until another is to be called, or null. */
  readonly onChange: (listener: (() => void) | null) => void;
};

/** Watches what a real run's observer watches, and notifies the sink of each change once. */
export const createObserver = (simulation: Simulation, slices: Slices): Observed => {
  const { behaviour, clock, heartbeats, nodes, sink, store } = simulation;
  const hasLeases = behaviour.leases !== 'none';
  const receivesRenewals = sink.lastRenewal !== undefined;
  /** By index; and how many. */
  const notReady = new Uint8Array(nodes.length).fill(1);
  let notReadyCount = nodes.length;
  const newlyTainted = new Set<NodeState>();
  /** Ready ones with taints, by index. */
  const onlyTainted = new Uint8Array(nodes.length);
  const seenPods = new Map<Pod, { ready: boolean; deleting: boolean }>();
  /** By index. */
  const lastHeartbeats: (number | undefined)[] = nodes.map(() => undefined);
  /** Of nodes whose clock was off: the newest stamp since their last status. */
  const newest = new Map<NodeState, number>();
  let ending = 0;
  let endpoints = slices.current().counts;
  let tainted = 0;
  let listener: (() => void) | null = null;

  const sort = ({ index }: NodeState, { ready, taints }: NodeObject): void => {
    const isReady = ready === 'True';
    notReadyCount += Number(!isReady) - (notReady[index] ?? 0);
    notReady[index] = Number(!isReady);
    onlyTainted[index] = Number(isReady && taints.length > 0);
  };
  /** It has other taints than before, or is seen for the first time. */
  const countTaints = (node: NodeState, before: NodeObject | null, object: NodeObject): void => {
    tainted += Number(object.taints.length > 0) - Number(before !== null && before.taints.length > 0);
    if (!hasTaint(object, 'NoSchedule', 'not-ready')) newlyTainted.delete(node);
    else if (before === null) newlyTainted.add(node);
  };
  const namesOf = (some: Uint8Array): readonly string[] =>
    nodes.filter(({ index }) => some[index] === 1).map(({ name }) => name);
  const changed = (): void => {
    if (listener !== null) listener();
  };
  /** What an older stamp than the one before brings is no renewal to the controller, unless a status came in between. */
  const renewed = (node: NodeState, renewUs: number): void => {
    if (!node.clock.wasOff) {
      lastHeartbeats[node.index] = renewUs;
      return;
    }
    const before = newest.get(node) ?? lastHeartbeats[node.index] ?? Number.NEGATIVE_INFINITY;
    newest.set(node, Math.max(before, renewUs));
    if (renewUs > before) lastHeartbeats[node.index] = clock.now();
  };
  const wasRenewed = (node: NodeState, renewUs: number): void => {
    lastHeartbeats[node.index] = renewUs;
    sink.lastRenewal?.(renewUs + notifiedAfterUs, node, renewUs);
  };
  store.watch({
    node: (node, object, _written, before) => {
      const { index } = node;
      const nowUs = clock.now();
      const areTaintsNew = before === null || before.taints !== object.taints;
      const isAnother = areTaintsNew || before.ready !== object.ready;
      if (areTaintsNew) countTaints(node, before, object);
      if (isAnother) sort(node, object);
      if (before === null || before.heartbeatUs !== object.heartbeatUs) {
        if (!hasLeases) lastHeartbeats[index] = nowUs;
        if (node.clock.wasOff) newest.set(node, Number.NEGATIVE_INFINITY);
      }
      sink.node(nowUs, node, before, object);
      if (isAnother) changed();
    },
    lease: (node, renewUs) => {
      renewed(node, renewUs);
      sink.lease(clock.now(), node, renewUs);
    },
    skipped: (node, { postUs, renewUs }) => {
      if (hasLeases && renewUs !== null) wasRenewed(node, renewUs);
      // Deferred are only those whose clock is right again: what came last counts, as for one whose heartbeats happen by themselves.
      if (node.clock.wasOff)
        newest.set(node, renewUs === null || (postUs ?? 0) > renewUs ? Number.NEGATIVE_INFINITY : renewUs);
      if (!hasLeases && postUs !== null) lastHeartbeats[node.index] = postUs + notifiedAfterUs;
    },
    pod: (pod) => {
      const before = seenPods.get(pod);
      const nowUs = clock.now();
      if (before === undefined) sink.pod(nowUs, pod, 'seen');
      const { ready: isReady, deleting } = pod.seen;
      if (!pod.gone && isReady !== (before?.ready ?? false)) sink.pod(nowUs, pod, isReady ? 'ready' : 'notReady');
      if (deleting && !(before?.deleting ?? false)) sink.pod(nowUs, pod, 'deleting');
      seenPods.set(pod, { ready: isReady, deleting });
      // Nobody waits for those of hollow nodes.
      if (pod.node?.hollow !== true) ending += Number(deleting && !pod.gone) - Number(before?.deleting ?? false);
      if (pod.gone) {
        seenPods.delete(pod);
        sink.pod(nowUs, pod, 'gone');
      }
      changed();
    },
  });
  slices.watch((listener) => {
    endpoints = listener.counts;
    sink.endpoints(clock.now(), listener.counts);
    changed();
  });
  return {
    ready: () => nodes.length - notReadyCount,
    tainted: () => tainted,
    newlyTainted: () => newlyTainted.size,
    notReadyNames: () => namesOf(notReady),
    taintedNames: () => namesOf(onlyTainted),
    lastHeartbeatUs: (node, enoughUs = Number.POSITIVE_INFINITY) => {
      if (!hasLeases) heartbeats.catchUp(node);
      const knownUs = lastHeartbeats[node.index] ?? null;
      if (knownUs !== null && knownUs >= enoughUs && !receivesRenewals) return knownUs;
      const renewUs = heartbeats.seenRenewalUs(node, receivesRenewals ? Number.POSITIVE_INFINITY : enoughUs);
      if (renewUs === null) return knownUs;
      wasRenewed(node, renewUs);
      return renewUs;
    },
    ending: () => ending,
    endpoints: () => endpoints,
    onChange: (next) => {
      listener = next;
    },
  };
};
