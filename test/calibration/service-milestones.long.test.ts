import { describe, expect, test } from 'vitest';
import { configOfPlan, configOfRun } from '../../src/backend/model/index.ts';
import { conditionedOn } from '../../src/calibration/index.ts';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';
import { conditionalFindings } from '../../src/verdict/findings/model-findings.ts';
import type { ConditionalMilestone, Refusals } from '../../src/verdict/index.ts';
import { record } from '../backend/model/support/runs.ts';

const planOf = (version: string, fault = '{kind: kubelet-pause, target: {role: worker}}', load = ''): Plan =>
  makePlan(
    checkScenario(
      `name: one
profile: default
cluster: {kubernetes: ${version}}
load: {ratePerSecond: 20${load}}
phases:
  - steady: 20s
  - fault: 70s
    inject: [${fault}]
  - recover: {within: 200s}
`,
      'one.yaml',
    ).scenario,
    { kubernetesVersion: version },
  );

type Run = { readonly events: readonly TimelineEvent[]; readonly refusals: Refusals };

/** One run of the model; the fault meets the heartbeats of each in a phase of its own. */
const runOf = (plan: Plan, run: number): Run => {
  const { events, requests } = record(configOfRun(configOfPlan(plan), run, ((run * 0.618_034) % 1) * 30_000_000));
  const ordered = events.toSorted((one, other) => one.atMs - other.atMs);
  const faultMs = ordered.find(({ type }) => type === 'fault.injecting')?.atMs ?? 0;
  const refused = requests
    .filter(({ outcome, endedMs }) => outcome === 'refused' && endedMs >= faultMs)
    .map(({ endedMs }) => endedMs);
  return {
    events: ordered,
    refusals: {
      firstRefusedMs: refused.length === 0 ? null : Math.min(...refused),
      lastRefusedMs: refused.length === 0 ? null : Math.max(...refused),
    },
  };
};

/** The first of ten runs that is such. */
const firstRun = (plan: Plan, isSuch: (run: Run) => boolean): Run => {
  for (let run = 1; run <= 10; run += 1) {
    const one = runOf(plan, run);
    if (isSuch(one)) return one;
  }
  throw new Error('none of ten runs is such');
};

const serviceNames = new Set(['endpointLost', 'refused', 'lastRefused']);

const milestonesOf = (plan: Plan, { events, refusals }: Run): readonly ConditionalMilestone[] =>
  conditionedOn(plan, events, refusals).filter(({ link: milestone }) => serviceNames.has(milestone));

/** What was seen so much later than it was; the first event of the kind and all that come after it stay in order. */
const shifted = (refusals: Refusals, byMs: number): Refusals => ({
  firstRefusedMs: (refusals.firstRefusedMs ?? 0) + byMs,
  lastRefusedMs: (refusals.lastRefusedMs ?? 0) + byMs,
});

