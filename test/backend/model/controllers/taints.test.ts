import { describe, expect, test } from 'vitest';
import {
  type ControllerManager,
  createNodeHealth,
} from '../../../../src/backend/model/controllers/controller-manager.ts';
import { createZone, type Zone } from '../../../../src/backend/model/controllers/disruption.ts';
import { createTaints } from '../../../../src/backend/model/controllers/eviction/taints.ts';
import { createProcess } from '../../../../src/backend/model/engine/process.ts';
import { withoutTaint, withTaint } from '../../../../src/backend/model/engine/store.ts';
import { sleep, start } from '../../../../src/backend/model/engine/task.ts';
import { type ModelVersion, settingsFor } from '../../../../src/backend/model/index.ts';
import { us, version } from '../support/clusters.ts';
import { createSimulation, type TraceNode } from '../support/quiet-simulation.ts';
import { replay } from '../support/replay.ts';
import type { Trace, TraceEvent, TraceStep } from '../support/traces.ts';

/** µs from the moment at which a taint's turn comes to its PATCH: a read and its answer, and a write. */
const patchUs = 4000;
const answerUs = 500;
const watchUs = 2000;
const tickUs = 100_000;

type Quiet = {
  readonly of: ModelVersion;
  readonly periodSeconds?: number;
  readonly zones: readonly number[];
  readonly events: readonly TraceStep[];
  readonly endSeconds: number;
};

const startUs = us(1);
const nodeNames = ['node-0', 'node-1', 'node-2', 'node-3'];

/** Nodes that say nothing but what the steps say, under a grace of 10 s. */
const traceEvents = ({ of, periodSeconds = 5, zones, events, endSeconds }: Quiet): readonly TraceEvent[] => {
  const settings = settingsFor(of, { monitorPeriodSeconds: periodSeconds, graceSeconds: 10 });
  const nodes = zones.map(
    (zone, index): TraceNode => ({
      name: nodeNames[index] ?? '',
      zone: String(zone),
      heartbeatUs: -us(1),
      transitionUs: -us(1),
      renewUs: -us(1),
      pods: [],
    }),
  );
  const trace: Trace = {
    startUs,
    restarts: [],
    endUs: us(endSeconds),
    periodUs: settings.monitorPeriodUs,
    graceUs: settings.graceUs,
    passUs: 0,
    writeUs: 0,
    readUs: 0,
    answerUs: 0,
    watchUs: 0,
    jitterUs: 0,
    jitterSeed: 0,
    nodes,
    events,
  };
  return replay({ version: of, settings, seed: 1 }, trace);
};

/** Renewals of a node each second in [fromSeconds, toSeconds). */
const alive = (name: string, fromSeconds: number, toSeconds: number): TraceStep[] =>
  Array.from({ length: toSeconds - fromSeconds }, (_, index) => {
    const atUs = us(fromSeconds + index + 0.3);
    return { atUs, kind: 'lease', name, renewUs: atUs };
  });

const timeOf = (all: readonly TraceEvent[], name: string, kind: TraceEvent['kind'], what: string): number =>
  all.find((one) => one.name === name && one.kind === kind && one.what.startsWith(what))?.atUs ?? Number.NaN;

