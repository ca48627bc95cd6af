import { expect, test } from 'vitest';
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
