import { beforeAll, describe, expect, test } from 'vitest';
import { notInRunNotes } from '../../src/compare/conditions/conditions.ts';
import { figures } from '../../src/compare/figures.ts';
import {
  assertComparable,
  beganNotes,
  compareRuns,
  compareSelf,
  comparisonMarkdown,
  comparisonText,
  powerOfRuns,
  powerText,
  type ReportedComparison,
  readTolerance,
} from '../../src/compare/index.ts';
import { verdictText } from '../../src/compare/text/labels.ts';
import { createDurationHistogram, quantilesOf, sumBeyond } from '../../src/verdict/figures/quantiles.ts';
import type { RunDocument } from '../../src/verdict/index.ts';
import { gracePlan, modelRuns, seedOfSet } from './runs.ts';

const options = { tolerance: readTolerance([]), seed: 1 };
let short: RunDocument[];
let shortToo: RunDocument[];
let long: RunDocument[];

beforeAll(async () => {
  short = await modelRuns(gracePlan('20s', 5, seedOfSet(0)));
  shortToo = await modelRuns(gracePlan('20s', 5, seedOfSet(1)));
  long = await modelRuns(gracePlan('40s', 5, seedOfSet(2)));
}, 60_000);

/** So many refused, and nothing else changed. */
const refusing = (run: RunDocument, refused: number): RunDocument => ({
  ...run,
  requests: { ...run.requests, refused },
});

/** Clean runs, in some of which so many requests are refused. */
const sometimes = (runs: number, harmed: number, refused: number): RunDocument[] =>
  Array.from({ length: runs }, (_, index) => refusing(long[0] as RunDocument, index < harmed ? refused : 0));

const verdicts = (base: readonly RunDocument[], candidate: readonly RunDocument[], tolerance = options.tolerance) =>
  Object.fromEntries(
    compareRuns(base, candidate, { ...options, tolerance }).figures.map(({ figure, verdict }) => [figure, verdict]),
  );

describe('when runs began', () => {
  const begun = (...dates: readonly (string | null)[]): RunDocument[] =>
    dates.map((startedAt) => ({ ...(short[0] as RunDocument), predicted: false, startedAt }));

  test('is said of the oldest and the newest real run of each side', () => {
    const [one, two, three] = ['2026-01-02T03:04:05.000Z', '2026-01-03T00:00:00.000Z', '2025-12-31T00:00:00.000Z'];
    const sides = (...of: readonly RunDocument[][]) => of.map((runs, index) => ({ name: `side ${index}`, runs }));
    expect(beganNotes(sides(begun(one, two, three), begun(two)))).toEqual([
      `runs began: side 0 ${three} to ${two}; side 1 ${two}`,
    ]);
    expect(beganNotes(sides(begun(one, null), begun(null)))).toEqual([
      `runs began: side 0 ${one}, of 1 not on record; side 1 not on record`,
    ]);
    expect(beganNotes(sides(short, long))).toEqual([]);
  });
});

