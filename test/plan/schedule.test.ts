import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  askedLengthMs,
  type FaultPhase,
  goneBefore,
  leadMs,
  type PlannedFault,
  preparedFirst,
  type Stand,
  standsOf,
} from '../../src/plan/index.ts';

const kinds = ['kubelet-pause', 'node-pause', 'node-stop', 'partition', 'latency', 'etcd-latency'] as const;
const nodes = ['control-plane', 'worker', 'worker2'] as const;

const fault = fc.record({
  kind: fc.constantFrom(...kinds),
  targets: fc.subarray([...nodes], { minLength: 1 }),
  afterMs: fc.constantFrom(0, 0, 500, 3000, 3001, 30_000, 60_000),
  lastsMs: fc.integer({ min: 1, max: 10_000 }),
  gapMs: fc.integer({ min: 0, max: 5000 }),
  times: fc.integer({ min: 1, max: 4 }),
});

const phase = fc.array(fault, { minLength: 1, maxLength: 5 }).map((made): FaultPhase => {
  const inject = made.map(({ kind, targets, afterMs, lastsMs, gapMs, times }, index) => ({
    id: `${kind}-${index}`,
    kind,
    targets,
    occurrences: Array.from({ length: times }, (_, turn) => {
      const startMs = afterMs + turn * (lastsMs + gapMs);
      return { id: `${kind}-${index}.${turn}`, startMs, endMs: startMs + lastsMs };
    }),
  }));
  return { kind: 'fault', name: 'fault', durationMs: 120_000, inject: inject as unknown as readonly PlannedFault[] };
});

/** Whether nobody waits for somebody who waits for him. */
const endsSomewhere = (stands: readonly Stand[], waitsFor: (stand: Stand) => readonly Stand[]): boolean => {
  const done = new Set<string>();
  for (let turn = 0; turn <= stands.length; turn += 1) {
    for (const stand of stands) if (waitsFor(stand).every(({ id }) => done.has(id))) done.add(stand.id);
  }
  return done.size === stands.length;
};

describe('the schedule of any phase', () => {
  test('has every time that a fault stands once, in the order of the beginnings', () => {
    fc.assert(
      fc.property(phase, (one) => {
        const stands = standsOf(one);
        const planned = one.inject.flatMap(({ occurrences }) => occurrences.map(({ id }) => id));
        expect(stands.map(({ id }) => id).toSorted()).toEqual(planned.toSorted());
        for (const [index, { startMs }] of stands.entries()) {
          expect(startMs).toBeGreaterThanOrEqual(stands[index - 1]?.startMs ?? 0);
        }
      }),
    );
  });

  test('asks each fault to stand as long as the scenario says, wherever it begins', () => {
    fc.assert(
      fc.property(phase, (one) => {
        for (const { planned, startMs, endMs } of standsOf(one)) {
          expect(askedLengthMs(planned, { startMs, endMs })).toBe(endMs - startMs);
        }
      }),
    );
  });

  test('prepares a fault ahead of its time: before the clock starts, where there would be too little of it', () => {
    fc.assert(
      fc.property(phase, (one) => {
        const stands = standsOf(one);
        const first = preparedFirst(stands);
        for (const stand of stands) {
          if (stand.startMs === 0) expect(first).toContain(stand);
          if (stand.startMs > leadMs(stand)) expect(first).not.toContain(stand);
          // Nothing is done for a fault while another stands that is to be gone by then.
          if (first.includes(stand)) expect(goneBefore(stands, stand)).toEqual([]);
        }
      }),
    );
  });

  test('lets no two wait for each other', () => {
    fc.assert(
      fc.property(phase, (one) => {
        const stands = standsOf(one);
        expect(endsSomewhere(stands, (stand) => goneBefore(stands, stand))).toBe(true);
      }),
    );
  });
});

test('a process that is killed stands for no length: its kubelet starts another', () => {
  expect(askedLengthMs({ kind: 'controller-manager-kill' }, { startMs: 0, endMs: 4000 })).toBeNull();
});
