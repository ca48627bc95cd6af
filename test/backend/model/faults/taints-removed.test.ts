import { describe, expect, test } from 'vitest';
import type { ModelConfig, ModelFault } from '../../../../src/backend/model/index.ts';
import { cluster, fault, recover, steady, us, version } from '../support/clusters.ts';
import { evictions, ofType, type Recorded, record, taintChanges } from '../support/runs.ts';

const goneSeconds = 200;
const toleration = 30;
const grace = 20;

/** A worker is off for 200 s; its taints are removed at some seconds of them. */
const run = (
  of: ReturnType<typeof version>,
  removals: readonly number[],
  changes: Partial<ModelConfig> = {},
): Recorded => {
  const occurrences = removals.map((at, index) => ({ id: `by-hand-${index}`, startUs: us(at), endUs: us(at) + 1 }));
  const byHand: readonly ModelFault[] =
    removals.length === 0 ? [] : [{ id: 'by-hand', kind: 'taints-removed', targets: ['worker'], occurrences }];
  const asked = {
    ...{ statusUpdateSeconds: 4, monitorPeriodSeconds: 2, graceSeconds: grace },
    eviction: { kind: 'tolerations', seconds: toleration } as const,
  };
  return record(
    cluster(of, asked, {
      replicas: 4,
      phases: [
        steady(10),
        fault(goneSeconds, { id: 'off', kind: 'node-stop', targets: ['worker'] }, ...byHand),
        recover(180),
      ],
      ...changes,
    }),
  );
};

/** When the taint of an effect was added and removed by the sight of an observer, in s since the first fault, rounded down. */
const taintTimes = (recorded: Recorded, effect: string, what: 'added' | 'removed'): readonly number[] =>
  taintChanges(recorded, 'worker', effect)
    .filter(({ change, afterMs }) => change === what && afterMs < goneSeconds * 1000)
    .map(({ afterMs }) => afterMs / 1000);

const firstEviction = (recorded: Recorded): number | null => {
  const first = evictions(recorded)[0];
  return first === undefined ? null : first.afterMs / 1000;
};

const proofs = (recorded: Recorded, id: string): readonly string[] =>
  ofType(recorded, 'fault.attested').flatMap(({ fault: of, state }) => (of === id ? [state] : []));

describe('the taints of a lost node that somebody removes by hand', () => {
  test.each([
    version(13),
    version(17, 17),
    version(18, 16),
    version(18, 17),
    version(22, 17),
    version(34, 4),
    version(37, 2),
  ])(
    'come back: NoSchedule at once, NoExecute by the next pass where the version queues the node anew (1.%o)',
    (of) => {
      const recorded = run(of, [40]);
      const [first, again] = taintTimes(recorded, 'NoSchedule', 'added');
      expect(first).toBeLessThan(grace + 8);
      expect(Number(again)).toBeGreaterThan(40);
      expect(Number(again)).toBeLessThan(40.1);
      const back = taintTimes(recorded, 'NoExecute', 'added')[1];
      const isQueuedAnew = of.minor > 18 || (of.minor === 18 && of.patch >= 17);
      if (!isQueuedAnew) {
        // kubernetes#89012
        expect(back).toBeUndefined();
        expect(evictions(recorded)).toEqual([]);
        return;
      }
      expect(Number(back)).toBeGreaterThan(40);
      // A period, what a pass takes, and the turn of the loop that taints.
      expect(Number(back)).toBeLessThan(42.3);
      expect(Number(firstEviction(recorded)) - Number(back)).toBeCloseTo(toleration, 1);
      expect(proofs(recorded, 'by-hand-0')).toEqual(['present', 'present']);
    },
  );

  test('as often as they are removed within the toleration keep every pod', () => {
    const often = [40, 60, 80, 100, 120, 140, 160, 180];
    expect(firstEviction(run(version(34, 4), []))).toBeLessThan(grace + toleration + 8);
    expect(evictions(run(version(34, 4), often))).toEqual([]);
    expect(taintTimes(run(version(34, 4), often), 'NoExecute', 'added')).toHaveLength(often.length + 1);
  });

  test('wait for a token where the first taint has just had it', () => {
    // The token of the first taint is spent at once, the next one comes 10 s after that.
    const recorded = run(version(34, 4), [26]);
    const [first, back] = taintTimes(recorded, 'NoExecute', 'added');
    expect(Number(back) - Number(first)).toBeGreaterThanOrEqual(9.9);
    expect(Number(back) - Number(first)).toBeLessThan(10.3);
  });

  test('are none on a node that is Ready, which is no proof of anything', () => {
    const recorded = run(version(34, 4), [3]);
    expect(proofs(recorded, 'by-hand-0')).toEqual(['absent', 'absent']);
    expect(evictions(recorded)).toEqual(evictions(run(version(34, 4), [])));
  });

  test('cannot be removed while no API server answers', () => {
    const stalled = { id: 'stall', kind: 'etcd-pause', targets: ['control-plane'] } as const;
    const at = (startSeconds: number, endSeconds: number) => [
      { id: 'stall', startUs: us(startSeconds), endUs: us(endSeconds) },
    ];
    const off: ModelFault = { id: 'off', kind: 'node-stop', targets: ['worker'] };
    const byHand = [{ id: 'by-hand-0', startUs: us(42), endUs: us(43) }];
    const recorded = run(version(34, 4), [], {
      phases: [
        steady(10),
        fault(
          80,
          off,
          { ...stalled, occurrences: at(40, 44) },
          { id: 'by-hand', kind: 'taints-removed', targets: ['worker'], occurrences: byHand },
        ),
        recover(180),
      ],
    });
    expect(proofs(recorded, 'by-hand-0')).toEqual(['absent', 'absent']);
  });
});
