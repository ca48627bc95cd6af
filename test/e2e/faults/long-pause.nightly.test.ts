import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { makePlace, skipbeat } from '../support/harness.ts';

const place = makePlace();
afterAll(place.remove);

test('long-pause on a real v1.34 shows kubelets that call themselves NotReady, and nobody is refused or evicted', async () => {
  const folder = join(place.folder, 'run');
  const { exitCode } = await skipbeat(place, ['run', 'long-pause', '--backend', 'kind', '--out', folder]);
  expect(exitCode).toBe(0);
  const { nodes, requests, pods, findings } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunDocument;
  // Of twelve chances of 0.49 to 0.68 each none comes true in at most 3 of 10,000 runs.
  expect(nodes.notReadyByKubelet).toBeGreaterThan(0);
  expect(nodes.notReadyByKubelet).toBe(nodes.notReadyTransitions);
  expect([requests.refused, pods.evicted]).toEqual([0, 0]);
  expect(findings.join('\n')).toMatch(/^worker2? reported itself NotReady/m);
}, 900_000);