describe('what a Service and its clients feel, from what was seen before', () => {
  test.each(['v1.16.0', 'v1.24.0', 'v1.31.0', 'v1.34.4', 'v1.37.2'])(
    'lies where it is predicted in every run of the model of %s, and within two seconds',
    (version) => {
      const plan = planOf(version);
      const all = Array.from({ length: 30 }, (_, run) => milestonesOf(plan, runOf(plan, run))).flat();
      for (const name of ['endpointLost', 'refused', 'lastRefused'] as const) {
        const own = all.filter(({ link: milestone }) => milestone === name);
        expect(own.length, name).toBeGreaterThan(10);
        expect(own.filter(({ fit }) => fit !== 'inside')).toEqual([]);
        expect(Math.max(...own.map(({ p1Ms, p99Ms }) => p99Ms - p1Ms))).toBeLessThan(2100);
      }
    },
  );

  test('that kube-proxy waits out its minSyncPeriod after a change just before is part of it', () => {
    const plan = planOf('v1.34.4');
    const refused = Array.from({ length: 30 }, (_, run) => milestonesOf(plan, runOf(plan, run)))
      .flat()
      .filter(({ link: milestone }) => milestone === 'refused');
    const waits = refused.map(({ p50Ms, given }) => p50Ms - given.atMs);
    // Both nodes in one pass: their pods' two changes are milliseconds apart, and one sync may take both.
    expect(waits.some((ms) => ms > 900)).toBe(true);
    expect(waits.every((ms) => ms < 1050)).toBe(true);
    for (const { p1Ms, p50Ms, given } of refused)
      if (p50Ms - given.atMs > 900) expect(p1Ms - given.atMs).toBeLessThan(50);
  });

  test('outside is a finding, in words', () => {
    const plan = planOf('v1.34.4');
    const run = runOf(plan, 1);
    const late = conditionalFindings(milestonesOf(plan, { ...run, refusals: shifted(run.refusals, 6000) }));
    expect(late).toEqual([
      expect.stringMatching(
        /^clients: first refused \d\.\d s after no endpoint left, outside the .* predicted from it$/,
      ),
      expect.stringMatching(
        /^clients: last refused \d\.\d s after an endpoint again, outside the .* predicted from it$/,
      ),
    ]);
    expect(conditionalFindings(milestonesOf(plan, run))).toEqual([]);
  });

  test('refusals are left out where they may have another cause', () => {
    const named = (fault: string, load = ''): readonly string[] => {
      const plan = planOf('v1.34.4', fault, load);
      return [
        ...new Set(
          Array.from({ length: 5 }, (_, run) => milestonesOf(plan, runOf(plan, run)))
            .flat()
            .map(({ link: milestone }) => milestone),
        ),
      ].sort();
    };
    expect(named('{kind: partition, target: {role: worker}}')).toEqual(['endpointLost', 'lastRefused', 'refused']);
    expect(named('{kind: partition, target: {role: worker}, traffic: all}')).toEqual(['endpointLost']);
    expect(named('{kind: node-stop, target: {role: worker}}')).toEqual(['endpointLost']);
    expect(named('{kind: kubelet-pause, target: {role: worker}}', ', connection: keep-alive')).toEqual([
      'endpointLost',
    ]);
  });

  test('nothing is predicted of a Service whose slices were not seen all the while', () => {
    const plan = planOf('v1.34.4');
    const { events, refusals } = runOf(plan, 1);
    const blind: readonly TimelineEvent[] = [
      ...events,
      { atMs: 1e9, type: 'watch.lost', resource: 'endpointslices', reason: 'gone' },
    ];
    expect(milestonesOf(plan, { events: blind, refusals })).toEqual([]);
    expect(
      milestonesOf(plan, { events, refusals: { firstRefusedMs: null, lastRefusedMs: null } }).map(
        ({ link: milestone }) => milestone,
      ),
    ).toEqual(
      milestonesOf(plan, { events, refusals }).flatMap(({ link: milestone }) =>
        milestone === 'endpointLost' ? [milestone] : [],
      ),
    );
  });
});

test("an eviction is predicted from the pods' own tolerations", () => {
  const plan = makePlan(
    checkScenario(
      `name: own
profile: fast
workload: {tolerations: {unreachable: 5s}}
phases: [{steady: 20s}, {fault: 75s, inject: [{kind: kubelet-pause, target: {nodes: [worker]}}]}, {recover: {within: 90s}}]
`,
      'own.yaml',
    ).scenario,
    { kubernetesVersion: 'v1.34.4' },
  );
  const { events, refusals } = runOf(plan, 1);
  const evicted = conditionedOn(plan, events, refusals).filter(({ link: milestone }) => milestone === 'evicted');
  expect(evicted).toMatchObject([{ fit: 'inside' }]);
});

test('an outage that ended before the rules had to be written is not judged by the refusals of another', () => {
  const plan = planOf('v1.34.4');
  const namesOf = (of: Run) => milestonesOf(plan, of).map(({ link: milestone }) => milestone);
  // One whose endpoints are all lost together, by one pass: an outage that is put in has no other loss beside it.
  const together = (of: Run): boolean => namesOf(of).filter((name) => name === 'endpointLost').length === 1;
  const run = firstRun(plan, together);
  const [faultMs, endMs] = (['fault.injecting', 'load.ended'] as const).map(
    (type) => run.events.find((one) => one.type === type)?.atMs ?? Number.NaN,
  ) as [number, number];
  /** The same with no endpoint left for 300 ms. */
  const withOutage = (atMs: number): Run => {
    const last = run.events.findLast((one) => one.type === 'endpoints' && one.atMs < atMs);
    if (last?.type !== 'endpoints' || last.ready === 0) throw new Error('no endpoints before it');
    const outage = [
      { ...last, atMs, ready: 0, notReady: last.ready },
      { ...last, atMs: atMs + 300 },
    ];
    return { ...run, events: [...run.events, ...outage].toSorted((one, other) => one.atMs - other.atMs) };
  };
  expect(namesOf(run)).toEqual(['endpointLost', 'refused', 'lastRefused']);
  expect(run.refusals.lastRefusedMs).toBeLessThan(endMs - 5000);
  const before = withOutage(faultMs + 1000);
  const after = withOutage(endMs - 2000);
  expect(namesOf(before)).toEqual(['endpointLost', 'lastRefused']);
  expect(namesOf(after)).toEqual(['endpointLost', 'refused']);
  for (const one of [before, after]) expect(milestonesOf(plan, one).filter(({ fit }) => fit === 'outside')).toEqual([]);
});
