import { isByKubelet, isLoss, type ReadyChange } from '../../figures/index.ts';
import { controllerManagerOf, isHollow, maxPodsBeside, type Plan } from '../../plan/index.ts';
import { type EventOf, ofType, type TimelineEvent } from '../../timeline/index.ts';
import { answerMs, passesEnded } from './counters.ts';
import { type Loss, passStarts } from './split.ts';

type Reading = EventOf<'controlPlane.counted'>;

const pairsIn = (
  events: readonly TimelineEvent[],
): readonly { readonly before: Reading; readonly after: Reading }[] => {
  const readings = ofType(events, 'controlPlane.counted');
  return readings.slice(1).flatMap((after, index) => {
    const before = readings[index];
    return before === undefined ? [] : [{ before, after }];
  });
};

/** The mean of answers to writes, between the two readings where it was longest; 0: none was counted. */
const maxAnswerMs = (events: readonly TimelineEvent[]): number =>
  Math.max(0, ...pairsIn(events).map(({ before, after }) => answerMs(before, after) ?? 0));

/**
 * Who asks by the one client whose budget it is, each for one thing at a time: workers of passes, of taints and of evictions (to v1.28
 * by this client, too).
 * @see kubernetes pkg/controller/nodelifecycle/scheduler, UpdateWorkerSize; nodelifecycle, nodeUpdateWorkerSize
 */
const workersOfThree = 3 * 8;

/** podUpdateWorkerSize, who taints NoExecute, and who writes events: node_lifecycle_controller.go, Run. */
const others = 4 + 1 + 1;

/** kube-proxy and kindnet: on nodes of kind, and not on hollow ones. */
const systemPods = 2;

/** Of a taint a read and a PATCH, NoSchedule and NoExecute, an event and one more that is tried again. */
const requestsOfNode = 6;

/** Marked, marked again once it is Ready, evicted, and an event. */
const requestsOfPod = 4;

/**
 * How long one pass may keep its workers between two losses: each writes its node's status, then that of the pods of it
 * (controller_utils.go, MarkPodsNotReady), one after the other, and each write waits for those of all others, then for its answer.
 */
const budgetMsOf = (
  { profile, topology, workload }: Pick<Plan, 'profile' | 'topology' | 'workload'>,
  events: readonly TimelineEvent[],
  losses: readonly Loss[],
  startMs: number,
): number => {
  const beside = losses.every(({ node }) => isHollow(node)) ? 0 : systemPods + workload.replicas;
  const pods = maxPodsBeside(topology) + beside;
  const { kubeApiRequestsPerSecond: perSecond, kubeApiBurst: burst } = controllerManagerOf(profile.effective);
  const changes = ofType(events, 'node.ready').filter(({ atMs }) => atMs >= startMs).length;
  const waiting = Math.min(
    (1 + pods) * (workersOfThree + others),
    // What the burst bears does not wait at all.
    Math.max(0, changes * (requestsOfNode + requestsOfPod * pods) - burst),
  );
  return (waiting * 1000) / perSecond + (1 + pods) * maxAnswerMs(events);
};

/** Why passes that were counted do not bear out when some are taken to have begun; null: they do. */
const contradiction = (events: readonly TimelineEvent[], startsMs: readonly number[]): string | null => {
  const pairs = pairsIn(events);
  if (pairs.length === 0) return 'passes were not counted: the control plane was not asked twice';
  for (const { before, after } of pairs) {
    const ended = passesEnded(before, after);
    if (typeof ended !== 'number') return ended.why;
    const began = startsMs.filter((atMs) => atMs > before.atMs && atMs <= after.fromMs).length;
    // One may have been under way at the first reading, and one may be at the second.
    if (began > ended + 1) return 'fewer passes were counted than losses seem to begin';
  }
  return null;
};

/** When the pass began of each loss, by its time; null, or not there: that is not known. `why`: of none it is. */
type Passes = { readonly startsMs: ReadonlyMap<number, number | null>; readonly why: string | null };

/**
 * Losses alone do not tell when passes began: a budget that is spent makes gaps in a pass as well. Passes that were counted have to
 * bear it out.
 * @param changes of all nodes, for a pass may begin with one that no fault hits, or that was lost before
 */
export const passesOf = (
  plan: Pick<Plan, 'profile' | 'topology' | 'workload'>,
  events: readonly TimelineEvent[],
  changes: readonly ReadyChange[],
  startMs: number,
): Passes => {
  const { nodeMonitorPeriodMs: periodMs } = plan.profile.effective;
  const losses = changes.filter((change) => isLoss(change) && !isByKubelet(change));
  const startsMs = passStarts(losses, { periodMs, budgetMs: budgetMsOf(plan, events, losses, startMs) });
  const why = contradiction(
    events,
    [...new Set(startsMs.values())].filter((atMs) => atMs !== null),
  );
  return why === null ? { startsMs, why } : { startsMs: new Map(), why };
};
