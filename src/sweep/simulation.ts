import { modelOfPlan } from '../backend/model/index.ts';
import { seedOfRepeat } from '../common/random.ts';
import type { Plan } from '../plan/index.ts';
import { runJobs } from './run/pool.ts';
import type { Trial } from './run/trials.ts';
import { chanceOf, spreadOf } from './statistics.ts';
import type { Chance, Spread } from './types.ts';

/** What the model says of one plan, over runs that differ in their seed; times in ms since what `since` says. */
export type Simulation = {
  readonly predicted: true;
  readonly runs: number;
  /** The first fault, or the load where the plan has no fault. */
  readonly since: 'fault' | 'load';
  /** The plan's, from which every run draws one of its own. */
  readonly seed: number;
  readonly notReady: Chance;
  /** By a kubelet's own word; the chance of that race is one that differs between machines, see `prediction`. */
  readonly notReadyByKubelet: Chance;
  readonly evicted: Chance;
  readonly refused: Chance;
  /** Not all was well again within the plan's time. */
  readonly notRecovered: Chance;
  readonly firstNotReadyMs: Spread;
  readonly firstEvictionMs: Spread;
  readonly firstRefusedMs: Spread;
  /** When the last node came back, where one had been NotReady and all were Ready in the end. */
  readonly allReadyMs: Spread;
};

/** A thread gets so many runs at once. */
const chunk = 50;

/** Chances and times of a plan from its runs. */
export const simulationOf = (plan: Pick<Plan, 'seed' | 'phases'>, trials: readonly Trial[]): Simulation => {
  const chance = (happened: (trial: Trial) => boolean): Chance =>
    chanceOf(trials.filter(happened).length, trials.length);
  return {
    predicted: true,
    runs: trials.length,
    since: plan.phases.some(({ kind }) => kind === 'fault') ? 'fault' : 'load',
    seed: plan.seed,
    notReady: chance(({ firstNotReadyMs }) => firstNotReadyMs !== null),
    notReadyByKubelet: chance((trial) => trial.notReadyByKubelet > 0),
    evicted: chance(({ firstEvictionMs }) => firstEvictionMs !== null),
    refused: chance(({ firstRefusedMs }) => firstRefusedMs !== null),
    notRecovered: chance(({ recovered }) => !recovered),
    firstNotReadyMs: spreadOf(trials.map(({ firstNotReadyMs }) => firstNotReadyMs)),
    firstEvictionMs: spreadOf(trials.map(({ firstEvictionMs }) => firstEvictionMs)),
    firstRefusedMs: spreadOf(trials.map(({ firstRefusedMs }) => firstRefusedMs)),
    allReadyMs: spreadOf(trials.map((trial) => (trial.recovered ? trial.lastReadyMs : null))),
  };
};

/**
 * Simulates a plan many times, on several threads. The first fault of each run meets the heartbeats in a phase of its
 * own, unless the plan says which one, as that of a repeat does. The same plan and number give the same, whatever the threads.
 * @throws SkipbeatError VERSION_UNSUPPORTED, MODEL_INVALID, MODEL_TOO_LARGE (exit 64), SWEEP_WORKER_DIED
 */
export const simulatePlan = async (
  plan: Plan,
  runs: number,
  pool: { readonly workers: number; readonly heapBytes: number },
): Promise<Simulation> => {
  const { config, isPlaced, longestWaitUs } = modelOfPlan(plan, pool.heapBytes);
  const seeds = Array.from({ length: runs }, (_, repeat) => seedOfRepeat(plan.seed, repeat));
  const jobs = Array.from({ length: Math.ceil(runs / chunk) }, (_, index) => ({
    kind: 'course' as const,
    config,
    seeds: seeds.slice(index * chunk, (index + 1) * chunk),
    ...(isPlaced ? {} : { spreadUs: longestWaitUs }),
  }));
  const results = new Map<number, readonly Trial[]>();
  await runJobs(jobs, {
    ...pool,
    onResult: (index, result) => {
      if (result.kind === 'course') results.set(index, result.trials);
    },
  });
  return simulationOf(
    plan,
    jobs.flatMap((_, index) => results.get(index) ?? []),
  );
};
