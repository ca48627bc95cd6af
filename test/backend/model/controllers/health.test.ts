import { describe, expect, test } from 'vitest';
import {
  type ControllerManager,
  createNodeHealth,
  type NodeHealth,
} from '../../../../src/backend/model/controllers/controller-manager.ts';
import { type Judged, judgeNode, updateHealth } from '../../../../src/backend/model/controllers/health.ts';
import { createProcess } from '../../../../src/backend/model/engine/process.ts';
import { settingsFor } from '../../../../src/backend/model/engine/settings.ts';
import type { NodeObject } from '../../../../src/backend/model/engine/state.ts';
import { start, type Wait } from '../../../../src/backend/model/engine/task.ts';
import { us, version } from '../support/clusters.ts';
import { createSimulation } from '../support/quiet-simulation.ts';

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
const unknown = (leaseSeconds: number | null): NodeHealth =>
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
  }) as NodeHealth;

/** One pass: what the informers have then, and whether the grace of 40 s has passed. */
const pass = (
  health: NodeHealth,
  atSeconds: number,
  heartbeat: number,
  lease: number | null,
  leases = true,
): boolean => {
  health.leaseUs = lease === null ? null : us(lease);
  return updateHealth(health, ready(heartbeat), us(atSeconds), us(40), leases);
};

const probe = ({ probeUs }: NodeHealth): number => probeUs / 1e6;

describe('the last time at which a node was seen alive', () => {
  test('is the pass that first saw it, and each that saw a newer lease', () => {
    const health = unknown(8);
    pass(health, 10, 3, 8);
    expect(probe(health)).toBe(10);
    pass(health, 15, 3, 8);
    expect(probe(health)).toBe(10);
    pass(health, 20, 3, 18);
    expect(probe(health)).toBe(20);
  });

  test('moves once more after a pass that saw a new status and no new lease: the old lease passes for new', () => {
    const health = unknown(8);
    pass(health, 10, 3, 8);
    pass(health, 15, 13, 8);
    expect(probe(health)).toBe(15);
    pass(health, 20, 13, 8);
    expect(probe(health)).toBe(20);
    pass(health, 25, 13, 8);
    expect(probe(health)).toBe(20);
  });

  test('does not, where lease and status are both new', () => {
    const health = unknown(8);
    pass(health, 10, 3, 8);
    pass(health, 15, 13, 14);
    pass(health, 20, 13, 14);
    expect(probe(health)).toBe(15);
  });

  test('does not on versions that know no leases, which count the status alone', () => {
    const health = unknown(null);
    pass(health, 10, 3, 8, false);
    pass(health, 15, 13, 14, false);
    pass(health, 20, 13, 19, false);
    expect(probe(health)).toBe(15);
  });

  test('stays where it is for a lease that was set back', () => {
    const health = unknown(8);
    pass(health, 10, 3, 8);
    pass(health, 15, 3, 6);
    expect(probe(health)).toBe(10);
  });
});

test('the grace is over strictly after it, not at its end', () => {
  const health = unknown(8);
  pass(health, 10, 3, 8);
  expect(pass(health, 50, 3, 8)).toBe(false);
  expect(pass(health, 50.000001, 3, 8)).toBe(true);
});

describe('a node that is Unknown already, and still silent', () => {
  /** What one pass asks of the API server about it, and what it makes of it. */
  const judged = (minor: number, liveRevision: number, known: boolean) => {
    const of = version(minor);
    const simulation = createSimulation({ version: of, settings: settingsFor(of), seed: 1 }, [
      {
        name: 'worker',
        zone: '0',
        pods: [],
        renewUs: known ? 0 : null,
        heartbeatUs: 0,
        transitionUs: 0,
        object: { ...ready(0), ready: 'Unknown' },
      },
    ]);
    const [health] = createNodeHealth(simulation.nodes) as [NodeHealth];
    const [node] = simulation.nodes;
    if (node === undefined) throw new Error('a simulation without its node');
    node.lease.revision = liveRevision;
    Object.assign(health, { snapshot: node.object, savedLeaseUs: health.leaseUs, savedLeaseRevision: 1 });
    const asked: string[] = [];
    const client = {
      // An answer that takes no time.
      request:
        (kind: string, owner: unknown, commit: (owner: unknown) => string): Wait =>
        (resume) => {
          asked.push(kind);
          resume(commit(owner));
        },
    };
    const manager = { client, process: createProcess() } as unknown as ControllerManager;
    let result: Judged | null | undefined;
    const judge = function* () {
      result = yield* judgeNode(simulation, manager, health, true);
    };
    start(judge(), () => true);
    return { asked, result, awaited: health.awaitedRevision };
  };

  test('costs no request to 1.36', () => {
    expect(judged(36, 1, true)).toMatchObject({ asked: [], result: { current: { ready: 'Unknown' } } });
  });

  test('has its lease read in every pass from 1.37 on', () => {
    expect(judged(37, 1, true)).toMatchObject({ asked: ['quorum'], result: { current: { ready: 'Unknown' } } });
  });

  test('is left alone while the live lease is another than the cache has, also where the cache has none', () => {
    expect(judged(37, 2, true)).toEqual({ asked: ['quorum'], result: null, awaited: 2 });
    expect(judged(37, 2, false)).toEqual({ asked: ['quorum'], result: null, awaited: 2 });
  });

  test('is judged by its status alone where there is no lease at all', () => {
    expect(judged(37, 0, false)).toMatchObject({ asked: ['quorum'], result: { current: { ready: 'Unknown' } } });
  });
});
