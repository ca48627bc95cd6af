import { notReadyAt } from '../../figures/index.ts';
import { flapsByItself, lacksOnlyTime } from '../../plan/index.ts';
import type { StepResult } from '../document.ts';
import type { JudgeContext } from '../judge-context.ts';
import { stepText } from '../steps.ts';
import { listText } from '../text.ts';

const isCut = ({ kind, outcome, detail }: StepResult): boolean =>
  kind === 'recover' && outcome === 'timedOut' && lacksOnlyTime(detail);

/** Recoveries that did not come in time: what was to be found out, and found. No phase begins after one. */
export const lateRecoveries = (steps: readonly StepResult[]): readonly string[] =>
  steps.filter((step) => step.kind === 'recover' && step.outcome === 'timedOut' && !isCut(step)).map(stepText);

/**
 * What the figures cannot hold, for nobody watched: harm that is still on its way when the observation ends. A recovery
 * that found something wrong is no such doubt; one that had only too little time to see that nothing was, is.
 */
export const endedTooEarly = (
  { plan, changes, window }: JudgeContext,
  steps: readonly StepResult[],
): readonly string[] => {
  const { phases } = plan;
  const cut = steps.filter(isCut).map(stepText);
  if (cut.length > 0)
    return ['the recovery had too little time to be seen as one: give its phase a longer `within`', ...cut];
  const last = phases.findLastIndex(({ kind }) => kind === 'fault');
  if (last !== -1 && !phases.slice(last).some(({ kind }) => kind === 'recover')) {
    return [
      'no phase recover follows the last fault: what it brings after the end of the run is not known; end the phases with recover',
    ];
  }
  if (lateRecoveries(steps).length > 0 || window.measuredToMs === null) return [];
  // A profile that loses nodes by itself does so at the end, too; but what is bounded from above may still come.
  if (flapsByItself(plan) && plan.expectations.every(({ max, equals }) => (max ?? equals) === null)) return [];
  const ill = notReadyAt(changes, window.measuredToMs);
  return ill.length === 0
    ? []
    : [
        `${listText(ill)} ${ill.length === 1 ? 'was' : 'were'} NotReady when the run ended: what that brings later is not known; end the phases with recover`,
      ];
};
