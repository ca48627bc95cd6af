import { maySayFalse, predictOwnNotReady } from '../runtime-check.ts';
import type { EffectiveSettings } from '../types.ts';
import { atLeast, exactVersion, type Version } from '../version.ts';
import {
  type Disruption,
  evictionIntervalMs,
  evictionWindow,
  flapOf,
  markingMs,
  notReadyWindow,
  predictPause,
  readyAgainMs,
  taintQueueMs,
  type Window,
} from './predict.ts';

/** The cluster that a pause hits, and who looks on. */
export type PausedCluster = Pick<Disruption, 'nodes' | 'paused' | 'zones' | 'podsPerNode'> & {
  /** Nodes that pods of the workload may be on: the workers, or the control planes where there are no workers. */
  readonly schedulable: number;
  readonly pausedSchedulable: number;
  readonly replicas: number;
  /** Paused nodes that may have no pod to evict while another has. */
  readonly emptyNodes: number;
  readonly ratePerSecond: number;
  /** Whether new connections are made at all; kept ones are not refused. */
  readonly freshConnections: boolean;
};

/** What follows a NotReady, in ms after the pause begins, or after its end begins; null where nothing makes it happen. */
export type Course = {
  readonly taintedAfterMs: Window | null;
  readonly endpointsEmptyAfterMs: Window | null;
  readonly refusedAfterMs: Window | null;
  readonly allReadyAfterUndoMs: Window | null;
  readonly lastRefusedAfterUndoMs: Window | null;
};

/** A kubelet compares its pods with the API's every 10 s; pkg/kubelet/status, syncPeriod. */
const podStatusTickMs = 10_000;
/** No constant of Kubernetes: a container whose image is there, and its first readiness probe, on a busy machine. */
const podStartMs = 5000;

/** kube-proxy's minSyncPeriod: none to v1.18; pkg/proxy/apis/config, and kind's own value. */
const proxyPauseMs = (version: Version): number => (atLeast(version, 19) ? 1000 : 0);

/** Whether the paused nodes may hold every replica, the scheduler spreading them evenly. */
const mayHoldAll = ({ schedulable, pausedSchedulable, replicas }: PausedCluster): boolean =>
  pausedSchedulable > 0 && (pausedSchedulable === schedulable || replicas <= pausedSchedulable);

/**
 * Whether a pod may be evicted, for want of heartbeats or by its kubelet's own word as it goes on. Then it, and each that the
 * scheduler puts on its node once that is Ready, may go until the pass that sees it so: that one takes the NoExecute taint
 * away, or by timeout the mark that the node was evicted.
 * @see kubernetes pkg/controller/nodelifecycle, processTaintBaseEviction; at v1.20 processPod, evictPods, cancelPodEviction
 */
const mayEvict = (effective: EffectiveSettings, version: string, pauseMs: number, cluster: PausedCluster): boolean => {
  const standstill = { node: '', ms: pauseMs, ends: 'thaw' } as const;
  const own = predictOwnNotReady(effective, exactVersion(version), [standstill]);
  return (
    (own !== null && own.evictionAfterUndoMs !== null) ||
    predictPause(effective, version, pauseMs, cluster).evictionAfterMs !== null
  );
};

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
  window === null || window[1] <= pauseMs || !maySayFalse(pauseMs)
    ? window
    : [Math.min(window[0], pauseMs), Math.max(window[1], pauseMs + effective.nodeMonitorPeriodMs + taintQueueMs)];

/**
 * What clients feel of kubelets that are paused for `pauseMs`, and when it is over; null where no node goes NotReady.
 * All rest on the window of the first NotReady, and share what it leaves out. Left out besides: a profile that flaps by
 * itself may be refused at any other time too.
 * @see kubernetes pkg/controller/nodelifecycle, pkg/controller/endpointslice, pkg/proxy, pkg/kubelet/status
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const predictCourse = (
  effective: EffectiveSettings,
  kubernetesVersion: string,
  pauseMs: number,
  cluster: PausedCluster,
): Course | null => {
  if (flapOf(effective, kubernetesVersion, pauseMs) === 'impossible') return null;
  const version = exactVersion(kubernetesVersion);
  const [earliestMs, latestMs] = notReadyWindow(effective, kubernetesVersion);
  const readyMs = readyAgainMs(effective);
  const evicts = mayEvict(effective, kubernetesVersion, pauseMs, cluster);
  const seenMs = readyMs + (evicts ? effective.nodeMonitorPeriodMs : 0);
  const clientMs = proxyPauseMs(version) + 1000 / cluster.ratePerSecond;
  const isEmptied = mayHoldAll(cluster);
  const isRefused = isEmptied && cluster.freshConnections;
  const emptyMs = latestEmptyMs(latestMs + markingMs(cluster, effective), pauseMs + seenMs, pauseMs, evicts);
  return {
    taintedAfterMs: withOwnTaint(taintWindow(effective, kubernetesVersion, cluster), effective, pauseMs),
    endpointsEmptyAfterMs: isEmptied ? [earliestMs, emptyMs] : null,
    refusedAfterMs: isRefused ? [earliestMs, emptyMs + clientMs] : null,
    allReadyAfterUndoMs: [0, readyMs],
    // A pod that was not evicted is put right by its kubelet; one that was, is made anew once a node is Ready. Where
    // another node can take it, that is before the undo, whenever the eviction was.
    lastRefusedAfterUndoMs:
      isRefused && cluster.pausedSchedulable === cluster.schedulable
        ? [0, Math.max(podStatusTickMs, seenMs + podStartMs) + clientMs]
        : null,
  };
};
