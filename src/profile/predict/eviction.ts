import { controllerManagerOf } from '../controller-manager.ts';
import type { EffectiveSettings } from '../types.ts';
import { atLeast, exactVersion, type Version } from '../version.ts';
import {
  earliestPassMs,
  maxGapAfterChangeMs,
  outlivedMs,
  outlivedPasses,
  reprobedPasses,
  roundTripMs,
  surelyOutlivedMs,
  type Window,
} from './not-ready.ts';
import { mayFlapByItself } from './self-flap.ts';
import { evictionIntervalMs, type ZoneLoss, zoneState } from './zones.ts';

// When pods of a node whose kubelet says nothing are evicted, and what that holds up.

/** A taint waits up to this long for the controller's queue; pkg/controller/nodelifecycle. */
export const taintQueueMs = 100;

/**
 * When the first pod of a node is deleted, counted from the last sign of life of its kubelet, where the controller is
 * not slowed by other nodes. Open at the start, closed at the end. By pod-eviction-timeout this counts from the last
 * sign of life itself; by tolerations from the taint, which before v1.34 comes one pass after NotReady.
 * @param heldUpMs by how much the marking of pods may hold up passes meanwhile, so that fewer of them outlive the timeout
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const evictionAfterLastSign = (
  effective: EffectiveSettings,
  kubernetesVersion: string,
  heldUpMs: number = 0,
): Window => {
  const periodMs = effective.nodeMonitorPeriodMs;
  const { eviction } = effective;
  if (eviction.kind === 'pod-eviction-timeout') {
    const passes = Math.max(outlivedPasses(effective) + 1, Math.ceil(eviction.timeoutMs / periodMs));
    const timedMs = earliestPassMs(effective, eviction.timeoutMs, heldUpMs);
    const earliestMs = Math.max(surelyOutlivedMs(effective) + periodMs, timedMs);
    return [earliestMs, (passes + 1) * periodMs];
  }
  const taintMs = (atLeast(exactVersion(kubernetesVersion), 34) ? 0 : periodMs) + eviction.seconds * 1000;
  return [surelyOutlivedMs(effective) + taintMs, outlivedMs(effective) + periodMs + taintMs];
};

/**
 * By how much sooner the late bounds of a silent node's NotReady and eviction may hold, in ms: where the grace lies just above a
 * whole number of periods, what passes themselves take decides whether one more is waited for. 0 where it does not.
 */
export const lateBoundSlackMs = (
  effective: EffectiveSettings,
  kubernetesVersion: string,
): { readonly notReady: number; readonly eviction: number } => {
  const [earliestMs, latestMs] = evictionAfterLastSign(effective, kubernetesVersion);
  return {
    notReady: outlivedMs(effective) - surelyOutlivedMs(effective),
    eviction: latestMs - earliestMs - effective.nodeMonitorPeriodMs,
  };
};

/**
 * How much later the first taint of a zone may come. Since v1.34 a pass queues the node that it has just found silent. A
 * poll of the queue in the few ms until the controller's own cache shows that takes the node for a Ready one: it is
 * dropped, and the token spent. The next pass queues it anew, and the next token comes after 10 s. Before, a zone that goes
 * down as a whole over several passes is partly down on its way: the limiter that it is given after that begins empty.
 * @see kubernetes pkg/controller/nodelifecycle, doNoExecuteTaintingPass, setLimiterInZone; scheduler/rate_limited_queue.go,
 *   Try, SwapLimiter
 */
const lateTokenMs = (
  effective: EffectiveSettings,
  version: Version,
  { zones = [] }: Pick<Disruption, 'zones'>,
  intervalMs: number,
): number => {
  if (atLeast(version, 34)) return Math.max(intervalMs, effective.nodeMonitorPeriodMs);
  return zones.some((zone) => zone.paused > 2 && zoneState(zone, effective) === 'full') ? intervalMs : 0;
};

/** Condition, event and 2 × 2 for the taints of a NotReady node; a write and an event for each pod on it. */
const requestsPerNode = 6;
const requestsPerPod = 2;
/** Pods of a node that are not the workload's: most on a control plane of kind, which has four static ones. */
const backgroundPods = 6;

/** As many pods as a node has at most where its kubelet says nothing else: maxPods. */
export const defaultMaxPods = 110;

/**
 * Silent nodes and what is on them: pods of the workload, any of which may be, and others on each. `hollow`: so many of the
 * nodes have none of a cluster's own pods. `evicted`: pods whose evictions are paid out of the same budget. `asked`: requests of a pass
 * beside all that.
 */
