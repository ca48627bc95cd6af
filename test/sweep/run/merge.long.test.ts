import { expect, test } from 'vitest';
import { mergeSweeps, type NamedDocument, type Shard, type SweepDocument } from '../../../src/sweep/index.ts';
import { unitsOfShard } from '../../../src/sweep/run/shards.ts';
import { cellOf, documentOf, nameOf } from '../../../src/sweep/run/sweep.ts';
import { refusalOf } from '../../support/refusal.ts';
import { smallSpec } from '../specs.ts';

const quiet = {
  firstNotReadyMs: null,
  firstEvictionMs: null,
  firstRefusedMs: null,
  lastNotReadyMs: null,
  firstTaintedMs: null,
  firstEndpointLostMs: null,
  firstEndpointsEmptyMs: null,
  firstReplacementReadyMs: null,
  lastRefusedMs: null,
  lostRequests: 0,
  lastReadyMs: null,
  notReadyNodeSeconds: 0,
  notReadyByKubelet: 0,
  recovered: true,
};

/** A shard in whose trials nothing happened. */
const shardOf = (shard: Shard | null, spec = smallSpec): SweepDocument => {
  const units = unitsOfShard(spec, shard);
  const detectMs = { seen: 0, p5: null, p50: null, p95: null };
  return documentOf(
    spec,
    shard,
    new Map(units.flatMap((unit) => (unit.kind === 'cell' ? [[nameOf(unit.key), cellOf(unit.key, [quiet])]] : []))),
    new Map(
      units.flatMap((unit) =>
        unit.kind === 'detection' ? [[nameOf(unit.key), { ...unit.key, detectMs, heartbeatWritesPerMinute: 18 }]] : [],
      ),
    ),
  );
};

const file = (index: number, of = 3): NamedDocument => ({ file: `${index}.json`, document: shardOf({ index, of }) });

const refused = (documents: readonly NamedDocument[]): readonly string[] => {
  const { code, exitCode, message } = refusalOf(() => mergeSweeps(documents));
  expect([code, exitCode]).toEqual(['SWEEP_MERGE_INVALID', 64]);
  return message.split('\n');
};

test('shards of two versions of skipbeat are no one sweep', () => {
  const [one, two] = [file(1, 2), file(2, 2)];
  const other = { ...two, document: { ...two.document, skipbeat: '9.9.9' } };
  expect(refused([one, other])).toEqual([
    expect.stringMatching(/^2\.json: expected the sweep of 1\.json, received skipbeat "9\.9\.9" instead of skipbeat "/),
  ]);
  const both = [one, two].map((each) => ({ ...each, document: { ...each.document, skipbeat: '9.9.9' } }));
  expect(mergeSweeps(both).skipbeat).toBe('9.9.9');
});

test('shards in any order make the whole', () => {
  expect(JSON.stringify(mergeSweeps([file(3), file(1), file(2)]))).toBe(JSON.stringify(shardOf(null)));
});

test('a whole sweep alone is its own merge', () => {
  expect(mergeSweeps([{ file: 'whole.json', document: shardOf(null) }])).toEqual(shardOf(null));
});

test('a shard that is missing is named, with some of its cells', () => {
  expect(refused([file(1), file(3)])).toEqual([
    'expected every cell, missing [default, paused 5s, 3 nodes, v1.20.2], [default, paused 5s, 6 nodes, v1.34.4], [tight-grace, paused 5s, 3 nodes, v1.34.4] and 5 more (no file is shard 2/3)',
  ]);
});

test('a shard that is there twice is named with its double', () => {
  expect(refused([file(1), file(2), file(3), { ...file(2), file: 'again.json' }])).toEqual([
    '2.json and again.json: expected each cell once, received twice [default, paused 5s, 3 nodes, v1.20.2], [default, paused 5s, 6 nodes, v1.34.4], [tight-grace, paused 5s, 3 nodes, v1.34.4] and 2 more',
    '2.json and again.json: expected each cell once, received twice [default, dead node, 3 nodes, v1.20.2], [default, dead node, 6 nodes, v1.20.2], [tight-grace, dead node, 6 nodes, v1.20.2]',
  ]);
});

test('shards of another sweep are refused, with what differs', () => {
  const other = shardOf({ index: 2, of: 3 }, { ...smallSpec, seed: 8, nodes: [3] });
  expect(refused([file(1), { file: 'other.json', document: other }, file(3)])).toEqual([
    'other.json: expected the sweep of 1.json, received nodes [3] instead of [3,6]; seed 8 instead of 7',
  ]);
});

test('shards of two ways to cut one sweep are refused by their cells', () => {
  expect(refused([file(1), file(2), file(1, 2)]).join('\n')).toBe(
    '1.json and 1.json: expected each cell once, received twice [default, paused 5s, 3 nodes, v1.34.4], [default, paused 5s, 6 nodes, v1.20.2], [tight-grace, paused 25s, 3 nodes, v1.34.4] and 1 more\n2.json and 1.json: expected each cell once, received twice [tight-grace, paused 5s, 3 nodes, v1.34.4]\n2.json and 1.json: expected each cell once, received twice [default, dead node, 3 nodes, v1.20.2], [default, dead node, 6 nodes, v1.20.2], [tight-grace, dead node, 6 nodes, v1.20.2]\nexpected every cell, missing [default, paused 25s, 3 nodes, v1.34.4], [default, paused 25s, 6 nodes, v1.34.4], [tight-grace, paused 5s, 6 nodes, v1.20.2] and 1 more',
  );
});

test('a cell that the sweep does not have is refused', () => {
  const complete = shardOf(null);
  const [first] = complete.cells;
  if (first === undefined) throw new Error('no cells');
  const document = { ...complete, cells: [...complete.cells, { ...first, pauseMs: 1 }] };
  expect(refused([{ file: 'odd.json', document }])).toEqual([
    'expected cells of the sweep alone, received odd.json: [default, paused 1ms, 3 nodes, v1.20.2]',
  ]);
});

test.each([
  [
    'another one',
    { index: 2, of: 2 },
    [
      '1.json: expected the cells of shard 2/2, received others',
      '1.json and 2.json: expected each shard once, received 2/2 twice',
    ],
  ],
  [
    'one of others',
    { index: 1, of: 3 },
    [
      '1.json: expected the cells of shard 1/3, received others',
      '2.json: expected one of 3 shards as 1.json, received 2/2',
    ],
  ],
  ['none', null, ['1.json: expected a shard, or every cell, received some cells and no shard']],
])('a shard that says to be %s is refused', (_, shard, lines) => {
  const [one, two] = [file(1, 2), file(2, 2)];
  expect(refused([{ ...one, document: { ...one.document, shard } }, two])).toEqual(lines);
});

test('shards that changed places are refused', () => {
  const [one, two] = [file(1, 2), file(2, 2)];
  const changed = (each: NamedDocument, index: number) => ({
    ...each,
    document: { ...each.document, shard: { index, of: 2 } },
  });
  expect(refused([changed(one, 2), changed(two, 1)])).toEqual([
    '1.json: expected the cells of shard 2/2, received others',
    '2.json: expected the cells of shard 1/2, received others',
  ]);
});
