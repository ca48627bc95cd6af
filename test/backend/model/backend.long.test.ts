import { describe, expect, test } from 'vitest';
import { modelBackend, simulate } from '../../../src/backend/model/index.ts';
import { seedOfRepeat } from '../../../src/common/random.ts';
import { type Plan, planRepeats } from '../../../src/plan/index.ts';
import type { RequestRecord, TimelineEvent } from '../../../src/timeline/index.ts';
import { judge, type RunDocument } from '../../../src/verdict/index.ts';
import { pausePlan } from './support/plans.ts';

type Kept = { readonly events: TimelineEvent[]; readonly requests: RequestRecord[]; maxBatch: number };

/** Runs a plan as a run does, but for the folder. */
const run = async (plan: Plan, signal = new AbortController().signal): Promise<Kept> => {
  const kept: Kept = { events: [], requests: [], maxBatch: 0 };
  const event = (body: Parameters<Parameters<typeof backend.run>[1]['event']>[0], atMs = 0): void => {
    kept.events.push({ atMs, ...body });
  };
  const backend = modelBackend();
  event({
    type: 'run.started',
    scenario: plan.scenario,
    backend: 'model',
    predicted: true,
    startedAt: '2000-01-01T00:00:00Z',
  });
  await backend.run(
    plan,
    {
      startNs: 0n,
      nowMs: () => {
        throw new Error('the model has no business with the clock of this machine');
      },
      event,
      requests: (batch) => {
        kept.requests.push(...batch);
        kept.maxBatch = Math.max(kept.maxBatch, batch.length);
      },
    },
    signal,
  );
  event({ type: 'run.ended', outcome: 'completed', reason: null }, kept.events.at(-1)?.atMs);
  return kept;
};

const document = async (plan: Plan): Promise<RunDocument> => {
  const { events, requests } = await run(plan);
  return judge(plan, events, requests);
};

describe('a plan on the model', () => {
  test('emits the steps of a real run, in their order', async () => {
    const { events } = await run(pausePlan('tight-grace', 'v1.34.4'));
    const steps = events.flatMap((event) => (event.type === 'step.started' ? [`${event.kind} ${event.name}`] : []));
    expect(steps).toEqual([
      'cluster cluster',
      'workload workload',
      'steady steady',
      'fault fault',
      'recover recover',
      'undo undo',
    ]);
    const order = [
      'setting.read',
      'load.started',
      'fault.injecting',
      'fault.injected',
      'fault.undoing',
      'fault.undone',
      'load.ended',
    ];
    const firsts = order.map((type) => events.findIndex((event) => event.type === type));
    expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
    expect(firsts[0]).toBeGreaterThan(0);
  });

  test('is valid evidence: settings read, fault proved and undone, load conserved, everything recovered', async () => {
    for (const [name, version] of [
      ['tight-grace', 'v1.34.4'],
      ['default', 'v1.20.0'],
      ['fast', 'v1.26.9'],
      ['slow', 'v1.37.2'],
    ] as const) {
      const judged = await document(pausePlan(name, version));
      expect([judged.verdict, judged.reasons]).toEqual(['pass', []]);
      expect(judged.predicted).toBe(true);
      expect(judged.settings).toMatchObject({ attested: true, differences: [] });
      expect(judged.faults).toMatchObject([{ attested: true, undone: true, targets: ['worker', 'worker2'] }]);
      expect(judged.requests.latenessMs.max).toBe(0);
    }
  });

  test('shows the harm of tight-grace and none of default', async () => {
    const tight = await document(pausePlan('tight-grace', 'v1.34.4'));
    expect(tight.nodes.notReadyTransitions).toBeGreaterThanOrEqual(2);
    expect(tight.requests.refused).toBeGreaterThan(100);
    expect(tight.timing.firstEvictionMs).not.toBeNull();
    const usual = await document(pausePlan('default', 'v1.34.4'));
    expect(usual.nodes.notReadyTransitions).toBe(0);
    expect(usual.requests.refused).toBe(0);
    expect(usual.findings).toEqual([]);
  });

  test('gives the same bytes each time, and hands requests over in small batches', async () => {
    const plan: Plan = {
      ...pausePlan('tight-grace', 'v1.34.4'),
      load: { ratePerSecond: 1000, connection: 'both', timeoutMs: 1000 },
    };
    const [first, second] = [await run(plan), await run(plan)];
    expect(JSON.stringify(first)).toBe(JSON.stringify(second));
    expect(first.maxBatch).toBeLessThan(5000);
  });

  test('ends soon after its signal', async () => {
    const stop = new AbortController();
    const long: Plan = {
      ...pausePlan('default', 'v1.34.4'),
      phases: [{ kind: 'steady', name: 'steady', durationMs: 3_600_000_000 }],
    };
    const running = run(long, stop.signal);
    setImmediate(() => stop.abort(new Error('enough')));
    await expect(running).rejects.toThrow('enough');
  });

  test('repeats draw from independent seeds, the first being the plan’s own', () => {
    const seeds = Array.from({ length: 500 }, (_, repeat) => seedOfRepeat(7, repeat));
    expect(seeds[0]).toBe(7);
    expect(new Set(seeds).size).toBe(500);
    const plan = pausePlan('tight-grace', 'v1.34.4');
    const refused = new Set(seeds.slice(0, 20).map((seed) => simulate(plan, seed).requests.refused));
    expect(refused.size).toBeGreaterThan(5);
  });

  test('a single node bears the workload itself', async () => {
    const alone: Plan = {
      ...pausePlan('default', 'v1.34.4'),
      topology: { name: 'single', controlPlanes: 1, workers: 0, apiServerPort: null },
      phases: [{ kind: 'steady', name: 'steady', durationMs: 5000 }],
    };
    const judged = await document(alone);
    expect([judged.verdict, judged.requests.ok]).toEqual(['pass', judged.requests.offered]);
  });

  test.each([
    ['v1.11.10', 'node.statusPosted'],
    ['v1.13.12', 'node.statusPosted'],
    ['v1.14.10', 'lease.renewed'],
    ['v1.34.4', 'lease.renewed'],
  ] as const)('a repeat begins at its place in the heartbeat that counts on %s', async (version, heartbeat) => {
    const plan: Plan = { ...pausePlan('default', version), repeats: 4 };
    for (const one of planRepeats(plan)) {
      const { events, requests } = await run(one);
      const loadMs = events.find(({ type }) => type === 'load.started')?.atMs ?? Number.NaN;
      const lastMs = events.findLast(
        (event) => event.type === heartbeat && event.node === 'worker' && event.atMs <= loadMs,
      )?.atMs;
      expect(Math.abs(loadMs - (lastMs ?? Number.NaN) - (one.repeat?.afterRenewalMs ?? Number.NaN))).toBeLessThan(50);
      expect((await judge(one, events, requests)).verdict).toBe('pass');
    }
  });
});
