import { describe, expect, test } from 'vitest';
import { createAttachDetach } from '../../../../src/backend/model/controllers/attach-detach.ts';
import { outOfService } from '../../../../src/backend/model/engine/state.ts';
import { type ModelVersion, settingsFor } from '../../../../src/backend/model/index.ts';
import { createManager } from '../support/controller-manager.ts';
import { createSimulation } from '../support/quiet-simulation.ts';

const seconds = 1_000_000;

type Node = { readonly ready: 'True' | 'Unknown'; readonly inUse?: boolean; readonly taint?: string };

/** A volume that no pod wants any more, attached to such a node; when the controller has taken it from there, in seconds. */
const detachedSeconds = (
  version: ModelVersion,
  { ready, inUse = true, taint }: Node,
  forceDetach = true,
): number | null => {
  const settings = { ...settingsFor(version), forceDetach };
  const simulation = createSimulation({ version, settings, seed: 1 }, [
    {
      name: 'worker',
      zone: '0',
      heartbeatUs: 0,
      transitionUs: 0,
      renewUs: 0,
      pods: [],
      object: {
        createdUs: 0,
        ready,
        reason: '',
        heartbeatUs: 0,
        transitionUs: 0,
        conditions: [],
        taints: taint === undefined ? [] : [{ key: taint, effect: 'NoExecute', addedUs: 0 }],
        volumesAttached: ['data'],
        volumesInUse: inUse ? ['data'] : [],
      },
    },
  ]);
  const manager = createManager(simulation);
  let detachedUs: number | null = null;
  simulation.store.watch({
    node: (_, { volumesAttached = [] }) => {
      if (volumesAttached.length === 0) detachedUs ??= simulation.clock.now();
    },
  });
  createAttachDetach(simulation, manager, { attachUs: 1 * seconds, detachUs: 1 * seconds }).begin();
  simulation.clock.at(1000 * seconds, () => simulation.clock.stop(), undefined);
  while (simulation.clock.advance(100_000));
  return detachedUs === null ? null : Math.round(detachedUs / seconds);
};

const newest: ModelVersion = { minor: 37, patch: 2 };

describe('the attach/detach controller', () => {
  test('takes a volume that is not in use from its node at once', () => {
    expect(detachedSeconds(newest, { ready: 'True', inUse: false })).toBe(0);
    expect(detachedSeconds(newest, { ready: 'Unknown', inUse: false })).toBe(0);
  });

  test('takes one that a lost node has in use after 6 min, unless that is off', () => {
    expect(detachedSeconds(newest, { ready: 'Unknown' })).toBe(360);
    expect(detachedSeconds({ minor: 11, patch: 10 }, { ready: 'Unknown' })).toBe(360);
    expect(detachedSeconds(newest, { ready: 'Unknown' }, false)).toBeNull();
  });

  test('leaves it where the node is Ready: in 1.25, in 1.24 from a late patch on; before, it takes it', () => {
    expect(detachedSeconds({ minor: 24, patch: 7 }, { ready: 'True' })).toBe(360);
    expect(detachedSeconds({ minor: 24, patch: 9 }, { ready: 'True' })).toBeNull();
    expect(detachedSeconds({ minor: 25, patch: 0 }, { ready: 'True' })).toBeNull();
  });

  test('takes it at once from a node that is tainted out-of-service, from v1.26 on, whether force detach is off or not', () => {
    expect(detachedSeconds({ minor: 26, patch: 15 }, { ready: 'Unknown', taint: outOfService })).toBe(0);
    expect(detachedSeconds(newest, { ready: 'Unknown', taint: outOfService }, false)).toBe(0);
    expect(detachedSeconds({ minor: 25, patch: 16 }, { ready: 'Unknown', taint: outOfService })).toBe(360);
    expect(detachedSeconds(newest, { ready: 'Unknown', taint: 'unreachable' })).toBe(360);
  });
});
