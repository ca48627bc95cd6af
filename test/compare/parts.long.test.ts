import { beforeAll, describe, expect, test } from 'vitest';
import { randomFrom } from '../../src/common/random.ts';
import { compareRuns, readTolerance } from '../../src/compare/index.ts';
import type { RunDocument } from '../../src/verdict/index.ts';
import { gracePlan, modelRuns, seedOfSet } from './runs.ts';

const options = { tolerance: readTolerance([]), seed: 1 };
let long: RunDocument[];

beforeAll(async () => {
  long = await modelRuns(gracePlan('40s', 5, seedOfSet(2)));
}, 60_000);

describe('a total that is the same', () => {
  const losing = (inFault: number, inSteady: number, entrances: readonly number[] = []): RunDocument[] =>
    Array.from({ length: 80 }, () => {
      const run = long[0] as RunDocument;
      const { steady, fault } = run.requests.byPhase;
      if (steady === undefined || fault === undefined) throw new Error('a run without a phase');
      const lost = (phase: typeof steady, timeout: number) => ({
        ...phase,
        offered: 1000,
        ok: 1000 - timeout,
        timeout,
      });
      const byPhase = { ...run.requests.byPhase, steady: lost(steady, inSteady), fault: lost(fault, inFault) };
      const byEntrance = Object.fromEntries(
        entrances.map((ms, index) => {
          const latencyMs = { p50: ms, p90: ms, p99: ms, max: ms, mean: ms };
          return [`worker${index + 1}`, { ...steady, latencyMs }];
        }),
      );
      const timeout = inFault + inSteady;
      return { ...run, requests: { ...run.requests, timeout, byPhase, byEntrance } };
    });
  const found = (base: readonly RunDocument[], candidate: readonly RunDocument[]) => {
    const { verdict, figures: all } = compareRuns(base, candidate, options);
    const unknown = all.filter((one) => one.kind === 'harm' && one.verdict === 'unknown');
    return [verdict, ...unknown.map(({ figure, why }) => `${figure}: ${why}`)];
  };

  test('a phase that is worse by itself makes it unknown', () => {
    expect(found(losing(750, 0), losing(750, 0))).toEqual(['same']);
    const why = 'the total is the same, and steady.timeout by itself is worse';
    expect(found(losing(750, 0), losing(750, 60))).toEqual(['unknown', `requests.timeout: ${why}`]);
  });

  test('a phase that is worse in a few runs makes it unknown, though some are lost in every run', () => {
    const noisy = (runs: readonly RunDocument[], more: number): readonly RunDocument[] =>
      runs.map((run, index) => losing(750, 1 + (index % 2) + (index < more ? 30 : 0))[0] ?? run);
    expect(found(noisy(losing(750, 1), 0), noisy(losing(750, 1), 0))).toEqual(['same']);
    const why = 'the total is the same, and steady.timeout by itself is worse';
    expect(found(noisy(losing(750, 1), 0), noisy(losing(750, 1), 6))).toEqual(['unknown', `requests.timeout: ${why}`]);
  });

  test('and a run of the base that is as bad as they are hides them not', () => {
    const outlier = (more: number): readonly RunDocument[] =>
      losing(750, 1).map((run, index) => (index < more ? (losing(750, 61)[0] ?? run) : run));
    const base = losing(750, 1).map((run, index) => (index === 0 ? (losing(750, 72)[0] ?? run) : run));
    const why = 'the total is the same, and steady.timeout by itself is worse';
    expect(found(base, outlier(6))).toEqual(['unknown', `requests.timeout: ${why}`]);
  });

  test('a part that is not known of one run makes it unknown', () => {
    const [one, ...others] = losing(0, 0, [500, 96]) as [RunDocument, ...RunDocument[]];
    const none = { p50: null, p90: null, p99: null, max: null, mean: null };
    const own = one.requests.byEntrance?.worker2;
    if (own === undefined) throw new Error('a run without an entrance');
    const worker2 = { ...own, latencyMs: none };
    const silent = { ...one.requests, byEntrance: { ...one.requests.byEntrance, worker2 } };
    const candidate: readonly RunDocument[] = [{ ...one, requests: silent }, ...others];
    expect(found(losing(0, 0, [500, 1]), candidate)).toEqual([
      'unknown',
      'requests.latencyMs.max: the total is the same, and worker2.latencyMs.max is not known of every run',
      'requests.plannedLatencyMs.p50: the total is the same, and worker2.latencyMs.p50 is not known of every run',
      'requests.plannedLatencyMs.p90: the total is the same, and worker2.latencyMs.p90 is not known of every run',
      'requests.plannedLatencyMs.p99: the total is the same, and worker2.latencyMs.p99 is not known of every run',
      'requests.plannedLatencyMs.mean: the total is the same, and worker2.latencyMs.mean is not known of every run',
    ]);
  });

  type Way = NonNullable<RunDocument['requests']['ways']>[number];

  /** 500 requests of the run's fault, asked in one way; of those not answered all timed out. */
  const wayOf = (
    { requests: { byPhase } }: RunDocument,
    phase: string,
    { entrance = 'worker1', connection = 'fresh', timeout = 0, slowSeconds = 0 }: Partial<Way>,
  ): Way => {
    if (byPhase.fault === undefined) throw new Error('a run without a phase');
    const none = { httpError: 0, refused: 0, reset: 0, unreachable: 0, otherError: 0, dropped: 0 };
    const counts = { offered: 500, ok: 500 - (timeout ?? 0), timeout, ...none };
    return { phase, entrance, connection, ...counts, latencyMs: byPhase.fault.latencyMs, slowSeconds };
  };

  test('one way to ask in one phase that is worse by itself makes it unknown', () => {
    // What one entrance loses in the steady phase the other loses in the fault, and so does each kind of connection.
    const crossing = (inSteady: number): RunDocument[] =>
      losing(30, 30, [1, 1]).map((run) => {
        const [few, many] = [30 - inSteady, inSteady];
        const ways = [
          wayOf(run, 'steady', { entrance: 'worker1', timeout: many }),
          wayOf(run, 'steady', { entrance: 'worker2', timeout: few }),
          wayOf(run, 'fault', { entrance: 'worker1', timeout: few }),
          wayOf(run, 'fault', { entrance: 'worker2', timeout: many }),
        ];
        return { ...run, requests: { ...run.requests, ways } };
      });
    expect(found(crossing(15), crossing(15))).toEqual(['same']);
    const [verdict, why] = found(crossing(15), crossing(30));
    expect(verdict).toBe('unknown');
    expect(why).toBe(
      'requests.timeout: the total is the same, and steady via worker1, fresh.timeout by itself is worse, fault via worker2, fresh.timeout by itself is worse',
    );
  });

  test('and so do slow answers of a recovery in one of them', () => {
    const slow = (fresh: number, kept: number): RunDocument[] =>
      losing(0, 0).map((run) => {
        const ways = [
          wayOf(run, 'recover', { connection: 'fresh', slowSeconds: fresh }),
          wayOf(run, 'recover', { connection: 'keep-alive', slowSeconds: kept }),
        ];
        return { ...run, requests: { ...run.requests, slowSeconds: fresh + kept, ways } };
      });
    expect(found(slow(0, 20), slow(0, 20))).toEqual(['same']);
    const why = 'recover via worker1, fresh.slowSeconds by itself is worse';
    expect(found(slow(0, 20), slow(20, 0))).toEqual([
      'unknown',
      `requests.slowSeconds: the total is the same, and ${why}`,
    ]);
    expect(found(slow(0, 20), slow(10, 0))).toEqual(['unknown', `requests.slowSeconds: the total is less, and ${why}`]);
  });

  test('and so does one kind of connection', () => {
    const split = (kept: number): RunDocument[] =>
      losing(40, 20).map((run) => {
        const ways = [
          wayOf(run, 'steady', { connection: 'fresh', timeout: 20 - kept }),
          wayOf(run, 'steady', { connection: 'keep-alive', timeout: kept }),
          wayOf(run, 'fault', { connection: 'fresh', timeout: 40 - kept }),
          wayOf(run, 'fault', { connection: 'keep-alive', timeout: kept }),
        ];
        return { ...run, requests: { ...run.requests, ways } };
      });
    expect(found(split(5), split(5))).toEqual(['same']);
    expect(found(split(5), split(20)).join('\n')).toBe(
      'unknown\nrequests.timeout: the total is the same, and steady via worker1, keep-alive.timeout by itself is worse, fault via worker1, keep-alive.timeout by itself is worse, keep-alive.timeout by itself is worse',
    );
  });

  test('entrances are told apart by their own names alone', () => {
    const named = (runs: readonly RunDocument[]): readonly RunDocument[] =>
      runs.map((run) => {
        const { worker, ...others } = { worker: run.requests.byEntrance?.worker1, ...run.requests.byEntrance };
        if (worker === undefined) throw new Error('a run without an entrance');
        return { ...run, requests: { ...run.requests, byEntrance: { ...others, constructor: worker } } };
      });
    expect(found(named(losing(0, 0, [500, 1])), losing(0, 0, [500, 1]))[0]).toBe('unknown');
  });

  test('or less, a recovery whose mean answer is worse makes it unknown', () => {
    const slow = (meanMs: number, slowSeconds: number): RunDocument[] =>
      losing(0, 0).map((run) => {
        const { recover } = run.requests.byPhase;
        if (recover === undefined) throw new Error('a run without a recovery');
        const latencyMs = { p50: 1, p90: 1, p99: 1, max: 900, mean: meanMs };
        const byPhase = { ...run.requests.byPhase, recover: { ...recover, latencyMs } };
        return { ...run, requests: { ...run.requests, byPhase, slowSeconds } };
      });
    const why = 'requests.slowSeconds: the total is less, and recover.latencyMs.mean by itself is worse';
    expect(found(slow(11, 10), slow(20, 5))).toEqual(['unknown', why]);
    // A tolerance in seconds is none of a mean in ms.
    const tolerance = readTolerance(['requests.slowSeconds=1']);
    const wide = compareRuns(slow(11, 10), slow(20, 5), { ...options, tolerance }).figures;
    expect(wide.find(({ figure }) => figure === 'requests.slowSeconds')?.why).toBe(why.replace(/^[^:]*: /, ''));
  });

  test('an entrance that is slower by itself makes it unknown', () => {
    expect(found(losing(0, 0, [500, 1]), losing(0, 0, [500, 1]))).toEqual(['same']);
    const why = (name: string) => `the total is the same, and worker2.latencyMs.${name} by itself is worse`;
    expect(found(losing(0, 0, [500, 1]), losing(0, 0, [500, 96]))).toEqual([
      'unknown',
      `requests.latencyMs.max: ${why('max')}`,
      ...['p50', 'p90', 'p99', 'mean'].map((name) => `requests.plannedLatencyMs.${name}: ${why(name)}`),
    ]);
  });

  test('or less, a phase that is worse by itself makes it unknown, too', () => {
    const why = 'the total is less, and steady.timeout by itself is worse';
    expect(found(losing(750, 0), losing(400, 60))).toEqual(['unknown', `requests.timeout: ${why}`]);
  });

  test('a node that is lost by itself makes it unknown', () => {
    const flapping = (third: number): RunDocument[] =>
      losing(0, 0).map((run) => {
        const node = (times: number) => ({
          notReadyTransitions: times,
          notReadyByKubelet: 0,
          notReadySeconds: 8 * times,
          firstNotReadyMs: null,
          lastReadyMs: null,
        });
        const byNode = { worker: node(10), worker2: node(10), worker3: node(third) };
        const sums = { notReadyTransitions: 20 + third, notReadyNodeSeconds: 160 + 8 * third };
        return { ...run, nodes: { ...run.nodes, ...sums, byNode } };
      });
    const ofNodes = (base: number, candidate: number): readonly unknown[] =>
      found(flapping(base), flapping(candidate)).filter((one) => String(one).startsWith('nodes.'));
    expect(ofNodes(0, 0)).toEqual([]);
    const why = (name: string) => `the total is the same, and worker3.${name} by itself is worse`;
    expect(ofNodes(0, 1)).toEqual([
      `nodes.notReadyTransitions: ${why('notReadyTransitions')}, nodes that were lost by itself is worse`,
      `nodes.notReadyNodeSeconds: ${why('notReadySeconds')}`,
    ]);
  });

  test('or less, a phase that was worse in some runs makes it unknown, too, where the base had none of it', () => {
    const lost = (run: RunDocument): RunDocument => ({
      ...run,
      requests: losing(400, 30)[0]?.requests ?? run.requests,
    });
    const candidate = losing(400, 0).map((run, index) => (index < 3 ? lost(run) : run));
    const why = 'the total is less, and steady.timeout by itself was worse in some runs';
    expect(found(losing(750, 0), losing(400, 0))).toEqual(['better']);
    expect(found(losing(750, 0), candidate)).toEqual(['unknown', `requests.timeout: ${why}`]);
    // And where it has some in a few runs.
    const some = (runs: readonly RunDocument[], many: number, steady: number): readonly RunDocument[] =>
      runs.map((run, index) => (index < many ? (losing(200, steady)[0] ?? run) : run));
    const rarer = some(losing(60, 0), 6, 15);
    expect(found(some(losing(200, 0), 2, 1), rarer)).toEqual(['unknown', `requests.timeout: ${why}`]);
  });

  /** The runs, the first so many of them with harm. */
  const harmIn = (
    runs: readonly RunDocument[],
    many: number,
    harm: (run: RunDocument) => RunDocument,
  ): readonly RunDocument[] => runs.map((run, index) => (index < many ? harm(run) : run));

  test('a phase that is not shown to be the same makes it unknown: a rare harm of both sides may be rarer in one', () => {
    const lost = (run: RunDocument): RunDocument => ({
      ...run,
      requests: losing(750, 30)[0]?.requests ?? run.requests,
    });
    const why = (share: number) =>
      `requests.timeout: the total is the same, and steady.timeout by itself may be worse in up to ${share} % of runs`;
    expect(found(losing(750, 0), harmIn(losing(750, 0), 4, lost))).toEqual(['unknown', why(13)]);
    expect(found(harmIn(losing(750, 0), 5, lost), harmIn(losing(750, 0), 9, lost))).toEqual(['unknown', why(15)]);
  });

  test('harms that are rare each, and not together, make it unknown', () => {
    const ways = ['timeout', 'reset', 'unreachable', 'httpError', 'otherError'] as const;
    const failing = (run: RunDocument, index: number): RunDocument => {
      const way = ways[index];
      return way === undefined ? run : { ...run, requests: { ...run.requests, [way]: 2000 } };
    };
    const clean = Array.from({ length: 300 }, () => losing(0, 0)[0] as RunDocument);
    // Each way in four of 300 runs.
    const harmed = clean.map((run, index) => failing(run, Math.floor(index / 4)));
    expect(found(clean, clean)).toEqual(['same']);
    const why = (name: string) => `the total is the same, and ${name} by itself is worse`;
    expect(found(clean, harmed)).toEqual([
      'unknown',
      `nodes.notReadyTransitions: ${why('any harm')}`,
      `requests.refused: ${why('requests that failed in any way')}`,
    ]);
  });

  test('a Service without any endpoint in some runs makes it unknown', () => {
    const emptied = (run: RunDocument): RunDocument => ({
      ...run,
      timing: { ...run.timing, firstEndpointsEmptyMs: run.timing.faultStartMs },
    });
    expect(found(losing(0, 0), harmIn(losing(0, 0), 8, emptied))).toEqual([
      'unknown',
      'pods.unavailableSeconds: the total is the same, and no endpoint left by itself is worse',
    ]);
  });

  const nodesOf =
    (transitions: Readonly<Record<string, number>>, maxNotReady: number) =>
    (run: RunDocument): RunDocument => {
      const byNode = Object.fromEntries(
        Object.entries(transitions).map(([name, times]) => [
          name,
          {
            notReadyTransitions: times,
            notReadyByKubelet: 0,
            notReadySeconds: 8 * times,
            firstNotReadyMs: run.timing.faultStartMs,
            lastReadyMs: run.timing.faultStartMs,
          },
        ]),
      );
      const all = Object.values(transitions).reduce((sum, times) => sum + times, 0);
      return {
        ...run,
        nodes: { ...run.nodes, notReadyTransitions: all, notReadyNodeSeconds: 8 * all, maxNotReady, byNode },
        timing: { ...run.timing, lastReadyMs: (run.timing.faultStartMs ?? 0) + 30_000 },
      };
    };

  test('one of many nodes that is lost in a few runs makes it unknown, whichever it is', () => {
    const names = Array.from({ length: 20 }, (_, index) => `worker${index + 1}`);
    const each = (last: number) =>
      nodesOf({ ...Object.fromEntries(names.map((name) => [name, 1])), worker21: last }, 1);
    const base = losing(0, 0).map(each(0));
    expect(found(base, base)).toEqual(['same']);
    expect(found(base, harmIn(base, 8, each(1)))).toEqual([
      'unknown',
      'nodes.notReadyTransitions: the total is the same, and worker21.notReadyTransitions by itself is worse',
      'nodes.notReadyNodeSeconds: the total is the same, and worker21.notReadySeconds by itself is worse',
    ]);
  });

  test('a node that the base never lost makes it unknown, though chance decides which of many others are lost', () => {
    const random = randomFrom(3);
    const names = Array.from({ length: 120 }, (_, index) => `worker${index + 1}`);
    const side = (others: (index: number) => number) =>
      losing(0, 0).map((run, index) => {
        const lost = new Set(names.toSorted(() => random() - 0.5).slice(0, 60 - others(index)));
        const each = Object.fromEntries(names.map((name) => [name, Number(lost.has(name))]));
        return nodesOf({ ...each, 'control-plane': others(index) }, 60)(run);
      });
    const [base, rarely] = [side(() => 0), side((index) => Number(index % 10 === 0))];
    expect(
      found(
        base,
        side(() => 0),
      ),
    ).toEqual(['same']);
    expect(found(base, rarely)).toEqual([
      'unknown',
      'nodes.notReadyTransitions: the total is the same, and control-plane.notReadyTransitions by itself is worse',
      'nodes.notReadyNodeSeconds: the total is the same, and control-plane.notReadySeconds by itself is worse',
    ]);
  });

  test('where chance decides which of many nodes are lost, like is not told from like by any of them', () => {
    const random = randomFrom(7);
    const names = Array.from({ length: 300 }, (_, index) => `worker${index + 1}`);
    const inHalf = () => {
      const lost = new Set(names.toSorted(() => random() - 0.5).slice(0, 150));
      return Object.fromEntries(names.map((name) => [name, Number(lost.has(name))]));
    };
    const side = () => losing(0, 0).map((run) => nodesOf(inHalf(), 150)(run));
    expect(found(side(), side())).toEqual(['same']);
  });

  test('nodes that are lost at once, or in another step, make it unknown', () => {
    const atOnce = (maxNotReady: number) => losing(0, 0).map(nodesOf({ worker: 1, worker2: 1 }, maxNotReady));
    expect(found(atOnce(1), atOnce(2))).toEqual([
      'unknown',
      'nodes.notReadyTransitions: the total is the same, and nodes.maxNotReady by itself is worse',
    ]);
    const inStep = (kind: 'fault' | 'recover') =>
      atOnce(1).map((run) => ({
        ...run,
        steps: run.steps.map((step) => ({
          ...step,
          maxNotReady: Number(step.kind === kind || step.kind === 'fault'),
        })),
      }));
    expect(found(inStep('fault'), inStep('recover'))).toEqual([
      'unknown',
      'nodes.notReadyTransitions: the total is the same, and recover.maxNotReady by itself is worse',
    ]);
  });

  test('a way back that is slower makes it unknown, however long the fault was', () => {
    const backAfter = (ms: number): RunDocument[] =>
      losing(0, 0).map((run) => {
        const { faultStartMs } = run.timing;
        if (faultStartMs === null) throw new Error('a run without a fault');
        const endMs = faultStartMs + 600_000;
        return {
          ...nodesOf({ worker: 1 }, 1)(run),
          timing: { ...run.timing, lastReadyMs: endMs + ms },
          steps: run.steps.map((step) => (step.kind === 'fault' ? { ...step, endMs } : step)),
        };
      });
    expect(found(backAfter(10_000), backAfter(10_000))).toEqual(['same']);
    expect(found(backAfter(10_000), backAfter(65_000))).toEqual([
      'unknown',
      'sinceFault.lastReadyMs: the total is the same, and lastReadyMs since the last fault by itself is worse',
    ]);
  });

  test('requests that fail for longer after the last fault make it unknown, however they fail', () => {
    const until = (ms: number): RunDocument[] =>
      losing(20, 0).map((run) => {
        const endMs = run.steps.findLast(({ kind }) => kind === 'fault')?.endMs ?? Number.NaN;
        return { ...run, timing: { ...run.timing, lastFailedMs: endMs + ms } };
      });
    expect(found(until(1000), until(1000))).toEqual(['same']);
    expect(found(until(1000), until(80_000))).toEqual([
      'unknown',
      'sinceFault.lastRefusedMs: the total is the same, and lastFailedMs since the last fault by itself is worse',
    ]);
  });

  test('what is not known of when the last request failed is not that none did', () => {
    const [one, ...others] = losing(20, 0) as [RunDocument, ...RunDocument[]];
    const why = { figure: 'timing.lastFailedMs', why: 'nobody saw it' };
    const blind = { ...one, timing: { ...one.timing, lastFailedMs: null }, unknown: [...(one.unknown ?? []), why] };
    expect(found(losing(20, 0), [blind, ...others])).toEqual([
      'unknown',
      'sinceFault.lastRefusedMs: the total is the same, and lastFailedMs since the last fault is not known of every run',
    ]);
  });

  test('the slowest answer of a phase that is slower makes it unknown, though another phase has one such', () => {
    const slowest = (inSteady: number): RunDocument[] =>
      losing(0, 0).map((run) => {
        const { steady, fault } = run.requests.byPhase;
        if (steady === undefined || fault === undefined) throw new Error('a run without a phase');
        const withMax = (phase: typeof steady, max: number) => ({ ...phase, latencyMs: { ...phase.latencyMs, max } });
        const byPhase = { ...run.requests.byPhase, steady: withMax(steady, inSteady), fault: withMax(fault, 990) };
        return { ...run, requests: { ...run.requests, byPhase, latencyMs: { ...run.requests.latencyMs, max: 990 } } };
      });
    expect(found(slowest(2), slowest(2))).toEqual(['same']);
    expect(found(slowest(2), slowest(990))).toEqual([
      'unknown',
      'requests.latencyMs.max: the total is the same, and steady.latencyMs.max by itself is worse',
    ]);
  });

  test('of recoveries that were given up nothing is the same, nor better', () => {
    const cutShort = Array.from({ length: 80 }, () => {
      const run = long[0] as RunDocument;
      return {
        ...run,
        steps: run.steps.map((step) => (step.kind === 'recover' ? { ...step, outcome: 'timedOut' as const } : step)),
      };
    });
    const [verdict, ...unknown] = found(cutShort, cutShort);
    expect(verdict).toBe('unknown');
    expect(unknown).toEqual([
      'steps.recover.timedOut: recoveries were given up: how long the harm went on is not known',
    ]);
    const recovered = Array.from({ length: 64 }, () => long[0] as RunDocument);
    expect(found(cutShort, [...recovered, ...cutShort.slice(0, 16)])[0]).toBe('unknown');
  });
});
