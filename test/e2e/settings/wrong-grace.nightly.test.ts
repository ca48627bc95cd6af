import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Calibration } from '../../../src/calibration/index.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { clusterName, leftovers, makePlace, start } from '../support/harness.ts';

// A controller manager that somebody gives another grace period in the middle of a run: its milestones alone find it out.
const place = makePlace();
const cluster = clusterName('wrong-grace');
const folder = join(place.folder, 'run');
const shipped = fileURLToPath(new URL('../../../scenarios/tight-grace.yaml', import.meta.url));
const manifest = '/etc/kubernetes/manifests/kube-controller-manager.yaml';
let output = '';

beforeAll(async () => {
  const scenario = join(place.folder, 'long-steady.yaml');
  // Until another controller manager leads, and has seen every node for longer than either grace period.
  writeFileSync(scenario, readFileSync(shipped, 'utf8').replace('steady: 30s', 'steady: 90s'));
  const running = start(place, ['run', scenario, '--cluster', cluster, '--out', folder]);
  await running.shown('… steady');
  const edit = 's/--node-monitor-grace-period=10s/--node-monitor-grace-period=18s/';
  await execa('docker', ['exec', `${cluster}-control-plane`, 'sed', '-i', edit, manifest]);
  output = (await running.child).all ?? '';
});
afterAll(place.remove);

const calibration = (): Calibration =>
  JSON.parse(readFileSync(join(folder, 'calibration.json'), 'utf8')) as Calibration;

test('every node that went NotReady did so outside of what its last sign of life predicts', () => {
  const milestones = (calibration().conditional?.links ?? []).filter(({ link: milestone }) => milestone === 'notReady');
  const seen = milestones.filter(({ observedMs }) => observedMs !== null);
  expect(seen.length, output).toBeGreaterThan(0);
  for (const { observedMs, p99Ms, fit } of seen) {
    expect(fit).toBe('outside');
    expect(observedMs).toBeGreaterThan(p99Ms);
  }
});

test('the run says so, and settings that were read again make it no pass', () => {
  const { verdict, reasons, findings } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunDocument;
  expect(findings.filter((finding) => /NotReady .* outside the .* predicted from it$/.test(finding)).length).toBe(2);
  expect(reasons).toContain(
    'kube-controller-manager on control-plane runs with node-monitor-grace-period 18s, not 10s, when the load had ended',
  );
  expect(reasons.filter((reason) => reason.startsWith('kube-controller-manager on control-plane was another'))).toEqual(
    [expect.stringMatching(/no fault of the run explains it$/)],
  );
  expect(verdict, output).toBe('inconclusive');
  expect(leftovers(place)).toEqual([]);
});

// A controller manager that starts anew gives every node its whole grace again. Nothing else changes: the harm that a run
// should show does not come, and one that expects none would pass.
test('a controller manager that somebody kills in the middle of a run makes it inconclusive', async () => {
  const killed = clusterName('killed');
  const out = join(place.folder, 'killed');
  const running = start(place, ['run', 'default', '--cluster', killed, '--out', out]);
  await running.shown('… fault');
  const kill = 'kill -s KILL $(pgrep -o -f "^kube-controller-manager ")';
  await execa('docker', ['exec', `${killed}-control-plane`, 'sh', '-c', kill]);
  const { exitCode, all } = await running.child;
  const document = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as RunDocument;
  expect(document.verdict, all).toBe('inconclusive');
  expect(exitCode).toBe(2);
  expect(document.reasons).toEqual([
    expect.stringMatching(
      /^kube-controller-manager on control-plane was another process .*: no fault of the run explains it$/,
    ),
    expect.stringMatching(/^another kube-controller-manager led from [\d.]+ s on .*: no fault of the run explains it$/),
  ]);
  expect(document.expectations.every(({ held }) => held)).toBe(true);
  expect(leftovers(place)).toEqual([]);
});
