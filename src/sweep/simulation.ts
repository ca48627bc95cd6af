import { configOfPlan, estimateModel, modelOfPlan } from '../backend/model/index.ts';
import { seedOfRepeat } from '../common/random.ts';
import { type Plan, reachesClientPackets } from '../plan/index.ts';
import { runJobs } from './run/pool.ts';
import type { Trial } from './run/trials.ts';
import { chanceOf, wideSpreadOf } from './statistics.ts';
import type { Chance, WideSpread } from './types.ts';

/** What the model says of one plan, over runs that differ in their seed; times in ms since `since`. */
export type Simulation = {
  readonly predicted: true;
  readonly runs: number;
  /** The first fault, or the load where the plan has no fault. */
  readonly since: 'fault' | 'load';
  /** `fresh`: made for the run, as kind's are; `old`: every phase of its heartbeats independent, as after weeks. */
  readonly age: 'fresh' | 'old';
  /** The plan's, from which every run draws one of its own. */
  readonly seed: number;
  readonly notReady: Chance;
  /** By a kubelet's own word; the chance of that race is one that differs between machines, see `prediction`. */
  readonly notReadyByKubelet: Chance;
  readonly evicted: Chance;
  /** null, as all that is of requests: a fault acts on the packets of clients, which the model does not simulate. */
  readonly refused: Chance | null;
  /** Not all was well again within the plan's time. */
  readonly notRecovered: Chance;
  readonly firstNotReadyMs: WideSpread;
  /** When the last of the nodes that were lost was. */
  readonly lastNotReadyMs: WideSpread;
  readonly firstTaintedMs: WideSpread;
  readonly firstEndpointLostMs: WideSpread;
  readonly firstEndpointsEmptyMs: WideSpread;
  readonly firstRefusedMs: WideSpread | null;
  readonly firstEvictionMs: WideSpread;
  /** The first pod that was made for one that was evicted, Ready. */
  readonly firstReplacementReadyMs: WideSpread;
  /** When the last node came back, where one had been NotReady and all were Ready in the end. */
  readonly allReadyMs: WideSpread;
  readonly lastRefusedMs: WideSpread | null;
  /** Requests without an answer in a run, over all runs. */
  readonly requestsLost: WideSpread | null;
};

/** A thread gets so many runs at once. */
const chunk = 50;

/** Chances and times of a plan from its runs. */
export const simulationOf = (
  plan: Pick<Plan, 'seed' | 'phases' | 'topology'>,
  trials: readonly Trial[],
): Simulation => {
  const chance = (happened: (trial: Trial) => boolean): Chance =>
    chanceOf(trials.filter(happened).length, trials.length);
  const spread = (value: (trial: Trial) => number | null): WideSpread => wideSpreadOf(trials.map(value));
  const faults = plan.phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []));
  const ofRequests = <T>(known: T): T | null => (faults.some(reachesClientPackets) ? null : known);
  return {
    predicted: true,
    runs: trials.length,
    since: plan.phases.some(({ kind }) => kind === 'fault') ? 'fault' : 'load',
    age: plan.topology.age ?? 'fresh',
    seed: plan.seed,
    notReady: chance(({ firstNotReadyMs }) => firstNotReadyMs !== null),
    notReadyByKubelet: chance((trial) => trial.notReadyByKubelet > 0),
    evicted: chance(({ firstEvictionMs }) => firstEvictionMs !== null),
    refused: ofRequests(chance(({ firstRefusedMs }) => firstRefusedMs !== null)),
    notRecovered: chance(({ recovered }) => !recovered),
    firstNotReadyMs: spread(({ firstNotReadyMs }) => firstNotReadyMs),
    lastNotReadyMs: spread(({ lastNotReadyMs }) => lastNotReadyMs),
    firstTaintedMs: spread(({ firstTaintedMs }) => firstTaintedMs),
    firstEndpointLostMs: spread(({ firstEndpointLostMs }) => firstEndpointLostMs),
    firstEndpointsEmptyMs: spread(({ firstEndpointsEmptyMs }) => firstEndpointsEmptyMs),
    firstRefusedMs: ofRequests(spread(({ firstRefusedMs }) => firstRefusedMs)),
    firstEvictionMs: spread(({ firstEvictionMs }) => firstEvictionMs),
    firstReplacementReadyMs: spread(({ firstReplacementReadyMs }) => firstReplacementReadyMs),
    allReadyMs: spread((trial) => (trial.recovered ? trial.lastReadyMs : null)),
    lastRefusedMs: ofRequests(spread(({ lastRefusedMs }) => lastRefusedMs)),
    requestsLost: ofRequests(spread(({ lostRequests }) => lostRequests)),
  };
};

/** How long so many simulations of a plan take on one thread at most, in ms, before any is begun. */
export const estimateSimulation = (plan: Plan, runs: number): { readonly ms: number } => ({
  ms: estimateModel(configOfPlan(plan)).seconds * 1000 * runs,
});

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
  const { config, isPlaced, maxWaitUs } = modelOfPlan(plan, pool.heapBytes);
  const seeds = Array.from({ length: runs }, (_, repeat) => seedOfRepeat(plan.seed, repeat));
  const jobs = Array.from({ length: Math.ceil(runs / chunk) }, (_, index) => ({
    kind: 'impact' as const,
    config,
    seeds: seeds.slice(index * chunk, (index + 1) * chunk),
    ...(isPlaced ? {} : { spreadUs: maxWaitUs }),
  }));
  const results = new Map<number, readonly Trial[]>();
  await runJobs(jobs, {
    ...pool,
    onResult: (index, result) => {
      if (result.kind === 'impact') results.set(index, result.trials);
    },
  });
  return simulationOf(
    plan,
    jobs.flatMap((_, index) => results.get(index) ?? []),
  );
};
