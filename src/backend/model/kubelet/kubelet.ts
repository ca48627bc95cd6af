import { membersOf } from '../engine/config.ts';
import { fastStatusUs, kubeletStartUs, kwokStartUs, runtimeStartUs, watchSynUs, watchUs } from '../engine/constants.ts';
import { hold, replace, thaw } from '../engine/process.ts';
import type { Simulation } from '../engine/simulation.ts';
import { isFrozen, isRunning, type NodeState } from '../engine/state.ts';
import type { Written } from '../engine/store.ts';
import type { ApiClient } from '../network/apiserver.ts';
import { createConnection } from '../network/connection.ts';
import { type Connection, connectionOf, isBlocked, isPlain, type Link, overLink } from '../network/link.ts';
import { createReflector, type Reflector } from '../network/reflector.ts';
import type { KubeletPhases } from './heartbeats.ts';
import { createLeaseLoops } from './lease.ts';
import { createKubeletPods } from './pods.ts';
import { mayFindRuntimeDown, readsWatchFirst, thawRuntimeCheck } from './runtime.ts';
import { createShutdown } from './shutdown.ts';
import { createStatusLoops } from './status.ts';

export type Kubelets = {
  /** A kubelet that has run for long: its loops come due at these instants. */
  readonly startOld: (node: NodeState, phases: KubeletPhases) => void;
  /** A kubelet whose node has yet to register. */
  readonly startFresh: (node: NodeState, atUs: number) => void;
  readonly reportAfterChangeUs: (node: NodeState) => number;
  /** One that was frozen goes on; nothing where another has taken the place of that one. */
  readonly goOn: (node: NodeState, generation?: number) => void;
  readonly stop: (node: NodeState) => void;
  /** Another is started where none runs. */
  readonly startAgain: (node: NodeState) => void;
  /** Its machine is to be shut down: `goOff` is called once its kubelet, or systemd-logind for it, lets it go. */
  readonly shutDown: (node: NodeState, goOff: () => void) => void;
  /** Its machine went off: no container runs until its kubelet starts it anew. */
  readonly losePods: (node: NodeState) => void;
  /** The way to the control plane is open again, which had been cut with silence, or with a reset for whoever dialled. */
  readonly heal: (node: NodeState, was: 'silent' | 'rejected') => void;
};

/** Who is notified that the watches of a node's processes have caught up with what they missed, and of which nodes anybody does. */
export type CatchingUp = {
  readonly isAwaited: (node: NodeState) => boolean;
  readonly caughtUp: (node: NodeState) => void;
};

