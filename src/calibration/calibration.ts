import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { quantile } from '../common/statistics.ts';
import type { Plan } from '../plan/index.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import {
  type CountCheck,
  type FaultSpan,
  faultSpan,
  fitOf,
  isModelled,
  isUnmeasured,
  type RunDocument,
  type WindowCheck,
  zeroOf,
} from '../verdict/index.ts';
import { conditionedOn } from './conditional/conditional.ts';
import { whyUnconditional } from './conditional/seen.ts';
import { detectionSpread } from './detection.ts';
import type { Calibration, CalibrationCount, CalibrationMilestone, CountSpread, ModelSpread } from './document.ts';
import { hollowBandOf } from './hollow-band.ts';
import { type SimulatedMilestones, type SimulationBudget, simulateMilestones } from './simulate.ts';

const modelFit = (check: WindowCheck, runs: number, sorted: readonly number[]): ModelSpread['fit'] => {
  const [min, greatest] = [sorted[0], sorted.at(-1)];
  if (check.observedMs === null) return sorted.length === runs ? 'outside' : 'inside';
  if (min === undefined || greatest === undefined) return 'outside';
  return fitOf(check.observedMs, [min, greatest], check.slackMs);
};

const spreadOf = (check: WindowCheck, simulations: readonly SimulatedMilestones[], span: FaultSpan): ModelSpread => {
  const zeroMs = zeroOf(check.link, span);
  const sorted = simulations
    .flatMap(({ milestones, span: own }) => {
      const atMs = milestones[check.link];
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
    fit: zeroMs === null ? null : modelFit(check, simulations.length, sorted),
  };
};

const countSpreadOf = (
  { observed, slack }: CountCheck,
  simulations: readonly SimulatedMilestones[],
): CountSpread | null => {
  const sorted = simulations.map(({ lost }) => lost).toSorted((one, other) => one - other);
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
  simulations: readonly SimulatedMilestones[],
): CalibrationCount | null =>
  check === null || check === undefined ? null : { ...check, model: countSpreadOf(check, simulations) };

/** Puts runs of the model beside what a run observed. */
export const calibrationOf = (
  plan: Pick<Plan, 'workload'>,
  checks: readonly WindowCheck[],
  span: FaultSpan,
  simulations: readonly SimulatedMilestones[],
): readonly CalibrationMilestone[] =>
  checks.map((check) => {
    const isKnown = simulations.length > 0 && isModelled(check.link, plan);
    return { ...check, model: isKnown ? spreadOf(check, simulations, span) : null };
  });

/** Nothing where the plan has no hollow nodes, or no run of the model there was time for. */
const hollowOf = (
  events: readonly TimelineEvent[],
  span: FaultSpan,
  simulations: readonly SimulatedMilestones[],
): Pick<Calibration, 'hollow'> => {
  const all = simulations.flatMap(({ hollow }) => (hollow === null ? [] : [hollow]));
  return all.length === 0 ? {} : { hollow: hollowBandOf(events, span, all) };
};

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
    const simulations = await simulateMilestones(plan, budget);
    const model = simulations.length === 0 ? null : { runs: simulations.length, asked: budget.runs, seed: plan.seed };
    const why = model === null ? 'there was no time for it' : null;
    const calibrated = calibrationOf(plan, calibration, span, simulations).map((one) =>
      // That it is not on record says nothing of it, and nothing of the model.
      isUnmeasured(events, one.link) ? { ...one, model: null } : one,
    );
    const { manifest, existingService } = plan.workload;
    const isOurs = manifest === undefined && existingService === undefined;
    const knowsLost = isOurs && !isUnmeasured(events, 'requestsLost');
    return {
      schemaVersion: 1,
      model,
      why,
      links: calibrated,
      requestsLost: calibratedCount(requestsLost, knowsLost ? simulations : []),
      conditional,
      ...detectionSpread(simulations.map(({ detection }) => detection)),
      ...hollowOf(events, span, simulations),
    };
  } catch (thrown) {
    // What the model does not know it says so; anything else is a bug and must show.
    if (!(thrown instanceof SkipbeatError) || thrown.exitCode !== exitCodes.usage) throw thrown;
    const calibrated = calibrationOf(plan, calibration, span, []);
    const why = thrown.message;
    return { schemaVersion: 1, model: null, why, links: calibrated, requestsLost: calibratedCount(requestsLost, []) };
  }
};
