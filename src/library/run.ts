import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, SkipbeatError, withStorageNamed } from '../common/errors.ts';
import type { Plan } from '../plan/index.ts';
import {
  chooseBackendFor,
  type OwnClusterOption,
  type Prepared,
  prepareOnContext,
  prepareRun,
  readBackendOption,
} from '../prepare/index.ts';
import type { BackendOption } from '../prepare/shapes.ts';
import { executeRepeats, executeRun, isAbort, makeRunFolder } from '../run/index.ts';
import type { Scenario } from '../scenario/index.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import type { RepeatsDocument, RunDocument } from '../verdict/index.ts';
import { type ScenarioChanges, scenarioWith } from './scenario.ts';

/**
 * A cluster that somebody has, known by kubeconfig alone. What the command line refuses there is refused here, before anything
 * is written, and the context is always named: the current one means nothing. Nobody is asked to type a name, so the UID proves
 * which cluster is meant.
 */
export type OwnCluster = {
  readonly name: string;
  /** Else as kubectl finds it. */
  readonly kubeconfig?: string;
  /** Which nodes may be hit: `skipbeat.dev/faults=allowed`, or their names. */
  readonly nodes: string;
  /** Of the namespace kube-system. */
  readonly clusterUid: string;
  /** 1 where it is left out. */
  readonly maxNodes?: number;
  /** No fault stands for longer: `10m` where it is left out. */
  readonly maxDuration?: string;
  readonly agentImage?: string;
  /** Who makes the faults: `agent` where it is left out. */
  readonly injector?: 'agent' | 'chaos-mesh';
  /** Brings a load, from a pod; left out: none is sent, and its figures are null. */
  readonly load?: {
    readonly image?: string;
    readonly workloadImage?: string;
    /** `shop/web:80`: the load goes there, and no workload is brought. */
    readonly service?: string;
    readonly servicePath?: string;
  };
};

export type RunOptions = ScenarioChanges & {
  /**
   * `kind`: real clusters; `model`: a prediction, in a second, anywhere; `auto`, the default: kind where it is ready here,
   * else the model. `document.predicted` says which it was, and `notes` why.
   */
  readonly backend?: BackendOption;
  /** The folder of the evidence, new or empty. `runs/<time>-<scenario>` below the working directory where left out. */
  readonly outFolder?: string;
  /** From where the load is sent; `auto`, the default: this machine where it reaches the nodes, else a container. */
  readonly loadFrom?: 'auto' | 'host' | 'container';
  /** Runs on that cluster; `backend` and `loadFrom` are then left out, and `openCluster` has none. */
  readonly context?: OwnCluster;
  /** Ends the run early; everything that it did is undone, then `run` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called with each line of events.ndjson as it happens; of repeats, with those of each in turn. */
  readonly onEvent?: (event: TimelineEvent) => void;
};

/** What came of a run. */
export type RunResult = {
  /** `run.json`. With `repeats` above 1 each figure in it is a summary, and `document.repeats` holds the runs. */
  readonly document: RunDocument | RepeatsDocument;
  /** `plan.json`. */
  readonly plan: Plan;
  /** Where the evidence lies: run.json, report.html, events.ndjson and what else a run leaves. */
  readonly folder: string;
  /** What a person should know of how it was run, a sentence each. */
  readonly notes: readonly string[];
};

/** A cluster that outlives the run; for `openCluster`. */
export type RunPlace = { readonly cluster: string; readonly onKind: () => void };

/** @throws SkipbeatError CONTEXT_OPTION_INVALID (exit 64) */
const assertAlone = ({ backend, loadFrom }: RunOptions, place: RunPlace | null): void => {
  const others: readonly (readonly [string, boolean])[] = [
    ['backend', backend !== undefined && backend !== 'auto'],
    ['loadFrom', loadFrom !== undefined && loadFrom !== 'auto'],
    ['openCluster', place !== null],
  ];
  const other = others.find(([, isThere]) => isThere)?.[0];
  if (other === undefined) return;
  throw new SkipbeatError(
    'CONTEXT_OPTION_INVALID',
    `context: expected a run on that cluster, received ${other}, too.`,
    { exitCode: exitCodes.usage, next: 'leave one of the two out' },
  );
};

