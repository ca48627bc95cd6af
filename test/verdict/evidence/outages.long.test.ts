import { describe, expect, test } from 'vitest';
import { compareRuns, readTolerance } from '../../../src/compare/index.ts';
import { connectionOf } from '../../../src/load/schedule.ts';
import { entrancesOf, type Plan } from '../../../src/plan/index.ts';
import { entranceOf, type RequestOutcome, type TimelineEvent } from '../../../src/timeline/index.ts';
import { judge } from '../../../src/verdict/index.ts';
import { at, defaultPlan, defaultRun, event, load, type Run } from '../timeline-builder.ts';

const endpoints = (atMs: number, ready: number): TimelineEvent =>
  event(atMs, { type: 'endpoints', ready, notReady: 2 - ready, terminating: 0 });

/** From that moment of the fault on no endpoint was ready, for so long. */
const emptied = (fromMs: number, forMs: number): readonly TimelineEvent[] => [
  endpoints(at.fault + fromMs, 0),
  endpoints(at.fault + fromMs + forMs, 2),
];

const anyLack = { figure: 'pods.unavailableSeconds', min: null, max: 60, equals: null };
const noRefusal = [{ figure: 'requests.refused', min: null, max: 0, equals: null }, anyLack];

/** Requests so far apart, through each entrance in turn; the first of them with the load. */
const asking = (
  spacingMs: number,
  extra: readonly TimelineEvent[],
  { outcomeOf = () => 'ok', through, version = 'v1.34.4', connection = 'fresh' }: Sparse = {},
): Run => {
  const every = Math.round(spacingMs / 20);
  const load50 = load().filter(({ seq }) => seq % every === 0);
  const { events } = defaultRun(extra);
  const plan: Plan = {
    ...defaultPlan,
    kubernetesVersion: version,
    load: {
      ...defaultPlan.load,
      ratePerSecond: 1000 / spacingMs,
      connection,
      ...(through === undefined ? {} : { through }),
    },
    expectations: noRefusal,
  };
  const entrances = entrancesOf(plan);
  const requests = load50.map((one, seq) => {
    const outcome = outcomeOf(one.dueMs - at.fault);
    return {
      ...one,
      seq,
      outcome,
      connection: connectionOf(seq, connection),
      entrance: entrances[entranceOf(seq, connection, entrances.length)] ?? '',
      ...(outcome === 'ok' ? {} : { status: null, code: 'ECONNREFUSED' }),
    };
  });
  return {
    plan,
    events: events.map((one) => (one.type === 'load.ended' ? { ...one, offered: requests.length } : one)),
    requests,
  };
};

type Sparse = {
  readonly outcomeOf?: (sinceFaultMs: number) => RequestOutcome;
  readonly through?: 'every';
  readonly version?: string;
  readonly connection?: Plan['load']['connection'];
};

const judged = ({ plan, events, requests }: Run) => judge(plan, events, requests);

