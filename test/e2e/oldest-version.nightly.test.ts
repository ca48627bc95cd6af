import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testKubernetes } from '../../src/setup/index.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';
import type { RunDocument } from '../../src/verdict/index.ts';
import { leftovers, makePlace, skipbeat } from './support/harness.ts';
import { endOf } from './support/said.ts';

// The setting this tool exists for, on the version that still heeds it: pods are deleted by --pod-eviction-timeout,
// counted from the last heartbeat.

const place = makePlace();
const folder = join(place.folder, 'run');
let ended: Awaited<ReturnType<typeof skipbeat>>;

beforeAll(async () => {
  const asked = ['run', 'tight-grace', '--backend', 'kind', '--kubernetes', testKubernetes, '--out', folder];
  ended = await skipbeat(place, asked);
});
afterAll(place.remove);

const document = (): RunDocument => JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunDocument;

test('passes on a real cluster of that version: both workers NotReady, clients refused', () => {
  expect(endOf(ended), ended.all).toEqual([0, '  PASS  both expectations met']);
  const { verdict, backend, kubernetesVersion, nodes, requests } = document();
  expect({ verdict, backend, kubernetesVersion }).toEqual({
    verdict: 'pass',
    backend: 'kind',
    kubernetesVersion: testKubernetes,
  });
  expect(nodes.notReadyTransitions).toBeGreaterThanOrEqual(2);
  expect(requests.refused).toBeGreaterThan(0);
});

test("the incident's own flags were read back from the controller manager that ran", () => {
  const events = readFileSync(join(folder, 'events.ndjson'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TimelineEvent);
  const read = events.filter((event) => event.type === 'setting.read');
  const observed = (setting: string) => read.find((event) => event.setting === setting)?.observed;
  expect(observed('pod-eviction-timeout')).toBe('10s');
  expect(observed('enable-taint-manager')).toBe('false');
  expect(document().settings).toMatchObject({ attested: true, differences: [] });
});

test('pods were evicted as the timeout says, and nodes were Ready again at once, both inside the windows', () => {
  const { calibration, pods, timing } = document();
  expect(pods.evicted).toBeGreaterThan(0);
  expect(Number(timing.firstEvictionMs)).toBeGreaterThan(Number(timing.firstNotReadyMs));
  for (const milestone of ['notReady', 'refused', 'evicted', 'allReady'])
    expect(
      calibration.find((check) => check.link === milestone),
      milestone,
    ).toMatchObject({ fit: 'inside' });
});

test('nothing is left behind', () => {
  expect(leftovers(place)).toEqual([]);
});
