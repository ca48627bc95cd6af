import { describe, expect, test } from 'vitest';
import { updateHealth } from '../../../../src/backend/model/controllers/health.ts';
import type { Watched } from '../../../../src/backend/model/controllers/instance.ts';
import type { NodeObject } from '../../../../src/backend/model/engine/state.ts';
import { us } from '../support/clusters.ts';

const ready = (heartbeatSeconds: number): NodeObject => ({
  revision: 1,
  createdUs: 0,
  ready: 'True',
  reason: 'KubeletReady',
  heartbeatUs: us(heartbeatSeconds),
  transitionUs: 0,
  conditions: [],
  taints: [],
});

/** A node as a controller manager knows it that has just begun; only what the rule reads is filled in. */
const unknown = (leaseSeconds: number | null): Watched =>
  ({
    leaseUs: leaseSeconds === null ? null : us(leaseSeconds),
    leaseRevision: 1,
    recorded: false,
    heartbeatUs: null,
    savedTransitionUs: 0,
    probeUs: 0,
    transitionUs: 0,
    savedLeaseUs: null,
    savedLeaseRevision: 0,
  }) as Watched;

/** One pass: what the informers have then, and whether the grace of 40 s has passed. */
const pass = (watched: Watched, atSeconds: number, heartbeat: number, lease: number | null, leases = true): boolean => {
  watched.leaseUs = lease === null ? null : us(lease);
  return updateHealth(watched, ready(heartbeat), us(atSeconds), us(40), leases);
};

const probe = ({ probeUs }: Watched): number => probeUs / 1e6;

describe('the last time at which a node was seen alive', () => {
  test('is the pass that first saw it, and each that saw a newer lease', () => {
    const watched = unknown(8);
    pass(watched, 10, 3, 8);
    expect(probe(watched)).toBe(10);
    pass(watched, 15, 3, 8);
    expect(probe(watched)).toBe(10);
    pass(watched, 20, 3, 18);
    expect(probe(watched)).toBe(20);
  });

  test('moves once more after a pass that saw a new status and no new lease: the old lease passes for new', () => {
    const watched = unknown(8);
    pass(watched, 10, 3, 8);
    pass(watched, 15, 13, 8);
    expect(probe(watched)).toBe(15);
    pass(watched, 20, 13, 8);
    expect(probe(watched)).toBe(20);
    pass(watched, 25, 13, 8);
    expect(probe(watched)).toBe(20);
  });

  test('does not, where lease and status are both new', () => {
    const watched = unknown(8);
    pass(watched, 10, 3, 8);
    pass(watched, 15, 13, 14);
    pass(watched, 20, 13, 14);
    expect(probe(watched)).toBe(15);
  });

  test('does not on versions that know no leases, which count the status alone', () => {
    const watched = unknown(null);
    pass(watched, 10, 3, 8, false);
    pass(watched, 15, 13, 14, false);
    pass(watched, 20, 13, 19, false);
    expect(probe(watched)).toBe(15);
  });

  test('stays where it is for a lease that was set back', () => {
    const watched = unknown(8);
    pass(watched, 10, 3, 8);
    pass(watched, 15, 3, 6);
    expect(probe(watched)).toBe(10);
  });
});

test('the grace is over strictly after it, not at its end', () => {
  const watched = unknown(8);
  pass(watched, 10, 3, 8);
  expect(pass(watched, 50, 3, 8)).toBe(false);
  expect(pass(watched, 50.000001, 3, 8)).toBe(true);
});
