import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { outcomeOf } from '../report/index.ts';
import { type ReadRun, readRunFolder, type SealKey } from '../run/index.ts';
import { figuresOf } from './figures.ts';
import { deadNodePrediction, scenarioOf } from './scenarios.ts';
import { notAsSealed } from './seal.ts';
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

/** The folders of a cell's tries, the first one first. */
const triesOf = (folder: string, cell: MatrixCell): readonly string[] => {
  const numberOf = (name: string): number => (name === cell.name ? 1 : Number(name.slice(cell.name.length + 1)));
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isOf(entry.name, cell))
    .map(({ name }) => name)
    .sort((one, other) => numberOf(one) - numberOf(other));
};

/** What one try of a cell came to, or why its record is no result of it. */
const rejudged = async (
  folder: string,
  matrix: MatrixDocument,
  cell: MatrixCell,
  own: string,
  sealKey: SealKey | null,
): Promise<CellResult | { readonly problem: string }> => {
  try {
    const run = await readRunFolder(join(folder, own), { sealKey });
    const problem = problemOf(run, cell, matrix);
    if (problem !== null) return { problem };
    const { plan, document, events } = run;
    const [ended] = events.filter((event) => event.type === 'run.ended');
    if (ended?.outcome !== 'completed') return { problem: document.reasons[0] ?? 'the run did not come to its end' };
    return {
      ...cell,
      folder: own,
      verdict: document.verdict,
      measured: outcomeOf(document) === 'measured',
      reason: document.reasons[0] ?? null,
      figures: figuresOf(plan, document, deadNodePrediction(cell, matrix.userConfig)),
      tookMs: document.durationMs ?? 0,
    };
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) return { problem: messageOf(thrown).split('\n').slice(0, 2).join(' ') };
    throw thrown;
  }
};

/**
 * What each cell came to, from the first of its records that came to its end, whatever matrix.json says of it: a result that
 * is taken out of it is no reason to try the cell until it passes. A cell without such a record is run again.
 * @returns the matrix with those results, and the cells that had one and are to be run again, each with why
 * @throws SkipbeatError EVIDENCE_UNSEALED (exit 2) where a key sealed a result whose record no longer stands
 */
export const rejudgeCells = async (
  folder: string,
  matrix: MatrixDocument,
  sealKey: SealKey | null,
): Promise<{ readonly document: MatrixDocument; readonly again: readonly string[] }> => {
  const results: CellResult[] = [];
  const again: string[] = [];
  for (const cell of matrix.cells) {
    const saved = matrix.results.find(({ name }) => name === cell.name);
    const problems: string[] = [];
    let found: CellResult | null = null;
    for (const own of triesOf(folder, cell)) {
      const one = await rejudged(folder, matrix, cell, own, sealKey);
      if ('problem' in one) problems.push(one.problem);
      else found ??= one;
      if (found !== null) break;
    }
    if (found !== null) {
      const { tookMs } = saved?.folder === found.folder ? saved : found;
      results.push({ ...found, tookMs });
    } else if (saved?.figures === null) {
      results.push({ ...saved, ...cell });
    } else if (saved !== undefined) {
      const reason = problems[0] ?? 'its folder is missing';
      results.push({ ...saved, ...cell, verdict: null, reason, figures: null });
      again.push(`${cell.name} is run again: ${reason}`);
    }
  }
  if (sealKey !== null && again.length > 0) throw notAsSealed(folder, again.join('; '));
  return { document: { ...matrix, results }, again };
};
