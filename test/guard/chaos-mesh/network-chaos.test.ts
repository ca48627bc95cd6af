import { expect, test } from 'vitest';
import { actsOf } from '../../../src/agent/index.ts';
import { networkChaosOf } from '../../../src/guard/index.ts';
import type { PlannedFault } from '../../../src/plan/index.ts';
import { actOptions } from '../../agent/prepared.ts';
import { chaosStatus } from './cluster.ts';
import { crdProblems } from './crd.ts';

const id = 'a1b2c3-fault-1';
const surveyed = 'eth1\n10.0.0.2 6443\n10.0.0.3 8443';

const objectOf = async (fault: object) => {
  const planned = { id: 'fault-1', targets: ['worker'], occurrences: [], ...fault } as unknown as PlannedFault;
  const [made] = await actsOf(planned, { ...actOptions, id, injector: 'chaos-mesh' });
  if (made?.networkChaos == null) throw new Error('no NetworkChaos');
  return networkChaosOf(made.networkChaos(surveyed), { id, run: 'run-1', pod: `act-${id}`, durationMs: 80_000 });
};

const partition = { kind: 'partition', direction: 'to', by: 'drop', traffic: 'control' } as const;
const latency = {
  ...{ kind: 'latency', direction: 'to', delayMs: 100, jitterMs: 20, lossPercent: 0, rampSteps: 1 },
} as const;
const nothing = { delay: null, loss: null, duplicate: null, corrupt: null, rateBitsPerSecond: null, slot: null };
const netem = { ...nothing, kind: 'netem', direction: 'to', peer: 'api-server', rampSteps: 1 } as const;
const chance = { percent: 5.5, correlationPercent: 25 };

const shared = {
  apiVersion: 'chaos-mesh.org/v1alpha1',
  kind: 'NetworkChaos',
  metadata: {
    ...{ name: id, namespace: 'skipbeat-agents' },
    labels: { 'app.kubernetes.io/managed-by': 'skipbeat', 'skipbeat/run': 'run-1' },
  },
};
const where = {
  mode: 'all',
  selector: { namespaces: ['skipbeat-agents'], pods: { 'skipbeat-agents': [`act-${id}`] } },
  direction: 'to',
  externalTargets: ['10.0.0.2:6443', '10.0.0.3:8443'],
  device: 'eth1',
  duration: '80000ms',
};

test('a partition is asked for on the agent’s pod alone, towards the API servers alone, for as long as it may stand', async () => {
  expect(await objectOf(partition)).toEqual({ ...shared, spec: { action: 'partition', ...where } });
});

test('one of all traffic names addresses without ports', async () => {
  const { spec } = await objectOf({ ...partition, direction: 'both', traffic: 'all' });
  expect([spec.direction, spec.externalTargets]).toEqual(['both', ['10.0.0.2', '10.0.0.3']]);
});

test('a latency is asked for as a delay, with its jitter', async () => {
  expect(await objectOf(latency)).toEqual({
    ...shared,
    spec: { action: 'delay', ...where, delay: { latency: '100ms', jitter: '20ms', correlation: '0' } },
  });
});

test('of netem every amount that Chaos Mesh knows is asked for in its own words', async () => {
  const all = {
    ...netem,
    delay: {
      ...{ delayMs: 0.5, jitterMs: 0.25, correlationPercent: 10, distribution: null },
      reorder: { ...chance, gap: 3 },
    },
    ...{ loss: chance, duplicate: chance, corrupt: chance, rateBitsPerSecond: 8_000_000 },
  };
  expect((await objectOf(all)).spec).toEqual({
    ...{ action: 'netem', ...where },
    delay: {
      ...{ latency: '0.5ms', jitter: '0.25ms', correlation: '10' },
      reorder: { reorder: '5.5', correlation: '25', gap: 3 },
    },
    loss: { loss: '5.5', correlation: '25' },
    duplicate: { duplicate: '5.5', correlation: '25' },
    corrupt: { corrupt: '5.5', correlation: '25' },
    rate: { rate: '1000000bps' },
  });
});

