import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Calibration } from '../../../src/calibration/index.ts';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { evidenceOf, runOn } from '../support/fault-runs.ts';
import { clusterName, leftovers, makePlace, skipbeat } from '../support/harness.ts';

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
    expect(evidenceOf(document, 'kubelet-stop-1')).toContain('worker2, start: present (kubelet.service is inactive)');
    expect(evidenceOf(document, 'node-pause-1')).toContain("worker2, end: present (the node's container is paused)");
    expect(evidenceOf(document, 'apiserver-pause-1')).toMatch(/present \(kube-apiserver \d+ is T \(stopped\)\)/);
    expect(evidenceOf(document, 'cpu-pressure-1')).toMatch(
      /busy loops used \d+ ms of CPU time; kube-apiserver waited [\d.]+ ms for each ms that it ran, before /,
    );
    expect(evidenceOf(document, 'controller-manager-kill-1')).toMatch(/kube-controller-manager \d+ is gone/);
    expect(evidenceOf(document, 'node-stop-1')).toContain("undo: worker2: the node's container is running");
    expect(leftovers(place)).toEqual([cluster]);
  });
});
