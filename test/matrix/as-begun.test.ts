import { expect, test } from 'vitest';
import { differsFromBegun } from '../../src/matrix/as-begun.ts';
import type { MatrixDocument } from '../../src/matrix/types.ts';

const document: MatrixDocument = {
  schemaVersion: 1,
  startedAt: '2026-11-24T08:00:00.000Z',
  backend: 'model',
  predicted: true,
  sets: ['seed=2', 'cluster.age=old'],
  cells: [],
  asked: { profiles: ['given', 'fast'], versions: ['v1.34.4', 'v1.31.0'], disturbances: ['pause', 'dead-node'] },
  results: [],
};

test('what says the same as the matrix was begun with does not differ', () => {
  const { asked: _, ...older } = document;
  expect(differsFromBegun(document, {})).toEqual([]);
  expect(differsFromBegun(older, {})).toEqual([]);
  const same = { profiles: ' fast', kubernetes: 'v1.31.0,v1.34', with: 'dead-node', backend: 'model' };
  expect(differsFromBegun(document, { ...same, age: 'old', set: ['seed=2'] })).toEqual([]);
});

test.each([
  [{ profiles: 'all' }, '--profiles: expected fast, as the matrix was begun, received "all"'],
  [{ kubernetes: 'v1.34.4' }, '--kubernetes: expected v1.34.4,v1.31.0, as the matrix was begun, received "v1.34.4"'],
  [
    { kubernetes: 'v1.34,v1.3' },
    '--kubernetes: expected v1.34.4,v1.31.0, as the matrix was begun, received "v1.34,v1.3"',
  ],
  [{ with: '' }, '--with: expected dead-node, as the matrix was begun, received ""'],
  [{ backend: 'kind' }, '--backend: expected model, as the matrix was begun, received "kind"'],
  [{ age: 'fresh' }, '--age: expected old, as the matrix was begun, received "fresh"'],
  [{ set: ['seed=3'] }, '--set: expected seed=2, as the matrix was begun, received "seed=3"'],
] as const)('%j differs', (typed, sentence) => {
  expect(differsFromBegun(document, typed)).toEqual([sentence]);
});

test('of a matrix that does not say what it was begun with everything differs but what it says', () => {
  const { asked: _, ...older } = document;
  expect(differsFromBegun(older, { profiles: 'fast', backend: 'model' })).toEqual([
    '--profiles: expected nothing, as the matrix was begun, received "fast"',
  ]);
});
