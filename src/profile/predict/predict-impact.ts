import { mayReportFalse, predictOwnNotReady } from '../runtime-check.ts';
import type { EffectiveSettings } from '../types.ts';
import { atLeast, exactVersion, type Version } from '../version.ts';
import { type Disruption, evictionWindow, markingMs, taintQueueMs } from './eviction.ts';
import { flapOf, notReadyWindow, type Window } from './not-ready.ts';
import { predictPause, readyAgainMs } from './pause.ts';
import { evictionIntervalMs } from './zones.ts';

/** How nodes were silenced, and how they come back. */
export type Silencing = {
  /** Frozen kubelets go on, ended ones are started again, and those that were cut off renew again. */
  readonly ends: 'thaw' | 'start' | 'heal';
  /** Whether the pods of silenced nodes go on serving. */
  readonly podsServe: boolean;
  /** How long after the undo begins a kubelet may take to renew. */
  readonly returnMs: number;
};

/** The cluster whose nodes are silenced, and who observes it. */
export type PausedCluster = Pick<Disruption, 'nodes' | 'paused' | 'zones' | 'podsPerNode' | 'hollow'> &
  Silencing & {
    /** Nodes that pods of the workload may be on: the workers, or the control planes where there are no workers. */
    readonly schedulable: number;
    readonly pausedSchedulable: number;
    readonly replicas: number;
    /** Paused nodes that may have no pod to evict while another has. */
    readonly emptyNodes: number;
    readonly ratePerSecond: number;
    /** Whether new connections are made, and whether any is kept; kept ones are not refused. */
    readonly freshConnections: boolean;
    readonly keptConnections: boolean;
    /** Whether what requests see follows from the endpoints alone: the fault leaves the way that they take as it was. */
    readonly seesEndpoints: boolean;
  };

/** What follows a NotReady, in ms after the pause begins, or after its end begins; null where nothing makes it happen. */
export type Impact = {
  readonly lastNotReadyAfterMs: Window | null;
  readonly taintedAfterMs: Window | null;
  readonly endpointLostAfterMs: Window | null;
  readonly endpointsEmptyAfterMs: Window | null;
  readonly refusedAfterMs: Window | null;
  readonly allReadyAfterUndoMs: Window | null;
  readonly lastRefusedAfterUndoMs: Window | null;
  /** A count, not a time. */
  readonly requestsLost: Window | null;
};

/** A kubelet compares its pods with the API's every 10 s; pkg/kubelet/status, syncPeriod. */
const podStatusTickMs = 10_000;
/** No constant of Kubernetes: a container whose image is there, and its first readiness probe, on a busy machine. */
const podStartMs = 5000;

/** No constant of Kubernetes: within this a program that was sent SIGTERM answers no more, on a busy machine. */
const podStopMs = 2000;
/** A request that is due so shortly before the pause ends may still be answered: the longest time-out that counts. */
const answerMs = 1000;

/** kube-proxy's minSyncPeriod: none to v1.18; pkg/proxy/apis/config, and kind's own value. */
export const proxyPauseMs = (version: Version): number => (atLeast(version, 19) ? 1000 : 0);

/** Whether the paused nodes may hold every replica, the scheduler spreading them evenly. */
const mayHoldAll = ({ schedulable, pausedSchedulable, replicas }: PausedCluster): boolean =>
  pausedSchedulable > 0 && (pausedSchedulable === schedulable || replicas <= pausedSchedulable);

/** Whether what a kubelet says of its own node as it goes on may evict a pod. */
const mayEvictItself = (
  effective: EffectiveSettings,
  version: string,
  pauseMs: number,
  { ends }: PausedCluster,
): boolean => {
  if (ends === 'heal') return false;
  const own = predictOwnNotReady(effective, exactVersion(version), [{ node: '', ms: pauseMs, ends }]);
  return own !== null && own.evictionAfterUndoMs !== null;
};

/**
 * Whether a pod may be evicted, for want of heartbeats or by its kubelet's own word as it goes on. Then it, and each that the
 * scheduler puts on its node once that is Ready, may go until the pass that sees it so: that one takes the NoExecute taint
 * away, or by timeout the mark that the node was evicted.
 * @see kubernetes pkg/controller/nodelifecycle, processTaintBaseEviction; at v1.20 processPod, evictPods, cancelPodEviction
 */
const mayEvict = (effective: EffectiveSettings, version: string, pauseMs: number, cluster: PausedCluster): boolean =>
  cluster.pausedSchedulable > 0 &&
  (mayEvictItself(effective, version, pauseMs, cluster) ||
    predictPause(effective, version, pauseMs, cluster).evictionAfterMs !== null);

/**
 * When the last endpoint is gone: marked with its node, or evicted where another node had pods marked and ready again before
 * this one was hit. Nothing is evicted once the pass has come that sees every node Ready.
 */
