import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { makePlace, skipbeat } from '../support/harness.ts';

const place = makePlace();
afterAll(place.remove);

test('a worker of a real v1.34 is shut down in order, says NotReady itself, ends its pods first, and boots again', async () => {
  const folder = join(place.folder, 'run');
  const ran = await skipbeat(place, ['run', 'node-shutdown', '--backend', 'kind', '--out', folder]);
  if (ran.exitCode === 75) {
    // A node image of kind's own, which has no D-Bus: said before any node was touched.
    expect(ran.all).toContain('expected systemd-logind on D-Bus in ');
    return;
  }
  expect(ran.exitCode, ran.all).toBe(0);
  const { faults, nodes, pods, settings } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunDocument;
  expect(faults.map(({ kind, attested, undone }) => [kind, attested, undone])).toEqual([['node-shutdown', true, true]]);
  expect(settings).toMatchObject({ attested: true, differences: [] });
  const events = readFileSync(join(folder, 'events.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TimelineEvent);
  const startMs = events.find(({ type }) => type === 'fault.injected')?.atMs ?? Number.NaN;
  const said = events.find(
    (event) => event.type === 'node.ready' && event.status === 'False' && event.atMs > startMs - 5000,
  );
  const proofs = events.flatMap((event) => (event.type === 'fault.attested' ? [event.evidence] : []));
  expect(proofs[0]).toMatch(
    /^systemd-logind shuts the node down, and waits for (kubelet|nobody)$|^the node's container is exited$/,
  );
  expect(proofs[1]).toBe("the node's container is exited");
  // Its own word comes at once, and not after a grace of 50 s.
  expect((said?.atMs ?? Number.NaN) - startMs).toBeLessThan(5000);
  expect(nodes?.notReadyByKubelet).toBeGreaterThanOrEqual(1);
  expect(pods?.evicted).toBe(0);
}, 900_000);
