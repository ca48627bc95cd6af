import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { CostDocument } from '../../src/cost/index.ts';
import { leftovers, makePlace, type Running, skipbeat, start } from './support/harness.ts';

const place = makePlace();
/** What a test that failed left running undoes itself before its place goes. */
const started: Running[] = [];
const begin = (args: readonly string[]): Running => {
  const running = start(place, args);
  started.push(running);
  return running;
};

afterAll(async () => {
  for (const { child } of started) child.kill('SIGINT');
  await Promise.all(started.map(({ child }) => child));
  await skipbeat(place, ['cleanup']);
  place.remove();
});

const argsOf = (out: string, hollow: number, ...more: readonly string[]): readonly string[] => [
  ...['cost', '--hollow', String(hollow), '--for', '1m', '--out', join(place.folder, out), ...more],
];

const documentOf = (out: string): CostDocument =>
  JSON.parse(readFileSync(join(place.folder, out, 'cost.json'), 'utf8')) as CostDocument;

test('the heartbeats of 50 hollow nodes cost what is configured, and all else is measured beside them', async () => {
  const { exitCode, stdout, all } = await skipbeat(place, argsOf('fifty', 50));
  const document = documentOf('fifty');
  const [cost] = document.profiles;
  if (cost === undefined) throw new Error(`expected a profile that was measured, found none:\n${all}`);
  // The machine may be too slow for it, and is then named; what was counted stays what it is.
  expect(exitCode).toBe(cost.doubts.length === 0 ? 0 : 2);
  expect(stdout).toContain('heartbeat writes');
  const { figures, nominalWritesPerMinute } = cost;
  expect(cost.nodes).toBe(53);
  // 10 to 10.4 s between renewals. Nodes that were made together renew together: one round more or less is in the minute.
  expect(figures.leaseRenewalsPerMinute).toBeGreaterThan(53 * 5 - 10);
  expect(figures.leaseRenewalsPerMinute).toBeLessThan(53 * 7);
  // Two leaders renew their leases every 2 s beside them.
  expect(figures.allLeaseWritesPerMinute).toBeGreaterThan((figures.leaseRenewalsPerMinute ?? Number.NaN) + 40);
  expect(nominalWritesPerMinute).toBeCloseTo(53 * 6.2, 6);
  expect(figures.requests[0]?.p99Ms).toBeGreaterThan(0);
  for (const figure of [figures.etcdRevisionsPerMinute, figures.etcdBytesPerMinute, figures.watchEventsPerMinute])
    expect(figure).toBeGreaterThan(300);
  expect(Object.keys(figures.cpuSecondsPerMinute)).toEqual([
    'kube-apiserver',
    'etcd',
    'kube-controller-manager',
    'kube-scheduler',
  ]);
  for (const seconds of Object.values(figures.cpuSecondsPerMinute)) expect(seconds).toBeGreaterThan(0);
  expect(readFileSync(join(place.folder, 'fifty', 'cost.svg'), 'utf8')).toContain('>default</text>');
  expect(leftovers(place)).toEqual([]);
});

test('two at once count their own nodes alone, and a Ctrl-C leaves nothing of either', async () => {
  const [ten, interrupted] = [begin(argsOf('ten', 10, '--json')), begin(argsOf('stopped', 20))];
  await interrupted.shown('… steady');
  interrupted.child.kill('SIGINT');
  expect((await interrupted.child).exitCode).toBe(130);
  expect(existsSync(join(place.folder, 'stopped', 'cost.json'))).toBe(false);
  const { stdout } = await ten.child;
  const printed = JSON.parse(stdout) as CostDocument;
  expect(printed).toEqual(documentOf('ten'));
  expect(printed.profiles.map(({ nodes }) => nodes)).toEqual([13]);
  expect(printed.profiles[0]?.figures.leaseRenewalsPerMinute).toBeLessThan(13 * 7);
  expect(leftovers(place)).toEqual([]);
});