test.each([
  ['a partition', partition],
  ['a partition of all traffic, both ways', { ...partition, direction: 'both', traffic: 'all' }],
  ['a partition of all traffic that comes in', { ...partition, direction: 'from', traffic: 'all' }],
  ['a latency', latency],
  ['a latency with losses', { ...latency, lossPercent: 5 }],
  ['a loss', { ...netem, loss: chance }],
  ['a rate', { ...netem, rateBitsPerSecond: 1_000_000 }],
  [
    'a delay in fractions of a microsecond',
    {
      ...netem,
      delay: { delayMs: 1 / 3, jitterMs: 0, correlationPercent: 0, distribution: null, reorder: null },
    },
  ],
])('the schema of Chaos Mesh takes %s, field by field', async (_, fault) => {
  expect(crdProblems(await objectOf(fault))).toEqual([]);
});

test('what stands in for its controller writes a status that the schema takes', async () => {
  const status = { ...chaosStatus('skipbeat-agents/act-a-1', 'Injected'), instances: {} };
  expect(crdProblems({ ...(await objectOf(partition)), status })).toEqual([]);
});

test('that schema refuses what it does not know: a field, a word, a unit', async () => {
  const object = await objectOf(latency);
  const changed = (changes: object) => crdProblems({ ...object, spec: { ...object.spec, ...changes } });
  expect(changed({ targets: [] })).toEqual(['/spec must NOT have additional properties targets']);
  expect(changed({ direction: 'out' })).toEqual(['/spec/direction must be equal to one of the allowed values']);
  expect(changed({ delay: { latency: '100' } })).toEqual([expect.stringMatching(/^\/spec\/delay\/latency must match/)]);
});

test.each([
  [
    'a partition that rejects',
    { ...partition, by: 'reject' },
    'expected by: drop, received by: reject: it drops, and nothing else',
  ],
  [
    'one of control traffic, both ways',
    { ...partition, direction: 'both' },
    'expected direction: to, or traffic: all, received direction: both of control traffic: of what comes in it knows no port of the sender',
  ],
  [
    'a latency of what comes in',
    { ...latency, direction: 'from' },
    'expected direction: to, received direction: from: towards addresses outside of pods it acts on what goes out, and on nothing else',
  ],
  [
    'a delay of a distribution',
    { ...netem, delay: { delayMs: 1, jitterMs: 1, correlationPercent: 0, distribution: 'normal', reorder: null } },
    'expected no distribution of the delay, which it has not',
  ],
  [
    'a loss in bursts, in slots',
    {
      ...netem,
      loss: { gemodel: { p: 1, r: 10, h: 0, k: 100 } },
      slot: { minDelayMs: 1, maxDelayMs: 2, packets: null, bytes: null },
    },
    'expected no loss in bursts (gemodel), which it has not; expected no slot, which it has not',
  ],
  [
    'a kubelet that is paused',
    { kind: 'kubelet-pause' },
    'expected one of partition, netem, latency, received kubelet-pause, which NetworkChaos has not',
  ],
])('Chaos Mesh cannot be asked for %s', async (_, fault, problem) => {
  await expect(objectOf(fault)).rejects.toMatchObject({
    ...{ code: 'CHAOS_MESH_REFUSED', exitCode: 64 },
    message: `--injector chaos-mesh, fault-1: ${problem}.`,
  });
});

test('what is no survey of a node names no object', async () => {
  const [made] = await actsOf(
    { id: 'fault-1', targets: ['worker'], occurrences: [], ...partition },
    {
      ...{ ...actOptions, id },
      injector: 'chaos-mesh',
    },
  );
  for (const text of ['', 'eth0', 'eth0\nfd00::2 6443', 'eth0; x\n10.0.0.2 6443', 'eth0\n10.0.0.2']) {
    expect(() => made?.networkChaos?.(text), text).toThrow('expected a device and API servers from the node, found');
  }
});