describe('a comparison', () => {
  test('finds a grace period of 20 s worse than one of 40 s with five repeats each', () => {
    const comparison = compareRuns(long, short, options);
    expect(comparison.verdict).toBe('worse');
    expect(verdicts(long, short)).toMatchObject({
      'nodes.notReadyTransitions': 'worse',
      'requests.refused': 'worse',
      'requests.reset': 'unknown',
      'sinceFault.firstNotReadyMs': 'unknown',
    });
    const refused = comparison.figures.find(({ figure }) => figure === 'requests.refused');
    expect(refused?.pAdjusted).toBeLessThanOrEqual(0.05);
    expect(refused?.harmed).toEqual({ base: 0, candidate: 5 });
    expect(refused?.ci95?.[0]).toBeGreaterThan(0);
  });

  test('sees answers that are slow in one phase alone, though they are less than 1 % of all', () => {
    const slow = (p99: number): RunDocument[] =>
      Array.from({ length: 80 }, (_, index) => {
        const run = long[0] as RunDocument;
        const { fault } = run.requests.byPhase;
        if (fault === undefined) throw new Error('a run without a fault');
        const latencyMs = { p50: 1, p90: 1, p99: p99 + index / 100, max: 1000, mean: 3 };
        const byPhase = { ...run.requests.byPhase, fault: { ...fault, latencyMs } };
        // Each run has its one answer that took a second, before and now.
        const all = { p50: 1, p90: 1, p99: 2, max: 1000, mean: 2 };
        return { ...run, requests: { ...run.requests, byPhase, plannedLatencyMs: all } };
      });
    expect(compareRuns(slow(5), slow(5), options).verdict).toBe('same');
    const comparison = compareRuns(slow(5), slow(900), options);
    expect(comparison.verdict).toBe('worse');
    expect(comparison.figures.filter(({ verdict }) => verdict === 'worse').map(({ figure }) => figure)).toEqual([
      'requests.byPhase.fault.latencyMs.p99',
    ]);
  });

  test('sees that most answers are slow where in the base few were just as slow, in the whole run and in one phase', () => {
    const taking = (max: number, inPhase: number): RunDocument[] =>
      Array.from({ length: 80 }, (_, index) => {
        const run = long[0] as RunDocument;
        const { fault } = run.requests.byPhase;
        if (fault === undefined) throw new Error('a run without a fault');
        const slowest = { p99: 950 + (index % 5), max: 990 + (index % 5) };
        const noise = (index % 7) / 10;
        const latencyMs = { p50: inPhase + noise, p90: inPhase + noise, mean: inPhase + noise, ...slowest };
        const byPhase = { ...run.requests.byPhase, fault: { ...fault, latencyMs } };
        const all = { p50: max + noise, p90: max + noise, mean: max + noise, ...slowest };
        return { ...run, requests: { ...run.requests, byPhase, plannedLatencyMs: all } };
      });
    const worse = (candidate: readonly RunDocument[]): readonly string[] =>
      compareRuns(taking(1, 1), candidate, options)
        .figures.filter(({ verdict }) => verdict === 'worse')
        .map(({ figure }) => figure);
    const [all, phase] = ['requests.plannedLatencyMs', 'requests.byPhase.fault.latencyMs'];
    const each = (of: string): readonly string[] => ['p50', 'p90', 'mean'].map((name) => `${of}.${name}`);
    expect(worse(taking(900, 900))).toEqual([...each(all), ...each(phase)]);
    expect(worse(taking(1, 900))).toEqual(each(phase));
    // 0.3 ms more for everybody is what another machine of a class makes.
    expect(compareRuns(taking(1, 1), taking(1.3, 1.3), options).verdict).toBe('same');
  });

  test('sees how many answers are slow where that lies between two quantiles: all of a phase, where it was 60 %', () => {
    const slowIn = (share: number): RunDocument[] =>
      Array.from({ length: 80 }, (_, index) => {
        const run = long[0] as RunDocument;
        const { fault } = run.requests.byPhase;
        if (fault === undefined) throw new Error('a run without a fault');
        const [all, phase] = [createDurationHistogram(), createDurationHistogram()];
        for (let at = 0; at < 4000; at += 1) {
          const isSlow = at < 1000 && at < share * 1000;
          const ms = (isSlow ? 800 : 1) + ((at + index) % 7) / 100;
          all.add(ms);
          if (at < 1000) phase.add(ms);
        }
        const byPhase = { ...run.requests.byPhase, fault: { ...fault, latencyMs: quantilesOf(phase) } };
        return { ...run, requests: { ...run.requests, byPhase, plannedLatencyMs: quantilesOf(all) } };
      });
    expect(compareRuns(slowIn(0.6), slowIn(0.6), options).verdict).toBe('same');
    const comparison = compareRuns(slowIn(0.6), slowIn(1), options);
    expect(comparison.verdict).toBe('worse');
    expect(comparison.figures.filter(({ verdict }) => verdict === 'worse').map(({ figure }) => figure)).toEqual([
      'requests.plannedLatencyMs.mean',
      'requests.byPhase.fault.latencyMs.mean',
    ]);
  });

  test('a phase in which nothing is answered has no latency that could differ; its errors are counted', () => {
    const answering = (ok: number): RunDocument[] =>
      Array.from({ length: 80 }, () => {
        const run = long[0] as RunDocument;
        const { fault } = run.requests.byPhase;
        if (fault === undefined) throw new Error('a run without a fault');
        const none = { p50: null, p90: null, p99: null, max: null, mean: null };
        const counts = { ...fault, ok, httpError: 0, timeout: fault.offered - ok };
        const timeout = (run.requests.timeout ?? 0) + counts.timeout;
        const own = { ...counts, latencyMs: ok === 0 ? none : fault.latencyMs };
        return { ...run, requests: { ...run.requests, timeout, byPhase: { ...run.requests.byPhase, fault: own } } };
      });
    const mean = 'requests.byPhase.fault.latencyMs.mean';
    const found = (base: readonly RunDocument[], candidate: readonly RunDocument[]) => {
      const { verdict, figures: all } = compareRuns(base, candidate, options);
      return [verdict, all.find(({ figure }) => figure === mean)?.verdict];
    };
    expect(found(answering(0), answering(0))).toEqual(['same', 'same']);
    expect(found(answering(1000), answering(0))[0]).toBe('worse');
    // One answer more than none, and slow, is no slower service.
    const slowly = answering(1).map((run) => {
      const { fault } = run.requests.byPhase as { readonly fault: RunDocument['requests']['byPhase'][string] };
      const latencyMs = { p50: 900, p90: 900, p99: 900, max: 900, mean: 900 };
      return {
        ...run,
        requests: { ...run.requests, byPhase: { ...run.requests.byPhase, fault: { ...fault, latencyMs } } },
      };
    });
    expect(found(answering(0), slowly)[1]).toBe('unknown');
    const [unknown] = answering(0) as [RunDocument];
    const { fault } = unknown.requests.byPhase as { readonly fault: RunDocument['requests']['byPhase'][string] };
    const byPhase = { ...unknown.requests.byPhase, fault: { ...fault, ok: null } };
    const notKnown = answering(0).map((run) => ({ ...run, requests: { ...run.requests, byPhase } }));
    expect(found(notKnown, notKnown)).toEqual(['unknown', 'unknown']);
  });

  test('calls nothing worse that lies within its tolerance in every run, though so few runs have no interval', () => {
    const taking = (runs: number, ms: number): RunDocument[] =>
      Array.from({ length: runs }, (_, index) => {
        const run = long[0] as RunDocument;
        const plannedLatencyMs = { ...run.requests.latencyMs, p50: ms + index / 100 };
        return { ...run, requests: { ...run.requests, plannedLatencyMs } };
      });
    const p50 = (ms: number) =>
      compareRuns(taking(3, 1), taking(4, ms), options).figures.find(
        ({ figure }) => figure === 'requests.plannedLatencyMs.p50',
      );
    expect(p50(1.3)).toMatchObject({ verdict: 'unknown', ci95: null });
    expect(p50(1.3)?.pAdjusted).toBeLessThanOrEqual(0.05);
    expect(p50(3)).toMatchObject({ verdict: 'worse', ci95: null });
  });

  test('sees what one phase came to beside another that is slow on both sides', () => {
    const taking = (steadyMs: number): RunDocument[] =>
      Array.from({ length: 80 }, (_, index) => {
        const run = long[0] as RunDocument;
        const { steady, fault } = run.requests.byPhase;
        if (steady === undefined || fault === undefined) throw new Error('a run without a phase');
        const all = (ms: number) => ({ p50: ms, p90: ms, p99: ms, max: ms, mean: ms + (index % 5) / 10 });
        const byPhase = {
          ...run.requests.byPhase,
          steady: { ...steady, latencyMs: all(steadyMs) },
          fault: { ...fault, latencyMs: all(500) },
        };
        return { ...run, requests: { ...run.requests, byPhase, plannedLatencyMs: all(450) } };
      });
    const names = (candidate: readonly RunDocument[]): readonly string[] =>
      compareRuns(taking(1), candidate, options)
        .figures.filter(({ kind, verdict }) => kind === 'harm' && verdict !== 'same')
        .map(({ figure, verdict }) => `${verdict} ${figure}`);
    expect(names(taking(1))).toEqual([]);
    const each = ['p50', 'p90', 'p99', 'mean'].map((name) => `worse requests.byPhase.steady.latencyMs.${name}`);
    // The slowest answer of all is that of another phase, which says nothing of this one.
    expect(names(taking(350))).toEqual(['unknown requests.latencyMs.max', ...each]);
    // A tolerance of all phases is one of each, and that of the slowest answer one of the slowest of each.
    const tolerance = readTolerance([
      ...['p50', 'p90', 'p99', 'mean'].map((name) => `requests.byPhase.*.latencyMs.${name}=400`),
      'requests.latencyMs.max=400',
    ]);
    expect(compareRuns(taking(1), taking(350), { ...options, tolerance }).verdict).toBe('same');
    // Sides with other phases are held against each other by the phase in which each was worst.
    const renamed = taking(1).map((run) => {
      const { steady, ...others } = run.requests.byPhase;
      return {
        ...run,
        requests: { ...run.requests, byPhase: { ...others, stable: steady as NonNullable<typeof steady> } },
      };
    });
    const paths = compareRuns(taking(1), renamed, options).figures.map(({ figure }) => figure);
    expect(paths.filter((path) => path.startsWith('requests.byPhase.')).toSorted()).toEqual(
      ['mean', 'p50', 'p90', 'p99'].map((name) => `requests.byPhase.*.latencyMs.${name}`),
    );
  });

  test('sees a recovery that is slow in fewer than half of the runs', () => {
    const slowIn = (every: number): RunDocument[] =>
      Array.from({ length: 80 }, (_, index) => {
        const run = long[0] as RunDocument;
        const { recover } = run.requests.byPhase;
        if (recover === undefined) throw new Error('a run without a recovery');
        const isSlow = index % 20 < every;
        const ms = isSlow ? 501 : 1;
        const byPhase = {
          ...run.requests.byPhase,
          recover: { ...recover, latencyMs: { p50: ms, p90: ms, p99: ms, max: ms, mean: ms } },
        };
        return { ...run, requests: { ...run.requests, byPhase, slowSeconds: isSlow ? 78.4 : 0 } };
      });
    const { verdict, figures: all } = compareRuns(slowIn(0), slowIn(9), options);
    expect([verdict, all.find(({ figure }) => figure === 'requests.slowSeconds')?.verdict]).toEqual(['worse', 'worse']);
  });

  test('of slow answers goes by how many seconds they took, and not by how many runs have any', () => {
    const slowIn = (seconds: number, every: number): RunDocument[] =>
      Array.from({ length: 80 }, (_, index) => {
        const run = long[0] as RunDocument;
        const { recover } = run.requests.byPhase;
        if (recover?.ok == null) throw new Error('a run without a recovery');
        const slowSeconds = index % every === 0 ? seconds : 0;
        const latencyMs = { ...recover.latencyMs, mean: 1 + (slowSeconds * 1000) / recover.ok };
        const byPhase = { ...run.requests.byPhase, recover: { ...recover, latencyMs } };
        return { ...run, requests: { ...run.requests, byPhase, slowSeconds } };
      });
    const tolerance = readTolerance(['requests.slowSeconds=20']);
    const found = (candidate: RunDocument[], terms: Parameters<typeof compareRuns>[2]) => {
      const { figures: all } = compareRuns(slowIn(0, 1), candidate, terms);
      const { verdict, harmed } = all.find(({ figure }) => figure === 'requests.slowSeconds') ?? {};
      return [verdict, harmed];
    };
    expect(found(slowIn(19, 2), { ...options, tolerance })).toEqual(['same', null]);
    expect(found(slowIn(19, 2), options)).toEqual(['worse', null]);
    expect(found(slowIn(21, 2), { ...options, tolerance })).toEqual(['worse', null]);
    // However rare it is.
    expect(found(slowIn(21, 20), { ...options, tolerance })).toEqual(['unknown', null]);
  });

  test('does not go by how long recoveries last: a longer one dilutes what is slow, the sum of it stays', () => {
    /** Of the requests of recovery, so many a second, those of the first seconds take 800 ms. */
    const recovering = (seconds: number, slowSeconds: number, healthyMs = 1): RunDocument[] =>
      Array.from({ length: 80 }, (_, index) => {
        const run = long[0] as RunDocument;
        const { recover } = run.requests.byPhase;
        if (recover === undefined) throw new Error('a run without a recovery');
        const rate = run.conditions?.load.ratePerSecond ?? 0;
        // By a pass of the controller recoveries differ from run to run.
        const lasting = seconds + (index % 5);
        const steps = run.steps.map((step) =>
          step.kind === 'recover' ? { ...step, endMs: step.startMs + lasting * 1000 } : step,
        );
        const own = createDurationHistogram();
        for (let at = 0; at < lasting * rate; at += 1) own.add(at < slowSeconds * rate ? 800 : healthyMs);
        const offered = lasting * rate;
        const counts = { ...recover, offered, ok: offered, latencyMs: quantilesOf(own) };
        const byPhase = { ...run.requests.byPhase, recover: counts };
        const slow = Math.round(sumBeyond(20, own)) / 1000;
        return { ...run, steps, requests: { ...run.requests, byPhase, slowSeconds: slow } };
      });
    const found = (base: readonly RunDocument[], candidate: readonly RunDocument[]) => {
      const { verdict, figures: all } = compareRuns(base, candidate, options);
      return [verdict, ...all.flatMap((one) => (one.verdict === 'worse' ? [one.figure] : []))];
    };
    expect(recovering(10, 2)[0]?.requests.byPhase.recover?.latencyMs.p90).toBeGreaterThan(700);
    expect(recovering(40, 2)[0]?.requests.byPhase.recover?.latencyMs.p90).toBe(1);
    expect(found(recovering(40, 2), recovering(80, 2))).toEqual(['same']);
    expect(found(recovering(80, 2), recovering(40, 2))).toEqual(['same']);
    // Where a fifth of the answers is slow, nobody can tell from a document how long the others took.
    expect(found(recovering(10, 2), recovering(40, 2))).toEqual(['unknown']);
    expect(found(recovering(40, 2), recovering(10, 2))).toEqual(['unknown']);
    const slow = 'requests.slowSeconds';
    expect(found(recovering(10, 2), recovering(40, 8))).toEqual(['worse', slow]);
    expect(found(recovering(10, 0), recovering(40, 2))).toEqual(['worse', slow]);
    // How long a recovery is watched goes by the settings, and is no harm, however long healthy answers take.
    expect(found(recovering(10, 0), recovering(40, 0))).toEqual(['same']);
    expect(found(recovering(10, 0, 10), recovering(40, 0, 10))).toEqual(['same']);
    expect(found(recovering(40, 0, 10), recovering(10, 1, 10))).toEqual(['worse', slow]);
    // An answer a hair beyond what is slow is no run with slow ones.
    const hair = recovering(10, 0).map((run) => ({ ...run, requests: { ...run.requests, slowSeconds: 0.001 } }));
    expect(found(recovering(10, 0), hair)).toEqual(['same']);
    // Answers of 30 ms are slow, and a service that always takes so long is no slower in a longer recovery.
    const always = (base: number, candidate: number) =>
      compareRuns(recovering(base, 0, 30), recovering(candidate, 0, 30), options).figures.find(
        ({ figure }) => figure === slow,
      );
    const why = 'recoveries differ in length, and not in their mean answer';
    expect(always(10, 40)).toMatchObject({ verdict: 'unknown', why });
    expect(always(40, 10)).toMatchObject({ verdict: 'unknown', why });
  });

  describe('of recoveries whose answers take less than 20 ms', () => {
    /** Every answer of recovery of a run takes so long, or none came. */
    const answering = (meansMs: readonly (number | null | 'none')[]): RunDocument[] =>
      meansMs.map((mean) => {
        const run = long[0] as RunDocument;
        const { recover } = run.requests.byPhase;
        if (recover === undefined) throw new Error('a run without a recovery');
        const own = mean === 'none' ? null : mean;
        const latencyMs = { p50: own, p90: own, p99: own, max: own, mean: own };
        const counts = mean === 'none' ? { ...recover, ok: 0, httpError: 0, latencyMs } : { ...recover, latencyMs };
        const byPhase = { ...run.requests.byPhase, recover: counts };
        return { ...run, requests: { ...run.requests, byPhase, slowSeconds: 0 } };
      });
    const all = (mean: number | null | 'none') => Array.from({ length: 80 }, () => mean);
    /** From run to run a mean is up to so much more. */
    const noisy = (mean: number, byMs: number) =>
      Array.from({ length: 80 }, (_, run) => mean + ((run * 37) % 80) * (byMs / 79));
    const slow = (base: Parameters<typeof answering>[0], candidate: Parameters<typeof answering>[0]) => {
      const { verdict, figures: compared } = compareRuns(answering(base), answering(candidate), options);
      const found = compared.find(({ figure }) => figure === 'requests.slowSeconds');
      return [verdict, found?.verdict, found?.why];
    };
    const differ = 'answers of recoveries may differ by more than the tolerance below 20 ms each';
    const notKnown = 'how long answers of recoveries took below 20 ms is not known of every run';

    test('what every answer takes more is not the same, and what chance adds to a mean is', () => {
      expect(slow(all(1), all(15))).toEqual(['unknown', 'unknown', differ]);
      expect(slow(all(15), all(1))).toEqual(['unknown', 'unknown', differ]);
      expect(slow(all(1), all(3))).toEqual(['unknown', 'unknown', differ]);
      expect(slow(all(1), all(1.9))).toEqual(['same', 'same', '']);
      expect(slow(noisy(1, 1), noisy(1, 1).toReversed())).toEqual(['same', 'same', '']);
      expect(slow(noisy(1, 1), noisy(1.5, 1).toReversed())[0]).not.toBe('worse');
      expect(slow(all(15), all(16))).toEqual(['same', 'same', '']);
    });

    test('what one run in eight takes more is not the same', () => {
      const some = all(1).map((mean, run) => (run % 8 === 0 ? 15 : mean));
      expect(slow(all(1), some)).toEqual(['unknown', 'unknown', differ]);
    });

    test('what every answer of one recovery takes more is not the same, however long another one is', () => {
      const twice = (ms: number): RunDocument[] =>
        answering(all(ms)).map((run) => {
          const { recover } = run.requests.byPhase;
          if (recover?.ok == null) throw new Error('a run without a recovery');
          const latencyMs = { p50: 1, p90: 1, p99: 1, max: 1, mean: 1 };
          const long = { ...recover, offered: 50 * recover.offered, ok: 50 * recover.ok, latencyMs };
          const steps = run.steps.flatMap((step) =>
            step.kind === 'recover' ? [step, { ...step, name: 'recover-2' }] : [step],
          );
          return {
            ...run,
            steps,
            requests: { ...run.requests, byPhase: { ...run.requests.byPhase, 'recover-2': long } },
          };
        });
      const found = (ms: number) =>
        compareRuns(twice(1), twice(ms), options).figures.find(({ figure }) => figure === 'requests.slowSeconds');
      expect(found(15)).toMatchObject({ verdict: 'unknown', why: differ });
      expect(found(1.5)).toMatchObject({ verdict: 'same', why: '' });
    });

    test('what is not known is not the same, and where nothing was answered nothing is slower', () => {
      expect(slow(all(1), all(null))).toEqual(['unknown', 'unknown', notKnown]);
      expect(slow(all(1), [...all(1).slice(1), 'none'])).toEqual(['unknown', 'unknown', notKnown]);
      expect(slow(all(1), all('none'))).toEqual(['unknown', 'unknown', 'recoveries got no answer on one side']);
      expect(slow(all('none'), all('none'))).toEqual(['same', 'same', '']);
    });
  });

  test('does not call a candidate faster that answers no more than what is fast and lets the rest time out', () => {
    const taking = (p99: number, timeout: number): RunDocument[] =>
      Array.from({ length: 6 }, (_, index) => ({
        ...(long[0] as RunDocument),
        requests: {
          ...(long[0] as RunDocument).requests,
          timeout,
          offered: 10_000,
          ok: 10_000 - timeout,
          httpError: 0,
          plannedLatencyMs: { p50: 1, p90: 2, p99: p99 + index, max: p99 + index },
        },
      }));
    const latency = (candidate: readonly RunDocument[]) =>
      compareRuns(taking(900, 0), candidate, options).figures.find(
        ({ figure }) => figure === 'requests.plannedLatencyMs.p99',
      );
    const slower = compareRuns(taking(5, 60), taking(900, 0), options).figures.find(
      ({ figure }) => figure === 'requests.plannedLatencyMs.p99',
    );
    expect(slower).toMatchObject({ verdict: 'unknown', why: 'only answers count here, and fewer requests got none' });
    const fewLess = compareRuns(taking(5, 1), taking(900, 0), options).figures.find(
      ({ figure }) => figure === 'requests.plannedLatencyMs.p99',
    );
    expect(fewLess?.verdict).toBe('worse');
    expect(latency(taking(5, 0))?.verdict).toBe('better');
    expect(latency(taking(5, 60))).toMatchObject({
      verdict: 'unknown',
      why: 'only answers count here, and more requests got none',
    });
  });

  test('sees what is slow for so few requests that p99 does not show it', () => {
    const slowest = (runs: readonly RunDocument[], max: number): RunDocument[] =>
      runs.map((run) => ({ ...run, requests: { ...run.requests, latencyMs: { ...run.requests.latencyMs, max } } }));
    const latencies = verdicts(slowest(long, 1), slowest(long, 990));
    expect(latencies).toMatchObject({ 'requests.latencyMs.max': 'worse', 'requests.plannedLatencyMs.p99': 'unknown' });
  });

  test('the other way round is better in these, and unknown as long as other harms are', () => {
    expect(verdicts(short, long)).toMatchObject({ 'requests.refused': 'better', 'requests.timeout': 'unknown' });
    expect(compareRuns(short, long, options).verdict).toBe('unknown');
    const admitted = { ...options, tolerance: readTolerance([], '53%') };
    expect(compareRuns(short, long, admitted).verdict).toBe('better');
  });

  test('of like with like finds no regression', () => {
    expect(compareRuns(short, shortToo, options).verdict).not.toBe('worse');
  });

  test('calls a harm of every run a regression however small it is: that it is there at all counts', () => {
    const wide = readTolerance(['requests.refused=100000']);
    expect(verdicts(long, short, wide)).toMatchObject({ 'requests.refused': 'worse' });
  });

  test('calls no difference within the tolerance a regression where both sides have the harm', () => {
    const more = short.map((run) => refusing(run, (run.requests.refused ?? 0) + 1000));
    const wide = readTolerance(['requests.refused=5000']);
    expect(verdicts(short, more, wide)).toMatchObject({ 'requests.refused': 'unknown' });
    expect(verdicts(short, more)).toMatchObject({ 'requests.refused': 'worse' });
  });

  test('of single runs tells nothing from chance, and does not call it the same', () => {
    const comparison = compareRuns(long.slice(0, 1), short.slice(0, 1), options);
    expect([comparison.verdict, comparison.telling]).toEqual(['unknown', false]);
    expect(new Set(comparison.figures.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
  });

  test('does not judge a figure that one run lacks', () => {
    const [first, ...others] = short as [RunDocument, ...RunDocument[]];
    const blind = { ...first, pods: { ...first.pods, evicted: null } };
    const evicted = compareRuns(long, [blind, ...others], options).figures.find(
      ({ figure }) => figure === 'pods.evicted',
    );
    expect(evicted).toMatchObject({ verdict: 'unknown', why: 'not measured in every run', pAdjusted: null });
  });

  test('of runs with themselves shows how far apart noise lies, and calls at most 5 % a regression', () => {
    const runs = [...short.slice(0, 4), ...shortToo.slice(0, 4)];
    // Every way to halve them: whatever the runs are, at most 5 % of these are a regression.
    const halves = Array.from({ length: 2 ** runs.length }, (_, deal) =>
      runs.map((__, run) => (deal >> run) % 2),
    ).filter((sides) => sides.filter((side) => side === 1).length === 4);
    const regressions = halves.filter((sides) => {
      const [base, candidate] = [0, 1].map((side) => runs.filter((_, run) => sides[run] === side));
      return compareRuns(base as RunDocument[], candidate as RunDocument[], options).verdict === 'worse';
    });
    expect(halves).toHaveLength(70);
    const share = regressions.length / halves.length;
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThanOrEqual(0.05);
    const self = compareSelf(runs, options);
    expect(self).toMatchObject({ runs: 8, perSide: 4, splits: 200 });
    // Halves at random have as many but for four standard deviations of such a count, which 1 sample of 15,000 exceeds.
    const deviation = Math.sqrt((share * (1 - share)) / self.splits);
    expect(Math.abs(self.regressions / self.splits - share)).toBeLessThanOrEqual(4 * deviation);
    const refused = self.figures.find(({ figure }) => figure === 'requests.refused');
    expect(refused?.p95Difference).toBeGreaterThanOrEqual(refused?.medianDifference ?? Number.NaN);
  });
});

describe('a rare harm', () => {
  const refusedIn = (runs: number, harmed: number) => {
    const comparison = compareRuns(sometimes(runs, 0, 0), sometimes(runs, harmed, 1000), options);
    const figure = comparison.figures.find((one) => one.figure === 'requests.refused');
    return { overall: comparison.verdict, figure: figure?.verdict, p: figure?.pAdjusted ?? 1 };
  };

  test.each([
    [20, 9],
    [11, 5],
    [20, 5],
    [5, 5],
  ])(
    'of 1,000 refusals in some of %i runs (%i) against none is worse, although the medians are the same',
    (runs, harmed) => {
      const { overall, figure, p } = refusedIn(runs, harmed);
      expect([overall, figure]).toEqual(['worse', 'worse']);
      expect(p).toBeLessThanOrEqual(0.05);
    },
  );

  test.each([
    [20, 3],
    [7, 1],
    [11, 2],
    [5, 0],
    [20, 0],
  ])('that the numbers cannot tell (%i runs, %i with harm) is unknown, never the same', (runs, harmed) => {
    expect(refusedIn(runs, harmed)).toMatchObject({ overall: 'unknown', figure: 'unknown' });
  });

  test('is as visible where every run has some harm, and a few have a hundred times as much', () => {
    const base = sometimes(20, 20, 100);
    const candidate = base.map((run, index) => refusing(run, index < 9 ? 10_000 : 100));
    expect(verdicts(base, candidate)).toMatchObject({ 'requests.refused': 'worse' });
    const few = base.map((run, index) => refusing(run, index < 3 ? 10_000 : 100));
    expect(verdicts(base, few)).toMatchObject({ 'requests.refused': 'unknown' });
  });

  test('in a few runs keeps a harm that is smaller in the others from being better', () => {
    const base = sometimes(20, 20, 1000);
    const candidate = base.map((run, index) => refusing(run, index < 3 ? 50_000 : 10));
    expect(verdicts(base, candidate)).toMatchObject({ 'requests.refused': 'unknown' });
  });

  test('that was never seen is the same where so many runs show it: 72 a side for 5 % of runs, 14 for 24 %', () => {
    expect(compareRuns(sometimes(71, 0, 0), sometimes(71, 0, 0), options).verdict).toBe('unknown');
    expect(compareRuns(sometimes(72, 0, 0), sometimes(72, 0, 0), options).verdict).toBe('same');
    const wide = { ...options, tolerance: readTolerance([], '24%') };
    expect(compareRuns(sometimes(14, 0, 0), sometimes(14, 0, 0), wide).verdict).toBe('same');
  });
});

describe('sides that were not asked alike', () => {
  type Asked = {
    readonly rate?: number;
    readonly through?: 'every';
    readonly steadyMs?: number;
    readonly replicas?: number;
    readonly timeoutMs?: number;
    readonly faultMs?: number;
    readonly workers?: number;
    readonly targets?: readonly string[];
    readonly standsMs?: number;
    readonly graceMs?: number;
    readonly options?: { readonly kind: string; readonly loss?: { readonly percent: number } };
  };

  /** Clean runs, 80 of them, asked so; a like number of requests is refused in each, and a node is NotReady for as long. */
  const asked = (how: Asked, refused: number): RunDocument[] => {
    const [run] = long as [RunDocument];
    const { conditions, topology } = run;
    if (conditions === undefined) throw new Error('a run that does not say what was done');
    const { rate = 50, through, steadyMs, faultMs, replicas = 2, workers = topology.workers, targets } = how;
    const { timeoutMs = conditions.load.timeoutMs, standsMs, graceMs } = how;
    const asking = { ...conditions.load, ratePerSecond: rate, timeoutMs };
    const load = through === undefined ? asking : { ...asking, through };
    const phases = conditions.phases.map((phase) => {
      if (phase.kind === 'recover') return phase;
      const own = phase.kind === 'steady' ? steadyMs : faultMs;
      const timed = { ...phase, durationMs: own ?? phase.durationMs };
      if (timed.kind === 'steady') return timed;
      const lasting = (occurrences: (typeof timed.inject)[number]['occurrences']) =>
        occurrences.map((each) => ({ ...each, endMs: standsMs === undefined ? each.endMs : each.startMs + standsMs }));
      const inject = timed.inject.map((one): typeof one => ({
        ...one,
        ...(how.options as typeof one | undefined),
        targets: targets ?? one.targets,
        occurrences: lasting(one.occurrences),
      }));
      return { ...timed, inject };
    });
    const workload = {
      ...conditions.workload,
      replicas,
      ...(graceMs === undefined ? {} : { terminationGracePeriodMs: graceMs }),
    };
    const pods = { ...run.pods, unavailableSeconds: refused };
    const timing = { ...run.timing, lastRefusedMs: (run.timing.faultStartMs ?? 0) + 10_000 };
    return Array.from({ length: 80 }, (_, index) => ({
      ...refusing({ ...run, pods, timing, topology: { ...topology, workers } }, refused + (index % 7)),
      nodes: { ...run.nodes, notReadyNodeSeconds: refused + (index % 7) },
      writes: { ...run.writes, leasePerNodeMinute: 6 + index / 1000 },
      conditions: { ...conditions, load, phases, workload },
    }));
  };

  const comparing = (one: Asked, refused: number, other: Asked, otherRefused: number) => {
    const comparison = compareRuns(asked(one, refused), asked(other, otherRefused), options);
    const of = (path: string) => comparison.figures.find(({ figure }) => figure === path);
    return {
      comparison,
      refused: of('requests.refused'),
      seconds: of('pods.unavailableSeconds'),
      notReady: of('nodes.notReadyNodeSeconds'),
      latency: of('requests.plannedLatencyMs.p99'),
    };
  };

  test('are better or the same in nothing where another fault was injected, however long it stood', () => {
    const { comparison, refused } = comparing({}, 1500, { options: { kind: 'node-pause' } }, 150);
    expect([comparison.verdict, refused?.why]).toEqual([
      'unknown',
      'faults differ: kubelet-pause of worker against node-pause of worker',
    ]);
    const losing = (percent: number): Asked => ({ options: { kind: 'netem', loss: { percent } } });
    expect(comparing(losing(100), 1500, losing(5), 150).refused?.why).toBe(
      'faults differ: netem {"percent":100} of worker against netem {"percent":5} of worker',
    );
    const harms = comparison.figures.filter(({ kind }) => kind === 'harm').map(({ verdict }) => verdict);
    expect(new Set(harms)).toEqual(new Set(['unknown']));
  });

  test('are better, worse or the same in no count of requests: it grows with what was offered', () => {
    expect(comparing({}, 1500, {}, 150).comparison.verdict).toBe('better');
    const why = 'rates differ: 50/s against 5/s';
    const fewer = comparing({}, 1500, { rate: 5 }, 150);
    expect(fewer.refused).toMatchObject({ verdict: 'unknown', why, pAdjusted: null, harmed: null });
    expect([fewer.comparison.verdict, fewer.seconds?.verdict]).toEqual(['unknown', 'better']);
    // As many of a tenth of the requests are ten times the share.
    expect(comparing({}, 50, {}, 50).comparison.verdict).toBe('same');
    const tenfold = comparing({}, 50, { rate: 5 }, 50);
    expect(tenfold.refused).toMatchObject({ verdict: 'unknown', why });
    expect([tenfold.comparison.verdict, tenfold.seconds?.verdict]).toEqual(['unknown', 'same']);
    expect(comparing({ rate: 5 }, 50, {}, 500).refused).toMatchObject({ verdict: 'unknown' });
    expect(comparing({}, 50, { through: 'every' }, 50).refused).toMatchObject({
      why: 'entrances differ: untouched against every',
    });
    const side = { first: long[0] as RunDocument, path: 'runs' };
    const { comparison } = fewer;
    const reported = { base: side, candidate: side, differs: [], notes: [], comparison };
    const rows = comparisonMarkdown(reported).split('\n');
    expect([rows[2], rows[9], rows[24]]).toEqual([
      'no regression was found, better in nodes.notReadyNodeSeconds, pods.unavailableSeconds, and none is ruled out in 10 of 31 harms; not comparable, rates differ: 50/s against 5/s: requests.httpError, requests.refused, requests.reset, requests.timeout, requests.unreachable, requests.otherError, requests.dropped, requests.latencyMs.max, requests.slowSeconds, sinceFault.lastRefusedMs; take more repeats, or say how many runs may differ (--frequency-tolerance), or fail on regressions alone (--allow-unknown).',
      '| `requests.refused` | 1,503 | 153 | -1,350 | – | – | – | ? unknown: rates differ: 50/s against 5/s |',
      '| `sinceFault.lastRefusedMs` | 10.0 s | 10.0 s | ±0 | – | – | – | ? unknown: rates differ: 50/s against 5/s |',
    ]);
  });

  test('for other lengths compare in nothing that grows with these', () => {
    const { refused, seconds, comparison } = comparing({ steadyMs: 5000 }, 1500, { steadyMs: 60_000 }, 150);
    expect(refused).toMatchObject({ verdict: 'unknown' });
    expect(seconds).toMatchObject({ verdict: 'unknown', why: refused?.why });
    expect(refused?.why).toBe(
      'lengths of phases differ: steady 5s, fault 24s, recover within 1m30s against steady 1m, fault 24s, recover within 1m30s',
    );
    const cost = comparison.figures.find(({ figure }) => figure === 'writes.leasePerNodeMinute');
    expect([comparison.verdict, cost?.verdict]).toEqual(['unknown', 'same']);
  });

  test('for other numbers of replicas compare in nothing of pods', () => {
    const { refused, seconds, comparison } = comparing({ replicas: 8 }, 1500, { replicas: 2 }, 150);
    expect(seconds).toMatchObject({ verdict: 'unknown', why: 'replicas differ: 8 against 2' });
    expect([comparison.verdict, refused?.verdict]).toEqual(['unknown', 'better']);
  });

  test('for other times that their faults stand compare as for other lengths, whatever their phases last', () => {
    const { refused, comparison } = comparing({ standsMs: 20_000 }, 1500, { standsMs: 2000 }, 150);
    expect(refused?.verdict).toBe('unknown');
    expect(refused?.why).toBe(
      'lengths of phases differ: steady 3s, fault 24s (0s to 20s), recover within 1m30s against steady 3s, fault 24s (0s to 2s), recover within 1m30s',
    );
    expect(comparison.verdict).toBe('unknown');
  });

  test('for other grace periods compare in nothing of pods: one is stuck once that is over', () => {
    const { seconds, comparison } = comparing({}, 1500, { graceMs: 300_000 }, 150);
    expect(seconds).toMatchObject({ verdict: 'unknown', why: 'grace periods differ: 30s against 5m' });
    expect(comparison.verdict).toBe('unknown');
  });

  test('for other time-outs compare in no count of requests: who waits for longer has fewer time-outs', () => {
    const [second, ten] = [{ timeoutMs: 1000 }, { timeoutMs: 10_000 }];
    const why = 'time-outs differ: 1s against 10s';
    expect(comparing(second, 1500, ten, 150).refused).toMatchObject({ verdict: 'unknown', why });
    expect(comparing(ten, 150, second, 1500).refused).toMatchObject({ verdict: 'unknown' });
  });

  test('for other numbers of nodes, there or hit, compare in nothing of nodes or pods', () => {
    const { notReady, seconds, refused, comparison } = comparing({ workers: 3 }, 1500, { workers: 2 }, 150);
    const why = 'numbers of workers differ: 3 against 2';
    expect([notReady, seconds]).toMatchObject([
      { verdict: 'unknown', why },
      { verdict: 'unknown', why },
    ]);
    expect([comparison.verdict, refused?.verdict]).toEqual(['unknown', 'better']);
    expect(comparing({ workers: 2 }, 150, { workers: 3 }, 1500).notReady).toMatchObject({ verdict: 'unknown' });
    const hit = comparing({ targets: ['worker', 'worker2'] }, 1500, { targets: ['worker'] }, 150);
    expect([hit.notReady, hit.seconds]).toMatchObject([
      { verdict: 'unknown', why: 'numbers of nodes that faults hit differ: 2 against 1' },
      { verdict: 'unknown' },
    ]);
  });

  describe('with more harm for less', () => {
    const verdictOf = (one: Asked, other: Asked, of: 'refused' | 'seconds' | 'notReady') => {
      const { comparison, ...found } = comparing(one, 50, other, 500);
      return [found[of]?.verdict, comparison.verdict];
    };

    test.each<[string, Asked, Asked, 'refused' | 'seconds' | 'notReady']>([
      ['fewer requests', {}, { rate: 5 }, 'refused'],
      ['a shorter time', { steadyMs: 60_000 }, { steadyMs: 5000 }, 'notReady'],
      ['fewer requests in a shorter time', { steadyMs: 60_000 }, { rate: 5, steadyMs: 5000 }, 'refused'],
      ['fewer replicas', { replicas: 8 }, { replicas: 2 }, 'seconds'],
      ['fewer nodes', { workers: 3 }, { workers: 2 }, 'notReady'],
      ['fewer nodes hit', { targets: ['worker', 'worker2'] }, { targets: ['worker'] }, 'notReady'],
    ])('are worse for certain: %s', (_, one, other, figure) => {
      expect(verdictOf(one, other, figure)).toEqual(['worse', 'worse']);
      // Never the converse: the same and less of it prove nothing.
      expect(comparing(one, 50, other, 50)[figure]).toMatchObject({ verdict: 'unknown', pAdjusted: null });
      expect(comparing(one, 500, other, 50)[figure]).toMatchObject({ verdict: 'unknown', pAdjusted: null });
    });

    test.each<[string, Asked, Asked, 'refused' | 'seconds' | 'notReady']>([
      ['more requests', { rate: 5 }, {}, 'refused'],
      ['fewer requests for longer', { steadyMs: 5000 }, { rate: 5, steadyMs: 60_000 }, 'refused'],
      ['fewer requests through other nodes', {}, { rate: 5, through: 'every' }, 'refused'],
      ['a shorter fault, which is another one', { faultMs: 60_000 }, { faultMs: 20_000 }, 'notReady'],
      ['pods of which fewer nodes have more each', { workers: 3 }, { workers: 2, replicas: 2 }, 'seconds'],
    ])('are unknown where it may not be less: %s', (_, one, other, figure) => {
      expect(verdictOf(one, other, figure)[0]).toBe('unknown');
    });

    test('are no slower for it: how slow answers are does not shrink with time', () => {
      const slower = (runs: readonly RunDocument[]): RunDocument[] =>
        runs.map((run) => ({
          ...run,
          requests: { ...run.requests, latencyMs: { ...run.requests.latencyMs, p99: 900 } },
        }));
      const [base, candidate] = [asked({ steadyMs: 60_000 }, 0), slower(asked({ steadyMs: 5000 }, 0))];
      expect(verdicts(base, candidate)['requests.plannedLatencyMs.p99']).toBe('unknown');
    });
  });

  test('are no sides of which that is known where it is not on record', () => {
    const silent = asked({}, 50).map(({ conditions: _, ...run }) => run);
    const { figures: compared, verdict } = compareRuns(silent, silent, options);
    expect(verdict).toBe('unknown');
    expect(compared.find(({ figure }) => figure === 'requests.refused')?.why).toBe(
      'what was offered, and for how long, is not on record',
    );
  });
});

describe('what is unknown', () => {
  test('seen at all keeps it from being better as long as more than the frequency tolerance may have it', () => {
    const refusals = (runs: number, refused: number, worst: number, refusedWorst: number): RunDocument[] =>
      Array.from({ length: runs }, (_, index) =>
        refusing(long[0] as RunDocument, index < worst ? refusedWorst : refused + (index % 7)),
      );
    // 5 of 100 runs: no more than the frequency tolerance was seen, and up to 11 % may have it.
    const verdictOf = (runs: number, worst: number) =>
      verdicts(refusals(runs, 100, 0, 0), refusals(runs, 40, worst, 3000))['requests.refused'];
    expect([verdictOf(100, 5), verdictOf(100, 0), verdictOf(20, 1), verdictOf(20, 0)]).toEqual([
      ...['unknown', 'better', 'unknown', 'better'],
    ]);
  });

  test('of a harm outranks a cost that is better', () => {
    const cheap = sometimes(7, 1, 1000).map((run, index) => ({
      ...run,
      writes: { ...run.writes, leasePerNodeMinute: 1 + index / 100 },
    }));
    const dear = sometimes(7, 0, 0).map((run, index) => ({
      ...run,
      writes: { ...run.writes, leasePerNodeMinute: 6 + index / 100 },
    }));
    const comparison = compareRuns(dear, cheap, options);
    const cost = comparison.figures.find(({ kind, verdict }) => kind === 'cost' && verdict === 'better');
    expect([cost?.figure, comparison.verdict]).toEqual(['writes.leasePerNodeMinute', 'unknown']);
  });

  test('of costs is said beside what is known of harm, and they are not the same', () => {
    const unmeasured = (runs: readonly RunDocument[]): RunDocument[] =>
      runs.map((run) => ({ ...run, writes: { ...run.writes, leasePerNodeMinute: null, statusPerNodeMinute: null } }));
    const costsOf = ({ figures }: ReturnType<typeof compareRuns>) =>
      figures.flatMap(({ kind, verdict, why }) => (kind === 'cost' ? [[verdict, why]] : []));
    const notMeasured = ['unknown', 'not measured in every run'];
    const clean = Array.from({ length: 80 }, () => long[0] as RunDocument);
    const comparison = compareRuns(clean, unmeasured(clean), options);
    expect([comparison.verdict, costsOf(comparison)]).toEqual(['same', [notMeasured, notMeasured]]);
    expect(verdictText(comparison)).toBe(
      'every harm is the same within the tolerance; not known of the cost in writes',
    );
  });

  test('are runs of which more dropped out on one side than on the other', () => {
    const dropped = { base: { planned: 5, dropped: 0 }, candidate: { planned: 7, dropped: 2 } };
    const comparison = compareRuns(long, short, { ...options, dropped });
    expect([comparison.verdict, comparison.uneven]).toEqual(['unknown', true]);
    const evenly = { base: { planned: 6, dropped: 1 }, candidate: { planned: 6, dropped: 1 } };
    expect(compareRuns(long, short, { ...options, dropped: evenly }).verdict).toBe('worse');
  });
});

describe('a node that is not Ready again at the end', () => {
  const lost = (run: RunDocument): RunDocument => ({
    ...run,
    nodes: { ...run.nodes, unrecovered: 1 },
    timing: { ...run.timing, lastReadyMs: null },
  });

  test('never recovered: that is worse than any recovery, not better', () => {
    const lastReady = (base: readonly RunDocument[], candidate: readonly RunDocument[]) =>
      compareRuns(base, candidate, options).figures.find(({ figure }) => figure === 'sinceFault.lastReadyMs');
    const gone = short.map(lost);
    expect(lastReady(shortToo, gone)).toMatchObject({ verdict: 'worse', difference: null, ci95: null });
    expect(lastReady(gone, shortToo)).toMatchObject({ verdict: 'better' });
    expect(compareRuns(shortToo, gone, options).verdict).toBe('worse');
    const text = comparisonText(
      {
        base: { path: 'a', first: shortToo[0] as RunDocument },
        candidate: { path: 'b', first: gone[0] as RunDocument },
        differs: [],
        notes: [],
        comparison: compareRuns(shortToo, gone, options),
        power: '',
      },
      { columns: 100, colour: false },
    );
    // By any figure the worst five of the ten are one of three halves, of 252.
    expect(text.split('\n').filter((line) => line.includes('lastReadyMs'))).toEqual([
      '  REGRESSION  worse in sinceFault.lastReadyMs',
      '  ✗ lastReadyMs                34.3 s not recovered    5, 5             – 0.012',
    ]);
  });

  test('has a median that is never, in an even number of runs, too', () => {
    const gone = short.slice(0, 4).map(lost);
    const compared = compareRuns(gone, shortToo.slice(0, 4), options).figures;
    const lastReady = compared.find(({ figure }) => figure === 'sinceFault.lastReadyMs');
    expect([lastReady?.base.median, lastReady?.tolerance]).toEqual([Number.POSITIVE_INFINITY, 0]);
  });

  test('is seen in an old document by the node that never came back; where that is not known, nothing is judged', () => {
    const old = (run: RunDocument): RunDocument => {
      const { unrecovered: _, ...nodes } = run.nodes as RunDocument['nodes'] & { unrecovered?: number | null };
      return { ...run, nodes: nodes as RunDocument['nodes'] };
    };
    const lastReady = figures.find(({ path }) => path === 'sinceFault.lastReadyMs');
    const first = old(short[0] as RunDocument);
    expect(lastReady?.value(first)).toBeGreaterThan(30_000);
    const steps = first.steps.filter(({ kind }) => kind !== 'recover');
    expect(lastReady?.value({ ...first, steps })).toBeNull();
    const byNode = Object.fromEntries(
      Object.entries(first.nodes.byNode).map(([name, node]) => [name, { ...node, lastReadyMs: null }]),
    );
    expect(lastReady?.value({ ...first, nodes: { ...first.nodes, byNode } })).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('runs that dropped out of both sides alike', () => {
  test('are taken for worse ones: what they would have shown is not known', () => {
    const clean = Array.from({ length: 80 }, () => long[0] as RunDocument);
    const droppedOut = (dropped: number) => {
      const side = { planned: 80 + dropped, dropped };
      return { ...options, dropped: { base: side, candidate: side } };
    };
    expect(compareRuns(clean, clean, droppedOut(0)).verdict).toBe('same');
    const comparison = compareRuns(clean, clean, droppedOut(4));
    expect([comparison.uneven, comparison.verdict]).toEqual([false, 'unknown']);
    const worse = comparison.figures.find(({ figure }) => figure === 'requests.refused')?.worseInAtMost;
    const power = powerOfRuns(clean, clean, droppedOut(4));
    expect(power.open).toBe(worse);
    expect(powerText(power, 0.05)).toBe(
      '80 a side: a harm in 5 of 80 runs against none is seen (p 0.030), in 4 of 80 it is not (p 0.062); one with a chance of 9 % is seen 4 times of 5. No harm in any run leaves open that it is worse in up to 12 % of runs, the 8 that dropped out taken for such; 72 a side would show at most 5 %.',
    );
  });
});

describe('a harm under another name', () => {
  test.each(['otherError', 'dropped'] as const)('is no better: requests that were refused end as %s', (outcome) => {
    const moved = short.map((run) => ({
      ...run,
      requests: { ...run.requests, refused: 0, [outcome]: run.requests.refused },
    }));
    expect(compareRuns(shortToo, moved, options).verdict).toBe('worse');
    expect(verdicts(shortToo, moved)).toMatchObject({ [`requests.${outcome}`]: 'worse' });
  });

  /** The recovery was given up for that; nodes and requests are as in the others. */
  const abandoned = (run: RunDocument, missing: string): RunDocument => ({
    ...run,
    verdict: 'fail',
    steps: run.steps.map((step) =>
      step.kind === 'recover'
        ? { ...step, outcome: 'timedOut' as const, detail: `not recovered within 90.0 s: ${missing}` }
        : step,
    ),
  });
  const verdictOf = (path: string, base: readonly RunDocument[], candidate: readonly RunDocument[], wide = options) =>
    compareRuns(base, candidate, wide).figures.find(({ figure }) => figure === path)?.verdict;

  test('is no recovery: pods or endpoints that never came back, with every node Ready and every request answered', () => {
    const stuck = long.map((run) => abandoned(run, '1 of 2 endpoints ready'));
    expect(compareRuns(long, stuck, options).verdict).toBe('worse');
    expect(verdictOf('steps.recover.timedOut', long, stuck)).toBe('worse');
    const rare = Array.from({ length: 80 }, (_, index) => (index === 0 ? stuck[0] : long[0]) as RunDocument);
    const none = Array.from({ length: 80 }, () => long[0] as RunDocument);
    expect(compareRuns(none, none, options).verdict).toBe('same');
    expect(compareRuns(none, rare, options).verdict).toBe('unknown');
  });

  test('is no recovery: requests that were still refused at the end have no last one', () => {
    const ever = [short, shortToo].map((side) => side.map((run) => abandoned(run, 'requests still fail')));
    const admitted = { ...options, tolerance: readTolerance(['sinceFault.lastRefusedMs=30000'], '60%') };
    expect(verdictOf('sinceFault.lastRefusedMs', short, shortToo, admitted)).toBe('same');
    expect(verdictOf('sinceFault.lastRefusedMs', ever[0] ?? [], ever[1] ?? [], admitted)).toBe('unknown');
    expect(verdictOf('sinceFault.lastRefusedMs', short, ever[1] ?? [])).toBe('worse');
  });

  test('is not known where no recovery is on record behind a fault', () => {
    const recovery = figures.find(({ path }) => path === 'steps.recover.timedOut');
    const first = long[0] as RunDocument;
    const steps = first.steps.filter(({ kind }) => kind !== 'recover');
    expect(recovery?.value(first)).toBe(0);
    expect(recovery?.value({ ...first, steps })).toBeNull();
    expect(recovery?.value({ ...first, steps, faults: [] })).toBe(0);
  });
});

describe('what is not comparable', () => {
  test('is refused with every difference at once', () => {
    const other = long.map((run) => ({
      ...run,
      scenario: 'other',
      kubernetesVersion: 'v1.31.0',
      backend: 'kind' as const,
    }));
    expect(() => assertComparable(short, other, [])).toThrow(
      `Expected runs that differ in nothing unasked:
  scenario: base grace-pause; candidate other
  profile: base grace (literal): kube-controller-manager node-monitor-period 5s, kube-controller-manager node-monitor-grace-period 20s; candidate grace (literal): kube-controller-manager node-monitor-period 5s, kube-controller-manager node-monitor-grace-period 40s
  kubernetesVersion: base v1.34.4; candidate v1.31.0
  backend: base model; candidate kind`,
    );
  });

  test('is compared where the difference is the point', () => {
    expect(assertComparable(short, long, ['profile']).map(({ condition }) => condition)).toEqual(['profile']);
  });

  test('has to be alike within one side, whatever the point is', () => {
    expect(() => assertComparable([...short, ...long], long, ['profile'])).toThrow(/ {2}profile within base: /);
  });

  describe('what was given and no run has', () => {
    const leaving = (runs: readonly RunDocument[], at: string, text: string): readonly RunDocument[] =>
      runs.map((run) => ({
        ...run,
        ...(run.conditions === undefined ? {} : { conditions: { ...run.conditions, notInRun: [{ at, text }] } }),
      }));

    test('is a part of the profile, wherever it stood', () => {
      const [one, other] = [
        leaving(short, 'a.yaml:1:2', '--goaway-chance=0.02'),
        leaving(short, 'b.yaml:3:4', 'patches'),
      ];
      expect(() => assertComparable(short, one, [])).toThrow(
        'node-monitor-grace-period 20s; in no run: --goaway-chance=0.02',
      );
      expect(() => assertComparable(one, other, [])).toThrow('profile: base');
      expect(assertComparable(one, leaving(short, 'b.yaml:3:4', '--goaway-chance=0.02'), [])).toEqual([]);
    });

    test('leaves unknown what the runs show as the same or better; what they show as worse is worse', () => {
      const alike: readonly RunDocument[] = Array.from({ length: 12 }, () => short[0] as RunDocument);
      const of = (candidate: readonly RunDocument[]): readonly unknown[] => {
        const found = compareRuns(alike, candidate, { ...options, tolerance: readTolerance([], '60%') });
        return [found.verdict, found.mayDifferOutsideOfRuns, verdictText(found)];
      };
      expect(of(alike).slice(0, 2)).toEqual(['same', false]);
      expect(of(leaving(alike, 'a.yaml:1:2', 'patches'))).toEqual([
        'unknown',
        true,
        'no regression was found in the runs, but the sides differ, or may differ, in what no run has',
      ]);
      const back = compareRuns(leaving(long, 'a.yaml:1:2', 'patches'), short, options);
      expect([back.verdict, back.mayDifferOutsideOfRuns]).toEqual(['worse', true]);
    });

    test("may be anything of somebody's own program in predictions, and shows in real runs", () => {
      const alike: readonly RunDocument[] = Array.from({ length: 12 }, () => short[0] as RunDocument);
      const running = (image: string, predicted: boolean): readonly RunDocument[] =>
        alike.map((run) => {
          const objects = [{ kind: 'Deployment', image }];
          const manifest = { service: 'web', path: '/', targetPort: 80, selector: { app: 'web' }, objects };
          const conditions = run.conditions as NonNullable<RunDocument['conditions']>;
          return { ...run, predicted, conditions: { ...conditions, workload: { ...conditions.workload, manifest } } };
        });
      const of = (base: readonly RunDocument[], candidate: readonly RunDocument[]): readonly unknown[] => {
        const found = compareRuns(base, candidate, { ...options, tolerance: readTolerance([], '60%') });
        return [found.verdict, found.mayDifferOutsideOfRuns];
      };
      expect(of(running('a', true), running('a', true))).toEqual(['same', false]);
      expect(of(running('a', true), running('b', true))).toEqual(['unknown', true]);
      expect(of(alike, running('a', true))).toEqual(['unknown', true]);
      expect(of(running('a', false), running('b', false))).toEqual(['same', false]);
    });

    test('may be another on each side where it was not read, whatever its text', () => {
      const [one] = short as [RunDocument];
      const alike: readonly RunDocument[] = Array.from({ length: 12 }, () => one);
      const verdictOf = (text: string) => {
        const both = leaving(alike, 'a.yaml:1:2', text);
        return compareRuns(both, both, { ...options, tolerance: readTolerance([], '60%') }).verdict;
      };
      expect(verdictOf('--goaway-chance=0.02')).toBe('same');
      expect(verdictOf('not read: --made-up is no flag that is known here')).toBe('unknown');
      expect(verdictOf(`--made-up=${'x'.repeat(900)}…`)).toBe('unknown');
    });

    test('is its whole text, though that has what looks like a place', () => {
      const [one, other] = ['a:1:2: 5', 'b:3:4: 5'].map((text) =>
        leaving(short, 'x:7:8: y.yaml:1:2', `--made-up=${text}`),
      );
      expect(() => assertComparable(one ?? [], other ?? [], [])).toThrow('in no run: --made-up=a:1:2: 5');
      const withoutPlace = short.map((run) => ({
        ...run,
        ...(run.conditions === undefined ? {} : { conditions: { ...run.conditions, notInRun: ['a:1:2: 5'] } }),
      }));
      expect(notInRunNotes(withoutPlace, withoutPlace)).toEqual(['in no run of either side: a:1:2: 5']);
    });

    test('is noted where both sides have it', () => {
      const one = leaving(short, 'a.yaml:1:2', 'patches');
      expect(notInRunNotes(one, one)).toEqual(['in no run of either side: patches']);
      expect([notInRunNotes(short, short), notInRunNotes(one, short)]).toEqual([[], []]);
    });
  });

  test('machines of one class are alike, whatever their CPU calls itself; others are not', () => {
    const on = (machine: { cpus: number; cpu: string }): RunDocument[] =>
      short.map((run) => ({
        ...run,
        predicted: false,
        ...(run.conditions === undefined
          ? {}
          : { conditions: { ...run.conditions, machine: { architecture: 'x64', memoryGib: 8, ...machine } } }),
      }));
    const two = on({ cpus: 2, cpu: 'A' });
    expect(assertComparable(two, on({ cpus: 2, cpu: 'B' }), [])).toEqual([]);
    expect(() => assertComparable(two, on({ cpus: 4, cpu: 'A' }), [])).toThrow(
      'machine: base x64, 2 CPUs, 8 GiB; candidate x64, 4 CPUs, 8 GiB',
    );
  });

  test('a run.json that does not say what was done is not taken to be alike', () => {
    const silent = short.map(({ conditions: _, ...run }) => run);
    expect(() => assertComparable(silent, silent, [])).toThrow('load: base not on record; candidate not on record');
  });
});

describe('a tolerance', () => {
  test('that cannot be read is refused with all of its faults', () => {
    expect(() => readTolerance(['10', 'requests.refusd=3', '5%'])).toThrow(/received "10", "requests.refusd=3"\.$/);
    expect(() => readTolerance(['requests.refused=5=9'])).toThrow('received "requests.refused=5=9".');
  });

  test('of the frequency is a share of the runs, below all of them', () => {
    expect(readTolerance([], '20%').frequency).toBe(0.2);
    expect(readTolerance([]).frequency).toBe(0.05);
    for (const text of ['20', '100%', 'x']) {
      expect(() => readTolerance([], text)).toThrow(`--frequency-tolerance: expected a share of the runs below 100%`);
    }
  });
});

describe('a comparison in words', () => {
  const reported = (): ReportedComparison => ({
    base: { path: 'runs/long', first: long[0] as RunDocument },
    candidate: { path: 'runs/<b>|short', first: short[0] as RunDocument },
    differs: [],
    notes: ['left out: \u001b[31mred'],
    comparison: compareRuns(long, short, options),
    power: powerText(powerOfRuns(long, short, options), 0.05),
  });

  test('fits 80 columns, has no colour where none is wanted, and lets no escape sequence through', () => {
    const text = comparisonText(reported(), { columns: 80, colour: false });
    expect(text).toBe(`grace-pause: 5 runs of the base, 5 of the candidate
  predicted, nothing was run: figures come from the model
  base       runs/long
  candidate  runs/<b>|short
  ! left out: red

  REGRESSION  worse in nodes.notReadyTransitions, nodes.notReadyNodeSeconds,
              requests.refused, pods.unavailableSeconds, sinceFault.lastReadyMs,
              sinceFault.lastRefusedMs
                                 base candidate in runs          ≥ 95 %     p
  ✗ nodes.notReadyTransitions       0         2    0, 5              +2 0.004
  ✗ nodes.notReadyNodeSeconds       0      34.2    0, 5   +15.5 … +47.6 0.004
  ✗ requests.refused                0       133    0, 5      +51 … +233 0.004
  ? requests.latencyMs.max     1.0 ms    1.0 ms    5, 5              ±0 1.000
  ? plannedLatencyMs.p50       1.0 ms    1.0 ms    5, 5              ±0 1.000
  ? plannedLatencyMs.p90       1.0 ms    1.0 ms    5, 5              ±0 1.000
  ? plannedLatencyMs.p99       1.0 ms    1.0 ms    5, 5              ±0 1.000
  ? plannedLatencyMs.mean      1.0 ms    1.0 ms    5, 5              ±0 1.000
  ? steady.latencyMs.p50       1.0 ms    1.0 ms    5, 5              ±0 1.000
  ? fault.latencyMs.p50        1.0 ms    1.0 ms    5, 5              ±0 1.000
  ? steady.latencyMs.p90       1.0 ms    1.0 ms    5, 5              ±0 1.000
  ? fault.latencyMs.p90        1.0 ms    1.0 ms    5, 5              ±0 1.000
  ? steady.latencyMs.p99       1.0 ms    1.0 ms    5, 5              ±0 1.000
  ? fault.latencyMs.p99        1.0 ms    1.0 ms    5, 5              ±0 1.000
  ? steady.latencyMs.mean      1.0 ms    1.0 ms    5, 5              ±0 1.000
  ? fault.latencyMs.mean       1.0 ms    1.0 ms    5, 5              ±0 1.000
  ✗ pods.unavailableSeconds         0      26.6    0, 5   +13.6 … +46.6 0.004
  ✗ lastReadyMs                 0.0 s    34.2 s    0, 5 +34.0 … +34.4 s 0.004
  ✗ lastRefusedMs               0.0 s    26.4 s    0, 5 +25.3 … +33.7 s 0.004
  ? writes.leasePerNodeMinute       –         –       –               –     –
  ? writes.statusPerNodeMinute      –         –       –               –     –

    since the fault; better is what you want it to be
                     base candidate in runs ≥ 95 % p
  ? firstNotReadyMs never    17.0 s       –      – –
  ? firstRefusedMs  never    17.1 s       –      – –
  ? firstEvictionMs never     never       –      – –

  0 in every run: nodes.notReadyTransitionsBeforeFault, requests.httpError,
                  requests.reset, requests.timeout, requests.unreachable,
                  requests.otherError, requests.dropped, requests.slowSeconds,
                  pods.evicted, pods.stuckTerminating, pods.evictedBeforeFault,
                  steps.recover.timedOut

  5 a side: a harm in every run (5 of 5) against none is seen (p 0.004), in 4 of
  5 it is not (p 0.064); one with a chance of 96 % is seen 4 times of 5. No harm
  in any run leaves open that it is worse in up to 53 % of runs; 72 a side would
  show at most 5 %.

  ✓ better ✗ worse = same ? unknown. Medians; in so many runs of base and
  candidate there was any of it; how far the candidate lies above the base (≥ 95
  %, by rank sums); p for all judged figures together, how much and how often,
  by dealing the runs out anew: verdicts go by it.
`);
    for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(80);
  });

  test('as Markdown has one row a figure and no markup of others', () => {
    const text = comparisonMarkdown(reported());
    expect(text).toBe(`### grace-pause: regression

worse in nodes.notReadyTransitions, nodes.notReadyNodeSeconds, requests.refused, pods.unavailableSeconds, sinceFault.lastReadyMs, sinceFault.lastRefusedMs.

Predicted, nothing was run. Base: 5 runs (runs/long). Candidate: 5 runs (runs/&lt;b&gt;\\|short).

> left out: red

| figure | base | candidate | difference | in runs | ≥ 95 % | p | verdict |
|---|---:|---:|---:|---:|---:|---:|---|
| \`nodes.notReadyTransitions\` | 0 | 2 | +2 | 0, 5 | +2 | 0.004 | ✗ worse |
| \`nodes.notReadyNodeSeconds\` | 0 | 34.2 | +34.2 | 0, 5 | +15.5 … +47.6 | 0.004 | ✗ worse |
| \`requests.refused\` | 0 | 133 | +133 | 0, 5 | +51 … +233 | 0.004 | ✗ worse |
| \`requests.latencyMs.max\` | 1.0 ms | 1.0 ms | ±0 | 5, 5 | ±0 | 1.000 | ? unknown: may be worse in up to 53 % of runs |
| \`requests.plannedLatencyMs.p50\` | 1.0 ms | 1.0 ms | ±0 | 5, 5 | ±0 | 1.000 | ? unknown: may be worse in up to 53 % of runs |
| \`requests.plannedLatencyMs.p90\` | 1.0 ms | 1.0 ms | ±0 | 5, 5 | ±0 | 1.000 | ? unknown: may be worse in up to 53 % of runs |
| \`requests.plannedLatencyMs.p99\` | 1.0 ms | 1.0 ms | ±0 | 5, 5 | ±0 | 1.000 | ? unknown: may be worse in up to 53 % of runs |
| \`requests.plannedLatencyMs.mean\` | 1.0 ms | 1.0 ms | ±0 | 5, 5 | ±0 | 1.000 | ? unknown: may be worse in up to 53 % of runs |
| \`requests.byPhase.steady.latencyMs.p50\` | 1.0 ms | 1.0 ms | ±0 | 5, 5 | ±0 | 1.000 | ? unknown: may be worse in up to 53 % of runs |
| \`requests.byPhase.fault.latencyMs.p50\` | 1.0 ms | 1.0 ms | ±0 | 5, 5 | ±0 | 1.000 | ? unknown: may be worse in up to 53 % of runs |
| \`requests.byPhase.steady.latencyMs.p90\` | 1.0 ms | 1.0 ms | ±0 | 5, 5 | ±0 | 1.000 | ? unknown: may be worse in up to 53 % of runs |
| \`requests.byPhase.fault.latencyMs.p90\` | 1.0 ms | 1.0 ms | ±0 | 5, 5 | ±0 | 1.000 | ? unknown: may be worse in up to 53 % of runs |
| \`requests.byPhase.steady.latencyMs.p99\` | 1.0 ms | 1.0 ms | ±0 | 5, 5 | ±0 | 1.000 | ? unknown: may be worse in up to 53 % of runs |
| \`requests.byPhase.fault.latencyMs.p99\` | 1.0 ms | 1.0 ms | ±0 | 5, 5 | ±0 | 1.000 | ? unknown: may be worse in up to 53 % of runs |
| \`requests.byPhase.steady.latencyMs.mean\` | 1.0 ms | 1.0 ms | ±0 | 5, 5 | ±0 | 1.000 | ? unknown: may be worse in up to 53 % of runs |
| \`requests.byPhase.fault.latencyMs.mean\` | 1.0 ms | 1.0 ms | ±0 | 5, 5 | ±0 | 1.000 | ? unknown: may be worse in up to 53 % of runs |
| \`pods.unavailableSeconds\` | 0 | 26.6 | +26.6 | 0, 5 | +13.6 … +46.6 | 0.004 | ✗ worse |
| \`sinceFault.lastReadyMs\` | 0.0 s | 34.2 s | +34.2 s | 0, 5 | +34.0 … +34.4 s | 0.004 | ✗ worse |
| \`sinceFault.lastRefusedMs\` | 0.0 s | 26.4 s | +26.4 s | 0, 5 | +25.3 … +33.7 s | 0.004 | ✗ worse |
| \`writes.leasePerNodeMinute\` | – | – | – | – | – | – | ? unknown: not measured in every run |
| \`writes.statusPerNodeMinute\` | – | – | – | – | – | – | ? unknown: not measured in every run |
| \`sinceFault.firstNotReadyMs\` | never | 17.0 s | – | – | – | – | ? unknown: better is what you want it to be |
| \`sinceFault.firstRefusedMs\` | never | 17.1 s | – | – | – | – | ? unknown: better is what you want it to be |
| \`sinceFault.firstEvictionMs\` | never | never | – | – | – | – | ? unknown: better is what you want it to be |

0 in every run: \`nodes.notReadyTransitionsBeforeFault\`, \`requests.httpError\`, \`requests.reset\`, \`requests.timeout\`, \`requests.unreachable\`, \`requests.otherError\`, \`requests.dropped\`, \`requests.slowSeconds\`, \`pods.evicted\`, \`pods.stuckTerminating\`, \`pods.evictedBeforeFault\`, \`steps.recover.timedOut\`.

5 a side: a harm in every run (5 of 5) against none is seen (p 0.004), in 4 of 5 it is not (p 0.064); one with a chance of 96 % is seen 4 times of 5. No harm in any run leaves open that it is worse in up to 53 % of runs; 72 a side would show at most 5 %.
`);
  });
});