describe('a time without ready endpoints in which no request was sent', () => {
  test('is not known to have refused none: the figures are null, and an upper bound is open', async () => {
    const document = await judged(asking(2500, emptied(600, 617)));
    const why = 'the Service had no ready endpoint from 55.1 s to 55.7 s, and no request tells what clients felt then';
    expect(document).toMatchObject({
      verdict: 'inconclusive',
      reasons: [`requests.refused is not known: ${why}`],
      requests: { refused: null, timeout: null, byPhase: { steady: { refused: 0 }, fault: { refused: null } } },
      expectations: [{ figure: 'requests.refused', observed: null, held: false }, { held: true }],
    });
    expect(document.requests.byEntrance?.['control-plane']?.refused).toBeNull();
    expect(document.unknown).toContainEqual({ figure: 'requests.refused', why });
  });

  test('is not known to compare', async () => {
    const [base, candidate] = [await judged(asking(2500, [])), await judged(asking(2500, emptied(600, 617)))];
    expect(base.requests.refused).toBe(0);
    const { figures } = compareRuns(Array(5).fill(base), Array(5).fill(candidate), {
      tolerance: readTolerance([]),
      seed: 1,
    });
    for (const figure of ['requests.refused', 'requests.timeout', 'requests.reset'])
      expect(figures.find((one) => one.figure === figure)).toMatchObject({
        verdict: 'unknown',
        why: 'not measured in every run',
      });
  });

  test('may have been felt later than it was, as late as kube-proxy may follow', async () => {
    // Requests are due every 2.5 s of the fault; the endpoints are away while one of them is sent.
    expect((await judged(asking(2500, emptied(2400, 617)))).verdict).toBe('inconclusive');
    // kube-proxy may have waited with the end of it, and refused for a second.
    expect((await judged(asking(2500, emptied(700, 20)))).verdict).toBe('inconclusive');
    // Up to v1.18 it did not wait; what is left is the time in which it writes.
    expect((await judged(asking(2500, emptied(1900, 617)))).verdict).toBe('inconclusive');
    expect((await judged(asking(2500, emptied(1900, 617), { version: 'v1.18.20' }))).verdict).toBe('pass');
  });

  test('is known where a request failed in it, and that is a fail', async () => {
    const outcomeOf = (sinceFaultMs: number): RequestOutcome => (sinceFaultMs === 2500 ? 'refused' : 'ok');
    expect(await judged(asking(2500, emptied(2400, 617), { outcomeOf }))).toMatchObject({
      verdict: 'fail',
      reasons: ['requests.refused: expected ≤ 0, observed 1'],
    });
    // One that failed at another time is still a fail, beside what is not known.
    expect(await judged(asking(2500, emptied(5600, 617), { outcomeOf }))).toMatchObject({
      verdict: 'fail',
      reasons: ['requests.refused: expected ≤ 0, observed at least 1'],
    });
  });

  test('that never ended, or began before anybody saw how many there were, counts as well', async () => {
    const late = at.recover - at.fault + 12_150;
    expect((await judged(asking(2500, [endpoints(at.fault + late - 1000, 0)]))).requests.refused).toBeNull();
    const { plan, events, requests } = asking(2500, []);
    const seen = [...events.filter(({ type }) => type !== 'endpoints'), endpoints(at.fault + 700, 2)];
    const later = requests.filter(({ dueMs }) => dueMs !== at.fault);
    const { unknown } = await judge(plan, seen, later);
    expect(unknown?.find(({ figure }) => figure === 'requests.refused')?.why).toBe(
      'nobody saw the endpoints of the Service from 54.5 s to 55.2 s, and no request tells what clients felt then',
    );
    expect((await judge(plan, seen, requests)).requests.refused).toBe(0);
  });
});

describe('a request tells of its own kind of connection alone', () => {
  // Half a second apart; of `both` new connections are made every second, none of them while the endpoints are away.
  const away = emptied(901, 1089);

  test('one on a kept connection, which goes on to its pod, says nothing of new ones', async () => {
    expect((await judged(asking(500, away, { version: 'v1.18.20' }))).verdict).toBe('pass');
    expect(await judged(asking(500, away, { version: 'v1.18.20', connection: 'both' }))).toMatchObject({
      verdict: 'inconclusive',
      requests: { refused: null },
    });
    expect((await judged(asking(500, emptied(901, 4089), { connection: 'both' }))).verdict).toBe('pass');
  });

  test('of both kinds each is asked half as often', async () => {
    expect((await judged(asking(2000, []))).verdict).toBe('pass');
    const { verdict, unknown } = await judged(asking(2000, [], { connection: 'both' }));
    expect(verdict).toBe('inconclusive');
    expect(unknown).toContainEqual({
      figure: 'requests.refused',
      why: 'a request was due every 4.0 s only: an outage may fall between two of them',
    });
  });
});

