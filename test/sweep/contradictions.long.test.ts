import { describe, expect, test } from 'vitest';
import { SkipbeatError } from '../../src/common/errors.ts';
import { readDocument } from '../../src/sweep/read.ts';
import { cellKeys, detectionKeys } from '../../src/sweep/run/cells.ts';
import { documentOf, formulasOf, nameOf } from '../../src/sweep/run/sweep.ts';
import { chanceOf } from '../../src/sweep/statistics.ts';
import type { Cell, Detection, SweepDocument } from '../../src/sweep/types.ts';
import { smallSpec } from './specs.ts';

const { repeats } = smallSpec;

const cells = cellKeys(smallSpec).map(
  (key): Cell => ({
    ...key,
    refused: chanceOf(1, repeats),
    notReady: chanceOf(repeats, repeats),
    evicted: chanceOf(0, repeats),
    notReadyNodeSeconds: 3,
    notRecovered: 0,
  }),
);
const detections = detectionKeys(smallSpec).map(
  (key): Detection => ({
    ...key,
    detectMs: { seen: repeats, p5: 1, p50: 2, p95: 3 },
    ...formulasOf(key, smallSpec),
  }),
);
const [cell, detection] = [cells[0] as Cell, detections[0] as Detection];

const complete = documentOf(
  smallSpec,
  null,
  new Map(cells.map((each) => [nameOf(each), each])),
  new Map(detections.map((each) => [nameOf(each), each])),
);

const refusalOf = (document: object): string => {
  try {
    readDocument(JSON.stringify(document), 'shard.json');
  } catch (thrown) {
    if (!(thrown instanceof SkipbeatError)) throw thrown;
    expect([thrown.code, thrown.exitCode]).toEqual(['SWEEP_FILE_INVALID', 64]);
    return thrown.message;
  }
  return 'read';
};

const withCell = (changes: Partial<Cell>): SweepDocument => ({
  ...complete,
  cells: [{ ...cell, ...changes }, ...complete.cells.slice(1)],
});
const withDetection = (changes: Partial<Detection>): SweepDocument => ({
  ...complete,
  detections: [{ ...detection, ...changes }, ...complete.detections.slice(1)],
});
const withTimes = (detectMs: Detection['detectMs']): SweepDocument => withDetection({ detectMs });

describe('the file of a sweep', () => {
  test('is read as it was written', () => {
    expect(readDocument(JSON.stringify(complete), 'sweep.json')).toEqual(complete);
  });

  test('of another version has other formulas', () => {
    const document = { ...withDetection({ heartbeatWritesPerMinute: 1 }), skipbeat: '9.9.9' };
    expect(refusalOf(document)).toBe('read');
  });

  test('without a version of skipbeat is of nobody knows which formulas', () => {
    const { skipbeat: _, ...bare } = complete;
    expect(refusalOf(bare)).toBe(
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found at skipbeat: Invalid input: expected string, received undefined',
    );
  });

  test.each([
    [
      'fewer trials than repeats',
      withCell({ refused: chanceOf(0, 1) }),
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found cells ["default",5000,3,"v1.20.2"]: refused.trials 1 of 4 repeats',
    ],
    [
      'a count of more',
      withCell({ notReady: { ...cell.notReady, count: 5 } }),
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found cells ["default",5000,3,"v1.20.2"]: notReady.count 5 of 4 trials',
    ],
    [
      'a share of another count',
      withCell({ evicted: { ...cell.evicted, share: 1 } }),
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found cells ["default",5000,3,"v1.20.2"]: evicted with a share of 1, 0 to 0.5271291954984121, of 0 in 4 trials',
    ],
    [
      'bounds that cross',
      withCell({ refused: { ...cell.refused, low: 1, high: 0 } }),
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found cells ["default",5000,3,"v1.20.2"]: refused with a share of 0.25, 1 to 0, of 1 in 4 trials',
    ],
    [
      'more that did not recover',
      withCell({ notRecovered: 99 }),
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found cells ["default",5000,3,"v1.20.2"]: notRecovered 99 of 4 repeats',
    ],
    [
      'quantiles out of order',
      withTimes({ seen: 4, p5: 50_000, p50: 1, p95: 0 }),
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found detections ["default","dead node",3,"v1.20.2"]: detectMs with p5 50000, p50 1 and p95 0 of 4 seen',
    ],
    [
      'times that nobody saw',
      withTimes({ seen: 0, p5: 1, p50: 2, p95: 3 }),
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found detections ["default","dead node",3,"v1.20.2"]: detectMs with p5 1, p50 2 and p95 3 of 0 seen',
    ],
    [
      'no times that were seen',
      withTimes({ seen: 2, p5: null, p50: null, p95: null }),
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found detections ["default","dead node",3,"v1.20.2"]: detectMs with p5 null, p50 null and p95 null of 2 seen',
    ],
    [
      'more that were seen',
      withTimes({ seen: 9, p5: 1, p50: 2, p95: 3 }),
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found detections ["default","dead node",3,"v1.20.2"]: detectMs.seen 9 of 4 repeats',
    ],
    [
      'more evictions than nodes that were lost',
      withCell({ evicted: chanceOf(3, repeats), notReady: chanceOf(2, repeats) }),
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found cells ["default",5000,3,"v1.20.2"]: evicted 3 times, and notReady 2',
    ],
    [
      'time of none',
      withCell({ notReady: chanceOf(0, repeats), notReadyNodeSeconds: 4.5 }),
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found cells ["default",5000,3,"v1.20.2"]: notReadyNodeSeconds 4.5 of none',
    ],
    [
      'more time than there is',
      withCell({ notReadyNodeSeconds: 376 }),
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found cells ["default",5000,3,"v1.20.2"]: notReadyNodeSeconds 376 of 375 at most',
    ],
    [
      'other writes',
      withDetection({ heartbeatWritesPerMinute: 1 }),
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found detections ["default","dead node",3,"v1.20.2"]: heartbeatWritesPerMinute 1 instead of 18.6',
    ],
    [
      'another answer',
      withDetection({ heartbeatAnswerMs: 999_999 }),
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found detections ["default","dead node",3,"v1.20.2"]: heartbeatAnswerMs 999999 instead of 9999',
    ],
    [
      'a long pause that cost no node',
      {
        ...complete,
        cells: complete.cells.map((each) => ({ ...each, notReady: chanceOf(2, repeats) })),
      },
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found cells ["tight-grace",25000,3,"v1.20.2"]: notReady.count 2 of 4 repeats, of a pause that surely makes nodes NotReady',
    ],
    [
      'a cell twice',
      { ...complete, cells: [...complete.cells, cell] },
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found cells ["default",5000,3,"v1.20.2"] twice',
    ],
    [
      'a cell of another sweep',
      withCell({ nodes: 77 }),
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found cells ["default",5000,77,"v1.20.2"], which the sweep does not have',
    ],
    [
      'more than its last shard',
      { ...complete, shard: { index: 3, of: 2 } },
      'shard.json: expected the JSON of a sweep (schemaVersion 1), found shard 3/2',
    ],
  ])('is refused with %s', (_, document, text) => {
    expect(refusalOf(document)).toBe(text);
  });
});