const onContext = ({ name, load, maxNodes, ...rest }: OwnCluster): OwnClusterOption => {
  const { image, ...others } = load ?? {};
  return {
    ...{ ...rest, ...others, context: name },
    ...(maxNodes === undefined ? {} : { maxNodes: String(maxNodes) }),
    ...(load === undefined ? {} : { loadFrom: 'pod' }),
    ...(image === undefined ? {} : { loadImage: image }),
  };
};

const prepare = async (
  scenario: Scenario,
  options: RunOptions,
  place: RunPlace | null,
  notes: string[],
): Promise<Prepared> => {
  const notify = (line: string): void => {
    notes.push(line);
  };
  if (options.context !== undefined) {
    assertAlone(options, place);
    return prepareOnContext(scenario, onContext(options.context), { notify, ask: null });
  }
  const { loadFrom = 'auto' } = options;
  const backend = readBackendOption(options.backend ?? 'auto');
  const choice = await chooseBackendFor(backend, scenario, loadFrom === 'container');
  if (choice.name === 'model') notify(`predicted, nothing was run: ${choice.why}`);
  const own = place === null ? {} : { cluster: place.cluster, keepCluster: true };
  if (choice.name === 'kind') place?.onKind();
  const environment = choice.name === 'kind' ? choice.environment : null;
  return prepareRun(scenario, { ...own, loadFrom }, environment, notify);
};

/** @throws SkipbeatError, see `run` */
export const runAt = async (nameOrFile: string, options: RunOptions, place: RunPlace | null): Promise<RunResult> => {
  options.signal?.throwIfAborted();
  const { scenario, resolved } = scenarioWith(nameOrFile, options);
  const notes: string[] = [];
  const { plan, begin } = await prepare(scenario, options, place, notes);

  const startedAt = new Date();
  const folder = makeRunFolder(plan.scenario, startedAt, options.outFolder ?? null);
  mkdirSync(join(folder, 'logs'));
  const signal = options.signal ?? new AbortController().signal;
  const { backend, end } = begin(folder, startedAt);
  const { onEvent } = options;
  const listeners = onEvent === undefined ? [] : [{ onEvent }];
  const common = { plan, backend, folder, scenarioYaml: resolved, startedAt, signal };
  try {
    const { document, error } =
      plan.repeats === 1
        ? await executeRun({ ...common, listeners })
        : await executeRepeats({ ...common, onRepeat: () => ({ listeners, ended: () => undefined }) });
    // A run that an abort condition ended was judged, as inconclusive, like one that came to its end.
    if (error !== null && !isAbort(error)) throw withStorageNamed(error);
    signal.throwIfAborted();
    if (document !== null) return { document, plan, folder, notes };
    throw new SkipbeatError('RUN_NOT_JUDGED', `${folder}: expected a record that can be judged, found none.`);
  } finally {
    // What is kept, and how it is removed, is for `openCluster` to know; a run of its own keeps nothing.
    const left = end();
    if (place === null) notes.push(...left);
  }
};

/**
 * Runs a scenario and judges it by what was observed. Prints nothing, installs no signal handler, never ends the process;
 * what was begun is undone when it settles, whatever happened. A verdict `fail` or `inconclusive` is a result, not an
 * error.
 * @param scenario the name of one that comes with skipbeat (`tight-grace`), or a path from the working directory
 * @returns the documents that the command line writes: `result.document.verdict` is `pass`, `fail` or `inconclusive`
 * @throws SkipbeatError with a stable `code` and, in `next`, what to do: SCENARIO_NOT_FOUND, SCENARIO_INVALID, what a
 *   version cannot express; ENVIRONMENT_NOT_READY where kind was asked for and is not there; with `context` what that cluster
 *   is refused for (TARGETS_REFUSED, CLUSTER_NOT_CONFIRMED, RIGHT_MISSING and others); whatever broke the run
 * @throws the reason of `signal`, once everything is undone
 * @example
 * const { document } = await run('tight-grace', { backend: 'model', kubernetes: 'v1.34' });
 * if (document.verdict !== 'pass') console.log(document.reasons);
 */
export const run = (scenario: string, options: RunOptions = {}): Promise<RunResult> => runAt(scenario, options, null);
