import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { type ReadRun, readRunFolder } from '../run/index.ts';
import { figuresOf } from './figures.ts';
import { deadNodePrediction, scenarioOf } from './scenarios.ts';
import type { CellResult, MatrixCell, MatrixDocument } from './types.ts';

/** Whether a folder of the matrix is one of that cell: a further try has a number behind the name. */
const isOf = (folder: string, { name }: MatrixCell): boolean =>
  folder === name || (folder.startsWith(`${name}-`) && /^\d+$/.test(folder.slice(name.length + 1)));

/**
 * A matrix has a cell for each of its folders: who takes a cell out of matrix.json chooses what is told.
 * @throws SkipbeatError MATRIX_NOT_FOUND (exit 64)
 */
export const assertAllCells = (folder: string, { cells }: Pick<MatrixDocument, 'cells'>): void => {
  const lost = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'lock')
    .map(({ name }) => name)
    .filter((name) => !cells.some((cell) => isOf(name, cell)));
  if (cells.length > 0 && lost.length === 0) return;
  throw new SkipbeatError(
    'MATRIX_NOT_FOUND',
    `${join(folder, 'matrix.json')}: expected ${cells.length === 0 ? 'the cells of a matrix' : `the cells of ${lost.sort().join(', ')}`}, found none.`,
    { exitCode: exitCodes.usage, next: 'begin the matrix again: matrix --out DIR' },
  );
};

/** Why the run in a cell's folder is not that of the cell, or no evidence; null where nothing speaks against it. */
const problemOf = (run: ReadRun, cell: MatrixCell, matrix: MatrixDocument): string | null => {
  const [why] = run.document.evidence?.why ?? [];
  if (why !== undefined) return why;
  const { resolved } = scenarioOf(cell, matrix.sets, matrix.userConfig);
  const isCell = run.scenarioYaml === resolved && run.plan.kubernetesVersion === cell.kubernetesVersion;
  if (!isCell) return `scenario.yaml: expected the scenario of ${cell.name}, found another`;
  return run.document.predicted === matrix.predicted
    ? null
    : `events.ndjson: expected ${matrix.predicted ? 'a prediction' : 'a real run'}, found ${matrix.predicted ? 'a real run' : 'a prediction'}`;
};

const rejudged = async (folder: string, matrix: MatrixDocument, result: CellResult): Promise<CellResult> => {
  const again = (reason: string): CellResult => ({ ...result, verdict: null, reason, figures: null });
  // A folder that is not below this one is none of its cells.
  if (!isOf(result.folder, result)) return again(`expected its folder below ${folder}, found ${result.folder}`);
  try {
    const run = await readRunFolder(join(folder, result.folder));
    const problem = problemOf(run, result, matrix);
    if (problem !== null) return again(problem);
    const { plan, document } = run;
    return {
      ...result,
      verdict: document.verdict,
      reason: document.reasons[0] ?? null,
      figures: figuresOf(plan, document, deadNodePrediction(result, matrix.userConfig)),
    };
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) return again(messageOf(thrown).split('\n').slice(0, 2).join(' '));
    throw thrown;
  }
};

/**
 * What each cell came to, from its own record and not from what matrix.json says of it. A cell whose record does not stand
 * has no result, and is run again.
 * @returns the matrix with those results, and the cells that are to be run again, each with why
 */
export const rejudgeCells = async (
  folder: string,
  matrix: MatrixDocument,
): Promise<{ readonly document: MatrixDocument; readonly again: readonly string[] }> => {
  const known = new Map(matrix.cells.map((cell) => [cell.name, cell]));
  const results: CellResult[] = [];
  const again: string[] = [];
  for (const result of matrix.results) {
    const cell = known.get(result.name);
    if (cell === undefined) continue;
    if (result.figures === null) {
      results.push({ ...result, ...cell });
      continue;
    }
    const one = await rejudged(folder, matrix, { ...result, ...cell });
    results.push(one);
    if (one.figures === null) again.push(`${one.name} is run again: ${one.reason}`);
  }
  return { document: { ...matrix, results }, again };
};
