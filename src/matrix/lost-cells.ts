import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { cellsOf } from './spec.ts';
import type { CellResult, LostCell, MatrixDocument } from './types.ts';

/** Of a matrix.json that does not say what was asked for: of its cells nobody knows whether they are all. */
export const notAsked =
  'matrix.json: expected what the matrix was asked for, found none: whether a cell is missing is not known';

/**
 * The matrix with every cell that it was asked for, whatever matrix.json has of them.
 * @returns it as it is where it does not say what was asked; and the cells that were missing from it
 * @throws SkipbeatError EVIDENCE_UNSEALED (exit 2) where it has a cell that was not asked for: something was changed
 */
export const withAskedCells = (
  folder: string,
  document: MatrixDocument,
): { readonly document: MatrixDocument; readonly missing: readonly LostCell[] } => {
  const { asked, cells } = document;
  if (asked === undefined) return { document, missing: [] };
  const all = cellsOf(asked, asked.versions);
  const others = cells.filter(({ name }) => !all.some((cell) => cell.name === name)).map(({ name }) => name);
  if (others.length > 0) {
    throw new SkipbeatError(
      'EVIDENCE_UNSEALED',
      `${folder}: matrix.json: expected the cells that were asked for, found others: ${others.join(', ')}.`,
      { exitCode: exitCodes.inconclusive, next: skipbeat('matrix --out DIR') },
    );
  }
  const missing = all
    .filter(({ name }) => !cells.some((cell) => cell.name === name))
    .map(({ name }) => ({ name, reason: 'it was asked for, and is missing from matrix.json' }));
  return { document: { ...document, cells: all }, missing };
};

/** A result as it counts: that of a cell whose first record is lost is none to rely on, for the first may have failed. */
export const withoutPraise = ({ lost }: MatrixDocument, result: CellResult): CellResult => {
  const own = lost?.find(({ name }) => name === result.name);
  if (own === undefined || result.verdict !== 'pass') return result;
  const { measured: _, ...rest } = result;
  return {
    ...rest,
    verdict: 'inconclusive',
    reason: `its first record is lost, and another run does not replace it: ${own.reason}`,
  };
};