/** Every kubelet of the cluster: leases, status, pods, and what its own watches bring. */
export const createKubelets = (simulation: Simulation, { isAwaited, caughtUp }: CatchingUp): Kubelets => {
  const { api, behaviour, clock, config, heartbeats, settings, store } = simulation;
  const soon = clock.after(watchUs);
  const members = membersOf(config);
  /** By index; those that were asked for. */
  const clients: (ApiClient | undefined)[] = new Array(simulation.nodes.length);
  const clientOf = (node: NodeState): ApiClient => {
    const { index } = node;
    const known = clients[index];
    if (known !== undefined) return known;
    const { kubelet, link } = node;
    const client: ApiClient = {
      process: kubelet,
      // A relay leads to the first.
      member: link.shared === null ? index % members : 0,
      link,
      lastFrameUs: link.lastFrameUs,
    };
    clients[index] = client;
    return client;
  };
  /** The watches of a kwok behind a relay, of nodes and of leases: after a loss each comes back in its own time. */
  const watchesOf = ({ link }: NodeState, together: readonly NodeState[]): readonly Reflector[] => {
    const { shared } = link;
    if (shared === null) return [];
    const reflect = (listed: () => void): Reflector =>
      createReflector({
        clock,
        rngs: simulation.rngs,
        isConnected: () => link.connection?.isOpen() === true,
        dial: () => link.connection?.dial(),
        listed,
      });
    const ofNodes = reflect(() => {
      for (const one of together) catchUp(one);
    });
    const ofLeases = reflect(() => {
      shared.watchesLeases = true;
    });
    return [ofNodes, ofLeases];
  };
  const connect = (node: NodeState, together: readonly NodeState[]) => {
    const { shared } = node.link;
    const watches = watchesOf(node, together);
    return createConnection(node.link, {
      clock,
      rngs: simulation.rngs,
      process: node.kubelet,
      // kwok's client library is of its own version, whatever the cluster's is.
      healthCheck: behaviour.connectionHealthCheck || node.hollow,
      isServerPaused: () => api.isPaused(clientOf(node).member),
      connected: () => {
        if (shared === null) clock.at(clock.now() + watchUs, catchUp, node);
        for (const watch of watches) watch.connected();
      },
      lost: () => {
        if (shared !== null) {
          shared.watchesLeases = false;
          // Renewals of all that share it have conflicts from now on, also where a fault hits one of them alone.
          for (const one of together) heartbeats.rouse(one);
        }
        for (const watch of watches) watch.lost();
      },
    });
  };
  // Few are ever needed: whose a link is, and who shares it, is looked for then.
  let owners: ReadonlyMap<Link, readonly NodeState[]> | null = null;
  const findOwners = (): ReadonlyMap<Link, readonly NodeState[]> => {
    const sharing = Map.groupBy(simulation.nodes, ({ link }) => link.shared);
    return new Map(
      simulation.nodes.map((node) => [
        node.link,
        node.link.shared === null ? [node] : (sharing.get(node.link.shared) ?? []),
      ]),
    );
  };
  const connectLink = (link: Link): Connection => {
    owners ??= findOwners();
    const together = owners.get(link) ?? [];
    const [first] = together;
    if (first === undefined) throw new Error('a link of no node');
    if (first.link === link) return connect(first, together);
    const made = connectionOf(first.link);
    if (made === null) throw new Error(`${first.name} has no connection`);
    return made;
  };
  simulation.ways.connect = connectLink;
  const closeConnections = ({ link }: NodeState): void => {
    if (!isPlain(link)) connectionOf(link)?.close();
  };
  const leases = createLeaseLoops(simulation, closeConnections, (node) => takeOver(node), clientOf);
  const statuses = createStatusLoops(simulation, closeConnections, clientOf);
  heartbeats.loops.onGoOn({
    lease: leases,
    status: statuses,
    knownClientOf: ({ index }) => clients[index] ?? null,
  });
  const pods = createKubeletPods(simulation, clientOf);
  const shutDown = createShutdown(simulation, statuses.postNow, pods.endAll);
  const usesVolumes = config.workload?.volume !== undefined;

  /** From its start until it does what a kubelet does. */
  const startUs = (node: NodeState): number => {
    if (node.hollow) return kwokStartUs;
    const [fromUs, toUs] = kubeletStartUs;
    return fromUs + node.random.below(toUs - fromUs);
  };

  const beginLoops = (node: NodeState): void => {
    if (heartbeats.defer(node)) return;
    const lease = heartbeats.loops.leaseOf(node);
    const status = heartbeats.loops.statusOf(node);
    if (lease !== null) leases.goOn(lease, lease.dueUs ?? clock.now(), lease.askedUs);
    if (status !== null) statuses.goOn(status, status.dueUs ?? clock.now(), status.askedUs);
  };

  /**
   * kwok has the lease of a hollow node, and begins with the node: it has a lost one Ready after its delay, to 1.30 at once, and
   * posts a status that is unchanged only when it is due.
   */
  const takeOver = (node: NodeState): void => {
    node.awaitsLease = false;
    node.own = node.object;
    statuses.start(node, clientOf(node), {
      atUs: clock.now() + (behaviour.statusFromInformer ? statuses.pauseUs(node) : 0),
      lastPostUs: clock.now(),
      reportUs: settings.statusReportUs,
      notReadyUntilUs: null,
    });
    const status = heartbeats.loops.statusOf(node);
    if (status !== null) statuses.goOn(status, status.dueUs ?? clock.now(), status.askedUs);
    pods.restarted(node);
  };

  const isAwake = (node: NodeState): boolean => isRunning(node) && !isFrozen(node);
  const isConnected = (node: NodeState): boolean => isAwake(node) && !isBlocked(node.knownLink);
  /** Everything its watches have missed. */
  const catchUp = (node: NodeState): void => {
    if (isConnected(node)) {
      node.own = node.object;
      if (node.hollow && node.own?.ready === 'Unknown') statuses.waitAnew(node);
      else statuses.takeUpDropped(node);
      pods.sync(node);
    }
    // Its kube-proxy is another process: no pause of the kubelet keeps it.
    if (node.silent === 'no' && !isBlocked(node.knownLink)) caughtUp(node);
  };
  /** It stood still: whoever had written its node would have ended that. */
  const hasMissedNothing = (node: NodeState): boolean =>
    !node.hollow && !node.backgroundMarked && (node.knownPods?.size ?? 0) === 0 && !isAwaited(node);
  const seesNode = ({ node, object }: Written): void => {
    if (!isAwake(node)) return;
    node.own = object;
    if (node.hollow && object.ready === 'Unknown') statuses.waitAnew(node);
    if (node.backgroundMarked) pods.sync(node);
    if (usesVolumes) pods.nodeSeen(node);
  };
  store.watch({
    node: (node, _, written) => overLink(node.knownLink, seesNode, written),
    skipped: (node, { object }) => {
      if (object !== null) node.own = object;
    },
    pod: ({ node }) => {
      if (node !== null) overLink(node.knownLink, pods.sync, node);
    },
  });

  return {
    reportAfterChangeUs: statuses.reportAfterChangeUs,
    startOld: (node, phases) => {
      node.incarnation += 1;
      node.own = node.object;
      if (heartbeats.deferNew(node, phases)) return;
      const { leaseAtUs, statusAtUs, lastPostUs, reportUs } = phases;
      leases.start(node, clientOf(node), leaseAtUs, true);
      statuses.start(node, clientOf(node), { atUs: statusAtUs, lastPostUs, reportUs, notReadyUntilUs: null });
      beginLoops(node);
    },
    startFresh: (node, atUs) => {
      node.incarnation += 1;
      leases.start(node, clientOf(node), atUs, true);
      statuses.start(node, clientOf(node), {
        atUs,
        lastPostUs: 0,
        reportUs: statuses.reportAfterChangeUs(node),
        // A node that joins is NotReady until its network is set up. Nothing is left of that but where a queue keeps it.
        notReadyUntilUs:
          behaviour.requeue === 'doubles' && node.role === 'worker' && !node.hollow ? Number.POSITIVE_INFINITY : null,
      });
      beginLoops(node);
    },
    goOn: (node, generation = node.kubelet.generation) => {
      if (!thaw(node.kubelet, clock, generation)) return;
      // One that stands still has its own node as it is, which is worked out when somebody asks.
      const isStill = (heartbeats.deferredOf(node)?.frozen ?? null) !== null;
      if (!isStill && isConnected(node) && readsWatchFirst(simulation, node)) node.own = node.object;
      thawRuntimeCheck(node, clock.now());
      pods.wentOn(node, node.kubelet.frozenUs);
      heartbeats.thaw(node, mayFindRuntimeDown(node));
      if (!isStill || !hasMissedNothing(node)) soon(catchUp, node);
    },
    stop: (node) => {
      node.incarnation += 1;
      replace(node.kubelet, clock);
      // Its lock is closed with it.
      node.goOff?.();
    },
    shutDown,
    startAgain: (node) => {
      node.incarnation += 1;
      // What the machine's other processes had put off while it was off.
      replace(node.kubelet, clock);
      connectionOf(node.link)?.replace();
      // Its informers begin empty: its first status is held against the API server's copy of its node.
      node.own = null;
      const atUs = clock.now() + startUs(node);
      node.beginsUs = atUs;
      const client = clientOf(node);
      node.awaitsLease = node.hollow && behaviour.leases !== 'none';
      leases.start(node, client, atUs, false);
      if (node.awaitsLease) {
        heartbeats.loops.setStatus(node, null);
      } else {
        statuses.start(node, client, {
          atUs,
          lastPostUs: behaviour.forgetsReport ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY,
          reportUs: statuses.reportAfterChangeUs(node),
          // kwok never says so.
          notReadyUntilUs: behaviour.startsNotReady && !node.hollow ? atUs + runtimeStartUs : null,
        });
      }
      beginLoops(node);
      const { incarnation } = node;
      const restarted = (): void => {
        if (node.incarnation !== incarnation) return;
        if (node.kubelet.frozen) {
          hold(node.kubelet, restarted, undefined);
          return;
        }
        if (isConnected(node)) node.own = node.object;
        if (!node.awaitsLease) pods.restarted(node);
        caughtUp(node);
      };
      clock.at(atUs, restarted, undefined);
      const postAgain = (): void => {
        if (node.incarnation !== incarnation) return;
        if (node.kubelet.frozen) hold(node.kubelet, postAgain, undefined);
        else statuses.postNow(node);
      };
      const findNode = (): void => {
        if (node.incarnation !== incarnation) return;
        if (node.kubelet.frozen) hold(node.kubelet, findNode, undefined);
        else if (node.own === null || behaviour.secondStatus === 'always' || node.own.ready !== 'True')
          clock.at(clock.now() + fastStatusUs, node.own === null ? findNode : postAgain, undefined);
      };
      if (behaviour.secondStatus !== 'none' && !node.hollow) clock.at(atUs, findNode, undefined);
    },
    losePods: (node) => {
      for (const pod of node.pods) {
        pod.running = false;
        pod.serving = false;
        pod.starting = false;
      }
    },
    heal: (node, was) => {
      const { link } = node;
      link.blockedUp = link.cutsUp > 0;
      link.blockedDown = link.cutsDown > 0;
      if (link.blockedUp || link.blockedDown) return;
      // Its watches dial beside its requests, its kube-proxy where it does not run. What was refused is tried again by itself.
      const dial = (): void => connectionOf(link)?.dial();
      if (link.shared !== null) return;
      if (!isAwake(node)) dial();
      else if (was === 'silent') clock.at(clock.now() + node.checks.below(watchSynUs), dial, undefined);
    },
  };
};
