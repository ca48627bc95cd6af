import { controllerManagerOf, isHollow, maxPodsBeside, type Plan } from '../../plan/index.ts';
import { ofType, type TimelineEvent } from '../../timeline/index.ts';
import { passesEnded } from './counters.ts';
import { type Loss, passStarts } from './split.ts';

/** @see kubernetes pkg/controller/nodelifecycle/scheduler, UpdateWorkerSize */
const workers = 8;

/** kube-proxy and kindnet: on nodes of kind, and not on hollow ones. */
const systemPods = 2;

/**
 * How long the budget of the controller's client may keep the workers of one pass between two losses: each writes its node's
 * status, then that of the pods of it (controller_utils.go, MarkPodsNotReady), one after the other.
 */
const budgetMsOf = (
  { profile, topology, workload }: Pick<Plan, 'profile' | 'topology' | 'workload'>,
  losses: readonly Loss[],
): number => {
  const beside = losses.every(({ node }) => isHollow(node)) ? 0 : systemPods + workload.replicas;
  const writes = Math.min(workers, losses.length) * (1 + maxPodsBeside(topology) + beside);
  return (writes * 1000) / controllerManagerOf(profile.effective).kubeApiRequestsPerSecond;
};

/** Where more passes began between two readings than ended, and one: no such passes there were. */
const contradicts = (events: readonly TimelineEvent[], startsMs: readonly number[]): boolean => {
  const readings = ofType(events, 'controlPlane.counted');
  return readings.slice(1).some((after, index) => {
    const before = readings[index];
    if (before === undefined) return true;
    const ended = passesEnded(before, after);
    const began = startsMs.filter((atMs) => atMs > before.atMs && atMs <= after.fromMs).length;
    return typeof ended !== 'number' || began > ended + 1;
  });
};

/**
 * When the pass began in which each was lost; null: that is not known. Losses alone do not tell it: a budget that is spent makes
 * gaps in a pass as well. Passes that were counted have to bear it out.
 */
export const passesOf = (
  plan: Pick<Plan, 'profile' | 'topology' | 'workload'>,
  events: readonly TimelineEvent[],
  losses: readonly Loss[],
): ReadonlyMap<string, number | null> => {
  const { nodeMonitorPeriodMs: periodMs } = plan.profile.effective;
  const starts = passStarts(losses, { periodMs, budgetMs: budgetMsOf(plan, losses) });
  const startsMs = [...new Set(starts.values())].filter((atMs) => atMs !== null);
  const isCounted = ofType(events, 'controlPlane.counted').length > 1;
  return isCounted && !contradicts(events, startsMs) ? starts : new Map();
};
