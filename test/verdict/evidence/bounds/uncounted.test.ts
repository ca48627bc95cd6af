import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../../src/plan/index.ts';
import type { RequestOutcome } from '../../../../src/timeline/index.ts';
import { judge } from '../../../../src/verdict/index.ts';
import {
  at,
  defaultPlan,
  defaultRun,
  event,
  inOrder,
  load,
  type Run,
  ready,
  tightPlan,
  tightRun,
} from '../../timeline-builder.ts';
import { atLeast, atMost, type Expected, evictedAt, judged, lossesAsked, reasonsOf, refusalsAsked } from './bounds.ts';

describe('nodes that were NotReady before the fault', () => {
  const flap = [ready(at.fault - 12_300, 'worker2', 'Unknown'), ready(at.fault - 9100, 'worker2', 'True')];
  const expecting = (...expectations: readonly Expected[]): Run => ({
    ...tightRun(flap),
    plan: { ...tightPlan, expectations: [...expectations, refusalsAsked] },
  });

  test.each(['nodes.notReadyTransitions', 'nodes.maxNotReady', 'nodes.byNode.worker2.notReadyTransitions'])(
    'are no pass of an upper bound of %s, which does not count them',
    async (figure) => {
      const other = atLeast('nodes.byNode.worker.notReadyTransitions', 1);
      expect(await reasonsOf(expecting(atMost(figure, 2), other))).toEqual([
        `${figure} counts from the first fault on, and nodes were NotReady before it, too (1 transition): expect nodes.notReadyTransitionsBeforeFault besides, or choose settings that keep nodes Ready without a fault`,
      ]);
    },
  );

  test.each([
    'timing.firstNotReadyMs',
    'timing.firstEndpointLostMs',
    'timing.firstEndpointsEmptyMs',
    'timing.firstRefusedMs',
    'nodes.byNode.worker2.firstNotReadyMs',
  ])('are no pass of a lower bound of %s, which is late for want of them', async (figure) => {
    expect(await reasonsOf(expecting(atLeast(figure, 1)))).toEqual([
      expect.stringMatching(/counts from the first fault on, and nodes were NotReady before it, too \(1 transition\)/),
    ]);
    const early = atLeast('nodes.notReadyTransitionsBeforeFault', 1);
    expect((await judged(expecting(atMost(figure, 100_000), early, ...lossesAsked))).verdict).toBe('pass');
  });

  test('are judged where they are expected besides', async () => {
    const before = 'nodes.notReadyTransitionsBeforeFault';
    expect(await judged(expecting(atMost('nodes.notReadyTransitions', 2), atMost(before, 1)))).toMatchObject({
      verdict: 'pass',
      reasons: [],
    });
    expect(await judged(expecting(atMost('nodes.notReadyTransitions', 2), atMost(before, 0)))).toMatchObject({
      verdict: 'fail',
      reasons: [`${before}: expected ≤ 0, observed 1`],
    });
  });

  test('change nothing about a bound that is exceeded anyway, or about a lower one', async () => {
    expect(await judged(expecting(atMost('nodes.notReadyTransitions', 1)))).toMatchObject({
      verdict: 'fail',
      reasons: ['nodes.notReadyTransitions: expected ≤ 1, observed 2'],
    });
    expect(await judged(tightRun(flap))).toMatchObject({ verdict: 'pass', reasons: [] });
  });
});

test('a bound of the time before the fault alone is no pass beside harm after it', async () => {
  const before = 'nodes.notReadyTransitionsBeforeFault';
  const run = tightRun();
  expect(await reasonsOf({ ...run, plan: { ...tightPlan, expectations: [atMost(before, 0), refusalsAsked] } })).toEqual(
    [`${before} counts up to the first fault, and nodes.notReadyTransitions is another matter (2): expect it besides`],
  );
  const both = [atMost(before, 0), atMost('nodes.notReadyTransitions', 2), refusalsAsked];
  expect(await judged({ ...run, plan: { ...tightPlan, expectations: both } })).toMatchObject({ verdict: 'pass' });
});

