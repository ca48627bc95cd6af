import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Calibration } from '../../../src/calibration/index.ts';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { makePlace, skipbeat } from '../support/harness.ts';

describe('kubelet-restart on a real cluster', () => {
  const place = makePlace();
  const folder = join(place.folder, 'run');
  let output = '';
  beforeAll(async () => {
    output =
      (await skipbeat(place, ['run', 'kubelet-restart', '--set', 'phases.0.steady=3s', '--out', folder])).all ?? '';
  });
  afterAll(place.remove);

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
