import { describe, expect, test } from 'vitest';
import { readPressure } from '../../../src/fault/process/cpu-pressure.ts';

const before = { ranMs: 100, waitedMs: 20 };
/** Loops, how many are there, how many in the cgroup, ticks; kube-apiserver's pid, what it ran and waited in ms. */
const start = '4 4 4 12 608 1000.0 200.0';
const end = (now: string): string => `${start} ${now}`;

describe('what busy loops took from the API server', () => {
  test('is proved by its threads having waited longer than before', () => {
    expect(readPressure(before, 'start', start)).toEqual({
      state: 'present',
      evidence: '4 busy loops in the cgroup of kube-apiserver 608',
    });
    expect(readPressure(before, 'end', end('4 4 900 608 1200.0 1000.0'))).toEqual({
      state: 'present',
      evidence:
        '4 busy loops used 9000 ms of CPU time; kube-apiserver waited 4.00 ms for each ms that it ran, before 0.20 ms',
    });
  });

  test('is not proved by loops that run where nobody waits for them', () => {
    const idle = readPressure(before, 'end', end('4 4 900 608 1200.0 210.0'));
    expect(idle).toMatchObject({
      state: 'unreadable',
      evidence:
        'they took nothing that counts: 4 busy loops used 9000 ms of CPU time; kube-apiserver waited 0.05 ms for each ms that it ran, before 0.20 ms',
    });
    // It hardly waited before: twice of nothing is nothing.
    const tiny = readPressure({ ranMs: 100, waitedMs: 1 }, 'end', end('4 4 900 608 1200.0 210.0'));
    expect(tiny.state).toBe('unreadable');
  });

  test('is not proved on a machine where it waited as long without them', () => {
    const busy = readPressure({ ranMs: 100, waitedMs: 300 }, 'end', end('4 4 900 608 1200.0 1000.0'));
    expect(busy.state).toBe('unreadable');
  });

  test.each([
    ['too few run', '4 3 3 12 608 1 1', '3 of 4 busy loops'],
    ['they stand elsewhere', '4 4 1 12 608 1 1', '1 of 4 busy loops stand in the cgroup of kube-apiserver'],
    ['they used nothing', '4 4 4 0 608 1 1', '4 busy loops, which used no CPU time'],
    ['nothing was read', '', 'expected the loops and kube-apiserver\'s waits, read ""'],
  ])('%s: not proved at the start', (_, stdout, evidence) => {
    expect(readPressure(before, 'start', stdout)).toEqual({ state: 'unreadable', evidence });
  });

  test.each([
    [
      'kube-apiserver was started anew',
      '4 4 900 777 5.0 1.0',
      'unreadable',
      'kube-apiserver 608 was started anew as 777: its waits are not known',
    ],
    ['kube-apiserver is gone', '', 'unreadable', 'kube-apiserver did not run at the end'],
    ['the loops are gone', '0 0 0 608 1200.0 1000.0', 'absent', 'no busy loop'],
  ])('%s: not proved at the end', (_, now, state, evidence) => {
    expect(readPressure(before, 'end', end(now))).toEqual({ state, evidence });
  });
});
