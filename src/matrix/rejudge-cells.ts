import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { manifestFile, type ReadRun, readRunFolder, type SealKey } from '../run/index.ts';
import { judgedCell } from './judged-cell.ts';
import { withAskedCells, withoutPraise } from './lost-cells.ts';
import { scenarioOf } from './scenarios.ts';
import { notAsSealed } from './seal.ts';
import { tryOf, withTries } from './store.ts';
import type { CellResult, LostCell, MatrixCell, MatrixDocument } from './types.ts';

/** Whether a folder of the matrix is one of that cell: a further try has a number behind the name. */
const isOf = (folder: string, { name }: MatrixCell): boolean =>
  folder === name || (folder.startsWith(`${name}-`) && /^\d+$/.test(folder.slice(name.length + 1)));

/**
 * A matrix has a cell for each of its folders: who takes a cell out of matrix.json chooses what is shown.
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
const triesOf = (folder: string, cell: MatrixCell): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isOf(entry.name, cell))
    .map(({ name }) => name)
    .sort((one, other) => tryOf(one, cell.name) - tryOf(other, cell.name));

/** Why the record of a try is no result; `changed`: its run came to its end or sealed it, and it is not as that left it. */
type NoResult = { readonly problem: string; readonly changed: boolean };

/** Whether the run itself left a seal, and not a later `report` of a run that was killed. */
const wasSealed = (folder: string): boolean => {
  const path = join(folder, manifestFile);
  if (!existsSync(path)) return false;
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { readonly sealedBy?: unknown } | null)?.sealedBy === 'run';
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return true;
    throw thrown;
  }
};

/** What one try of a cell came to, or why its record is no result of it. */
const rejudged = async (
  folder: string,
  matrix: MatrixDocument,
  cell: MatrixCell,
  own: string,
  sealKey: SealKey | null,
): Promise<CellResult | NoResult> => {
  const noResult = (problem: string, cameToItsEnd = false): NoResult => ({
    problem,
    changed: cameToItsEnd || wasSealed(join(folder, own)),
  });
  try {
    const run = await readRunFolder(join(folder, own), { sealKey, againstModel: true });
    const problem = problemOf(run, cell, matrix);
    const { plan, document, events } = run;
    const [ended] = events.filter((event) => event.type === 'run.ended');
    const cameToItsEnd = ended?.outcome === 'completed';
    if (problem !== null) return noResult(problem, cameToItsEnd);
    if (!cameToItsEnd) {
      return { problem: document.reasons[0] ?? 'the run did not come to its end', changed: false };
    }
    return {
      ...cell,
      folder: own,
      ...judgedCell(cell, plan, document, matrix.userConfig),
      tookMs: document.durationMs ?? 0,
    };
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) return noResult(messageOf(thrown).split('\n').slice(0, 2).join(' '));
    throw thrown;
  }
};

/** What the records of a cell come to: its result where one came to its end, and why its first is lost, where it is. */
const recordOf = async (
  folder: string,
  matrix: MatrixDocument,
  cell: MatrixCell,
  sealKey: SealKey | null,
): Promise<{ readonly found: CellResult | null; readonly problem: string; readonly lost: string | null }> => {
  const saved = matrix.results.find(({ name }) => name === cell.name);
  const tries = triesOf(folder, cell);
  const problems: NoResult[] = [];
  for (const own of tries) {
    const one = await rejudged(folder, matrix, cell, own, sealKey);
    if (!('problem' in one)) {
      return { found: one, problem: '', lost: problems.find(({ changed }) => changed)?.problem ?? null };
    }
    problems.push(one);
  }
  const problem = problems[0]?.problem ?? 'its folder is missing';
  // Cells begin one after the other: what stands before one that has begun has begun itself.
  const after = matrix.cells.slice(matrix.cells.findIndex(({ name }) => name === cell.name) + 1);
  const hasBegun = saved !== undefined || after.some((later) => triesOf(folder, later).length > 0);
  const isLost =
    problems.some(({ changed }) => changed) ||
    (tries.length === 0 && hasBegun) ||
    (saved !== undefined && saved.figures !== null);
  return { found: null, problem, lost: isLost ? problem : null };
};

/**
 * What each cell that was asked for came to, from the first of its records that came to its end, whatever matrix.json says of
 * it: a result that is taken out of it is no reason to try the cell until it passes. A cell without such a record is run
 * again; where the record that it had is lost, it does not pass by that.
 * @returns the matrix with those results and lost cells, and the cells that are to be run again, each with why
 * @throws SkipbeatError EVIDENCE_UNSEALED (exit 2) where a key sealed a result whose record no longer stands, and where
 *   matrix.json has a cell that was not asked for
 */
export const rejudgeCells = async (
  folder: string,
  saved: MatrixDocument,
  sealKey: SealKey | null,
): Promise<{ readonly document: MatrixDocument; readonly again: readonly string[] }> => {
  const { document: matrix, missing } = withAskedCells(folder, saved);
  const results: CellResult[] = [];
  const again: { readonly name: string; readonly why: string | undefined }[] = [];
  const lost = new Map<string, LostCell>();
  for (const one of [...(matrix.lost ?? []), ...missing]) if (!lost.has(one.name)) lost.set(one.name, one);
  for (const cell of matrix.cells) {
    const before = matrix.results.find(({ name }) => name === cell.name);
    const record = await recordOf(folder, matrix, cell, sealKey);
    const tries = triesOf(folder, cell).length;
    if (record.lost !== null && !lost.has(cell.name)) lost.set(cell.name, { name: cell.name, reason: record.lost });
    if (record.found !== null) {
      const { tookMs } = before?.folder === record.found.folder ? before : record.found;
      results.push(withTries({ ...record.found, tookMs }, Math.max(before?.tries ?? 1, tries)));
      continue;
    }
    if (before !== undefined) {
      const broke = before.figures === null;
      const own = { ...before, ...cell, ...(broke ? {} : { verdict: null, reason: record.problem, figures: null }) };
      results.push(withTries(own, tries));
    }
    if (lost.has(cell.name)) again.push({ name: cell.name, why: lost.get(cell.name)?.reason });
  }
  if (sealKey !== null && again.length > 0)
    throw notAsSealed(folder, again.map(({ name, why }) => `${name}: ${why}`).join('; '));
  const document = { ...matrix, results, ...(lost.size === 0 ? {} : { lost: [...lost.values()] }) };
  return {
    document: { ...document, results: results.map((result) => withoutPraise(document, result)) },
    again: again.map(({ name, why }) => `${name} is run again: ${why}`),
  };
};