const latestEmptyMs = (markedMs: number, backMs: number, pauseMs: number, evicts: boolean): number =>
  evicts && markedMs > pauseMs ? Math.max(markedMs, backMs) : markedMs;

/** First NoExecute taint: an eviction under tolerations of nothing. null where nodes are not tainted so, or the zone is too ill. */
const taintWindow = (effective: EffectiveSettings, version: string, cluster: PausedCluster): Window | null =>
  effective.eviction.kind === 'tolerations' && evictionIntervalMs(effective, cluster) !== null
    ? evictionWindow({ ...effective, eviction: { kind: 'tolerations', seconds: 0 } }, version, {
        ...cluster,
        emptyNodes: 0,
      })
    : null;

/** A kubelet that says NotReady itself as it goes on is tainted at the next pass, which may be before any other. */
const withOwnTaint = (window: Window | null, effective: EffectiveSettings, pauseMs: number): Window | null =>
  window === null || window[1] <= pauseMs || !mayReportFalse(pauseMs)
    ? window
    : [Math.min(window[0], pauseMs), Math.max(window[1], pauseMs + effective.nodeMonitorPeriodMs + taintQueueMs)];

/** The times of an outage, in ms since the pause begins; `backMs` since its end begins. */
type Outage = {
  readonly pauseMs: number;
  readonly isEmptied: boolean;
  readonly isCertain: boolean;
  readonly evicts: boolean;
  /** When the first request may be refused, and when the rules surely name no pod of a lost node any more. */
  readonly earliestMs: number;
  readonly goneMs: number;
  readonly backMs: number;
  readonly clientMs: number;
};

/**
 * Requests without an answer. At most all that are due from when the first may fail until the last may; at least those that
 * are due while surely no node with a pod renews and the last rules that name one are gone. Where other nodes have
 * endpoints, none fails but by a pod that is evicted, which may end before the rules leave it out.
 */
const lostWindow = (
  { ratePerSecond, podsServe, pausedSchedulable, schedulable }: PausedCluster,
  { isEmptied, isCertain, evicts, pauseMs, backMs, goneMs, earliestMs, clientMs }: Outage,
): Window => {
  const requests = (ms: number): number => (Math.max(0, ms) * ratePerSecond) / 1000;
  const firstMs = podsServe ? earliestMs : 0;
  const evictedMs = evicts ? clientMs + podStopMs : 0;
  // Of a node whose pods serve no more, those that are sent there are lost until its endpoints are gone.
  const isGone = isCertain && goneMs <= pauseMs;
  const partMs = podsServe ? 0 : isGone ? goneMs : pauseMs + backMs;
  const maxMs = isEmptied ? pauseMs + backMs - firstMs : partMs + evictedMs;
  const surelyMs =
    pausedSchedulable === schedulable && (isCertain || !podsServe) ? pauseMs - (podsServe ? goneMs : answerMs) : 0;
  return [Math.max(0, Math.floor(requests(surelyMs)) - 1), Math.ceil(requests(maxMs))];
};

/** Windows that speak of the silence alone hold where its end, which may lose endpoints as well, comes after them. */
const unlessEnded = (window: Window | null, { ends, podsServe }: Silencing, pauseMs: number): Window | null =>
  window === null || (ends !== 'start' && podsServe) || window[1] <= pauseMs ? window : null;

/** Of nodes for which no formula says that anything happens. */
export const noImpact: Impact = {
  lastNotReadyAfterMs: null,
  taintedAfterMs: null,
  endpointLostAfterMs: null,
  endpointsEmptyAfterMs: null,
  refusedAfterMs: null,
  allReadyAfterUndoMs: null,
  lastRefusedAfterUndoMs: null,
  requestsLost: null,
};

