import { describe, expect, test } from 'vitest';
import { createPodGarbage } from '../../../../src/backend/model/controllers/eviction/pod-gc.ts';
import { outOfService } from '../../../../src/backend/model/engine/state.ts';
import { settingsFor } from '../../../../src/backend/model/index.ts';
import { version } from '../support/clusters.ts';
import { createManager } from '../support/controller-manager.ts';
import { createSimulation } from '../support/quiet-simulation.ts';

const seconds = 1_000_000;

/** A pod that is being deleted on a node with that Ready condition and those taints; when the collector has removed it, in µs. */
const removedUs = (minor: number, ready: 'True' | 'Unknown', key: string | null, deleting = true): number | null => {
  const simulation = createSimulation({ version: version(minor), settings: settingsFor(version(minor)), seed: 1 }, [
    {
      name: 'worker',
      zone: '0',
      heartbeatUs: 0,
      transitionUs: 0,
      renewUs: 0,
      pods: [{ name: 'beat-0', tolerations: {} }],
      object: {
        createdUs: 0,
        ready,
        reason: '',
        heartbeatUs: 0,
        transitionUs: 0,
        conditions: [],
        taints: key === null ? [] : [{ key, effect: 'NoExecute', addedUs: 0 }],
      },
    },
  ]);
  const manager = createManager(simulation);
  const [pod] = simulation.pods;
  if (pod === undefined) throw new Error('no pod');
  pod.deleting = deleting;
  pod.seen.deleting = deleting;
  let goneUs: number | null = null;
  simulation.store.watch({
    pod: (notified) => {
      if (notified.gone) goneUs ??= simulation.clock.now();
    },
  });
  const garbage = createPodGarbage(simulation, manager);
  simulation.clock.at(1 * seconds, garbage.begin, undefined);
  simulation.clock.at(50 * seconds, () => simulation.clock.stop(), undefined);
  while (simulation.clock.advance(1000));
  return goneUs;
};

describe('the collector of pods', () => {
  test('removes one that ends on a lost node which is tainted out-of-service, at its next collect in 20 s', () => {
    const goneUs = removedUs(34, 'Unknown', outOfService) ?? 0;
    expect(goneUs).toBeGreaterThan(20 * seconds);
    expect(goneUs).toBeLessThan(20.1 * seconds);
  });

  test('leaves it where the node is Ready, has another taint or none, or the pod does not end', () => {
    expect(removedUs(34, 'True', outOfService)).toBeNull();
    expect(removedUs(34, 'Unknown', 'unreachable')).toBeNull();
    expect(removedUs(34, 'Unknown', null)).toBeNull();
    expect(removedUs(34, 'Unknown', outOfService, false)).toBeNull();
  });

  test('knows nothing of that taint before v1.26', () => {
    expect(removedUs(25, 'Unknown', outOfService)).toBeNull();
    expect(removedUs(26, 'Unknown', outOfService)).not.toBeNull();
  });
});