test('a node that the settings had lost before anything was counted is in no count of losses: an upper bound is no pass', async () => {
  const ill = [ready(at.steady - 5000, 'worker', 'Unknown'), ready(at.steady + 4000, 'worker', 'True')];
  const expecting = (...expectations: readonly Expected[]): Run => ({
    ...tightRun(ill),
    plan: { ...tightPlan, expectations: [...expectations, refusalsAsked] },
  });
  const figure = 'nodes.notReadyTransitions';
  expect(await reasonsOf(expecting(atMost(figure, 2)))).toEqual([
    `${figure} holds, and worker was NotReady before anything was counted: run it once more, or choose settings that keep nodes Ready without a fault`,
  ]);
  expect(await judged(expecting(atMost(figure, 3)))).toMatchObject({ verdict: 'pass', reasons: [] });
  expect(await judged(expecting(atLeast(figure, 1)))).toMatchObject({ verdict: 'pass', reasons: [] });
});

describe('a time before the fault in which the watch was blind', () => {
  const gap = event(at.fault - 9000, {
    type: 'watch.gap',
    resource: 'nodes',
    fromMs: at.fault - 12_000,
    how: 'relisted',
    reason: 'ECONNREFUSED',
  });

  test('is no pass of an upper bound under settings that lose nodes by themselves', async () => {
    const expectations = [atMost('nodes.notReadyTransitions', 2)];
    const { requests, events } = tightRun([gap]);
    const reasons = await reasonsOf({
      plan: { ...tightPlan, expectations: [...expectations, refusalsAsked] },
      events,
      requests,
    });
    expect(reasons).toEqual([
      'nodes.notReadyTransitions counts from the first fault on, and what was before it is not known (the watch on nodes was blind for 3.0 s from 42.5 s on): expect nodes.notReadyTransitionsBeforeFault besides, or choose settings that keep nodes Ready without a fault',
    ]);
    expect(await judged({ ...defaultRun([gap]) })).toMatchObject({ verdict: 'pass' });
  });
});

describe('pods that were evicted before the fault', () => {
  const evicted = evictedAt(at.fault - 9000);
  const flap = [ready(at.fault - 12_300, 'worker2', 'Unknown'), evicted, ready(at.fault - 8100, 'worker2', 'True')];
  const expecting = (...expectations: readonly Expected[]): Run => ({
    ...tightRun(flap),
    plan: { ...tightPlan, expectations: [...expectations, refusalsAsked] },
  });

  test('are no pass of an upper bound of pods.evicted, which does not count them', async () => {
    expect(await reasonsOf(expecting(atMost('pods.evicted', 1)))).toEqual([
      'pods.evicted counts from the first fault on, and 1 pod was evicted before it: expect pods.evictedBeforeFault besides, or choose settings that keep nodes Ready without a fault',
    ]);
  });

  test('are no pass of a lower bound of the first eviction', async () => {
    expect(await reasonsOf(expecting(atLeast('timing.firstEvictionMs', 1)))).toEqual([
      expect.stringMatching(
        /^timing\.firstEvictionMs counts from the first fault on, and 1 pod was evicted before it: /,
      ),
    ]);
  });

  test('are none either under settings that lose no node by themselves, and of evictions no abort condition asks', async () => {
    const run = { ...defaultRun(), plan: { ...defaultPlan, expectations: [atMost('pods.evicted', 0)] } };
    expect(await reasonsOf({ ...run, events: inOrder([...run.events, evicted]) })).toEqual([
      expect.stringMatching(/^pods\.evicted counts from the first fault on, and 1 pod was evicted before it: /),
    ]);
  });

  test.each(['pods.evicted', 'pods.evictedBeforeFault'])(
    'nor of %s where they went before anything was counted',
    async (figure) => {
      const uncounted = { ...evicted, atMs: at.steady - 50 };
      const run = { ...defaultRun(), plan: { ...defaultPlan, expectations: [atMost(figure, 0)] } };
      expect(await reasonsOf({ ...run, events: inOrder([...run.events, uncounted]) })).toEqual([
        `${figure} holds, and 1 pod was evicted before anything was counted: run it once more, or choose settings that keep nodes Ready without a fault`,
      ]);
    },
  );

  test('are judged where they are expected besides', async () => {
    const before = 'pods.evictedBeforeFault';
    const early = atLeast('nodes.notReadyTransitionsBeforeFault', 1);
    const both = [atMost('pods.evicted', 1), atMost(before, 1), early];
    expect(await judged(expecting(...both, ...lossesAsked))).toMatchObject({ verdict: 'pass' });
    expect(await judged(expecting(atMost('pods.evicted', 1), atMost(before, 0), early, ...lossesAsked))).toMatchObject({
      verdict: 'fail',
      reasons: [`${before}: expected ≤ 0, observed 1`],
    });
  });
});

