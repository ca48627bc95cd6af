import { isHollow, maxPodsBeside, type Plan } from '../../plan/index.ts';
import { controllerManagerOf, exactVersion, markingMs, outlivedPasses } from '../../profile/index.ts';
import type { TimelineEvent } from '../../timeline/index.ts';
import { type Change, isLoss } from './evidence.ts';
import { underWayMs } from './predicted-milestone.ts';
import type { Silence } from './signs.ts';

// What the node lifecycle controller pays out of its budget of requests, and what waits for it meanwhile.

/** A node that was given up, whose pods are marked, or a pod that was evicted (`node` null). */
export type Cost = { readonly atMs: number; readonly node: string | null };

/**
 * Pods that were evicted at the cost of the budget that passes have: to v1.28 the taint manager has the controller's client, and so
 * has eviction by pod-eviction-timeout.
 * @see kubernetes pkg/controller/nodelifecycle, NewNodeLifecycleController: NewNoExecuteTaintManager(kubeClient); from v1.29
 *   pkg/controller/tainteviction with a client of its own
 */
export const evictionCosts = (plan: Plan, events: readonly TimelineEvent[]): readonly Cost[] => {
  const { eviction } = plan.profile.effective;
  const hasOwnClient = exactVersion(plan.kubernetesVersion).minor >= 29 && eviction.kind === 'tolerations';
  if (hasOwnClient) return [];
  return events.flatMap((event) =>
    event.type === 'pod' && event.change === 'deleting' && event.evicted ? [{ atMs: event.atMs, node: null }] : [],
  );
};

/** Costs that follow one another so closely that the budget is not full again between them. */
type Group = { readonly fromMs: number; readonly heldUpMs: number; readonly toMs: number; readonly evicted: number };

type Planned = Pick<Plan, 'profile' | 'topology' | 'workload'>;

/** @param costs in the order of their time @param asked requests of each pass beside them */
const groupsOf = (
  { profile, topology, workload }: Planned,
  costs: readonly Cost[],
  asked: number = 0,
): readonly Group[] => {
  const { kubeApiBurst, kubeApiRequestsPerSecond } = controllerManagerOf(profile.effective);
  const fullMs = (kubeApiBurst / kubeApiRequestsPerSecond) * 1000;
  const podsPerNode = maxPodsBeside(topology);
  const groups: Group[] = [];
  let open = { fromMs: Number.NaN, paused: 0, hollow: 0, evicted: 0 };
  for (const { node, atMs } of costs) {
    const last = groups.at(-1);
    const isNew = last === undefined || atMs > last.toMs;
    if (isNew) open = { fromMs: atMs, paused: 0, hollow: 0, evicted: 0 };
    if (node === null) open = { ...open, evicted: open.evicted + 1 };
    else open = { ...open, paused: open.paused + 1, hollow: open.hollow + (isHollow(node) ? 1 : 0) };
    const { paused, hollow, evicted } = open;
    const replicas = hollow === paused ? 0 : workload.replicas;
    const heldUpMs = markingMs({ paused, hollow, evicted, podsPerNode, replicas, asked }, profile.effective);
    const group = { fromMs: open.fromMs, heldUpMs, toMs: open.fromMs + heldUpMs + fullMs, evicted };
    if (isNew) groups.push(group);
    else groups[groups.length - 1] = group;
  }
  return groups;
};

/**
 * By how much later passes may write what they find, or begin, where they mark the pods of nodes that were lost: each of them, and
 * each pod, costs the controller requests, of which it has so many a second. 0 of a few nodes with a few pods.
 * @param costs in the order of their time; those before which the budget is full again count anew
 * @param asked requests of each pass beside them
 */
export const heldUpMs = (plan: Planned, costs: readonly Cost[], asked: number = 0): number =>
  groupsOf(plan, costs, asked).reduce((sum, group) => sum + group.heldUpMs, 0);

/**
 * Leases that each pass reads anew before a moment: from v1.37 on those of all nodes that are silent, also of such as it gave up long
 * ago. Here of the others that were given up before it and were not back before a silence.
 * @see kubernetes v1.37.2 pkg/controller/nodelifecycle, tryUpdateNodeHealth: NodeControllerLeaseCircuitBreaker
 */
export const leasesRead = (
  { kubernetesVersion }: Plan,
  changes: readonly Change[],
  { node, since }: Silence,
  atMs: number,
): number => {
  if (exactVersion(kubernetesVersion).minor < 37) return 0;
  const silent = new Set<string>();
  for (const change of changes) {
    if (change.atMs >= atMs) break;
    if (isLoss(change)) silent.add(change.node);
    else if (change.atMs < since.atMs) silent.delete(change.node);
  }
  silent.delete(node);
  return silent.size;
};

/** By how much later all of that makes what passes do with a node: nothing where the budget is there again at each of them. */
export const readingMs = ({ profile: { effective } }: Planned, asked: number): number => {
  const { kubeApiBurst, kubeApiRequestsPerSecond } = controllerManagerOf(effective);
  const free = Math.min(kubeApiBurst, (effective.nodeMonitorPeriodMs / 1000) * kubeApiRequestsPerSecond);
  const eachMs = (Math.max(0, asked - free) / kubeApiRequestsPerSecond) * 1000;
  // Those that outlive the grace, and parts of the one that did not see the last sign yet, of the one that did, and of the last.
  return (outlivedPasses(effective) + 2) * eachMs;
};

/**
 * Who beside a pass may wait for a request of the same budget, each with one at a time: workers that set NoSchedule taints
 * (UpdateWorkerSize) and that mark pods (podUpdateWorkerSize), the queue of NoExecute taints, the recorder of events, and the taint
 * manager's own.
 * @see kubernetes pkg/controller/nodelifecycle, Run
 */
const othersWaiting = 8 + 4 + 1 + 1 + 1;
/** Workers of a pass. @see kubernetes pkg/controller/nodelifecycle, monitorNodeHealth: UpdateNodeHealth workers */
const workersOf = (minor: number): number => (minor >= 27 ? 8 : 1);

/**
 * For how long the write that gives a node up may have been under way when it is seen, by when that is. Where the budget is spent it
 * waits for its turn behind all who wait for theirs (a token bucket serves in turn): the other workers of the pass, those beside it,
 * and each pod that is evicted out of the same budget. What renews meanwhile comes too late: a lease is read before.
 * @param costs of the run, in the order of their time
 * @see k8s.io/client-go util/flowcontrol, tokenBucketRateLimiter; golang.org/x/time/rate, Limiter.Wait
 */
export const underWayBy = (plan: Plan, costs: readonly Cost[]): ((atMs: number) => number) => {
  const spent = groupsOf(plan, costs).filter((group) => group.heldUpMs > 0);
  const { kubeApiRequestsPerSecond } = controllerManagerOf(plan.profile.effective);
  const waiting = workersOf(exactVersion(plan.kubernetesVersion).minor) + othersWaiting;
  const waitOf = ({ evicted }: Group): number => ((waiting + evicted) / kubeApiRequestsPerSecond) * 1000;
  return (atMs) => {
    // The first loss of a pass is seen once it was written.
    const group = spent.find((one) => atMs >= one.fromMs - waitOf(one) && atMs <= one.toMs);
    return underWayMs + (group === undefined ? 0 : waitOf(group));
  };
};
