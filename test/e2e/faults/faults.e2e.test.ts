import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Calibration } from '../../../src/calibration/index.ts';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { evidenceOf, runOn } from '../support/fault-runs.ts';
import { clusterName, leftovers, makePlace, skipbeat } from '../support/harness.ts';
import { withoutNumbers } from '../support/said.ts';

// One cluster for all, which is made by the first run: it sees it fresh.
const place = makePlace();
const cluster = clusterName('faults');
const kept = ['--cluster', cluster, '--keep-cluster'] as const;
afterAll(async () => {
  await skipbeat(place, ['cleanup', '--cluster', cluster]);
  place.remove();
});

describe('kubelet-restart on a real cluster', () => {
  const folder = join(place.folder, 'run');
  let output = '';
  beforeAll(async () => {
    const args = ['run', 'kubelet-restart', '--set', 'phases.0.steady=3s', ...kept, '--out', folder];
    output = (await skipbeat(place, args)).all ?? '';
  });

  const document = (): RunDocument => JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunDocument;
  const events = (): readonly TimelineEvent[] =>
    readFileSync(join(folder, 'events.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TimelineEvent);

  const undoingMs = (): number => {
    const undoing = events().find(({ type }) => type === 'fault.undoing');
    if (undoing === undefined) throw new Error(`the fault was never undone:\n${output}`);
    return undoing.atMs;
  };

  test('loses no node and ends with all of them Ready: its evidence is valid', () => {
    expect(document()).toMatchObject({ backend: 'kind', nodes: { notReadyTransitions: 0, unrecovered: 0 } });
    expect(document().verdict, output).not.toBe('inconclusive');
  });

  test('its pods go unready for less than a probe period, and at most once, before the observation ends', () => {
    const afterwards = events().filter(({ atMs }) => atMs > undoingMs());
    const changes = afterwards.filter((event) => event.type === 'pod');
    const unready = changes.filter(({ change }) => change === 'notReady');
    expect(new Set(unready.map(({ uid }) => uid)).size).toBe(unready.length);
    expect(unready.length).toBeLessThanOrEqual(1);
    for (const { uid, atMs } of unready) {
      const ready = changes.find((event) => event.uid === uid && event.change === 'ready' && event.atMs >= atMs);
      // A probe period is 1 s; a machine under load is slower.
      expect((ready?.atMs ?? Number.POSITIVE_INFINITY) - atMs).toBeLessThan(3000);
    }
  });

  test('is observed until its kubelet had renewed its lease, and a pass and a status period longer', () => {
    const ended = events().find((event) => event.type === 'step.ended' && event.name === 'recover');
    const renewal = events().find(
      (event) => event.type === 'lease.renewed' && event.node === 'worker2' && event.atMs > undoingMs(),
    );
    expect((ended?.atMs ?? 0) - (renewal?.atMs ?? Number.NaN)).toBeGreaterThan(15_000);
  });

  test('is what the model has of it: no finding speaks against the model', () => {
    const { model } = JSON.parse(readFileSync(join(folder, 'calibration.json'), 'utf8')) as Calibration;
    expect(model?.runs).toBeGreaterThan(0);
    expect(document().findings.filter((finding) => finding.includes('of the model'))).toEqual([]);
  });
});

describe('on a cluster with one control plane', () => {
  test('every fault of a process or a whole node is proved, undone, and survived', async () => {
    const document = await runOn(place, cluster, 'process-faults', '--keep-cluster');
    expect(document.faults.map(({ id, attested, undone }) => ({ id, attested, undone }))).toEqual(
      [
        'kubelet-stop-1',
        'node-pause-1',
        'apiserver-pause-1',
        'etcd-pause-1',
        'controller-manager-pause-1',
        'cpu-pressure-1',
        'kubelet-pause-1',
        'kubelet-pause-1.2',
        'controller-manager-kill-1',
        'node-stop-1',
      ].map((id) => ({ id, attested: true, undone: true })),
    );
    // Whose lease came due in the seconds of a fault differs from run to run.
    const seen = (id: string): readonly string[] =>
      evidenceOf(document, id)
        .split('\n')
        .filter((line) => !line.startsWith('no lease of '))
        .map(withoutNumbers);
    const stood = (node: string, how: string, undone: string): readonly string[] => [
      `${node}, start: present (${how})`,
      `${node}, end: present (${how})`,
      `undo: ${node}: ${undone}`,
    ];
    const container = (state: string): string => `the node's container is ${state}`;
    expect(seen('kubelet-stop-1')).toEqual(
      stood('worker2', 'kubelet.service is inactive', 'kubelet.service is active'),
    );
    expect(seen('node-pause-1')).toEqual(stood('worker2', container('paused'), container('running')));
    for (const [id, process] of [
      ['apiserver-pause-1', 'kube-apiserver'],
      ['etcd-pause-1', 'etcd'],
      ['controller-manager-pause-1', 'kube-controller-manager'],
    ] as const)
      expect(seen(id)).toEqual(stood('control-plane', `${process} is stopped`, `${process} lives`));
    for (const id of ['kubelet-pause-1', 'kubelet-pause-1.2'])
      expect(seen(id)).toEqual(stood('worker2', 'kubelet is stopped', 'kubelet lives'));
    expect(seen('cpu-pressure-1')).toEqual([
      expect.stringMatching(/^control-plane, start: present \(\d+ busy loops in the cgroup of kube-apiserver \d+\)$/),
      expect.stringMatching(
        /^control-plane, end: present \(\d+ busy loops used \d+ ms of CPU time; kube-apiserver waited [\d.]+ ms for each ms that it ran, before [\d.]+ ms\)$/,
      ),
      'undo: control-plane: no busy loop',
    ]);
    expect(seen('controller-manager-kill-1')).toEqual([
      expect.stringMatching(/^control-plane, start: present \(kube-controller-manager \d+ is gone, [\w, ]+ runs\)$/),
      expect.stringMatching(/^control-plane, end: present \(kube-controller-manager \d+ is gone, [\w, ]+ runs\)$/),
      expect.stringMatching(/^undo: control-plane: kube-controller-manager \d+ runs$/),
    ]);
    expect(seen('node-stop-1')).toEqual(stood('worker2', container('exited'), container('running')));
    expect(leftovers(place)).toEqual([cluster]);
  });
});
