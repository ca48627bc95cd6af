import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ModelSink } from '../../../src/backend/model/engine/sink.ts';
import { runModel, simulateConfig } from '../../../src/backend/model/index.ts';
import type { RequestRecord } from '../../../src/timeline/index.ts';
import { sampleOf } from '../../support/sample.ts';
import { anyConfig } from './support/any-config.ts';
import { cluster, fault, pauseOf, recover, us, version } from './support/clusters.ts';
import { ofType, record } from './support/runs.ts';

test('virtual time never runs backwards, and a run ends', () => {
  fc.assert(
    fc.property(anyConfig, (config) => {
      let lastUs = 0;
      const wrong: number[] = [];
      const see = (atUs: number): void => {
        if (atUs < lastUs || !Number.isSafeInteger(atUs)) wrong.push(atUs);
        lastUs = atUs;
      };
      const sink: ModelSink = {
        lease: see,
        node: see,
        pod: see,
        endpoints: see,
        event: see,
        requests: () => undefined,
      };
      const run = runModel(config, sink);
      expect(wrong).toEqual([]);
      expect(run.nowUs()).toBe(lastUs);
    }),
    { numRuns: sampleOf(20, 600), seed: 3 },
  );
});

test('every offered request is recorded once, in one outcome, and due when the rate says', () => {
  fc.assert(
    fc.property(anyConfig, (config) => {
      const run = record(config);
      const [began] = ofType(run, 'load.started');
      const [ended] = ofType(run, 'load.ended');
      expect(run.requests).toHaveLength(ended?.offered ?? -1);
      const numbers = run.requests.map(({ seq }) => seq).toSorted((a, b) => a - b);
      expect(numbers.filter((seq, index) => seq !== index)).toEqual([]);
      const dueMsOf = (seq: number): number =>
        (began?.atMs ?? Number.NaN) + (seq * 1000) / (config.load?.ratePerSecond ?? Number.NaN);
      const isRight = ({ seq, dueMs, sentMs, endedMs }: RequestRecord): boolean =>
        Math.abs(dueMs - dueMsOf(seq)) < 0.01 && sentMs === dueMs && endedMs > dueMs;
      expect(run.requests.filter((request) => !isRight(request))).toEqual([]);
    }),
    { numRuns: sampleOf(10, 240), seed: 4 },
  );
});

test('pods and nodes are recorded in an order that makes sense', () => {
  const next: Readonly<Record<string, readonly string[]>> = {
    none: ['seen'],
    // A kubelet whose node is shut down takes none.
    seen: ['ready', 'deleting', 'notReady', 'gone'],
    ready: ['notReady', 'deleting', 'gone'],
    notReady: ['ready', 'deleting', 'gone'],
    deleting: ['notReady', 'ready', 'gone'],
    gone: [],
  };
  fc.assert(
    fc.property(anyConfig, (config) => {
      const run = record(config);
      const last = new Map<string, string>();
      // One that has Failed is an endpoint beside its replacement until its container has ended.
      const shutsDown = config.phases.some(
        (phase) => phase.kind === 'fault' && phase.inject.some(({ kind }) => kind === 'node-shutdown'),
      );
      const max = config.replicas * (shutsDown ? 2 : 1);
      for (const { uid, change } of ofType(run, 'pod')) {
        expect(next[last.get(uid) ?? 'none']).toContain(change);
        last.set(uid, change);
      }
      for (const { ready, notReady, terminating } of ofType(run, 'endpoints')) {
        expect(Math.min(ready, notReady, terminating)).toBeGreaterThanOrEqual(0);
        expect(ready + notReady).toBeLessThanOrEqual(max);
      }
      const taints = new Set<string>();
      for (const { node, key, effect, change } of ofType(run, 'node.taint')) {
        const name = `${node} ${key} ${effect}`;
        expect(taints.has(name)).toBe(change === 'removed');
        if (change === 'added') taints.add(name);
        else taints.delete(name);
      }
    }),
    { numRuns: sampleOf(15, 400), seed: 5 },
  );
});

test('the same config gives the same bytes, another seed others', () => {
  fc.assert(
    fc.property(anyConfig, (config) => {
      const bytes = JSON.stringify(record(config));
      expect(JSON.stringify(record(config))).toBe(bytes);
      expect(JSON.stringify(record({ ...config, seed: config.seed ^ 1 }))).not.toBe(bytes);
    }),
    { numRuns: sampleOf(10, 160), seed: 6 },
  );
});

test('the light figures and the recorded run count the same', () => {
  fc.assert(
    fc.property(anyConfig, (config) => {
      const figures = simulateConfig(config);
      const run = record(config);
      const outcomes = Object.groupBy(run.requests, ({ outcome }) => outcome);
      expect(figures.requests.offered).toBe(run.requests.length);
      for (const outcome of ['ok', 'refused', 'timeout'] as const) {
        expect(figures.requests[outcome]).toBe(outcomes[outcome]?.length ?? 0);
      }
      expect(figures.evicted).toBe(
        ofType(run, 'pod').filter(({ change, evicted, atMs }) => {
          const began = ofType(run, 'fault.injecting')[0]?.atMs ?? Number.POSITIVE_INFINITY;
          return change === 'deleting' && evicted && atMs >= began;
        }).length,
      );
    }),
    { numRuns: sampleOf(10, 240), seed: 7 },
  );
});

/**
 * Where nodes do not flap by themselves, nothing is evicted, and the pause outlasts the detection: a kubelet that is back
 * while its pods are being marked is a race that any one write decides. One more pod's writes take some ms more, which at 50
 * requests a second is one request at most.
 */
test('more replicas never raise refusals', () => {
  const quiet = fc.record({
    minor: fc.integer({ min: 20, max: 37 }),
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    age: fc.constantFrom<'fresh' | 'old'>('fresh', 'old'),
    asked: fc.constantFrom<object>({}, { statusUpdateSeconds: 4, monitorPeriodSeconds: 2, graceSeconds: 20 }),
    seconds: fc.integer({ min: 65, max: 120 }),
    replicas: fc.integer({ min: 1, max: 8 }),
  });
  fc.assert(
    fc.property(quiet, ({ minor, seed, age, asked, seconds, replicas }) => {
      const run = (count: number, laterUs: number) =>
        simulateConfig(
          cluster(version(minor), asked, {
            seed,
            age,
            replicas: count,
            load: { ratePerSecond: 50, connection: 'fresh', timeoutUs: us(1) },
            phases: [
              { kind: 'steady', name: 'steady', durationUs: us(30) + laterUs },
              fault(seconds, pauseOf('worker', 'worker2')),
              recover(180),
            ],
          }),
        );
      const fewer = run(replicas, 0);
      // More pods take longer to come up: the fault is to hit both at the same moment.
      const laterUs = (fewer.faultStartUs ?? 0) - (run(replicas + 1, 0).faultStartUs ?? 0);
      const more = run(replicas + 1, laterUs);
      expect(more.faultStartUs).toBe(fewer.faultStartUs);
      expect(more.requests.refused).toBeLessThanOrEqual(fewer.requests.refused + 1);
    }),
    { numRuns: sampleOf(15, 800), seed: 8 },
  );
});
