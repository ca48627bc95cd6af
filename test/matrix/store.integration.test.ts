import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  cellsLeft,
  makeCellFolder,
  newestMatrix,
  readMatrixFolder,
  withResult,
  writeMatrix,
} from '../../src/matrix/store.ts';
import type { CellFigures, CellResult, MatrixCell, MatrixDocument } from '../../src/matrix/types.ts';

const root = mkdtempSync(join(tmpdir(), 'skipbeat-matrix-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const makeFolder = (name: string): string => {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  return folder;
};

const cell = (name: string): MatrixCell => ({
  name,
  profile: 'fast',
  kubernetesVersion: 'v1.34.4',
  disturbance: 'pause',
});

const result = (name: string, figures: CellFigures | null): CellResult => ({
  ...cell(name),
  folder: name,
  verdict: figures === null ? null : 'pass',
  reason: null,
  figures,
  tookMs: 1,
});

const document: MatrixDocument = {
  schemaVersion: 1,
  startedAt: '2026-11-24T08:00:00.000Z',
  backend: 'kind',
  predicted: false,
  sets: [],
  cells: ['a', 'b', 'c'].map(cell),
  results: [],
};
const beside = { observed: 1, predicted: [0, 2], fit: 'inside' } as const;
const figures: CellFigures = {
  notReadyNodes: beside,
  notReadyNodeSeconds: null,
  refused: 0,
  offered: 10,
  detectMs: { ...beside, judged: [0, 3] },
  evictMs: { observed: null, predicted: null, fit: null },
  recoverMs: beside,
  leaseWrites: beside,
  statusWrites: beside,
};

test('what was written is read back whole, and no draft stays', () => {
  const folder = makeFolder('whole');
  // What a later skipbeat adds stays, for a seal is one of all that stands in the file.
  const complete = { ...withResult(document, result('a', figures)), later: { by: 'another' } };
  writeMatrix(folder, complete);
  expect(readMatrixFolder(folder)).toEqual(complete);
  expect(existsSync(join(folder, 'matrix.json.draft'))).toBe(false);
});

test('a resumed matrix runs what has no result and what broke, and nothing twice', () => {
  const after = withResult(withResult(document, result('b', null)), result('a', figures));
  expect(after.results.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(cellsLeft(after).map(({ name }) => name)).toEqual(['b', 'c']);
  const again = withResult(after, result('b', figures));
  expect(again.results).toHaveLength(2);
  expect(cellsLeft(again).map(({ name }) => name)).toEqual(['c']);
});

test('the evidence of a cell that is run again stays beside the new', () => {
  const folder = makeFolder('cells');
  expect([makeCellFolder(folder, 'a'), makeCellFolder(folder, 'a'), makeCellFolder(folder, 'b')]).toEqual([
    'a',
    'a-2',
    'b',
  ]);
});

test('the newest matrix is found by the time in its name; where there is none, that is said', () => {
  const runs = makeFolder('runs');
  for (const name of ['2026-11-24T08-00-00-matrix', '2026-11-24T09-00-00-matrix']) {
    writeMatrix(makeFolder(join('runs', name)), document);
  }
  makeFolder('runs/2026-11-24T10-00-00-fast');
  expect(newestMatrix(runs)).toBe(join(runs, '2026-11-24T09-00-00-matrix'));
  const none = makeFolder('none');
  expect(() => newestMatrix(none)).toThrow(`${none}: expected the folder of a matrix, found no matrix in it.`);
});

test('a folder that holds something else is refused by name', () => {
  const folder = makeFolder('other');
  expect(() => readMatrixFolder(folder)).toThrow(
    `${folder}: expected the folder of a matrix, found no matrix.json in it.`,
  );
  writeFileSync(join(folder, 'matrix.json'), '{"schemaVersion":2}');
  expect(() => readMatrixFolder(folder)).toThrow('matrix.json unreadable (schemaVersion: ');
  writeFileSync(join(folder, 'matrix.json'), JSON.stringify({ ...document, cells: [{ ...cell('a'), profile: 7 }] }));
  expect(() => readMatrixFolder(folder)).toThrow('matrix.json unreadable (cells.0.profile: ');
});

test('a matrix that cannot be put in its place leaves nothing beside it', () => {
  const folder = makeFolder('in-the-way');
  mkdirSync(join(folder, 'matrix.json', 'held'), { recursive: true });
  expect(() => writeMatrix(folder, document)).toThrow();
  expect(readdirSync(folder)).toEqual(['matrix.json']);
});
