import { describe, expect, test } from 'vitest';
import type { ModelConfig, ModelFault } from '../../../../src/backend/model/index.ts';
import { cluster, fault, recover, steady, us, version } from '../support/clusters.ts';
import { evictions, faultStart, firstNotReady, ofType, type Recorded, record, taintChanges } from '../support/runs.ts';

const graceSeconds = 40;
const lost: ModelFault = { id: 'lost', kind: 'controller-manager-watch-lost', targets: ['control-plane'] };

const run = (
  of: ReturnType<typeof version>,
  seconds: number,
  inject: readonly ModelFault[] = [lost],
  changes: Partial<ModelConfig> = {},
): Recorded =>
  record(
    cluster(
      of,
      { graceSeconds, eviction: { kind: 'tolerations', seconds: 0 } },
      { replicas: 4, phases: [steady(20), fault(seconds, ...inject), recover(300)], ...changes },
    ),
  );

const names = ['control-plane', 'worker', 'worker2'];

/** The first runs, of so many seeds, that give a node up. */
const firstRuns = (count: number, seeds: number, of: ReturnType<typeof version>): readonly Recorded[] => {
  const found: Recorded[] = [];
  for (let seed = 1; seed <= seeds && found.length < count; seed += 1) {
    const recorded = run(of, 90, [lost], { seed });
    if (names.some((node) => firstNotReady(recorded, node) !== null)) found.push(recorded);
  }
  return found;
};

describe('a controller manager whose watches of nodes and leases are lost', () => {
  test.each([version(14), version(20, 15), version(27), version(33), version(34, 4), version(36)])(
    'gives nodes up that renew their leases, and evicts from none, up to 1.36 (1.%o)',
    (of) => {
      // Of 1.14 one run in four gives none up, of the others one in fifty or fewer.
      const losing = firstRuns(3, 12, of);
      expect(losing).toHaveLength(3);
      for (const recorded of losing) {
        const lostNodes = names.filter((node) => firstNotReady(recorded, node) !== null);
        for (const node of lostNodes)
          expect(Number(firstNotReady(recorded, node))).toBeGreaterThan((graceSeconds - 11) * 1000);
        for (const node of names) {
          const renewals = ofType(recorded, 'lease.renewed').filter((event) => event.node === node);
          const during = renewals.filter(
            ({ atMs }) => atMs > faultStart(recorded) && atMs < faultStart(recorded) + 90_000,
          );
          expect(during.length).toBeGreaterThan(6);
        }
        // Its cache has the nodes Ready: the loop that taints drops them.
        expect(evictions(recorded)).toEqual([]);
        for (const node of names) expect(taintChanges(recorded, node, 'NoExecute')).toEqual([]);
      }
    },
  );

  test('gives up none without leases, where a failed write reads the status live, nor from 1.37 on', () => {
    for (const release of [version(12), version(13), version(37), version(37, 2)])
      for (const node of names) expect(firstNotReady(run(release, 90), node)).toBeNull();
  });

  test('does not find a node out that is off, while 1.37 sees nothing of it', () => {
    const off: ModelFault = { id: 'off', kind: 'node-stop', targets: ['worker'] };
    expect(firstNotReady(run(version(37, 2), 90, [off]), 'worker')).not.toBeNull();
    const both = run(version(37, 2), 90, [
      lost,
      { ...off, occurrences: [{ id: 'off', startUs: us(20), endUs: us(90) }] },
    ]);
    expect(firstNotReady(both, 'worker')).toBeNull();
  });

  test('harms nobody for less than a grace, and has all it missed when it ends', () => {
    const recorded = run(version(34, 4), 25);
    for (const node of names) expect(firstNotReady(recorded, node)).toBeNull();
    expect(ofType(recorded, 'fault.attested').map(({ state }) => state)).toEqual(['present', 'present']);
    expect(ofType(recorded, 'step.ended').every(({ outcome }) => outcome === 'done')).toBe(true);
  });

  test('of a standby alone changes nothing', () => {
    const standby = { ...lost, targets: ['control-plane2'] };
    const recorded = run(version(34, 4), 90, [standby], { controlPlanes: 3 });
    for (const node of [...names, 'control-plane2']) expect(firstNotReady(recorded, node)).toBeNull();
  });
});
