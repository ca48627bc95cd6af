import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePlace } from '../support/harness.ts';
import { endOf, passed } from '../support/said.ts';
import { asked, documentOf, makeOwnCluster, type OwnCluster, oneFault } from './cluster.ts';

const place = makePlace();
let cluster: OwnCluster;

beforeAll(async () => {
  cluster = await makeOwnCluster(place, 'several', 3);
}, 600_000);
afterAll(async () => {
  await cluster?.remove();
  place.remove();
}, 120_000);

test('two generators on nodes of their own send one load in turn, with figures of each, and nothing is left', async () => {
  const before = await cluster.everything();
  const out = join(place.folder, 'several');
  const context = ['--context', cluster.context, '--kubeconfig', cluster.kubeconfig, ...cluster.allowed];
  const options = [...context, ...(await cluster.withLoad()), '--load-pods', '2', '--out', out];
  const run = await cluster.start('run', oneFault(place, 'kubelet-pause', 6, asked), ...options).child;
  expect(endOf(run), run.all).toEqual(passed);
  expect(run.all).toContain(
    `Pod load-2: a generator of the load, on ${cluster.node('worker3')} (worker3 in the plan), which no fault hits`,
  );
  const { requests, conditions, unknown } = documentOf(out);
  expect(unknown).toEqual([]);
  expect(conditions.load).toMatchObject({ generators: 2 });
  expect(requests.ok).toBe(requests.offered);
  const own = Object.entries<{ readonly offered: number }>(requests.byEntrance);
  expect(own.map(([entrance]) => entrance).sort()).toEqual(['worker2', 'worker3']);
  const [one, other] = own.map(([, { offered }]) => offered);
  expect(Math.abs((one ?? 0) - (other ?? 0))).toBeLessThanOrEqual(1);
  expect((one ?? 0) + (other ?? 0)).toBe(requests.offered);
  const clocks = readFileSync(join(out, 'events.ndjson'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"type":"load.clock"'))
    .map((line) => JSON.parse(line));
  expect(clocks.map(({ moment, entrance, shared }) => [moment, entrance, shared]).sort()).toEqual([
    ['end', 'worker2', true],
    ['end', 'worker3', true],
    ['start', 'worker2', true],
    ['start', 'worker3', true],
  ]);
  expect(await cluster.everything()).toEqual(before);
}, 600_000);