describe('the tainting loop', () => {
  test('ticks every 100 ms from the start of its controller on, not from when something waits', () => {
    const all = traceEvents({
      of: version(33),
      periodSeconds: 5.037,
      zones: [0, 0],
      events: alive('node-1', 0, 60),
      endSeconds: 60,
    });
    const taintedUs = timeOf(all, 'node-0', 'taint', 'NoExecute');
    expect((taintedUs - patchUs - startUs) % tickUs).toBe(0);
  });

  test('waits 100 ms after it last returned, so that what it did shifts its ticks', () => {
    const all = traceEvents({
      of: version(33),
      periodSeconds: 5.037,
      zones: [0, 1, 0, 1],
      events: [...alive('node-1', 0, 15), ...alive('node-2', 0, 90), ...alive('node-3', 0, 90)],
      endSeconds: 90,
    });
    const [first, second] = ['node-0', 'node-1'].map((name) => timeOf(all, name, 'taint', 'NoExecute'));
    expect(second).toBeGreaterThan(Number(first));
    const returnedUs = Number(first) + answerUs;
    expect((Number(second) - patchUs - returnedUs) % tickUs).toBe(0);
    expect((Number(second) - patchUs - startUs) % tickUs).not.toBe(0);
  });

  test('is a little later each time, so that its ticks drift past the passes of the monitor', () => {
    const simulation = createSimulation({ version: version(34), settings: settingsFor(version(34)), seed: 1 }, [
      { name: 'node-0', zone: '0', heartbeatUs: 0, transitionUs: 0, renewUs: 0, pods: [] },
    ]);
    const { clock } = simulation;
    const isAlive = (): boolean => true;
    const health = createNodeHealth(simulation.nodes);
    const manager = { process: createProcess(), alive: true, isAlive, health } as unknown as ControllerManager;
    const zones = new Map<number, Zone>([[0, createZone(simulation.settings, health)]]);
    const turns: number[] = [];
    const turn = function* () {
      yield* sleep(clock, manager.process, 0);
      turns.push(clock.now());
      return true;
    };
    const taints = createTaints(simulation, manager, zones, turn, { below: () => 0 }, { below: () => 1000 });
    const [only] = health;
    const zone = zones.get(0);
    if (only?.node.object == null || zone === undefined) throw new Error('no node');
    const { object } = only.node;
    only.object = { ...object, ready: 'Unknown' };
    const queue = (): void => {
      if (only.object !== null) taints.decide(zone, only, only.object);
    };
    taints.begin(false);
    // The tenth tick is 10 ms late by then.
    clock.at(1_005_000, queue, undefined);
    clock.at(2_000_000, clock.stop, undefined);
    while (clock.advance(1000));
    expect(turns).toEqual([1_010_000]);
  });

  test('is waited for by whoever changes a rate, while it has a node in hand and not longer', () => {
    const simulation = createSimulation({ version: version(34), settings: settingsFor(version(34)), seed: 1 }, [
      { name: 'node-0', zone: '0', heartbeatUs: 0, transitionUs: 0, renewUs: 0, pods: [] },
    ]);
    const { clock } = simulation;
    const process = createProcess();
    const isAlive = (): boolean => true;
    const health = createNodeHealth(simulation.nodes);
    const manager = { process, alive: true, isAlive, health } as unknown as ControllerManager;
    const zones = new Map<number, Zone>([
      [0, createZone(simulation.settings, health)],
      [1, createZone(simulation.settings, health)],
    ]);
    const turn = function* () {
      yield* sleep(clock, process, 50_000);
      return true;
    };
    const taints = createTaints(simulation, manager, zones, turn, { below: () => 0 }, { below: () => 0 });
    taints.begin(false);
    const [only] = health;
    const [zone, another] = zones.values();
    if (only?.node.object == null || zone === undefined || another === undefined) throw new Error('no node');
    only.object = { ...only.node.object, ready: 'Unknown' };
    expect(taints.decide(zone, only, only.object)).toBeNull();
    const freeAt: number[] = [];
    const wait = function* (zones: readonly Zone[]) {
      yield* taints.untilFree(new Set(zones));
      freeAt.push(clock.now());
    };
    for (const atUs of [90_000, 110_000, 170_000]) {
      clock.at(atUs, () => start(wait([another, zone]), isAlive), undefined);
    }
    clock.at(120_000, () => start(wait([another]), isAlive), undefined);
    clock.at(400_000, clock.stop, undefined);
    while (clock.advance(1000));
    expect(freeAt).toEqual([90_000, 120_000, 150_000, 170_000]);
  });
});

