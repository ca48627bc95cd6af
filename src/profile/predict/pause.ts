import { controllerManagerOf } from '../controller-manager.ts';
import type { EffectiveSettings } from '../types.ts';
import { atLeast, exactVersion, type Version } from '../version.ts';
import { type Disruption, evictionWindow, type Silenced } from './eviction.ts';
import { type Flap, flapOf, notReadyWindow, surelyBorneAnswerMs, type Window } from './not-ready.ts';
import { evictionIntervalMs } from './zones.ts';

// What kubelets that pause, or fall silent for good, come to.

/**
 * How far apart posts of an unchanged status are, in ms, without jitter: whether one is due is asked at ticks alone.
 * @see kubernetes pkg/kubelet/kubelet_node_status.go, updateNodeStatus
 */
export const statusPostIntervalMs = ({
  nodeStatusReportFrequencyMs,
  nodeStatusUpdateFrequencyMs,
}: Pick<EffectiveSettings, 'nodeStatusReportFrequencyMs' | 'nodeStatusUpdateFrequencyMs'>): number =>
  Math.max(1, Math.ceil(nodeStatusReportFrequencyMs / nodeStatusUpdateFrequencyMs)) * nodeStatusUpdateFrequencyMs;

/** Heartbeat writes that one node makes in a minute, leases and status posts, as configured (no jitter). */
export const writesPerNodeMinute = (effective: EffectiveSettings): number =>
  (effective.withoutLeases === true ? 0 : 60_000 / effective.leaseRenewIntervalMs) +
  60_000 / statusPostIntervalMs(effective);

/**
 * After what time a kubelet gives up each request of a heartbeat, in ms: an API server that takes as long to answer, or longer,
 * gets none.
 * @see kubernetes cmd/kubelet/app/server.go, heartbeatClientConfig.Timeout; to v1.13 without NodeLease, which bounds it too
 */
export const heartbeatTimeoutMs = (
  effective: Pick<EffectiveSettings, 'nodeStatusUpdateFrequencyMs' | 'nodeLeaseDurationSeconds' | 'withoutLeases'>,
): number =>
  effective.withoutLeases === true
    ? effective.nodeStatusUpdateFrequencyMs
    : Math.min(effective.nodeStatusUpdateFrequencyMs, effective.nodeLeaseDurationSeconds * 1000);

/**
 * The longest answer, in whole ms, with which every healthy node stays Ready where an API server takes so long for each: a
 * kubelet has to wait for it, and its next heartbeat to be in time; 0 where none is short enough.
 */
export const maxBorneAnswerMs = (effective: EffectiveSettings, kubernetesVersion: string): number =>
  Math.max(
    0,
    Math.ceil(Math.min(heartbeatTimeoutMs(effective), surelyBorneAnswerMs(effective, kubernetesVersion))) - 1,
  );

/**
 * Latest time at which a paused kubelet's node is Ready again, after the pause: the first status tick that starts anew.
 * The one that is due at the thaw may not do it. Since v1.31 it still compares with what the kubelet knew before. And one
 * that was under way at the freeze ends with what it had read then; the period counts from its end, for the loop is a
 * sliding one.
 * @see kubernetes pkg/kubelet/kubelet.go, wait.Until and JitterUntil of syncNodeStatus
 */
export const readyAgainMs = (effective: EffectiveSettings): number =>
  effective.nodeStatusUpdateFrequencyMs * (1 + effective.statusJitter);

/** Until when a pod may still be evicted: until the controller sees the last node Ready again. */
const evictsUntilMs = (effective: EffectiveSettings, pauseMs: number, { returnMs = 0 }: Disruption): number => {
  // Tolerations run until the pass after Ready takes the taint away; the timeout is judged in a pass itself.
  const untilSeenMs = effective.eviction.kind === 'tolerations' ? effective.nodeMonitorPeriodMs : 0;
  return pauseMs + returnMs + readyAgainMs(effective) + untilSeenMs;
};

/**
 * Pods whose time is up at once: from v1.26 on each is given its condition DisruptionTarget, with an event beside, before
 * the first of them is deleted.
 * @see kubernetes pkg/controller/tainteviction, addConditionAndDeletePod
 */
const dueTogetherMs = (effective: EffectiveSettings, version: Version, { replicas = 0 }: Disruption): number => {
  if (effective.eviction.kind !== 'tolerations' || !atLeast(version, 26)) return 0;
  const { kubeApiRequestsPerSecond, kubeApiBurst } = controllerManagerOf(effective);
  return (Math.max(0, 2 * replicas - kubeApiBurst) / kubeApiRequestsPerSecond) * 1000;
};

/**
 * How much later the first eviction may come where nodes renew again before it: the node that was tainted first may be
 * Ready in time, and one that was tainted later, one every 10 s, not yet.
 */
const laterNodeMs = (latestMs: number, untilMs: number, intervalMs: number, { paused }: Disruption): number =>
  Math.max(0, Math.min((paused - 1) * intervalMs, untilMs - latestMs));

/**
 * What pausing kubelets for `pauseMs` does, in ms after the pause begins; null where it cannot happen.
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const predictPause = (
  effective: EffectiveSettings,
  kubernetesVersion: string,
  pauseMs: number,
  disruption: Disruption,
): { readonly notReadyAfterMs: Window | null; readonly evictionAfterMs: Window | null; readonly flap: Flap } => {
  const flap = flapOf(effective, kubernetesVersion, pauseMs);
  if (flap === 'impossible') return { notReadyAfterMs: null, evictionAfterMs: null, flap };
  const [earliestMs, latestMs] = evictionWindow(effective, kubernetesVersion, disruption);
  const dueMs = dueTogetherMs(effective, exactVersion(kubernetesVersion), disruption);
  const untilMs = evictsUntilMs(effective, pauseMs, disruption);
  const intervalMs = evictionIntervalMs(effective, disruption);
  const notReadyAfterMs = notReadyWindow(effective, kubernetesVersion);
  if (intervalMs === null || earliestMs > untilMs) return { notReadyAfterMs, evictionAfterMs: null, flap };
  const laterMs = latestMs <= pauseMs ? 0 : laterNodeMs(latestMs, untilMs, intervalMs, disruption);
  return { notReadyAfterMs, evictionAfterMs: [earliestMs, latestMs + dueMs + laterMs], flap };
};

/**
 * When a node that falls silent for good is NotReady, and its first pod evicted, in ms since it fell silent: not sooner and
 * not later.
 * @param silenced to v1.33 the more pods are on the node, the later its first eviction
 */
export const silentNodeWindows = (
  effective: EffectiveSettings,
  kubernetesVersion: string,
  silenced: Silenced = { paused: 1 },
): { readonly notReady: Window; readonly eviction: Window } => ({
  notReady: notReadyWindow(effective, kubernetesVersion),
  eviction: evictionWindow(effective, kubernetesVersion, silenced),
});
