import {
  collectFigures,
  configOfRun,
  type FigureCollector,
  type ModelConfig,
  type ModelFigures,
  type ModelSink,
  runModel,
  startModel,
} from '../../backend/model/index.ts';
import { randomFrom, seedFor } from '../../common/random.ts';

/** What one simulated run came to; times in ms since the first fault (without one, since the load) began, null = not seen. */
export type Trial = {
  readonly firstNotReadyMs: number | null;
  readonly firstEvictionMs: number | null;
  readonly firstRefusedMs: number | null;
  readonly lastNotReadyMs: number | null;
  readonly firstTaintedMs: number | null;
  readonly firstEndpointLostMs: number | null;
  readonly firstEndpointsEmptyMs: number | null;
  readonly firstReplacementReadyMs: number | null;
  readonly lastRefusedMs: number | null;
  /** Requests without an answer. */
  readonly lostRequests: number;
  readonly lastReadyMs: number | null;
  readonly notReadyNodeSeconds: number;
  /** How often a node was NotReady by its kubelet's own word. */
  readonly notReadyByKubelet: number;
  readonly recovered: boolean;
};

/** Runs of one config that differ in their seed. `detection`: only until the node that a fault hits is NotReady. */
export type Job = {
  readonly kind: 'impact' | 'detection';
  readonly config: ModelConfig;
  readonly seeds: readonly number[];
  /** Each run's phases begin up to so much later, by a draw of its own from its seed; not at all where it is left out. */
  readonly spreadUs?: number;
};

/** One entry a seed, in their order. */
export type JobResult =
  | { readonly kind: 'impact'; readonly trials: readonly Trial[] }
  | { readonly kind: 'detection'; readonly detectedMs: readonly (number | null)[] };

/** Events between two checks whether the node is NotReady. */
const slice = 5000;

const toMs = (us: number | null): number | null => (us === null ? null : us / 1000);

const trialOf = (figures: ModelFigures): Trial => ({
  firstNotReadyMs: toMs(figures.firstNotReadyUs),
  firstEvictionMs: toMs(figures.firstEvictionUs),
  firstRefusedMs: toMs(figures.firstRefusedUs),
  lastNotReadyMs: toMs(figures.lastNotReadyUs),
  firstTaintedMs: toMs(figures.firstTaintedUs),
  firstEndpointLostMs: toMs(figures.firstEndpointLostUs),
  firstEndpointsEmptyMs: toMs(figures.firstEndpointsEmptyUs),
  firstReplacementReadyMs: toMs(figures.firstReplacementReadyUs),
  lastRefusedMs: toMs(figures.lastRefusedUs),
  lostRequests: figures.lostRequests,
  lastReadyMs: toMs(figures.lastReadyUs),
  notReadyNodeSeconds: figures.notReadyNodeSeconds,
  notReadyByKubelet: figures.notReadyByKubelet,
  recovered: figures.recovered,
});

/**
 * Figures count from the first fault on; where there is none, from the load on, as if nothing were done to no node. How many
 * heartbeats there were is in no trial.
 */
const countingSink = (config: ModelConfig, figures: FigureCollector): ModelSink => {
  const uncounted = { ...figures, heartbeats: null };
  if (config.phases.some(({ kind }) => kind === 'fault')) return uncounted;
  return {
    ...uncounted,
    event: (atUs, body) => {
      figures.event(atUs, body);
      if (body.type !== 'load.started') return;
      figures.event(atUs, { type: 'fault.injecting', fault: 'none', kind: 'none', targets: [] });
    },
  };
};

/** A run to its end. */
export const simulateTrial = (config: ModelConfig): Trial => {
  const figures = collectFigures();
  runModel(config, countingSink(config, figures));
  return trialOf(figures.result());
};

/**
 * Runs until the target of the config's fault is NotReady.
 * @returns ms from the fault to that, 0 where it was NotReady before, null where the run ended first
 */
export const runDetection = (config: ModelConfig): number | null => {
  let stoppedUs: number | null = null;
  let notReadyUs: number | null = null;
  let isReady = true;
  const targets = new Set<string>();
  for (const phase of config.phases) {
    if (phase.kind === 'fault')
      for (const { targets: names } of phase.inject) for (const name of names) targets.add(name);
  }
  const run = startModel(config, {
    withoutNodeEvents: true,
    lease: () => undefined,
    heartbeats: null,
    pod: () => undefined,
    endpoints: () => undefined,
    requests: () => undefined,
    node: (atUs, { name }, _before, { ready }) => {
      if (!targets.has(name)) return;
      isReady = ready === 'True';
      if (stoppedUs !== null && !isReady) notReadyUs ??= atUs;
    },
    event: (atUs, { type }) => {
      if (type !== 'fault.injecting') return;
      stoppedUs ??= atUs;
      if (!isReady) notReadyUs ??= atUs;
    },
  });
  while (notReadyUs === null && run.advance(slice));
  return notReadyUs === null || stoppedUs === null ? null : (notReadyUs - stoppedUs) / 1000;
};

/** One run of a job; what it draws here is independent of what the model draws from the same seed. */
const configOf = ({ config, spreadUs }: Job, seed: number): ModelConfig =>
  configOfRun(config, seed, spreadUs === undefined ? null : randomFrom(seedFor([seed, 'phase']))() * spreadUs);

/**
 * Does one job, on whatever thread.
 * @param onTrial called after each of its runs, of which nothing is left then but its result
 */
export const runJob = (job: Job, onTrial: (config: ModelConfig) => void): JobResult => {
  const each = <T>(run: (config: ModelConfig) => T): T[] =>
    job.seeds.map((seed) => {
      const config = configOf(job, seed);
      const result = run(config);
      onTrial(config);
      return result;
    });
  return job.kind === 'impact'
    ? { kind: job.kind, trials: each(simulateTrial) }
    : { kind: job.kind, detectedMs: each(runDetection) };
};