describe('a change of taints', () => {
  const silent: Quiet = { of: version(33), zones: [0, 0], events: alive('node-1', 0, 60), endSeconds: 60 };

  test('that meets a conflict reads the node again and is repeated after 100 to 200 ms', () => {
    const stableUs = timeOf(traceEvents(silent), 'node-0', 'taint', 'NoExecute');
    // Written between the read and the PATCH.
    const between: TraceStep = {
      atUs: stableUs - 1000 + watchUs,
      kind: 'heartbeat',
      name: 'node-0',
      heartbeatUs: us(20),
    };
    const events = [...silent.events, between].sort((one, other) => one.atUs - other.atUs);
    const metUs = timeOf(traceEvents({ ...silent, events }), 'node-0', 'taint', 'NoExecute');
    // The answer, the longest pause (chance is left out here), then both requests once more.
    expect(metUs - stableUs).toBe(answerUs + 2 * tickUs + patchUs);
  });

  test('of a node that changes while a worker has it is taken up by that worker afterwards, without a conflict', () => {
    const said = (ready: 'True' | 'False', atUs: number): TraceStep => ({
      atUs: atUs + watchUs,
      kind: 'condition',
      name: 'node-0',
      heartbeatUs: us(3),
      transitionUs: us(3),
      ready,
    });
    const events = [said('False', us(3)), said('True', us(3) + 1000)];
    const all = traceEvents({ ...silent, events, endSeconds: 5 }).filter(({ kind }) => kind.endsWith('taint'));
    expect(all).toEqual([
      { kind: 'taint', name: 'node-0', what: 'NoSchedule not-ready', atUs: us(3) + watchUs + patchUs },
      {
        kind: 'untaint',
        name: 'node-0',
        what: 'NoSchedule not-ready',
        // Once its own cache shows the taint.
        atUs: us(3) + 2 * (watchUs + patchUs),
      },
    ]);
  });

  test('puts a taint that is there anew, with a new stamp, which is a write; taking away one that is not is none', () => {
    const [object] = createSimulation({ version: version(34), settings: settingsFor(version(34)), seed: 1 }, [
      { name: 'node-0', zone: '0', heartbeatUs: 0, transitionUs: 0, renewUs: 0, pods: [] },
    ]).nodes.flatMap((node) => node.object ?? []);
    if (object === undefined) throw new Error('no node');
    const once = withTaint(object, 'NoExecute', 'unreachable', us(10));
    const twice = withTaint({ ...object, taints: once }, 'NoExecute', 'unreachable', us(25));
    expect(twice).toEqual([{ effect: 'NoExecute', key: 'unreachable', addedUs: us(25) }]);
    expect(twice).not.toBe(once);
    expect(withoutTaint({ ...object, taints: once }, 'NoSchedule', 'unreachable')).toBe(once);
    expect(withoutTaint({ ...object, taints: once }, 'NoExecute', 'unreachable')).toEqual([]);
  });
});

test('when all becomes down taints are removed before the rates become 0: a poll of the queue in between still taints', () => {
  // node-0 is tainted long before node-1 falls silent too; ticks come at every distance from the end of that pass.
  const leaks = Array.from({ length: 120 }, (_, index) => {
    const all = traceEvents({
      of: version(34),
      periodSeconds: 5 + index / 10_000,
      zones: [0, 0],
      events: alive('node-1', 0, 40),
      endSeconds: 80,
    });
    const removedUs = timeOf(all, 'node-0', 'untaint', 'NoExecute');
    return timeOf(all, 'node-1', 'taint', 'NoExecute') - removedUs;
  });
  // Begun after the pass had come to know that all is down, while the first taint was being removed.
  const between = leaks.filter((byUs) => byUs > 0 && byUs <= patchUs + answerUs);
  expect(between.length).toBeGreaterThan(0);
  expect(between.length).toBeLessThan(20);
  // Otherwise it began before, or there was none; some meet the NoSchedule taint's PATCH and are repeated.
  expect(leaks.filter((byUs) => byUs > 2 * (patchUs + answerUs) + 2 * tickUs)).toEqual([]);
});
