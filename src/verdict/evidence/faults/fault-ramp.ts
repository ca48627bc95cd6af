import type { PlannedFault } from '../../../plan/index.ts';
import type { EventOf } from '../../../timeline/index.ts';
import type { FaultResult } from '../../document.ts';
import { secondsText } from '../../text.ts';
import { lengthToleranceMs } from './fault-length.ts';

/** The step that a growing fault came to; null where it stands at its full strength from the first. */
export const reachedStep = (
  planned: PlannedFault,
  grown: readonly EventOf<'fault.grown'>[],
): NonNullable<FaultResult['grown']> | null => {
  const steps = 'rampSteps' in planned ? planned.rampSteps : 1;
  return steps === 1 ? null : { step: Math.max(1, ...grown.map(({ step }) => step)), steps };
};

/** Why a fault that grows did not come to its full strength in its time, in words. */
export const rampProblems = (
  reached: FaultResult['grown'],
  grown: readonly EventOf<'fault.grown'>[],
  span: { readonly injectedMs: number | null; readonly undoingMs: number | null; readonly lengthMs: number },
): string[] => {
  const { injectedMs, undoingMs, lengthMs } = span;
  if (reached === null || reached === undefined || injectedMs === null || undoingMs === null) return [];
  const { step, steps } = reached;
  if (step < steps) return [`its strength came to step ${step} of ${steps} only`];
  const last = grown.find((one) => one.step === steps);
  const afterMs = (last?.atMs ?? undoingMs) - injectedMs;
  const dueMs = (lengthMs * (steps - 1)) / steps;
  return Math.abs(afterMs - dueMs) <= lengthToleranceMs(lengthMs)
    ? []
    : [
        `its full strength, step ${steps} of ${steps}, came ${secondsText(afterMs)} after the injection, ${secondsText(dueMs)} were asked for`,
      ];
};
