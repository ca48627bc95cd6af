import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configOfPlan } from '../../../../src/backend/model/index.ts';
import { makePlan, type Plan } from '../../../../src/plan/index.ts';
import { checkScenario } from '../../../../src/scenario/index.ts';
import { windowSlackMs } from '../../../../src/verdict/findings/calibration.ts';
import { sampleOf } from '../../../support/sample.ts';
import { evictions, faultStart, firstNotReady, ofType, type Recorded, readyChanges, record } from '../support/runs.ts';

type Case = {
  readonly nodes: number;
  readonly pods: number;
  readonly version: string;
  readonly profile: string;
  readonly stopSeconds: number;
  readonly steadySeconds: number;
  readonly seed: number;
  /** How often it is ended, each for so long, and so much longer lies between two beginnings. */
  readonly times: number;
  readonly apartSeconds: number;
};

const anyCase = (versions: readonly string[]): fc.Arbitrary<Case> =>
  fc.record({
    nodes: fc.integer({ min: 1, max: 12 }),
    pods: fc.constantFrom(0, 0, 2),
    version: fc.constantFrom(...versions),
    profile: fc.constantFrom(
      'default',
      'fast',
      'medium',
      'slow',
      'tight-grace',
      '{nodeMonitorGracePeriod: 40s}',
      '{nodeMonitorGracePeriod: 70s}',
      '{nodeMonitorGracePeriod: 30s, evictionAfter: 5s}',
    ),
    stopSeconds: fc.constantFrom(1, 5, 10, 20, 30, 35, 39, 41, 50, 75, 120),
    steadySeconds: fc.integer({ min: 25_000, max: 60_000 }).map((ms) => ms / 1000),
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    times: fc.constantFrom(1, 1, 1, 2, 3),
    apartSeconds: fc.constantFrom(2, 10, 25, 50, 70),
  });

const timingOf = ({ times, stopSeconds, apartSeconds }: Case): string =>
  times === 1 ? '' : `, lasts: ${stopSeconds}s, every: ${stopSeconds + apartSeconds}s, times: ${times}`;

const planOf = (one: Case): Plan => {
  const { nodes, pods, version, profile, stopSeconds, steadySeconds, seed, times, apartSeconds } = one;
  const faultSeconds = times * (stopSeconds + apartSeconds) - apartSeconds;
  return makePlan(
    checkScenario(
      `name: a\nprofile: ${profile}\nseed: ${seed}\ncluster: {kubernetes: ${version}, hollow: {nodes: ${nodes}, podsPerNode: ${pods}}}\nworkload: {replicas: 1}\nload: {ratePerSecond: 1}\nphases: [{steady: ${steadySeconds}s}, {fault: ${faultSeconds}s, inject: [{kind: kubelet-stop, target: {hollow: {count: ${Math.ceil(nodes / 2)}}}${timingOf(one)}}]}, {steady: 90s}]\n`,
      'x.yaml',
    ).scenario,
    { kubernetesVersion: `${version}.9` },
  );
};

const targetsOf = (plan: Plan): readonly string[] =>
  plan.phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject.flatMap(({ targets }) => targets) : []));

/** Renewals of a node as they are stamped, in ms since the first fault began. */
const renewals = (run: Recorded, node: string): readonly number[] =>
  ofType(run, 'lease.renewed')
    .filter((event) => event.node === node)
    .map(({ atMs }) => atMs - faultStart(run));

const agree = (versions: readonly string[], runs: readonly [number, number], seed: number): void => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(anyCase(versions), (one) => {
      const plan = planOf(one);
      const run = record(configOfPlan(plan));
      const targets = targetsOf(plan);
      // A grace as short as the heartbeat makes nodes flap without a fault; such a run begins from another state.
      if (targets.some((node) => readyChanges(run, node).findLast(({ afterMs }) => afterMs < 0)?.status !== 'True'))
        return;
      const { flap, notReadyAfterMs, evictionAfterMs } = plan.prediction;
      const lost = targets.flatMap((node) => firstNotReady(run, node) ?? []);
      seen.add(`${flap} ${lost.length > 0}`);
      if (flap === 'impossible') expect(lost).toEqual([]);
      if (flap === 'certain') expect(lost).not.toEqual([]);
      // Of several times that make nothing certain a later one may be the first that costs a node.
      const isFirst = one.times === 1;
      if (isFirst && lost.length > 0 && notReadyAfterMs !== null) {
        expect(Math.min(...lost)).toBeGreaterThanOrEqual(notReadyAfterMs[0]);
        expect(Math.min(...lost)).toBeLessThanOrEqual(notReadyAfterMs[1] + windowSlackMs);
      }
      const evicted = evictions(run).flatMap(({ node, afterMs }) =>
        afterMs >= 0 && targets.includes(node ?? '') ? [afterMs] : [],
      );
      if (isFirst && evicted.length > 0 && evictionAfterMs !== null) {
        expect(Math.min(...evicted)).toBeGreaterThanOrEqual(evictionAfterMs[0]);
        expect(Math.min(...evicted)).toBeLessThanOrEqual(evictionAfterMs[1] + windowSlackMs);
      }
      // kwok never says it of itself.
      const said = targets.flatMap((node) => readyChanges(run, node).filter(({ afterMs }) => afterMs >= 0));
      expect(said.filter(({ status }) => status === 'False')).toEqual([]);
    }),
    { numRuns: sampleOf(...runs), seed },
  );
  expect([...seen].toSorted()).toEqual(['certain true', 'impossible false', 'possible false', 'possible true']);
};

test('to 1.30, formula and simulation of a kwok that is ended never contradict each other', () => {
  agree(['v1.18', 'v1.20', 'v1.24', 'v1.28', 'v1.30'], [60, 1500], 1);
});

test('nor do they from 1.31 on', () => {
  agree(['v1.31', 'v1.32', 'v1.34', 'v1.36'], [60, 1500], 2);
});

test('a lease is renewed again once it has run out, at the next of the tries, or at once where it had run out before', () => {
  const within = { leaseMs: 40_000, tryMs: 10_400, slackMs: 50 };
  for (const stopSeconds of [1, 10, 30, 60])
    for (let seed = 1; seed <= 5; seed += 1) {
      const one = {
        nodes: 6,
        pods: 2,
        version: 'v1.34',
        profile: 'default',
        steadySeconds: 30,
        stopSeconds,
        seed,
        times: 1,
        apartSeconds: 0,
      };
      const plan = planOf(one);
      const run = record(configOfPlan(plan));
      for (const node of targetsOf(plan)) {
        const times = renewals(run, node);
        const last = times.findLast((atMs) => atMs < 0) ?? Number.NaN;
        const next = times.find((atMs) => atMs > 0) ?? Number.NaN;
        // kwok is there a second after it was started.
        const startedMs = stopSeconds * 1000 + 1000;
        expect(next).toBeGreaterThanOrEqual(Math.max(last + within.leaseMs, startedMs));
        expect(next).toBeLessThanOrEqual(Math.max(last + within.leaseMs + within.tryMs, startedMs) + within.slackMs);
      }
    }
});
