import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunDocument } from '../../src/verdict/index.ts';
import {
  clusterName,
  fixture,
  kubeletState,
  leftovers,
  makePlace,
  type Running,
  skipbeat,
  start,
} from './support/harness.ts';
import { errorIn, keptText, lastLines } from './support/said.ts';

// Somebody else does something to a real cluster while a run is under way on it: the run is to notice and to end.
const place = makePlace();
const cluster = clusterName('guards');
const nodes = ['control-plane', 'worker', 'worker2'].map((node) => `${cluster}-${node}`);
const [controlPlane = '', worker = '', worker2 = ''] = nodes;
/** A folder for the evidence of one try. */
const newFolder = (): string => join(mkdtempSync(join(place.folder, 'try-')), 'run');
const on = (scenario: string, folder: string): Running =>
  start(place, ['run', fixture(scenario), '--cluster', cluster, '--keep-cluster', '--out', folder]);
const document = (folder: string): RunDocument =>
  JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunDocument;

const signalKubelet = (node: string, signal: 'STOP' | 'CONT') =>
  execa('docker', ['exec', node, 'systemctl', 'kill', '--signal', signal, '--kill-whom', 'main', 'kubelet']);

/** What ends a run that can prove nothing any more. */
const tripped = (scenario: string, why: string, folder: string): string =>
  [
    `GUARD_TRIPPED  ${why}`,
    `Try: npm run scenario -- ${fixture(scenario)}   (once more, on a machine with nothing else to do)`,
    `What was seen until then: ${folder}/`,
    keptText(cluster),
  ].join('\n');

beforeAll(async () => {
  const made = await skipbeat(place, ['run', fixture('short'), '--cluster', cluster, '--keep-cluster']);
  expect([made.exitCode, lastLines(made)], made.all).toEqual([0, keptText(cluster)]);
});
afterAll(async () => {
  await skipbeat(place, ['cleanup', '--cluster', cluster]);
  place.remove();
});

test('an API server that hangs and breaks no connection ends the run before its fault', async () => {
  const folder = newFolder();
  const running = on('stable', folder);
  await running.shown('… steady');
  await execa('docker', ['exec', controlPlane, 'pkill', '-STOP', '-x', 'kube-apiserver']);
  const ended = await running.child.finally(() =>
    execa('docker', ['exec', controlPlane, 'pkill', '-CONT', '-x', 'kube-apiserver']),
  );
  const { verdict, reasons, faults, steps } = document(folder);
  expect(verdict).toBe('inconclusive');
  expect(reasons.join('\n')).toMatch(
    /^steady was interrupted: stable: the run was ended, for it can prove nothing any more: the API server was out of reach for [5-9]\.\d s from .* on, which no fault of the plan explains \(no answer from \/readyz in 3 s\)\./,
  );
  const why = reasons[0]?.replace('steady was interrupted: ', '') ?? '';
  expect([ended.exitCode, errorIn(ended)]).toEqual([2, tripped('stable', why, folder)]);
  expect(faults.filter(({ startMs }) => startMs !== null)).toEqual([]);
  expect(steps.map(({ name }) => name)).not.toContain('fault');
  expect(leftovers(place)).toEqual([cluster]);
});

test('a node that is lost though no fault targets it ends the run in the fault, which is undone', async () => {
  const folder = newFolder();
  const running = on('guarded', folder);
  await running.shown('kubelet-pause on worker in place');
  await signalKubelet(worker2, 'STOP');
  const ended = await running.child.finally(() => signalKubelet(worker2, 'CONT'));
  const lost =
    'guarded: the run was ended, for it can prove nothing any more: worker2 went NotReady, which no fault of the plan explains: none targets it or the control plane, and the profile does not flap by itself.';
  expect([ended.exitCode, errorIn(ended)]).toEqual([2, tripped('guarded', lost, folder)]);
  const { verdict, reasons, faults } = document(folder);
  expect(verdict).toBe('inconclusive');
  expect(reasons.join('\n')).toContain(lost);
  expect(faults).toMatchObject([{ kind: 'kubelet-pause', targets: ['worker'], undone: true }]);
  expect(await kubeletState(worker)).not.toContain('T');
  expect(leftovers(place)).toEqual([cluster]);
});

test('an undo that fails ends the run there: no further fault, no further repeat, and the cluster is refused until cleanup', async () => {
  const folder = newFolder();
  const running = on('undo-fails', folder);
  await running.shown('kubelet-stop on worker in place');
  const move = (from: string, to: string) => execa('docker', ['exec', worker, 'mv', from, to]);
  await move('/usr/bin/systemctl', '/usr/bin/systemctl.away');
  const ended = await running.child.finally(() => move('/usr/bin/systemctl.away', '/usr/bin/systemctl'));
  expect(ended.all).toContain('UNDO_FAILED  kubelet-stop could not be undone: worker: ');
  expect(ended.exitCode, ended.all).toBe(2);
  const { verdict, reasons, faults, steps } = document(join(folder, 'repeats', '01'));
  expect(verdict).toBe('inconclusive');
  expect(reasons.join('\n')).toContain('kubelet-stop on worker is not known to be undone');
  expect(faults.filter(({ startMs }) => startMs !== null).map(({ kind }) => kind)).toEqual(['kubelet-stop']);
  expect(steps.map(({ name }) => name)).not.toContain('fault-2');
  expect(existsSync(join(folder, 'repeats', '02'))).toBe(false);
  const refused = await on('undo-fails', newFolder()).child;
  expect([refused.exitCode, refused.all]).toEqual([
    75,
    `CLUSTER_UNCLEAN  Cluster ${cluster}: run ${readdirSync(join(place.state, 'journal'))} was killed on it and left something to undo.\nTry: npm run skipbeat -- cleanup`,
  ]);
  const cleaned = await skipbeat(place, ['cleanup']);
  expect(cleaned.stdout.split('\n').filter((line) => line.includes(' fault '))).toEqual([
    `done    fault kubelet-stop-1 on ${cluster}: ${worker}: kubelet.service is active`,
  ]);
  expect(await kubeletState(worker)).not.toBe('');
  expect(leftovers(place)).toEqual([cluster]);
});
