import { expect, test } from 'vitest';
import type { ModelPhase } from '../../../../src/backend/model/index.ts';
import { cluster, fault, steady, version } from '../support/clusters.ts';
import { readyChanges, record } from '../support/runs.ts';

/** For how long a kubelet that was stopped for 10 s calls its node NotReady once it is started, in ms; null: not at all. */
const saidMs = (minor: number, patch: number): number | null => {
  const stop = { id: 'stop', kind: 'kubelet-stop', targets: ['worker'] } as const;
  const config = cluster(version(minor, patch), {}, { workers: 1, phases: [steady(10), fault(10, stop), steady(30)] });
  const after = readyChanges(record(config), 'worker').filter(({ afterMs }) => afterMs >= 10_000);
  const [said, back] = after;
  return said === undefined ? null : (back?.afterMs ?? Number.NaN) - said.afterMs;
};

/** What a kubelet says of its node once it goes on, each with whether at once. */
const saidBy = (minor: number, ...phases: readonly ModelPhase[]): readonly string[] => {
  const config = cluster(version(minor, 10), {}, { workers: 1, phases: [steady(10), ...phases, steady(30)] });
  const undoMs = phases.reduce((sum, phase) => sum + ('durationUs' in phase ? phase.durationUs : 0), 0) / 1000;
  return readyChanges(record(config), 'worker')
    .filter(({ afterMs, status }) => afterMs >= undoMs && status !== 'Unknown')
    .map(({ afterMs, status }) => `${status} ${afterMs - undoMs < 2500 ? 'at once' : 'later'}`);
};

const stopped = { id: 'stop', kind: 'kubelet-stop', targets: ['worker'] } as const;

test('a kubelet that finds its node lost says True at once after its first word, from 1.14 to 1.30', () => {
  for (const minor of [14, 20, 25, 26, 28, 30])
    expect([minor, saidBy(minor, fault(90, stopped))]).toEqual([minor, ['False at once', 'True at once']]);
  expect(saidBy(13, fault(90, stopped))).toEqual(['False at once', 'True later']);
  expect(saidBy(31, fault(90, stopped))).toEqual(['True at once']);
});

test('what a kubelet says that reaches its API server long after its start was computed then: it is Ready', () => {
  const cut = {
    id: 'cut',
    kind: 'partition',
    direction: 'both',
    rejects: true,
    allTraffic: false,
    targets: ['worker'],
  } as const;
  const both = [fault(20, stopped, cut), fault(60, { ...cut, id: 'still' })];
  for (const minor of [13, 20, 28])
    expect([
      minor,
      saidBy(minor, ...both)
        .at(0)
        ?.split(' ')[0],
    ]).toEqual([minor, 'True']);
});

test('from 1.14 to 1.25 a started kubelet says NotReady for a moment, before and after for a status period, from 1.31 on never', () => {
  // A real v1.20.2 did for 0.09 s.
  for (const [minor, patch] of [
    [14, 10],
    [20, 2],
    [25, 16],
  ] as const) {
    const ms = saidMs(minor, patch) ?? Number.NaN;
    expect([minor, ms > 50 && ms < 150]).toEqual([minor, true]);
  }
  for (const [minor, patch] of [
    [12, 10],
    [26, 15],
    [30, 14],
  ] as const) {
    const ms = saidMs(minor, patch) ?? Number.NaN;
    expect([minor, ms >= 9900 && ms < 10_450]).toEqual([minor, true]);
  }
  expect(saidMs(31, 0)).toBeNull();
});
