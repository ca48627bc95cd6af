import { describe, expect, test } from 'vitest';
import type { AskedSettings, ModelFault, ModelPhase } from '../../../../src/backend/model/index.ts';
import { cluster, fault, pauseOf, recover, steady, us, version } from '../support/clusters.ts';
import { ofType, record } from '../support/runs.ts';

const runs = Array.from({ length: 60 }, (_, index) => index + 1);

const cut: ModelFault = { id: 'cut', kind: 'partition', targets: ['worker'], direction: 'both' };

/** How many pods were to be ended, and those of them that never went, run by run. */
const ended = (minor: number, patch: number, asked: AskedSettings, phases: readonly ModelPhase[]) => {
  const pods = runs.flatMap((seed) => {
    const run = record(cluster(version(minor, patch), asked, { seed, replicas: 2, phases: [steady(30), ...phases] }));
    const changes = ofType(run, 'pod');
    const gone = new Set(changes.flatMap(({ uid, change }) => (change === 'gone' ? [uid] : [])));
    return changes.flatMap(({ uid, change }) => (change === 'deleting' ? [{ seed, uid, gone: gone.has(uid) }] : []));
  });
  return { count: pods.length, stuck: pods.filter((pod) => !pod.gone) };
};

describe('a pod that is deleted while its node is cut off', () => {
  // What else the API server had to say comes behind the deletion, in the same moment.
  test.each([
    [20, 2],
    [30, 0],
    [34, 4],
  ] as const)('ends once the node hears of it, on v1.%d.%d', (minor, patch) => {
    const eviction =
      minor === 20
        ? ({ kind: 'pod-eviction-timeout', timeoutUs: us(10) } as const)
        : ({ kind: 'tolerations', seconds: 1 } as const);
    const found = ended(minor, patch, { graceSeconds: 12, eviction }, [fault(25, cut), recover(90)]);
    expect(found.count).toBeGreaterThan(10);
    expect(found.stuck).toEqual([]);
  });
});

test('a kubelet that could not write that a pod has ended writes it later', () => {
  const eviction = { kind: 'tolerations', seconds: 1 } as const;
  const found = ended(34, 4, { graceSeconds: 12, eviction }, [
    fault(40, pauseOf('worker')),
    steady(0.5),
    fault(30, cut),
    recover(90),
  ]);
  expect(found.count).toBeGreaterThan(10);
  expect(found.stuck).toEqual([]);
});