describe('requests that failed in another way than the one that is bounded', () => {
  const codes = { timeout: 'TIMEOUT_CONNECT', reset: 'ECONNRESET' } as const;
  /** The first so many requests of the fault ended in that way. */
  const failing = (outcome: keyof typeof codes, count: number, ...expectations: readonly Expected[]): Run => {
    const first = Math.ceil((at.fault - at.steady) / 20);
    return {
      ...defaultRun(),
      plan: { ...defaultPlan, expectations },
      requests: load().map((request) =>
        request.seq >= first && request.seq < first + count
          ? { ...request, outcome: outcome as RequestOutcome, status: null, code: codes[outcome] }
          : request,
      ),
    };
  };

  test.each([
    ['requests.refused', 100, 101],
    ['requests.refused', 100, 1],
    ['requests.byPhase.fault.refused', 0, 1],
    ['requests.byEntrance.control-plane.refused', 0, 1],
    ['requests.latencyMs.max', 3, 1],
    ['requests.latencyMs.p99', 3, 13],
    ['requests.latencyMs.p50', 3, 1686],
    ['requests.allLatencyMs.max', 5000, 1],
    ['requests.byPhase.fault.latencyMs.max', 3, 1],
  ])('are no pass of %s ≤ %d where there were %d', async (figure, bound, count) => {
    const scope = figure.replace(/(?:refused|(?:latencyMs|allLatencyMs)\.\w+)$/, '');
    const [reason, ...others] = await reasonsOf(failing('timeout', count, atMost(figure, bound)));
    expect(others).toEqual([]);
    expect(reason).toMatch(
      /^(.+) holds, and [\d.]+ % of the requests failed in ways that no expectation names \([\d,]+ timeout\): expect .+ besides$/,
    );
    expect(reason?.startsWith(`${figure} holds, `)).toBe(true);
    expect(reason?.endsWith(`: expect ${scope}timeout besides`)).toBe(true);
  });

  test.each([['requests.latencyMs.p99', 3, 12]])(
    'leave %s ≤ %d a pass where there were no more than %d',
    async (figure, bound, count) => {
      expect(await judged(failing('timeout', count, atMost(figure, bound)))).toMatchObject({ verdict: 'pass' });
    },
  );

  test('are no pass, either, where latencies are bounded that leave them out', async () => {
    const [figure, outcome] = ['nodes.notReadyTransitions', 'requests.timeout'];
    const why = `${figure} holds, and requests failed (100 timeout), of which no expectation speaks: expect ${outcome} besides`;
    for (const latency of [
      'requests.byPhase.steady.latencyMs.p50',
      'requests.latencyMs.p50',
      'requests.latencyMs.p90',
    ]) {
      expect(await reasonsOf(failing('timeout', 100, atMost(figure, 0), atMost(latency, 10)))).toEqual([why]);
    }
  });

  test('nodes that were lost are no pass of bounds on requests and pods alone', async () => {
    const run = tightRun();
    const bounds = [atMost('requests.refused', 2000), atMost('pods.stuckTerminating', 5)];
    const expecting = (...expectations: readonly Expected[]) => ({ ...run, plan: { ...tightPlan, expectations } });
    expect(await reasonsOf(expecting(...bounds))).toEqual([
      'requests.refused holds, and nodes went NotReady (2 transitions), of which no expectation speaks: expect nodes.notReadyTransitions besides',
    ]);
    for (const one of [[atMost('nodes.maxNotReady', 2)], lossesAsked]) {
      expect(await judged(expecting(...bounds, ...one))).toMatchObject({ verdict: 'pass' });
    }
  });

  test.each(['requests.ok', 'requests.byPhase.steady.ok'])(
    'of answers a least (%s) is kept by a run in which as many failed',
    async (figure) => {
      expect(await reasonsOf(failing('timeout', 100, atLeast(figure, 1)))).toEqual([
        `${figure} holds, and requests failed (100 timeout), of which no expectation speaks: expect requests.timeout besides`,
      ]);
    },
  );

  test('a bound from both sides on nodes is kept by a run in which clients were not served', async () => {
    const both = { figure: 'nodes.notReadyTransitions', min: 1, max: 2, equals: null };
    const run = { ...tightRun(), plan: { ...tightPlan, expectations: [both] } };
    expect(await reasonsOf(run)).toEqual([
      'nodes.notReadyTransitions holds, and requests failed (1,470 refused), of which no expectation speaks: expect requests.refused besides',
    ]);
  });

  test('neither is one of how early nodes were lost', async () => {
    const run = { ...tightRun(), plan: { ...tightPlan, expectations: [atLeast('timing.firstNotReadyMs', 1)] } };
    expect(await reasonsOf(run)).toEqual([
      'timing.firstNotReadyMs holds, and requests failed (1,470 refused), of which no expectation speaks: expect requests.refused besides',
    ]);
  });

  test('when one node was lost says nothing of another', async () => {
    const bounds = [atMost('nodes.byNode.worker.lastReadyMs', 100_000), atLeast('requests.refused', 1)];
    const run = { ...tightRun(), plan: { ...tightPlan, expectations: bounds } };
    expect(await reasonsOf(run)).toEqual([
      'nodes.byNode.worker.lastReadyMs holds, and nodes went NotReady (2 transitions), of which no expectation speaks: expect nodes.notReadyTransitions besides',
    ]);
  });

  test.each([
    atMost('nodes.notReadyTransitions', 0),
    atMost('nodes.unrecovered', 0),
    atMost('pods.unavailableSeconds', 100),
    atMost('requests.latenessMs.max', 1000),
    atMost('requests.byPhase.recover.offered', 100_000),
  ])('are no pass of $figure ≤ $max, though it counts no requests that failed', async (bound) => {
    const besides = [atMost('pods.evicted', 0), atLeast('requests.ok', 100)];
    expect(await reasonsOf(failing('timeout', 100, bound, ...besides))).toEqual([
      `${bound.figure} holds, and requests failed (100 timeout), of which no expectation speaks: expect requests.timeout besides`,
    ]);
    for (const one of [atMost('requests.timeout', 200), atLeast('requests.byPhase.fault.timeout', 1)]) {
      expect(await judged(failing('timeout', 100, bound, one))).toMatchObject({ verdict: 'pass' });
    }
    const none = atLeast('nodes.notReadyTransitions', 0);
    expect(await reasonsOf(failing('timeout', 100, bound, none))).toHaveLength(1);
  });

  test.each([
    ['of the same requests', 'requests.byPhase.fault.timeout', 'requests.byPhase.fault.refused'],
    ['of all requests', 'requests.timeout', 'requests.byPhase.fault.refused'],
  ])('are thought of where an expectation %s names them', async (_, named, bounded) => {
    const thoughtOf = failing('timeout', 5, atMost(bounded, 0), atLeast(named, 1));
    expect(await judged(thoughtOf)).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  /** Of the 3,370 requests, 1,250 were due in the fault. */
  test.each([
    ['requests.ok', 3365],
    ['requests.ok', 2121],
    ['requests.byPhase.fault.ok', 1245],
  ])('are thought of where %s ≥ %d could not hold if all of the fault had failed', async (ok, min) => {
    const bounds = [atMost(`${ok.slice(0, -2)}refused`, 0), atLeast(ok, min)];
    expect(await judged(failing('timeout', 5, ...bounds))).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  test.each([
    ['is a lower bound that holds whatever happens in the fault', atLeast('requests.ok', 2120)],
    ['is an upper bound', atMost('requests.ok', 3365)],
  ])('are not thought of where the bound of what was answered %s', async (_, ok) => {
    expect(await reasonsOf(failing('timeout', 5, atMost('requests.refused', 0), ok))).toEqual([
      'requests.refused holds, and 0.1 % of the requests failed in ways that no expectation names (5 timeout): expect requests.timeout besides',
    ]);
  });

  test('are thought of where they are expected, not where "at least 0" is', async () => {
    const expecting = (min: number) =>
      failing('timeout', 5, atMost('requests.refused', 0), atLeast('requests.timeout', min));
    expect(await judged(expecting(1))).toMatchObject({ verdict: 'pass' });
    expect(await reasonsOf(expecting(0))).toHaveLength(1);
  });

  test('are not thought of where another kind, or another phase, is named', async () => {
    expect(
      await reasonsOf(failing('timeout', 5, atMost('requests.refused', 0), atMost('requests.reset', 0))),
    ).toHaveLength(2);
    const elsewhere = atMost('requests.byPhase.recover.timeout', 0);
    expect(await reasonsOf(failing('timeout', 5, atMost('requests.refused', 0), elsewhere))).toHaveLength(2);
  });

  test('are no pass of a bound on when the last was refused, unless they are named', async () => {
    const first = Math.ceil((at.fault - at.steady) / 20);
    const run = (...expectations: readonly Expected[]): Run => {
      const timedOut = failing('timeout', 5, ...expectations);
      return {
        ...timedOut,
        requests: timedOut.requests.map((request) =>
          request.seq === first
            ? { ...request, outcome: 'refused' as const, status: null, code: 'ECONNREFUSED' }
            : request,
        ),
      };
    };
    const bound = atMost('timing.lastRefusedMs', 60_000);
    expect(await reasonsOf(run(bound))).toEqual([
      'timing.lastRefusedMs holds, and requests failed in ways that it says nothing of (4 timeout): expect requests.timeout besides',
    ]);
    expect(await judged(run(bound, atLeast('requests.timeout', 1)))).toMatchObject({ verdict: 'pass', reasons: [] });
    // That the first refusal was late says as little of when requests began to fail.
    const late = atLeast('timing.firstRefusedMs', 1);
    expect(await reasonsOf(run(late))).toEqual([
      'timing.firstRefusedMs holds, and requests failed in ways that it says nothing of (4 timeout): expect requests.timeout besides',
    ]);
    expect(await judged(run(late, atLeast('requests.timeout', 1)))).toMatchObject({ verdict: 'pass', reasons: [] });
    const soon = atMost('timing.firstRefusedMs', 60_000);
    expect(await judged(run(soon, atLeast('requests.timeout', 1)))).toMatchObject({ verdict: 'pass', reasons: [] });
    expect(await reasonsOf(run(soon))).toHaveLength(1);
  });

  test('leave a bound exceeded that is', async () => {
    expect(await judged(failing('reset', 5, atMost('requests.refused', 0), atMost('requests.reset', 4)))).toMatchObject(
      {
        verdict: 'fail',
        reasons: ['requests.reset: expected ≤ 4, observed 5'],
      },
    );
  });
});

describe('requests that failed in another phase, or through another entrance, than the one that is bounded', () => {
  /** So many requests are refused from the start of the recovery on, the load entering through each node in turn. */
  const later = (count: number, ...expectations: readonly Expected[]): Run => {
    const first = Math.ceil((at.recover - at.steady) / 20);
    const plan: Plan = { ...defaultPlan, load: { ...defaultPlan.load, through: 'every' }, expectations };
    const nodes = ['control-plane', 'worker', 'worker2'];
    return {
      ...defaultRun(),
      plan,
      requests: load().map((request) => {
        const failed = request.seq >= first && request.seq < first + count;
        const entrance = failed ? 'worker' : (nodes[request.seq % 3] ?? '');
        return failed
          ? { ...request, entrance, outcome: 'refused' as const, status: null, code: 'ECONNREFUSED' }
          : { ...request, entrance };
      }),
    };
  };

  test.each([
    ['requests.byPhase.fault.refused', 0, 1, 'requests.byPhase.recover.refused'],
    ['requests.byPhase.fault.refused', 49, 50, 'requests.byPhase.recover.refused'],
    ['requests.byPhase.fault.timeout', 0, 1, 'requests.byPhase.recover.refused'],
    ['requests.byPhase.steady.refused', 0, 1, 'requests.byPhase.recover.refused'],
    ['requests.byPhase.fault.latencyMs.max', 3, 1, 'requests.byPhase.recover.refused'],
    ['requests.byEntrance.worker2.refused', 0, 1, 'requests.byEntrance.worker.refused'],
  ])('are no pass of %s ≤ %d where there were %d', async (figure, bound, count, besides) => {
    expect(await reasonsOf(later(count, atMost(figure, bound)))).toEqual([
      `${figure} holds, and ${count} ${count === 1 ? 'request' : 'requests'} failed outside of it, of which no expectation speaks: expect ${besides} (${count}) besides`,
    ]);
  });

  test.each([
    [
      'named by phase',
      later(5, atMost('requests.byPhase.fault.refused', 0), atLeast('requests.byPhase.recover.refused', 1)),
    ],
    ['named of all', later(5, atMost('requests.byPhase.fault.refused', 0), atLeast('requests.refused', 1))],
    [
      'named by entrance',
      later(5, atMost('requests.byPhase.fault.refused', 0), atLeast('requests.byEntrance.worker.refused', 1)),
    ],
    [
      'named by what was answered',
      later(5, atMost('requests.byPhase.fault.refused', 0), atLeast('requests.byPhase.recover.ok', 1)),
    ],
    [
      'of an entrance, named by phase',
      later(5, atMost('requests.byEntrance.worker2.refused', 0), atLeast('requests.byPhase.recover.refused', 1)),
    ],
  ])('leave a bound a pass where they are %s', async (_, run) => {
    expect(await judged(run)).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  test('count from the first fault on: what failed before it is judged by whether the phase was steady', async () => {
    const early = load().map((request) =>
      request.seq === 40 ? { ...request, outcome: 'timeout' as const, status: null, code: 'TIMEOUT_CONNECT' } : request,
    );
    const plan = { ...defaultPlan, expectations: [atMost('requests.byPhase.fault.timeout', 0)] };
    expect(await judged({ ...defaultRun(), plan, requests: early })).toMatchObject({ verdict: 'pass' });
  });
});

describe('nodes that were NotReady otherwise than a bound counts', () => {
  const expecting = (...expectations: readonly Expected[]): Run => ({
    ...tightRun(),
    plan: { ...tightPlan, expectations: [...expectations, refusalsAsked] },
  });

  test.each([
    ['nodes.notReadyByKubelet', 0, 'worker and worker2', '2 transitions'],
    ['nodes.notReadyByKubelet', 1, 'worker and worker2', '2 transitions'],
    ['nodes.byNode.control-plane.notReadyTransitions', 0, 'worker and worker2', '2 transitions'],
    ['nodes.byNode.control-plane.notReadySeconds', 30, 'worker and worker2', '2 transitions'],
    ['nodes.byNode.worker.notReadyTransitions', 1, 'worker2', '1 transition'],
    ['nodes.byNode.worker.notReadyByKubelet', 0, 'worker and worker2', '2 transitions'],
  ])('are no pass of %s ≤ %d', async (figure, bound, names, transitions) => {
    expect(await reasonsOf(expecting(atMost(figure, bound)))).toEqual([
      `${figure} holds, and ${names} went NotReady otherwise (${transitions}), of which no expectation speaks: expect nodes.notReadyTransitions besides`,
    ]);
  });

  test.each([
    ['named of all', atMost('nodes.notReadyByKubelet', 0), atLeast('nodes.notReadyTransitions', 1)],
    ['named at once', atMost('nodes.notReadyByKubelet', 0), atMost('nodes.maxNotReady', 2)],
    [
      'named by node',
      atMost('nodes.byNode.worker.notReadyTransitions', 1),
      atMost('nodes.byNode.worker2.notReadyTransitions', 1),
    ],
  ])('leave a bound a pass where they are %s', async (_, bound, besides) => {
    const run = expecting(bound, besides);
    expect(await judged(run)).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  test('are no pass of a bound that has room for them, for it shows none of them', async () => {
    expect(await reasonsOf(expecting(atMost('nodes.notReadyByKubelet', 5)))).toEqual([
      'nodes.notReadyByKubelet holds, and worker and worker2 went NotReady otherwise (2 transitions), of which no expectation speaks: expect nodes.notReadyTransitions besides',
    ]);
  });

  test('by their kubelets alone are spoken of where those are expected', async () => {
    const own = (node: string) => atMost(`nodes.byNode.${node}.notReadyByKubelet`, 0);
    expect(await reasonsOf(expecting(own('worker'), own('worker2')))).toHaveLength(2);
  });
});

test('a lower bound of a first moment is no pass where endpoints were lost, or requests refused, before the fault', async () => {
  const run = defaultRun();
  const endpoints = (atMs: number, ready: number) =>
    event(atMs, { type: 'endpoints', ready, notReady: 2 - ready, terminating: 0 });
  const events = inOrder([...run.events, endpoints(at.fault - 9000, 0), endpoints(at.fault - 6000, 2)]);
  const requests = load().map((one, index) =>
    one.dueMs >= at.steady + 5000 && index % 300 === 0 && one.dueMs < at.fault - 1000
      ? { ...one, outcome: 'refused' as const, status: null }
      : one,
  );
  for (const [figure, why] of [
    ['timing.firstEndpointLostMs', 'endpoints were lost before it, too'],
    ['timing.firstEndpointsEmptyMs', 'endpoints were lost before it, too'],
    ['timing.firstRefusedMs', 'refused before it, too'],
  ] as const) {
    const plan = { ...defaultPlan, expectations: [atLeast(figure, 1)] };
    const late = [endpoints(at.fault + 15_000, 0), endpoints(at.fault + 16_000, 2)];
    const refusedLate = requests.map((one) =>
      one.dueMs > at.fault + 15_000 && one.dueMs < at.fault + 15_100
        ? { ...one, outcome: 'refused' as const, status: null }
        : one,
    );
    const { verdict, reasons } = await judge(plan, inOrder([...events, ...late]), refusedLate);
    expect([figure, verdict, reasons.join()]).toEqual([figure, 'inconclusive', expect.stringContaining(why)]);
  }
});

test('a bound of slow answers is kept by whoever was answered alone', async () => {
  const { plan, events, requests } = tightRun();
  const judgedRun = await judge({ ...plan, expectations: [atMost('requests.slowSeconds', 1)] }, events, requests);
  expect(judgedRun.verdict).toBe('inconclusive');
  expect(judgedRun.reasons.join()).toContain('requests.slowSeconds holds, and');
});