describe('a phase of which no request tells what clients felt', () => {
  const { plan, events, requests } = asking(2500, emptied(25_600, 617));
  const atMost = (figure: string) => ({ figure, min: null, max: 3, equals: null });
  const expecting = (...figures: readonly string[]) =>
    judge({ ...plan, expectations: [...figures.map(atMost), anyLack] }, events, requests);

  test.each(['refused', 'latencyMs.max'])('leaves a bound of another phase open: %s', async (name) => {
    const { verdict, reasons, expectations } = await expecting(`requests.byPhase.fault.${name}`);
    expect(expectations).toMatchObject([{ held: true }, { held: true }]);
    expect([verdict, reasons]).toEqual([
      'inconclusive',
      [
        `requests.byPhase.fault.${name} holds, and how requests of recover ended is not known (the Service had no ready endpoint from 80.1 s to 80.7 s, and no request tells what clients felt then), of which no expectation speaks: expect requests.refused besides`,
      ],
    ]);
  });

  test('is open once where an expectation speaks of it, and where none does', async () => {
    const asked = await expecting('requests.byPhase.fault.refused', 'requests.byPhase.recover.refused');
    expect(asked.reasons).toEqual([
      'requests.byPhase.recover.refused is not known: the Service had no ready endpoint from 80.1 s to 80.7 s, and no request tells what clients felt then',
    ]);
    expect((await expecting('nodes.notReadyTransitions')).reasons).toEqual([
      'nodes.notReadyTransitions holds, and how requests of recover ended is not known (the Service had no ready endpoint from 80.1 s to 80.7 s, and no request tells what clients felt then), of which no expectation speaks: expect requests.refused besides',
    ]);
  });
});

test('an entrance through which no request came leaves a bound of another one open', async () => {
  const { plan, events, requests } = asking(20, [], { through: 'every' });
  const expectations = [{ figure: 'requests.byEntrance.worker.refused', min: null, max: 0, equals: null }];
  const through = requests.map((one) => (one.entrance === 'worker2' ? { ...one, entrance: 'worker' } : one));
  expect(await judge({ ...plan, expectations }, events, requests)).toMatchObject({ verdict: 'pass' });
  expect(await judge({ ...plan, expectations }, events, through)).toMatchObject({
    verdict: 'inconclusive',
    reasons: [
      'requests.byEntrance.worker.refused holds, and how requests of fault ended is not known (no request was due through worker2), of which no expectation speaks: expect requests.refused besides',
    ],
  });
});

describe('figures of an entrance', () => {
  const names = ['control-plane', 'worker', 'worker2'] as const;

  /** What is judged where one request is refused, through that entrance, in the time without endpoints. */
  const refusedThrough = async (spacingMs: number, forMs: number, refusedAt: number, connection?: 'both') => {
    const outcomeOf = (sinceFaultMs: number): RequestOutcome => (sinceFaultMs === refusedAt ? 'refused' : 'ok');
    const run = asking(spacingMs, emptied(2400, forMs), {
      ...{ through: 'every', outcomeOf, version: 'v1.18.20' },
      ...(connection === undefined ? {} : { connection }),
    });
    const [refused] = run.requests.filter(({ outcome }) => outcome === 'refused');
    const { requests, unknown, verdict } = await judged(run);
    return { run, requests, unknown, verdict, through: refused?.entrance ?? '', kind: refused?.connection };
  };

  test('are not known where another one alone was asked, and refused, while the endpoints were away', async () => {
    const { requests, unknown, through } = await refusedThrough(500, 217, 2500);
    expect(requests.refused).toBe(1);
    for (const name of names) expect(requests.byEntrance?.[name]?.refused).toBe(name === through ? 1 : null);
    const other = names.find((name) => name !== through) ?? '';
    expect(unknown).toContainEqual({
      figure: `requests.byEntrance.${other}.refused`,
      why: `the Service had no ready endpoint from 56.9 s to 57.1 s, and no request through ${other} tells what clients felt then`,
    });
  });

  test.each(
    Array.from({ length: 12 }, (_, index) => ({
      spacingMs: [100, 200, 300, 500][index % 4] ?? 100,
      forMs: 150 + ((index * 7919) % 2900),
      connection: index % 3 === 0 ? ('both' as const) : undefined,
    })),
  )('are known where each kind of connection was asked through it, or a new one failed: %o', async (one) => {
    const { spacingMs, forMs, connection } = one;
    const refusedAt = Math.ceil(2450 / spacingMs) * spacingMs;
    const { run, requests, through, kind: failed } = await refusedThrough(spacingMs, forMs, refusedAt, connection);
    const kinds = connection === 'both' ? ['fresh', 'keep-alive'] : ['fresh'];
    const [fromMs, toMs] = [at.fault + 2400, at.fault + 2400 + forMs];
    for (const name of names) {
      const own = run.requests.filter(({ entrance }) => entrance === name);
      // kube-proxy may follow late, by its second of writing at most: what is asked after that is surely in the outage.
      const isAsked = (sinceMs: number): boolean =>
        kinds.every((kind) =>
          own.some(({ connection: its, dueMs }) => its === kind && dueMs > fromMs + sinceMs && dueMs < toMs),
        );
      const { refused } = requests.byEntrance?.[name] ?? {};
      if (name === through && failed === 'fresh') expect(refused).toBe(1);
      else if (name === through) expect([1, null]).toContain(refused);
      else if (!isAsked(0)) expect([name, refused]).toEqual([name, null]);
      else if (isAsked(1000)) expect([name, refused]).toEqual([name, 0]);
    }
  });

  test('are not known of a fault that hits some endpoints, where another one alone failed', async () => {
    const outcomeOf = (sinceFaultMs: number): RequestOutcome => (sinceFaultMs === 1000 ? 'timeout' : 'ok');
    const few = await judged(powerCut(500, 3500, { through: 'every', outcomeOf }));
    expect(few.requests.timeout).toBe(1);
    expect(names.map((name) => few.requests.byEntrance?.[name]?.timeout).toSorted()).toEqual([1, null, null]);
    expect(few.unknown?.some(({ why }) => / through worker2? were needed$/.test(why))).toBe(true);
    const many = await judged(powerCut(100, 3500, { through: 'every', outcomeOf }));
    expect(names.map((name) => many.requests.byEntrance?.[name]?.timeout).toSorted()).toEqual([0, 0, 1]);
  });
});

