import { type SimulatedMilestones, simulateMilestones } from '../../../src/calibration/simulate.ts';
import { flapsByItself, type Plan } from '../../../src/plan/index.ts';
import { calibrate, checkRequestsLost } from '../../../src/verdict/findings/calibration.ts';

/** Runs of the model, as many as are asked for. */
export const simulated = (plan: Plan, runs: number): Promise<readonly SimulatedMilestones[]> =>
  simulateMilestones(plan, { runs, withinMs: Number.POSITIVE_INFINITY, signal: new AbortController().signal });

/** What runs of the model say against the formulas of their plan, in words. */
export const contradictions = (plan: Plan, simulations: readonly SimulatedMilestones[]): readonly string[] => {
  const { flap } = plan.prediction;
  const lost = simulations.filter(({ milestones }) => milestones.notReady !== null).length;
  const of = `${lost} of ${simulations.length}`;
  return [
    ...(flap === 'impossible' && lost > 0 ? [`impossible, and a node NotReady in ${of}`] : []),
    // A fault may find a node NotReady that flaps by itself.
    ...(flap === 'certain' && lost < simulations.length && !flapsByItself(plan)
      ? [`certain, and a node NotReady in ${of}`]
      : []),
    ...simulations.flatMap(({ lost: unanswered, span }) => {
      const { fit, window } = checkRequestsLost(plan, unanswered, span);
      return fit === 'outside' ? [`${unanswered} requests lost, window ${window?.join(' to ')}`] : [];
    }),
    ...simulations.flatMap(({ milestones, span }) =>
      calibrate(plan, milestones, span).flatMap(({ link: milestone, observedMs, window, fit }) =>
        fit === 'outside' ? [`${milestone} at ${observedMs} ms, window ${window?.join(' to ')}`] : [],
      ),
    ),
  ];
};
