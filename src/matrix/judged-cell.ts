import type { Plan } from '../plan/index.ts';
import type { UserConfig } from '../profile/index.ts';
import { outcomeOf } from '../report/index.ts';
import type { RunDocument } from '../verdict/index.ts';
import { figuresOf } from './figures.ts';
import { harmOf } from './harm.ts';
import { deadNodePrediction } from './scenarios.ts';
import type { CellResult, MatrixCell } from './types.ts';

/** What a run that came to its end makes of its cell. */
export const judgedCell = (
  cell: MatrixCell,
  plan: Plan,
  document: RunDocument,
  userConfig: UserConfig | undefined,
): Pick<CellResult, 'verdict' | 'measured' | 'reason' | 'figures' | 'harm'> => {
  const figures = figuresOf(plan, document, deadNodePrediction(cell, userConfig));
  return {
    verdict: document.verdict,
    measured: outcomeOf(document) === 'measured',
    reason: document.reasons[0] ?? null,
    figures,
    harm: harmOf(plan, document, figures),
  };
};
