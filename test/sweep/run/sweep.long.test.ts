import { beforeAll, expect, test } from 'vitest';
import { predictPause } from '../../../src/profile/index.ts';
import { mergeSweeps, readDocument, runSweep, type Shard, type SweepDocument } from '../../../src/sweep/index.ts';
import { planOf } from '../../../src/sweep/run/cells.ts';
import type { SweepProgress } from '../../../src/sweep/run/sweep.ts';
import { smallSpec } from '../specs.ts';

const sweep = (shard: Shard | null, workers: number, seen: SweepProgress[] = []): Promise<SweepDocument> =>
  runSweep(smallSpec, { shard, workers, heapBytes: 1e9, onProgress: (progress) => seen.push(progress) });

let one: SweepDocument;
beforeAll(async () => {
  one = await sweep(null, 1);
});

test('the same seed gives the same bytes on one thread, on three, and merged from shards in any order', async () => {
  const three = await sweep(null, 3);
  const shards: SweepDocument[] = [];
  for (const index of [3, 1, 2]) shards.push(await sweep({ index, of: 3 }, 2));
  const files = shards.map((document, index) => ({ file: `${index}.json`, document }));
  expect(JSON.stringify(three)).toBe(JSON.stringify(one));
  expect(JSON.stringify(mergeSweeps(files))).toBe(JSON.stringify(one));
  expect(JSON.stringify(readDocument(JSON.stringify(one), 'one.json'))).toBe(JSON.stringify(one));
});

test('another seed gives other times, and what the formulas say is certain stays so', async () => {
  const other = await runSweep(
    { ...smallSpec, seed: 8 },
    { shard: null, workers: 1, heapBytes: 1e9, onProgress: () => undefined },
  );
  expect(other.detections).not.toEqual(one.detections);
  for (const document of [one, other]) {
    for (const { profile, pauseMs, nodes, kubernetesVersion, notReady, refused } of document.cells) {
      const { effective } = planOf({ profile, nodes, kubernetesVersion }, smallSpec).profile;
      const { flap } = predictPause(effective, kubernetesVersion, pauseMs, { paused: nodes - 1, nodes });
      if (flap === 'certain') expect(notReady.share).toBe(1);
      if (flap === 'impossible') expect([notReady.count, refused.count]).toEqual([0, 0]);
      expect(refused.count).toBeLessThanOrEqual(notReady.count);
    }
  }
});

test('a dead node is detected in every trial, within the window of the formulas and one period', () => {
  for (const { profile, nodes, kubernetesVersion, detectMs } of one.detections) {
    const { effective } = planOf({ profile, nodes, kubernetesVersion }, smallSpec).profile;
    const window = predictPause(effective, kubernetesVersion, 3_600_000, { paused: 1, nodes }).notReadyAfterMs ?? [
      0, 0,
    ];
    expect(detectMs.seen).toBe(smallSpec.repeats);
    expect(detectMs.p5).toBeGreaterThanOrEqual(window[0]);
    expect(detectMs.p95).toBeLessThanOrEqual(window[1] + effective.nodeMonitorPeriodMs + 1000);
  }
});

test('progress rises to the whole', async () => {
  const seen: SweepProgress[] = [];
  await sweep(null, 2, seen);
  expect(seen.map(({ share }) => share)).toEqual(seen.map(({ share }) => share).toSorted((one, other) => one - other));
  expect(seen.at(-1)).toEqual({ share: expect.closeTo(1, 9), unitsDone: 24, units: 24 });
});
