import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { writeAll } from '../common/host/text-file.ts';
import { withoutPraise } from './lost-cells.ts';
import { type CellResult, type MatrixCell, type MatrixDocument, matrixShape } from './types.ts';

export const matrixFile = 'matrix.json';

export const matrixJson = (document: MatrixDocument): string => `${JSON.stringify(document, null, 2)}\n`;

/** Writes matrix.json whole or not at all: an interruption finds the one before. */
export const writeMatrix = (folder: string, document: MatrixDocument): void => {
  writeAll(join(folder, matrixFile), matrixJson(document));
};

const notResumable = (folder: string, found: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError('MATRIX_NOT_FOUND', `${folder}: expected the folder of a matrix, found ${found}.`, {
    exitCode: exitCodes.usage,
    next: 'name one, such as --resume runs/<time>-matrix',
    ...(cause === undefined ? {} : { cause }),
  });

/** Reads the matrix of a folder. @throws SkipbeatError MATRIX_NOT_FOUND (exit 64) */
export const readMatrixFolder = (folder: string): MatrixDocument => {
  const path = join(folder, matrixFile);
  if (!existsSync(path)) throw notResumable(folder, `no ${matrixFile} in it`);
  try {
    const document: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const [issue] = matrixShape.safeParse(document).error?.issues ?? [];
    if (issue !== undefined) throw new Error(`${issue.path.join('.') || 'the top'}: ${issue.message}`);
    // As it stands in the file, and not as it was read: what a seal is of keeps its order.
    return document as MatrixDocument;
  } catch (thrown) {
    throw notResumable(folder, `${matrixFile} unreadable (${messageOf(thrown)})`, thrown);
  }
};

/** The newest matrix below `runs`. @throws SkipbeatError MATRIX_NOT_FOUND (exit 64) where there is none */
export const newestMatrix = (runs: string): string => {
  const names = existsSync(runs) ? readdirSync(runs).filter((name) => existsSync(join(runs, name, matrixFile))) : [];
  const newest = names.sort().at(-1);
  if (newest === undefined) throw notResumable(runs, 'no matrix in it');
  return join(runs, newest);
};

/** Cells that are still to be run: those without a result, and those whose run broke before it could be judged. */
export const cellsLeft = ({ cells, results }: MatrixDocument): readonly MatrixCell[] => {
  const judged = new Set(results.filter(({ figures }) => figures !== null).map(({ name }) => name));
  return cells.filter(({ name }) => !judged.has(name));
};

/**
 * The matrix with one more result; a cell that is run again loses the one it had, counts it as a try, and never passes where
 * its first is lost.
 */
export const withResult = (document: MatrixDocument, result: CellResult): MatrixDocument => {
  const order = new Map(document.cells.map(({ name }, index) => [name, index]));
  const before = document.results.find(({ name }) => name === result.name);
  const counted = withTries(result, before === undefined ? 1 : (before.tries ?? 1) + 1);
  const results = [...document.results.filter(({ name }) => name !== result.name), withoutPraise(document, counted)];
  return { ...document, results: results.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0)) };
};

/** How many tries of a cell its folder makes it: a further one has a number behind the name of the cell. */
export const tryOf = (folder: string, name: string): number =>
  folder === name ? 1 : Number(folder.slice(name.length + 1));

/** A result with the number of its try, of which the folder and the result before it may each have lost one. */
export const withTries = (result: CellResult, min: number): CellResult => {
  const { tries: before = 1, ...rest } = result;
  const tries = Math.max(before, min, tryOf(result.folder, result.name));
  return tries === 1 ? rest : { ...rest, tries };
};

/** Makes the folder of a cell; what an earlier try left stays beside it. */
export const makeCellFolder = (folder: string, name: string): string => {
  for (let count = 1; ; count += 1) {
    const own = count === 1 ? name : `${name}-${count}`;
    if (existsSync(join(folder, own))) continue;
    mkdirSync(join(folder, own, 'logs'), { recursive: true });
    return own;
  }
};