/**
 * What clients feel of nodes that are silenced for `pauseMs`, and when it is over; all null where none goes NotReady.
 * All rest on the window of the first NotReady, and share what it leaves out. Left out besides: a profile that flaps by
 * itself may be refused at any other time too.
 * - Last NotReady: each node has the same window, and a pass takes them one after the other, with the marking of their pods
 *   between (one budget of requests).
 * - First endpoint lost, no endpoint left, first refused: with the pass that finds a node silent its pods are marked, the slice
 *   follows, and kube-proxy within its minSyncPeriod.
 * @see kubernetes pkg/controller/nodelifecycle, pkg/controller/endpointslice, pkg/proxy, pkg/kubelet/status
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const predictImpact = (
  effective: EffectiveSettings,
  kubernetesVersion: string,
  pauseMs: number,
  cluster: PausedCluster,
): Impact => {
  const { ends, podsServe, returnMs, pausedSchedulable, schedulable, seesEndpoints } = cluster;
  const version = exactVersion(kubernetesVersion);
  const flap = flapOf(effective, kubernetesVersion, pauseMs);
  const evicts = mayEvict(effective, kubernetesVersion, pauseMs, cluster);
  const isEmptied = mayHoldAll(cluster);
  const counts = seesEndpoints && cluster.freshConnections && !cluster.keptConnections;
  if (flap === 'impossible') {
    // A node that renews late after the undo may be called NotReady after all.
    const stays = flapOf(effective, kubernetesVersion, pauseMs + returnMs) === 'impossible';
    const losesNone = stays && counts && podsServe && !evicts && (ends !== 'start' || !isEmptied);
    return { ...noImpact, requestsLost: losesNone ? [0, 0] : null };
  }
  const [earliestMs, latestMs] = notReadyWindow(effective, kubernetesVersion);
  const readyMs = returnMs + readyAgainMs(effective);
  const seenMs = readyMs + (evicts ? effective.nodeMonitorPeriodMs : 0);
  const clientMs = proxyPauseMs(version) + 1000 / cluster.ratePerSecond;
  const isRefused = isEmptied && cluster.freshConnections && seesEndpoints;
  const marksMs = markingMs(cluster, effective);
  const emptyMs = latestEmptyMs(latestMs + marksMs, pauseMs + seenMs, pauseMs, evicts);
  // The first to go is marked with its node, unless its kubelet alone calls that NotReady.
  const goesItself = mayEvictItself(effective, kubernetesVersion, pauseMs, cluster);
  const lostMs = latestEmptyMs(latestMs + marksMs, pauseMs + seenMs, pauseMs, goesItself);
  const backMs = Math.max(returnMs + podStatusTickMs, seenMs + podStartMs) + clientMs;
  const whileSilent = (window: Window): Window | null => unlessEnded(window, cluster, pauseMs);
  const tainted = taintWindow(effective, kubernetesVersion, cluster);
  const outage = {
    ...{ pauseMs, isEmptied, evicts, earliestMs, backMs, clientMs },
    isCertain: flap === 'certain',
    goneMs: emptyMs + clientMs,
  };
  return {
    lastNotReadyAfterMs: [earliestMs, latestMs + marksMs],
    taintedAfterMs:
      ends === 'thaw'
        ? withOwnTaint(tainted, effective, pauseMs)
        : tainted === null || ends === 'heal' || tainted[1] <= pauseMs
          ? tainted
          : null,
    endpointLostAfterMs: pausedSchedulable > 0 ? whileSilent([earliestMs, lostMs]) : null,
    endpointsEmptyAfterMs: isEmptied ? whileSilent([earliestMs, emptyMs]) : null,
    refusedAfterMs: isRefused ? whileSilent([earliestMs, emptyMs + clientMs]) : null,
    allReadyAfterUndoMs: [0, readyMs],
    // A pod that was not evicted is put right by its kubelet; one that was, is made anew once a node is Ready. Where
    // another node can take it, that is before the undo, whenever the eviction was.
    lastRefusedAfterUndoMs: isRefused && pausedSchedulable === schedulable ? [0, backMs] : null,
    requestsLost: counts ? lostWindow(cluster, outage) : null,
  };
};

/**
 * When the first pod is Ready that is made after the first eviction. A ReplicaSet makes it at once, and the scheduler puts
 * it on a Ready node that bears no taint: surely at once where one is untouched, and every silenced one is known to be
 * silent by then. Else it may be put on one that is frozen and not yet given up, or wait for one to come back, or be evicted
 * once more by a taint that only the next pass takes away.
 * @param evictedFromMs of the first pod, by whoever's word; `evictedToMs` likewise
 * @see kubernetes pkg/controller/replicaset; pkg/scheduler, TaintToleration
 */
export const replacementWindow = (
  effective: EffectiveSettings,
  kubernetesVersion: string,
  pauseMs: number,
  cluster: PausedCluster,
  [evictedFromMs, evictedToMs]: Window,
): Window => {
  const { paused, pausedSchedulable, schedulable, returnMs } = cluster;
  const allKnownMs = notReadyWindow(effective, kubernetesVersion)[1];
  const isKnown =
    paused === 1 || (evictedFromMs >= allKnownMs && flapOf(effective, kubernetesVersion, pauseMs) === 'certain');
  const takesAtOnce = pausedSchedulable < schedulable && evictedToMs <= pauseMs && isKnown;
  const seenMs = pauseMs + returnMs + readyAgainMs(effective) + effective.nodeMonitorPeriodMs;
  return [
    pausedSchedulable === schedulable ? Math.max(evictedFromMs, pauseMs) : evictedFromMs,
    (takesAtOnce ? evictedToMs : Math.max(evictedToMs, seenMs)) + podStartMs,
  ];
};