describe('a time without ready endpoints of which requests tell', () => {
  test.each([
    ['one that requests 20 ms apart fall into', 20, 617],
    ['one that is shorter than these are apart', 20, 7],
    ['as short a one where they are 100 ms apart', 100, 20],
    ['one that is longer than kube-proxy waits, and than they are apart', 2500, 4200],
  ])('%s', async (_, spacingMs, forMs) => {
    const document = await judged(asking(spacingMs, emptied(604, forMs)));
    expect(document).toMatchObject({ verdict: 'pass', requests: { refused: 0 } });
  });

  test('one before the first fault, which no figure of the disturbance counts', async () => {
    expect((await judged(asking(2500, emptied(-9000, 617)))).verdict).toBe('pass');
  });
});

/** A node that stands still for so long. */
const powerCut = (spacingMs: number, forMs: number, sparse: Sparse = {}, extra: readonly TimelineEvent[] = []): Run => {
  const fault = { id: 'node-pause-9', kind: 'node-pause' as const, targets: ['worker'] };
  const startMs = at.fault + 600;
  const run = asking(
    spacingMs,
    [
      ...extra,
      event(startMs, { type: 'fault.injecting', fault: fault.id, kind: fault.kind, targets: fault.targets }),
      event(startMs + 5, { type: 'fault.injected', fault: fault.id }),
      event(startMs + forMs, { type: 'fault.undoing', fault: fault.id }),
      event(startMs + forMs + 5, { type: 'fault.undone', fault: fault.id, undone: true, evidence: '' }),
    ],
    sparse,
  );
  const inject = [{ ...fault, occurrences: [{ id: fault.id, startMs: 600, endMs: 600 + forMs }] }];
  const phases = run.plan.phases.map((phase) =>
    phase.kind === 'fault' ? { ...phase, inject: [...phase.inject, ...inject] } : phase,
  );
  return { ...run, plan: { ...run.plan, phases } };
};

/** A ready pod on each of these nodes, and an endpoint of each. */
const podsOn = (...nodes: readonly string[]): readonly TimelineEvent[] => [
  ...nodes.map((node, index) =>
    event(at.steady - 100 + index, {
      type: 'pod',
      pod: `web-${index}`,
      uid: `ready-${index}`,
      node,
      change: 'ready',
      evicted: false,
      deletionTimestamp: null,
    }),
  ),
  event(at.steady - 50, { type: 'endpoints', ready: nodes.length, notReady: 0, terminating: 0 }),
];

