import { describe, expect, test } from 'vitest';
import { entrancesOf } from '../../../src/plan/index.ts';
import type { RequestRecord } from '../../../src/timeline/index.ts';
import { judge } from '../../../src/verdict/index.ts';
import { at, defaultRun, event, load, tightRun } from '../timeline-builder.ts';

const record = (seq: number, dueMs: number, change: Partial<RequestRecord> = {}): RequestRecord => ({
  seq,
  connection: 'fresh',
  dueMs,
  sentMs: dueMs,
  endedMs: dueMs + 2,
  outcome: 'ok',
  status: 200,
  code: null,
  ...change,
});

const judged = async (requests: Iterable<RequestRecord> | AsyncIterable<readonly RequestRecord[]>) => {
  const { plan, events } = tightRun();
  return judge(plan, events, requests);
};

describe('request figures', () => {
  test('a request belongs to the phase in which it was due, whenever it ended', async () => {
    const { requests } = await judged([
      record(0, at.steady),
      record(1, at.fault - 2, { endedMs: at.fault + 999, outcome: 'timeout', status: null, code: 'TIMEOUT' }),
      record(2, at.fault),
      record(3, at.recover),
      record(4, at.undo + 1),
    ]);
    expect(requests).toMatchObject({ offered: 5, ok: 4, timeout: 1 });
    expect(requests.byPhase.steady).toMatchObject({ offered: 2, ok: 1, timeout: 1 });
    expect(requests.byPhase.fault).toMatchObject({ offered: 1, ok: 1 });
    expect(requests.byPhase.recover).toMatchObject({ offered: 1, ok: 1, refused: 0 });
  });

  test('a request belongs to its entrance; one that names none went through the only one there was', async () => {
    const { plan, events } = tightRun();
    const requests = load((dueMs) => dueMs > at.fault);
    const nodes = ['control-plane', 'worker', 'worker2'];
    const inTurn = requests.map((one) => ({ ...one, entrance: nodes[one.seq % 3] ?? '' }));
    const every = await judge({ ...plan, load: { ...plan.load, through: 'every' } }, events, inTurn);
    const counted = Object.values(every.requests.byEntrance ?? {});
    expect(Object.keys(every.requests.byEntrance ?? {})).toEqual(nodes);
    for (const outcome of ['offered', 'ok', 'refused'] as const) {
      expect(counted.reduce((sum, one) => sum + (one[outcome] ?? 0), 0)).toBe(every.requests[outcome]);
      for (const one of counted) expect(one[outcome]).toBeGreaterThan(0);
    }
    const older = await judge(plan, events, requests);
    const { refused } = older.requests;
    expect(older.requests.byEntrance).toMatchObject({ 'control-plane': { offered: requests.length, refused } });
  });

  test('where a phase is asked in several ways, each of them is counted by itself', async () => {
    const { plan, events } = tightRun();
    expect((await judge(plan, events, load())).requests.ways).toBeUndefined();
    const nodes = ['control-plane', 'worker', 'worker2'];
    const requests = load((dueMs) => dueMs > at.fault).map(
      (one): RequestRecord => ({
        ...one,
        connection: one.seq % 2 === 0 ? 'fresh' : 'keep-alive',
        entrance: nodes[Math.floor(one.seq / 2) % 3] ?? '',
      }),
    );
    const asked = { ...plan, load: { ...plan.load, through: 'every', connection: 'both' } as const };
    const { ways = [], byPhase } = (await judge(asked, events, requests)).requests;
    expect(ways.map(({ phase, entrance, connection }) => [phase, entrance, connection])).toEqual(
      Object.keys(byPhase).flatMap((phase) =>
        nodes.flatMap((node) => ['fresh', 'keep-alive'].map((connection) => [phase, node, connection])),
      ),
    );
    for (const [name, counts] of Object.entries(byPhase)) {
      const own = ways.filter(({ phase }) => phase === name);
      for (const outcome of ['offered', 'ok', 'refused', 'timeout'] as const) {
        expect(own.reduce((sum, way) => sum + (way[outcome] ?? 0), 0)).toBe(counts[outcome]);
      }
    }
    const lost = ways.find(({ phase, entrance }) => phase === 'fault' && entrance === 'worker');
    expect(lost?.refused).toBeGreaterThan(0);
  });

  test('what is not known of a phase is not known of its ways', async () => {
    const { plan, events } = tightRun();
    const asked = { ...plan, load: { ...plan.load, connection: 'both' } as const };
    const steadyAlone = load().filter(({ dueMs }) => dueMs < at.fault);
    const { ways = [], byPhase } = (await judge(asked, events, steadyAlone)).requests;
    expect(byPhase.fault?.refused).toBeNull();
    const ofFault = ways.filter(({ phase }) => phase === 'fault');
    expect(ofFault.map(({ refused, latencyMs }) => [refused, latencyMs.p50])).toEqual([
      [null, null],
      [null, null],
    ]);
  });

  test('where each entrance is asked less than once in 3 s, an outage of one may fall between two requests', async () => {
    const { plan, events } = tightRun();
    const through = async (through: 'every' | 'target') => {
      const sparse = { ...plan, load: { ...plan.load, ratePerSecond: 0.7, through } };
      const nodes = entrancesOf(sparse);
      const inTurn = load().map((one) => ({ ...one, entrance: nodes[one.seq % nodes.length] ?? '' }));
      return (await judge(sparse, events, inTurn)).requests.refused;
    };
    expect(await through('target')).toBe(0);
    expect(await through('every')).toBeNull();
  });

  test('latency counts from the due time, and of answers alone', async () => {
    const { requests } = await judged([
      record(0, at.steady, { sentMs: at.steady + 40, endedMs: at.steady + 50 }),
      record(1, at.steady + 20, { endedMs: at.steady + 90, outcome: 'httpError', status: 503 }),
      record(2, at.steady + 40, { endedMs: at.steady + 40.2, outcome: 'refused', status: null }),
      record(3, at.steady + 60, { endedMs: at.steady + 1060, outcome: 'timeout', status: null }),
      record(4, at.steady + 80, { sentMs: null, outcome: 'dropped', status: null }),
    ]);
    expect(requests.byPhase.steady?.latencyMs.max).toBe(70);
    expect(requests.byPhase.steady?.latencyMs.p50).toBeCloseTo(50, 1);
    expect(requests.byPhase.steady?.latencyMs.mean).toBe(60);
    expect(requests.byPhase.steady?.allLatencyMs?.mean).toBe((50 + 70 + 0.2 + 1000) / 4);
    expect(requests.latenessMs.max).toBe(40);
  });

  test('that of phases of a planned length leaves out what was due in recoveries', async () => {
    const { requests } = await judged([
      record(0, at.steady, { endedMs: at.steady + 10 }),
      record(1, at.fault + 100, { endedMs: at.fault + 130 }),
      record(2, at.recover + 100, { endedMs: at.recover + 1100 }),
    ]);
    expect([requests.latencyMs.max, requests.byPhase.recover?.latencyMs.mean]).toEqual([1000, 1000]);
    expect(requests.plannedLatencyMs).toMatchObject({ max: 30, mean: 20 });
  });

  describe('what answers of recoveries take beyond what is slow', () => {
    const answers = (fromMs: number, ...took: readonly number[]): RequestRecord[] =>
      took.map((ms, index) => record(fromMs + index, fromMs + index * 20, { endedMs: fromMs + index * 20 + ms }));
    const slowSeconds = async (...requests: readonly RequestRecord[]) => (await judged(requests)).requests.slowSeconds;
    const before = [...answers(at.steady, 820, 2), ...answers(at.fault, 2, 820)];

    test('is a sum over them alone, whatever answers took before; 20 ms are not slow', async () => {
      expect(await slowSeconds(...before, ...answers(at.recover, 19, 20, 3))).toBe(0);
      expect(await slowSeconds(...before, ...answers(at.recover, 820, 3, 820))).toBeCloseTo(1.6, 2);
      // What was not answered is counted by how it ended.
      const lost = record(9, at.recover + 100, { endedMs: at.recover + 1100, outcome: 'timeout', status: null });
      expect(await slowSeconds(...before, ...answers(at.recover, 820), lost)).toBeCloseTo(0.8, 2);
    });

    test('does not grow with healthy answers, however many', async () => {
      expect(await slowSeconds(...before, ...answers(at.recover, ...Array.from({ length: 500 }, () => 10)))).toBe(0);
    });

    test('is not known where nobody asked in one', async () => {
      expect(await slowSeconds(...before)).toBeNull();
    });
  });

  test('the latency of everything sent stands beside it: a time-out counts with its full time, a drop not at all', async () => {
    const { requests } = await judged([
      record(0, at.steady),
      record(1, at.steady + 20, {
        endedMs: at.steady + 1020,
        outcome: 'timeout',
        status: null,
        code: 'TIMEOUT_CONNECT',
      }),
      record(2, at.steady + 40, { sentMs: null, endedMs: at.steady + 9000, outcome: 'dropped', status: null }),
      record(3, at.fault),
      record(4, at.recover),
    ]);
    expect(requests.latencyMs.max).toBe(2);
    expect(requests.allLatencyMs?.max).toBe(1000);
    expect(requests.byPhase.steady?.allLatencyMs?.max).toBe(1000);
  });

  test('time-outs from a port that was left unanswered before are a figure where the load knew its ports', async () => {
    const code = 'TIMEOUT_CONNECT_REUSED_PORT';
    const { plan, events } = tightRun();
    const requests = load().map((one, index) =>
      index > 1800 && index < 1804 ? { ...one, outcome: 'timeout' as const, status: null, code } : one,
    );
    const forgot = event(at.steady - 1, { type: 'entrance.forgot', node: 'worker', connections: 9, unanswered: 0 });
    const known = await judge(plan, [...events, forgot], requests);
    expect(known.requests).toMatchObject({ timeout: 3, reusedPort: 3 });
    expect((await judge(plan, events, requests)).requests.reusedPort).toBeNull();
  });

  test('of a disturbance in which no request was due, nothing is known of clients, whatever came before it', async () => {
    const { requests, timing, unknown } = await judged([record(0, at.steady)]);
    expect(requests).toMatchObject({ offered: 1, ok: null, refused: null, latencyMs: { p99: null } });
    expect(requests.byPhase.steady).toMatchObject({ offered: 1, ok: 1, refused: 0 });
    expect(timing.lastRefusedMs).toBeNull();
    expect(unknown?.find(({ figure }) => figure === 'requests.refused')).toEqual({
      figure: 'requests.refused',
      why: 'no request was due from 54.5 s to 79.5 s, after a fault had begun',
    });
  });

  test('of a recovery in which no request was due nobody knows either: harm goes on after the fault that brought it', async () => {
    const { plan, events } = defaultRun();
    const { requests, unknown } = await judge(plan, events, [record(0, at.steady), record(1, at.fault + 100)]);
    expect(requests).toMatchObject({ offered: 2, ok: null, refused: null });
    expect(requests.byPhase.fault).toMatchObject({ offered: 1, ok: 1, refused: 0 });
    expect(requests.byPhase.recover).toMatchObject({ offered: 0, ok: null, refused: null });
    expect(unknown?.find(({ figure }) => figure === 'requests.refused')?.why).toBe(
      'no request was due from 79.5 s to 91.9 s, after a fault had begun',
    );
  });

  test('without answers there is no latency, and no zero in its place', async () => {
    const { requests } = await judged([record(0, at.steady, { outcome: 'refused', status: null })]);
    expect(requests.latencyMs).toEqual({ p50: null, p90: null, p99: null, max: null, mean: null });
  });

  test('the first and last refusal count from the fault on, by the time the client saw them', async () => {
    const refused = { outcome: 'refused', status: null, code: 'ECONNREFUSED' } as const;
    const { timing } = await judged([
      record(0, at.steady + 5, refused),
      record(2, at.fault + 900, { ...refused, endedMs: at.fault + 901 }),
      record(1, at.fault + 800, { ...refused, endedMs: at.fault + 950 }),
      record(3, at.recover),
    ]);
    expect(timing).toMatchObject({ firstRefusedMs: at.fault + 901, lastRefusedMs: at.fault + 950 });
  });

  test('requests are read once, from a stream too, and quantiles are within a thousandth', async () => {
    async function* stream(): AsyncGenerator<readonly RequestRecord[]> {
      for (let first = 0; first < 100_000; first += 500)
        yield Array.from({ length: 500 }, (_, later) => {
          const dueMs = at.steady + (first + later) * 0.3;
          return record(first + later, dueMs, { endedMs: dueMs + later + (first % 1000) + 1 });
        });
    }
    const { requests } = await judged(stream());
    expect(requests.offered).toBe(100_000);
    const near = (value: number | null | undefined, wanted: number): void => {
      expect(Math.abs((value ?? 0) - wanted) / wanted).toBeLessThanOrEqual(0.0011);
    };
    near(requests.byPhase.steady?.latencyMs.p50, 500);
    near(requests.byPhase.steady?.latencyMs.p90, 900);
    near(requests.byPhase.steady?.latencyMs.p99, 990);
    near(requests.byPhase.steady?.latencyMs.max, 1000);
  });

  test('times beyond an hour and before the due time are kept at the ends of the scale', async () => {
    const { requests } = await judged([
      record(0, at.steady, { endedMs: at.steady + 9e9 }),
      record(1, at.steady, { endedMs: at.steady - 3 }),
    ]);
    expect(requests.byPhase.steady?.latencyMs).toMatchObject({ p50: 0, max: 3_600_000 });
  });
});

