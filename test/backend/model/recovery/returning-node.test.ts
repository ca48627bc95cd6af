import { describe, expect, test } from 'vitest';
import { settingsFor } from '../../../../src/backend/model/engine/settings.ts';
import type { Simulation } from '../../../../src/backend/model/engine/simulation.ts';
import type { NodeObject, NodeState, Pod } from '../../../../src/backend/model/engine/state.ts';
import { us, version } from '../support/clusters.ts';
import { createPod, createSimulation } from '../support/quiet-simulation.ts';
import { control } from '../support/replay.ts';

const on = version(34, 4);
const graceS = 50;

const node = (name: string) => ({ name, zone: '0', heartbeatUs: 0, transitionUs: 0, renewUs: 0, pods: [] });

/** Two nodes under a controller manager from 1 s on; the first never renews, the other renews for ever. */
const begin = (pods: readonly ((first: NodeState) => Pod)[] = []): { simulation: Simulation; first: NodeState } => {
  const simulation = createSimulation({ version: on, settings: settingsFor(on), seed: 1 }, [
    node('first'),
    node('other'),
  ]);
  const [first, other] = simulation.nodes;
  if (first === undefined || other === undefined) throw new Error('two nodes were asked for');
  for (const create of pods) {
    const pod = create(first);
    simulation.pods.add(pod);
    first.pods.add(pod);
  }
  control(simulation, { startUs: us(1), restarts: [] }, () => undefined);
  for (let atS = 10; atS < 1000; atS += 10) {
    simulation.clock.at(us(atS), () => simulation.store.renewLease(other, us(atS)), undefined);
  }
  return { simulation, first };
};

const runUntil = ({ clock }: Simulation, atS: number): void => {
  let reached = false;
  const reach = (): void => {
    reached = true;
  };
  clock.at(us(atS), reach, undefined);
  while (!reached) clock.advance(1);
};

const taints = ({ object }: NodeState): readonly string[] =>
  (object?.taints ?? []).map(({ effect, key }) => `${effect} ${key}`).sort();

const anew = (atS: number, ready: NodeObject['ready']): Omit<NodeObject, 'revision'> => ({
  createdUs: us(atS),
  ready,
  reason: '',
  heartbeatUs: us(atS),
  transitionUs: us(atS),
  conditions: [],
  taints: [],
});

describe('a node that was deleted and comes again under its name', () => {
  test('has its grace anew, and is tainted again when it does not renew', () => {
    const { simulation, first } = begin();
    runUntil(simulation, 100);
    expect(taints(first)).toEqual(['NoExecute unreachable', 'NoSchedule unreachable']);
    simulation.store.deleteNode(first);
    runUntil(simulation, 120);
    simulation.store.register(first, anew(120, 'True'));
    runUntil(simulation, 120 + graceS - 1);
    expect(first.object?.ready).toBe('True');
    expect(taints(first)).toEqual([]);
    runUntil(simulation, 120 + graceS + 20);
    expect(taints(first)).toEqual(['NoExecute unreachable', 'NoSchedule unreachable']);
  });

  test('without a status has the start-up grace from when it is seen so, for the record knows it from before', () => {
    const { simulation, first } = begin();
    runUntil(simulation, 20);
    simulation.store.deleteNode(first);
    simulation.store.register(first, anew(-3600, null));
    runUntil(simulation, 20 + 55);
    expect(first.object?.ready).toBeNull();
    runUntil(simulation, 20 + 75);
    expect(first.object).toMatchObject({ ready: 'Unknown', reason: 'NodeStatusNeverUpdated', heartbeatUs: us(-3600) });
  });

  test('leaves the timers of its pods running meanwhile, and ends them once it is there without a taint', () => {
    const tolerating = (name: string, seconds: number) => (first: NodeState) =>
      createPod(name, first, { unreachable: seconds, 'not-ready': seconds });
    const { simulation, first } = begin([tolerating('short', 60), tolerating('long', 200)]);
    runUntil(simulation, 80);
    expect(taints(first)).toEqual(['NoExecute unreachable', 'NoSchedule unreachable']);
    simulation.store.deleteNode(first);
    runUntil(simulation, 160);
    const pods = [...simulation.pods];
    expect(pods.map(({ name, deleting }) => [name, deleting])).toEqual([
      ['short', true],
      ['long', false],
    ]);
    simulation.store.register(first, anew(160, 'True'));
    simulation.clock.at(us(170), () => simulation.store.renewLease(first, us(170)), undefined);
    for (let atS = 180; atS < 400; atS += 10) {
      simulation.clock.at(us(atS), () => simulation.store.renewLease(first, us(atS)), undefined);
    }
    runUntil(simulation, 400);
    expect(pods.map(({ deleting }) => deleting)).toEqual([true, false]);
  });
});

describe('a pod that comes to a node', () => {
  const come = (simulation: Simulation, first: NodeState): Pod => {
    const pod = createPod('late', null, {});
    pod.node = first;
    first.pods.add(pod);
    simulation.pods.add(pod);
    simulation.store.podWritten(pod);
    return pod;
  };

  test('that is not Ready is marked NotReady, from 1.15.11, 1.16.8 and 1.17 on', () => {
    const { simulation, first } = begin();
    runUntil(simulation, 58);
    expect(first.object?.ready).toBe('Unknown');
    const pod = come(simulation, first);
    runUntil(simulation, 58.1);
    expect(pod.ready).toBe(false);
  });

  test('that is Ready stays as it is', () => {
    const { simulation, first } = begin();
    runUntil(simulation, 20);
    const pod = come(simulation, first);
    runUntil(simulation, 25);
    expect(pod.ready).toBe(true);
  });
});