describe('other times in which clients may have been harmed', () => {
  test('a watch on endpoints that lost events', async () => {
    const gap = (forMs: number) =>
      event(at.fault + 700 + forMs, {
        type: 'watch.gap',
        resource: 'endpointslices',
        fromMs: at.fault + 700,
        how: 'relisted',
        reason: '410 Gone',
      });
    expect((await judged(asking(2500, [gap(900)]))).reasons).toEqual([
      'requests.refused is not known: the watch on endpointslices was blind from 55.2 s to 56.1 s, and no request tells what clients felt then',
      'pods.unavailableSeconds is not known: the watch on endpointslices was blind for 0.9 s from 55.2 s on',
    ]);
    expect((await judged(asking(2500, [gap(5000)]))).requests.refused).toBe(0);
    expect((await judged(asking(200, [gap(30)]))).requests.refused).toBe(0);
  });

  test('a node that stood still, with what it serves', async () => {
    const { unknown, requests } = await judged(powerCut(2500, 1000));
    expect(requests.refused).toBeNull();
    expect(unknown?.find(({ figure }) => figure === 'requests.refused')?.why).toBe(
      'node-pause on worker stood from 55.1 s to 56.1 s, and no request tells what clients felt then',
    );
    expect((await judged(powerCut(1000, 6500))).requests.refused).toBe(0);
  });

  test('of an entrance through which nobody asked, though others were asked', async () => {
    expect((await judged(powerCut(500, 3500))).requests.refused).toBe(0);
    expect((await judged(powerCut(500, 3500, { through: 'every' }))).requests.refused).toBeNull();
    expect((await judged(powerCut(500, 9500, { through: 'every' }))).requests.refused).toBe(0);
  });
});

describe('a fault that hits some of the endpoints', () => {
  const keepAlive = { connection: 'keep-alive' } as const;

  test('is not known to have harmed nobody by kept connections, which may all lead to the others', async () => {
    expect((await judged(powerCut(20, 6000))).requests.refused).toBe(0);
    expect((await judged(powerCut(20, 6000, { connection: 'both' }))).requests.refused).toBe(0);
    const document = await judged(powerCut(20, 6000, keepAlive));
    expect(document.requests).toMatchObject({ refused: null, timeout: null });
    expect(document.unknown).toContainEqual({
      figure: 'requests.refused',
      why: 'node-pause on worker stood from 55.1 s to 61.1 s, and kept connections tell only of the pods that they lead to',
    });
    // Too short for any load to see.
    expect((await judged(powerCut(20, 80, keepAlive))).requests.refused).toBe(0);
  });

  test('is not known to have harmed nobody by so few new connections that all may have passed by it', async () => {
    const document = await judged(powerCut(1000, 3000));
    expect(document.requests).toMatchObject({ refused: null, timeout: null });
    expect(document.unknown).toContainEqual({
      figure: 'requests.refused',
      why: 'node-pause on worker stood from 55.1 s to 58.1 s, and all new connections of then (3) may have passed by what it hit: 6 through each entrance were needed',
    });
    const one = podsOn('worker', ...Array(4).fill('worker2'));
    expect((await judged(powerCut(1000, 10_000, {}, one))).requests.refused).toBeNull();
    expect((await judged(powerCut(1000, 16_000, {}, one))).requests.refused).toBe(0);
    // At the rate of the shipped scenarios a short one is known, and of both kinds half as many connections are new.
    expect((await judged(powerCut(20, 150))).requests.refused).toBe(0);
    expect((await judged(powerCut(20, 150, { connection: 'both' }))).requests.refused).toBeNull();
    expect((await judged(powerCut(20, 350, {}, one))).requests.refused).toBe(0);
  });

  test('has harmed somebody where a request failed; how many who connect anew, a kept connection does not say', async () => {
    const outcomeOf = (sinceFaultMs: number): RequestOutcome => (sinceFaultMs === 1000 ? 'timeout' : 'ok');
    const { requests, unknown } = await judged(powerCut(20, 6000, { ...keepAlive, outcomeOf }));
    expect(requests).toMatchObject({ refused: null, timeout: null });
    expect(unknown?.find(({ figure }) => figure === 'requests.timeout')?.atLeast).toBe(1);
    const fresh = await judged(powerCut(20, 6000, { outcomeOf }));
    expect(fresh.requests).toMatchObject({ refused: 0, timeout: 1 });
  });

  test.each([
    ['all of them', 0, ['worker', 'worker']],
    ['none', 0, ['worker2', 'worker2']],
    ['one', null, ['worker', 'worker2']],
  ] as const)('kept connections tell of it where it hits %s: %s', async (_, refused, nodes) => {
    expect((await judged(powerCut(20, 6000, keepAlive, podsOn(...nodes)))).requests.refused).toBe(refused);
  });
});
