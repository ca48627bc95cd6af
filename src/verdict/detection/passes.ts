import { isByKubelet, isLoss, type ReadyChange } from '../../figures/index.ts';
import { controllerManagerOf, isHollow, maxPodsBeside, type Plan } from '../../plan/index.ts';
import { type EventOf, ofType, type TimelineEvent } from '../../timeline/index.ts';
import { answerMs, passesEnded } from './counters.ts';
import { type Loss, passStarts } from './split.ts';

type Reading = EventOf<'controlPlane.counted'>;

type Between = { readonly before: Reading; readonly after: Reading };

const readingsIn = (events: readonly TimelineEvent[]): readonly Reading[] => ofType(events, 'controlPlane.counted');

/** Each reading with each later one. */
const pairsOf = (readings: readonly Reading[]): readonly Between[] =>
  readings.flatMap((before, index) => readings.slice(index + 1).map((after) => ({ before, after })));

/** The mean of answers to writes, between the two readings where it was longest; 0: none was counted. */
const maxAnswerMs = (events: readonly TimelineEvent[]): number =>
  Math.max(0, ...pairsOf(readingsIn(events)).map(({ before, after }) => answerMs(before, after) ?? 0));

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

/** Whether fewer passes were counted, between any two readings, than are taken to have begun. */
const isContradicted = (readings: readonly Reading[], startsMs: readonly number[]): boolean =>
  pairsOf(readings).some(({ before, after }) => {
    const ended = passesEnded(before, after);
    const began = startsMs.filter((atMs) => atMs > before.atMs && atMs <= after.fromMs).length;
    // One may have been under way at the first reading, and one may be at the second.
    return typeof ended === 'number' && began > ended + 1;
  });

/** Readings next to each other. */
type Step = Between & {
  /** Why passes between the two were not counted; null: they were. */
  readonly why: string | null;
};

const stepsOf = (readings: readonly Reading[]): readonly Step[] =>
  readings.slice(1).flatMap((after, index) => {
    const before = readings[index];
    if (before === undefined) return [];
    const ended = passesEnded(before, after);
    return [{ before, after, why: typeof ended === 'number' ? null : ended.why }];
  });

/** A time in which passes were counted all along. */
type Stretch = { readonly fromMs: number; readonly toMs: number };

/** As long as they can be: one reading that failed parts what is before the one before it from what is after the one after it. */
const stretchesOf = (steps: readonly Step[]): readonly Stretch[] => {
  const stretches: Stretch[] = [];
  let fromMs: number | null = null;
  for (const { before, after, why } of steps) {
    if (why !== null) {
      fromMs = null;
      continue;
    }
    if (fromMs !== null) stretches.pop();
    fromMs ??= before.atMs;
    stretches.push({ fromMs, toMs: after.fromMs });
  }
  return stretches;
};

const notAskedTwice = 'passes were not counted: the control plane was not asked twice';

const notAskedAround =
  'passes were not counted as it would have begun: the control plane was asked only before, or only after';

const tooFew = 'fewer passes were counted than losses seem to begin';

const answersUnknown = 'whether one pass ended there is not known, for how long answers took before was not counted';

/** When the pass began that found a loss; null: that is not known. `why`: other than that a budget may have made the gap. */
type PassOf = (loss: Pick<Loss, 'atMs'>) => { readonly beganMs: number | null; readonly why: string | null };

/**
 * Losses alone do not tell when passes began: a budget that is spent makes gaps in a pass as well. Passes that were counted have to
 * bear it out: of one that began while they were not, nothing is known, and of all others what is known stays.
 * @param changes of all nodes, for a pass may begin with one that no fault hits, or that was lost before
 */
export const passesOf = (
  plan: Pick<Plan, 'profile' | 'topology' | 'workload'>,
  events: readonly TimelineEvent[],
  changes: readonly ReadyChange[],
  startMs: number,
): PassOf => {
  const { nodeMonitorPeriodMs: periodMs } = plan.profile.effective;
  const losses = changes.filter((change) => isLoss(change) && !isByKubelet(change));
  const budgetMs = budgetMsOf(plan, events, losses, startMs);
  const starts = passStarts(losses, { periodMs, budgetMs });
  const begun = [...new Set(starts.values())].filter((atMs) => atMs !== null);
  const readings = readingsIn(events);
  const steps = stepsOf(readings);
  const stretches = stretchesOf(steps);
  const isWrong = isContradicted(readings, begun);
  const whyNot = (beganMs: number | null): string | null => {
    if (isWrong) return tooFew;
    if (steps.length === 0) return notAskedTwice;
    if (beganMs === null) return null;
    const stretch = stretches.find(({ fromMs, toMs }) => beganMs > fromMs && beganMs <= toMs);
    if (stretch === undefined) {
      const own = steps.find(
        ({ before, after, why }) => why !== null && beganMs > before.fromMs && beganMs <= after.atMs,
      );
      return own?.why ?? notAskedAround;
    }
    // What an answer took that came before nobody counted: of the gap counts what lies after.
    const earlierMs = losses.findLast(({ atMs }) => atMs < beganMs)?.atMs ?? null;
    return earlierMs !== null && earlierMs < stretch.fromMs && beganMs - stretch.fromMs <= budgetMs
      ? answersUnknown
      : null;
  };
  const whys = new Map([...begun, null].map((beganMs) => [beganMs, whyNot(beganMs)]));
  return ({ atMs }) => {
    const beganMs = starts.get(atMs) ?? null;
    const why = whys.get(beganMs) ?? null;
    return { beganMs: why === null ? beganMs : null, why };
  };
};
