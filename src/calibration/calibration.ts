import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { quantile } from '../common/statistics.ts';
import type { Plan } from '../plan/index.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import {
  type ConditionalLink,
  type CountCheck,
  type FaultSpan,
  faultSpan,
  fitOf,
  type RunDocument,
  type WindowCheck,
  zeroOf,
} from '../verdict/index.ts';
import { conditionedOn, whyUnconditional } from './conditional/conditional.ts';
import { type SimulatedChain, type SimulationBudget, simulateChains } from './simulate.ts';

/** What runs of the model say of one link; ms since the fault, what counts from the undo standing where it began in this run. */
export type ModelSpread = {
  /** Runs in which it happened; the times are of these, null where there are none. */
  readonly seen: number;
  readonly minMs: number | null;
  readonly p5Ms: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly maxMs: number | null;
  /** Whether it was observed between the least and the greatest, with the same slack as the window has. */
  readonly fit: 'inside' | 'outside' | null;
};

/** What runs of the model say of a count. */
export type CountSpread = {
  readonly min: number;
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** Whether what was observed lies between the least and the greatest, with the same slack as the window has. */
  readonly fit: 'inside' | 'outside' | null;
};

export type CalibrationCount = CountCheck & { readonly model: CountSpread | null };

export type CalibrationLink = WindowCheck & { readonly model: ModelSpread | null };

/** calibration.json: what was observed beside what closed formulas and the model predicted, link by link. */
export type Calibration = {
  readonly schemaVersion: 1;
  /** Runs of the model; null where it could not be asked, and why stands in `why`. */
  readonly model: { readonly runs: number; readonly asked: number; readonly seed: number } | null;
  readonly why: string | null;
  readonly links: readonly CalibrationLink[];
  /** Requests without an answer since the fault. Not in what an older skipbeat wrote. */
  readonly requestsLost?: CalibrationCount | null;
  /**
   * Links per node and pod, predicted from what was seen before them. `why`: why there are none; null where they are known.
   * Not there where a version is not known, and in what an older skipbeat wrote.
   */
  readonly conditional?: { readonly why: string | null; readonly links: readonly ConditionalLink[] };
};

const modelFit = (check: WindowCheck, runs: number, sorted: readonly number[]): ModelSpread['fit'] => {
  const [least, greatest] = [sorted[0], sorted.at(-1)];
  if (check.observedMs === null) return sorted.length === runs ? 'outside' : 'inside';
  if (least === undefined || greatest === undefined) return 'outside';
  return fitOf(check.observedMs, [least, greatest], check.slackMs);
};

const spreadOf = (check: WindowCheck, chains: readonly SimulatedChain[], span: FaultSpan): ModelSpread => {
  const zeroMs = zeroOf(check.link, span);
  const sorted = chains
    .flatMap(({ chain, span: own }) => {
      const atMs = chain[check.link];
      const ownZeroMs = zeroOf(check.link, own);
      return atMs === null || ownZeroMs === null || zeroMs === null ? [] : [atMs - ownZeroMs + zeroMs];
    })
    .toSorted((one, other) => one - other);
  return {
    seen: sorted.length,
    minMs: sorted[0] ?? null,
    p5Ms: quantile(sorted, 0.05),
    p50Ms: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    maxMs: sorted.at(-1) ?? null,
    fit: zeroMs === null ? null : modelFit(check, chains.length, sorted),
  };
};

const countSpreadOf = ({ observed, slack }: CountCheck, chains: readonly SimulatedChain[]): CountSpread | null => {
  const sorted = chains.map(({ lost }) => lost).toSorted((one, other) => one - other);
  const [min, max] = [sorted[0], sorted.at(-1)];
  const [p5, p50, p95] = [0.05, 0.5, 0.95].map((share) => quantile(sorted, share) ?? Number.NaN) as [
    number,
    number,
    number,
  ];
  if (min === undefined || max === undefined) return null;
  return { min, p5, p50, p95, max, fit: fitOf(observed, [min, max], slack) };
};

/** The same for the requests without an answer; null where the run has no such check. */
const calibratedCount = (
  check: CountCheck | null | undefined,
  chains: readonly SimulatedChain[],
): CalibrationCount | null =>
  check === null || check === undefined ? null : { ...check, model: countSpreadOf(check, chains) };

/** Puts runs of the model beside what a run observed. */
export const calibrationOf = (
  checks: readonly WindowCheck[],
  span: FaultSpan,
  chains: readonly SimulatedChain[],
): readonly CalibrationLink[] =>
  checks.map((check) => ({ ...check, model: chains.length === 0 ? null : spreadOf(check, chains, span) }));

/**
 * The calibration of a run that has ended; null where no fault began.
 * @param events of the run, in the order of their time
 */
export const calibrate = async (
  plan: Plan,
  events: readonly TimelineEvent[],
  { calibration, requestsLost, timing }: Pick<RunDocument, 'calibration' | 'requestsLost' | 'timing'>,
  budget: SimulationBudget,
): Promise<Calibration | null> => {
  const span = faultSpan(plan, events);
  if (span === null) return null;
  try {
    const conditional = { why: whyUnconditional(plan, events), links: conditionedOn(plan, events, timing) };
    const chains = await simulateChains(plan, budget);
    const model = chains.length === 0 ? null : { runs: chains.length, asked: budget.runs, seed: plan.seed };
    const why = model === null ? 'there was no time for it' : null;
    const links = calibrationOf(calibration, span, chains);
    return { schemaVersion: 1, model, why, links, requestsLost: calibratedCount(requestsLost, chains), conditional };
  } catch (thrown) {
    // What the model does not know it says so; anything else is a bug and must show.
    if (!(thrown instanceof SkipbeatError) || thrown.exitCode !== exitCodes.usage) throw thrown;
    const links = calibrationOf(calibration, span, []);
    const why = thrown.message;
    return { schemaVersion: 1, model: null, why, links, requestsLost: calibratedCount(requestsLost, []) };
  }
};