export type Burden = {
  readonly paused: number;
  readonly replicas: number;
  readonly podsPerNode?: number;
  readonly hollow?: number;
  readonly evicted?: number;
  readonly asked?: number;
};

/** Condition, event and deletion; to v1.28 they are of the budget that pods are marked by. */
const requestsPerEviction = 3;

const podsOn = ({ paused, replicas, podsPerNode = 0, hollow = 0 }: Burden): number =>
  (paused - hollow) * backgroundPods + paused * podsPerNode + replicas;

const markingRequests = (burden: Burden): number =>
  burden.paused * requestsPerNode +
  requestsPerPod * podsOn(burden) +
  requestsPerEviction * (burden.evicted ?? 0) +
  (burden.asked ?? 0);

/** How long the controller's budget of requests may hold up the last of the pods that a pass marks NotReady. */
export const markingMs = (burden: Burden, effective: EffectiveSettings): number => {
  const { kubeApiRequestsPerSecond, kubeApiBurst } = controllerManagerOf(effective);
  return (Math.max(0, markingRequests(burden) - kubeApiBurst) / kubeApiRequestsPerSecond) * 1000;
};

/** Where nothing is said of how many nodes there are, they are many. */
export type Silenced = Omit<Disruption, 'nodes'> & Partial<Pick<Disruption, 'nodes'>>;

/**
 * The same counted from the pause, with the second grace after a status post and the wait for the taint. Left out: a
 * taint whose request fails is tried again 10 s later, and a profile that flaps by itself may have begun to evict.
 * @param silenced silent nodes without a pod that can be evicted may have their turn first, one every 10 s
 */
export const evictionWindow = (
  effective: EffectiveSettings,
  kubernetesVersion: string,
  silenced: Silenced = { paused: 1 },
): Window => {
  const version = exactVersion(kubernetesVersion);
  const marksMs =
    silenced.replicas === undefined ? 0 : markingMs({ ...silenced, replicas: silenced.replicas }, effective);
  const [earliestMs, latestMs] = evictionAfterLastSign(effective, kubernetesVersion, marksMs);
  const graceMs = reprobedPasses(effective) * effective.nodeMonitorPeriodMs;
  const intervalMs = evictionIntervalMs(effective, { nodes: Number.POSITIVE_INFINITY, ...silenced }) ?? 0;
  const tokenMs = effective.eviction.kind === 'tolerations' ? lateTokenMs(effective, version, silenced, intervalMs) : 0;
  const emptyMs = (silenced.emptyNodes ?? 0) * intervalMs;
  // To v1.33 the taint comes with the pass after the one that finds a node silent, and that one marks all its pods first.
  const waitMs = taintQueueMs + tokenMs + emptyMs + (atLeast(version, 34) ? 0 : marksMs);
  return [Math.max(0, earliestMs - maxGapAfterChangeMs(effective, version)), latestMs + graceMs + waitMs];
};

/**
 * Whether nodes that are heard may be given up while a pass marks the pods of silent ones. The marking holds that pass up, so
 * that fewer of them may outlive a grace that is no longer than a heartbeat's interval, and that a whole number of periods
 * alone made long enough. The most that it can take: the burst is spent before, and every pod is evicted as well. false where
 * the profile loses nodes with no fault at all.
 * @see kubernetes pkg/controller/nodelifecycle, monitorNodeHealth, MarkPodsNotReady
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const mayCostOthers = (effective: EffectiveSettings, kubernetesVersion: string, burden: Burden): boolean => {
  if (burden.paused === 0 || mayFlapByItself(effective, kubernetesVersion)) return false;
  const requests = markingRequests(burden) + requestsPerEviction * podsOn(burden);
  const heldUpMs = (requests / controllerManagerOf(effective).kubeApiRequestsPerSecond) * 1000;
  const gapMs = maxGapAfterChangeMs(effective, exactVersion(kubernetesVersion)) + roundTripMs;
  return gapMs > surelyOutlivedMs(effective, heldUpMs);
};

/**
 * How many nodes a fault silences, of how many; the control planes count. `zones`: the same of each zone, where there are
 * several. `emptyNodes`: silent ones that may have no pod to evict while another has. `replicas`: pods of the workload, any
 * of which may be on them. `podsPerNode`: others, on each node; `hollow`: of how many of the silent nodes that is all. `returnMs`: how long a kubelet may take to renew once the
 * fault is over; left out where it is at once.
 */
export type Disruption = ZoneLoss & {
  readonly zones?: readonly ZoneLoss[];
  readonly emptyNodes?: number;
  readonly replicas?: number;
  readonly podsPerNode?: number;
  readonly hollow?: number;
  readonly returnMs?: number;
};
