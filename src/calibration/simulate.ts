import { configOfRun, type ModelConfig, modelOfPlan, recordInto, runModel } from '../backend/model/index.ts';
import { seedOfRepeat } from '../common/random.ts';
import type { Plan } from '../plan/index.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import {
  type FaultSpan,
  hollowCurves,
  type Milestones,
  type Refusals,
  readMilestones,
  type SimulatedDetection,
  simulatedDetection,
} from '../verdict/index.ts';
import { collectWork } from './detection.ts';
import type { SimulatedHollow } from './hollow-band.ts';

/** What one run of the model came to, read as a real run is. */
export type SimulatedMilestones = {
  readonly milestones: Milestones;
  readonly span: FaultSpan;
  /** Requests without an answer, of those due since the fault. */
  readonly lost: number;
  /** Empty where no node was lost. */
  readonly detection: SimulatedDetection;
  /** null: the plan has no hollow nodes. */
  readonly hollow: SimulatedHollow | null;
};

/** Multiples of it, taken without their whole part, cover 0 to 1 evenly however many there are. */
const goldenRatio = (Math.sqrt(5) - 1) / 2;

type Span = { readonly firstMs: number; readonly lastMs: number };

const refusalsIn =
  (spans: readonly Span[]) =>
  (sinceMs: number): Refusals => {
    const counted = spans.filter(({ lastMs }) => lastMs >= sinceMs);
    if (counted.length === 0) return { firstRefusedMs: null, lastRefusedMs: null };
    return {
      firstRefusedMs: Math.max(sinceMs, Math.min(...counted.map(({ firstMs }) => firstMs))),
      lastRefusedMs: Math.max(...counted.map(({ lastMs }) => lastMs)),
    };
  };

/** Requests that were due evenly from the first to the last. */
type Due = Span & { readonly count: number };

const dueSince = (all: readonly Due[], sinceMs: number): number =>
  all.reduce((sum, { count, firstMs, lastMs }) => {
    if (firstMs >= sinceMs) return sum + count;
    if (lastMs < sinceMs) return sum;
    return sum + 1 + Math.floor(((lastMs - sinceMs) * (count - 1)) / (lastMs - firstMs));
  }, 0);

/**
 * Runs the model once; of requests nothing is kept but when some were refused, or got no answer, and of heartbeats the last
 * before something happens to their node, for more is in no milestone.
 */
const simulateOnce = (plan: Plan, config: ModelConfig): SimulatedMilestones | null => {
  const events: TimelineEvent[] = [];
  const refused: Span[] = [];
  const unanswered: Due[] = [];
  const work = collectWork();
  const sink = recordInto({
    event: (body, atMs = 0) => {
      events.push({ atMs, ...body });
    },
    requests: () => undefined,
  });
  runModel(config, {
    ...sink,
    heartbeats: null,
    lastRenewal: sink.lease,
    passWork: work.add,
    requests: ({ firstSeq, count, stride, ending, dueUs }) => {
      if (ending.outcome !== 'ok' && ending.outcome !== 'httpError')
        unanswered.push({
          count,
          firstMs: dueUs(firstSeq) / 1000,
          lastMs: dueUs(firstSeq + (count - 1) * stride) / 1000,
        });
      if (ending.outcome !== 'refused') return;
      const endMs = (seq: number): number => (dueUs(seq) + ending.afterUs) / 1000;
      refused.push({ firstMs: endMs(firstSeq), lastMs: endMs(firstSeq + (count - 1) * stride) });
    },
  });
  events.sort((a, b) => a.atMs - b.atMs);
  const read = readMilestones(plan, events, refusalsIn(refused));
  if (read === null) return null;
  const hollow =
    config.hollow === undefined
      ? null
      : { span: read.span, curves: hollowCurves(events), endMs: events.at(-1)?.atMs ?? 0 };
  const detection = simulatedDetection(plan, events, read.span, {
    workUntil: (atMs) => work.between(read.span.startMs, atMs),
    beganMs: work.beganMs,
  });
  return { ...read, lost: dueSince(unanswered, read.span.startMs), detection, hollow };
};

/** How long may be spent on it, ms, and how many runs are wanted. */
export type SimulationBudget = { readonly runs: number; readonly withinMs: number; readonly signal: AbortSignal };

/**
 * Runs the model of a plan again and again, each run with a seed of its own, until there are enough or the time is up.
 * Lets pending input and output have its turn in between.
 * @throws SkipbeatError MODEL_INVALID, MODEL_TOO_LARGE, MODEL_FAULT_UNKNOWN, VERSION_UNSUPPORTED (exit 64)
 */
export const simulateMilestones = async (
  plan: Plan,
  budget: SimulationBudget,
): Promise<readonly SimulatedMilestones[]> => {
  const { config, maxWaitUs } = modelOfPlan(plan);
  const untilMs = performance.now() + budget.withinMs;
  const simulations: SimulatedMilestones[] = [];
  for (let run = 0; run < budget.runs && performance.now() < untilMs && !budget.signal.aborted; run += 1) {
    // Evenly over the longest wait between two heartbeats, in an order that covers it early.
    const waitUs = ((run * goldenRatio) % 1) * maxWaitUs;
    const one = simulateOnce(plan, configOfRun(config, seedOfRepeat(plan.seed, run), waitUs));
    if (one !== null) simulations.push(one);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return simulations;
};