describe('timing and pods', () => {
  test('first and last events of a run are on its clock', async () => {
    const { plan, events, requests } = tightRun();
    const { timing, pods } = await judge(plan, events, requests);
    expect(timing).toEqual({
      faultStartMs: at.fault,
      firstNotReadyMs: at.fault + 2700,
      firstEndpointLostMs: at.fault + 7740,
      firstEndpointsEmptyMs: at.fault + 7740,
      firstRefusedMs: expect.closeTo(at.fault + 8002, 6),
      firstEvictionMs: at.fault + 12_800,
      firstReplacementReadyMs: null,
      lastReadyMs: at.fault + 36_200,
      lastRefusedMs: expect.closeTo(at.fault + 37_381.9, 6),
      lastFailedMs: expect.closeTo(at.fault + 37_381.9, 6),
    });
    const last = requests.at(-1);
    if (last === undefined) throw new Error('a run without a request');
    const endedMs = last.endedMs + 900;
    const late = { ...last, seq: last.seq + 1, endedMs, outcome: 'timeout', status: null, code: 'TIMEOUT' } as const;
    const timedOut = await judge(plan, events, [...requests, late]);
    expect(timedOut.timing.lastRefusedMs).toBe(timing.lastRefusedMs);
    expect(timedOut.timing.lastFailedMs).toBe(endedMs);
    expect(pods).toMatchObject({ evicted: 1, evictedBeforeFault: 0 });
  });

  test('a pod counts as evicted once, and only where its deletion was an eviction', async () => {
    const pod = (atMs: number, uid: string, change: 'deleting' | 'gone', evicted: boolean) =>
      event(atMs, { type: 'pod', pod: uid, uid, node: 'worker', change, evicted, deletionTimestamp: null });
    const { plan, events, requests } = defaultRun([
      pod(at.steady + 10, 'before the fault', 'deleting', true),
      pod(at.fault + 10, 'scaled down', 'deleting', false),
      pod(at.fault + 15, 'seen too late', 'gone', true),
      pod(at.fault + 20, 'evicted', 'deleting', true),
      pod(at.fault + 30, 'evicted', 'deleting', true),
    ]);
    const { pods, timing } = await judge(plan, events, requests);
    expect(pods).toMatchObject({ evicted: 1, evictedBeforeFault: 1 });
    expect(timing.firstEvictionMs).toBe(at.fault + 20);
  });

  test('a pod that comes after an eviction is its replacement, ready when it is', async () => {
    const pod = (atMs: number, uid: string, change: 'seen' | 'ready' | 'deleting') =>
      event(atMs, {
        type: 'pod',
        pod: uid,
        uid,
        node: null,
        change,
        evicted: change === 'deleting',
        deletionTimestamp: null,
      });
    const { plan, events, requests } = defaultRun([
      pod(at.fault + 5, 'old', 'seen'),
      pod(at.fault + 10, 'old', 'deleting'),
      pod(at.fault + 12, 'old', 'ready'),
      pod(at.fault + 13, 'new', 'seen'),
      pod(at.fault + 40, 'new', 'ready'),
    ]);
    const { timing } = await judge(plan, events, requests);
    expect(timing.firstReplacementReadyMs).toBe(at.fault + 40);
  });

  test('what was not seen is null, and seen pods of which none was evicted are zero', async () => {
    const { plan, events } = defaultRun();
    const quiet = await judge(plan, events, load());
    expect(quiet.timing).toEqual({
      faultStartMs: at.fault,
      firstNotReadyMs: null,
      firstEndpointLostMs: null,
      firstEndpointsEmptyMs: null,
      firstRefusedMs: null,
      firstEvictionMs: null,
      firstReplacementReadyMs: null,
      lastReadyMs: null,
      lastRefusedMs: null,
      lastFailedMs: null,
    });
    expect(quiet.pods).toMatchObject({ evicted: 0, evictedBeforeFault: 0 });
    const blind = await judge(
      plan,
      events.filter(({ type }) => type !== 'pod'),
      [],
    );
    expect(blind.pods).toMatchObject({ evicted: null, evictedBeforeFault: null });
  });
});
