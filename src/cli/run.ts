import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { contextText, type NamedContext } from '../common/command.ts';
import { type ExitCode, exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import type { Plan } from '../plan/index.ts';
import {
  assertClusterName,
  type ClusterOptions,
  chooseBackendFor,
  type OwnClusterOption,
  type Prepared,
  prepareOnContext,
  prepareRun,
  readBackendOption,
} from '../prepare/index.ts';
import { type Again, createProgress, type Progress, repeatsText, runJson, summaryText } from '../report/index.ts';
import {
  assertOutside,
  type ExecutedRepeats,
  type ExecutedRun,
  executeRepeats,
  executeRun,
  isAbort,
  makeRunFolder,
  readSealKey,
} from '../run/index.ts';
import type { Scenario } from '../scenario/index.ts';
import { abortWhenOf } from './options/abort-when.ts';
import { addScenarioOptions, loadWithOptions, type ScenarioOptions } from './options/scenario-options.ts';
import { asTyped, typedAgain } from './output/again.ts';
import { watchSignals } from './output/interrupt.ts';
import { log, printCalibration, printDetection, printError, printResult } from './output/print.ts';
import { screenOf } from './output/screen.ts';

type RunOptions = ScenarioOptions &
  ClusterOptions &
  OwnClusterOption & {
    readonly backend: string;
    readonly out?: string;
    readonly json?: boolean;
    readonly sealKey?: string;
    readonly abortWhen?: string;
    readonly plain?: boolean;
    readonly color: boolean;
  };

const clusterOfModel = ({ cluster }: ClusterOptions): SkipbeatError =>
  new SkipbeatError(
    'CLUSTER_OF_MODEL',
    `${cluster === undefined ? '--keep-cluster' : '--cluster'}: expected a run on a real cluster, received --backend model, which makes none.`,
    { exitCode: exitCodes.usage, next: 'leave one of the two out' },
  );

const contextConflict = (option: string): SkipbeatError =>
  new SkipbeatError('CONTEXT_OPTION_INVALID', `--context: expected a run on that cluster, received ${option}, too.`, {
    exitCode: exitCodes.usage,
    next: 'leave one of the two out',
  });

/** Options that mean nothing without a cluster that somebody has. */
const contextOnly = [
  ...(['nodes', 'kubeconfig', 'clusterUid', 'maxNodes', 'maxDuration'] as const),
  ...(['injector', 'agentImage', 'loadPods', 'loadImage', 'workloadImage', 'service', 'servicePath'] as const),
  ...(['serviceMethod', 'serviceHeader', 'serviceBody', 'serviceCa', 'serviceInsecure', 'serviceHost'] as const),
] as const;

/** Whether a cluster that somebody has is asked for. @throws SkipbeatError CONTEXT_OPTION_INVALID (exit 64) */
const isOnContext = (options: RunOptions): boolean => {
  const { context, backend, cluster, keepCluster } = options;
  if (context === undefined) {
    const only = contextOnly.find((name) => options[name] !== undefined);
    if (only === undefined) return backend === 'cluster';
    const flag = only.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new SkipbeatError('CONTEXT_OPTION_INVALID', `--${flag}: expected --context, too, found none.`, {
      exitCode: exitCodes.usage,
      next: '--context NAME   (kubectl config get-contexts)',
    });
  }
  if (backend !== 'auto' && backend !== 'cluster') throw contextConflict(`--backend ${backend}`);
  if (cluster !== undefined) throw contextConflict('--cluster');
  if (keepCluster === true) throw contextConflict('--keep-cluster');
  return true;
};

/** What is typed on the terminal of the person who runs this; null: there is none. */
const askOnTerminal = (): ((question: string) => Promise<string>) | null => {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return null;
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await terminal.question(question);
    } finally {
      terminal.close();
    }
  };
};

const prepare = async (scenario: Scenario, options: RunOptions): Promise<Prepared> => {
  if (isOnContext(options)) return prepareOnContext(scenario, options, { notify: log, ask: askOnTerminal() });
  const backend = readBackendOption(options.backend);
  const needsKind = options.cluster !== undefined || options.keepCluster === true;
  if (needsKind && backend === 'model') throw clusterOfModel(options);
  if (needsKind) await assertClusterName(options);
  const choice = await chooseBackendFor(
    backend === 'auto' && needsKind ? 'kind' : backend,
    scenario,
    options.loadFrom === 'container',
  );
  if (choice.name === 'model') log(`predicted, nothing is run: ${choice.why}`);
  return prepareRun(scenario, options, choice.name === 'kind' ? choice.environment : null, log);
};

const interruptTexts = (named: NamedContext) => ({
  first: 'waiting for the end of what stands on a node, which undoes it by itself; once more leaves at once',
  again: `leaving. The node undoes by itself; then try:  ${skipbeat(`cleanup ${contextText(named)}`)}`,
  ended: 'everything this run did was undone',
});

type Common = Pick<
  Parameters<typeof executeRun>[0],
  'plan' | 'backend' | 'folder' | 'scenarioYaml' | 'startedAt' | 'signal' | 'sealKey' | 'abortWhen'
>;

const progressFor = (plan: Plan, options: RunOptions): Progress => {
  const isTerminal = process.stderr.isTTY === true && options.plain !== true && process.env.TERM !== 'dumb';
  return createProgress({ stream: process.stderr, isTerminal, plan, ...screenOf(process.stderr, options.color) });
};

const summaryOptions = (folder: string, options: RunOptions) => ({
  ...screenOf(process.stdout, options.color),
  folder,
});

const runOnce = async (common: Common, options: RunOptions, again: Again): Promise<ExecutedRun> => {
  const progress = progressFor(common.plan, options);
  const run = await executeRun({ ...common, listeners: [progress] });
  const { document, calibration, error } = run;
  progress.onFinish();
  if (document !== null && options.json === true) printResult(runJson(document));
  // A run that an abort condition ended was judged as one that came to its end is.
  else if (document !== null && (error === null || isAbort(error))) {
    printResult(summaryText(document, common.plan, { ...summaryOptions(common.folder, options), again }));
    await printCalibration(calibration);
    await printDetection(document, screenOf(process.stdout, options.color));
  }
  return run;
};

const runRepeats = async (common: Common, options: RunOptions): Promise<ExecutedRepeats> => {
  const run = await executeRepeats({
    ...common,
    onRepeat: (plan) => {
      const progress = progressFor(plan, options);
      return { listeners: [progress], ended: () => progress.onFinish() };
    },
  });
  const { document } = run;
  if (document !== null && options.json === true) printResult(runJson(document));
  else if (document !== null) printResult(repeatsText(document, summaryOptions(common.folder, options)));
  return run;
};

/**
 * Runs one scenario, on a real cluster or in the model, and prints what came of it.
 * @throws SkipbeatError before anything is touched: scenario and usage errors (64), environment not ready (75)
 */
const run = async (nameOrFile: string, options: RunOptions): Promise<ExitCode> => {
  const { scenario, resolved, configSentences } = loadWithOptions(nameOrFile, options);
  for (const sentence of configSentences) log(sentence);
  const sealKey = options.sealKey === undefined ? null : readSealKey(options.sealKey);
  const abortWhen = abortWhenOf(options, scenario.load);
  const { plan, begin } = await prepare(scenario, options).catch((thrown: unknown) => {
    throw asTyped(thrown, scenario.name, nameOrFile);
  });

  const startedAt = new Date();
  const folder = makeRunFolder(plan.scenario, startedAt, options.out ?? null);
  if (sealKey !== null) assertOutside(sealKey, folder);
  mkdirSync(join(folder, 'logs'));
  const interruption =
    options.context === undefined
      ? watchSignals(log)
      : watchSignals(log, interruptTexts({ ...options, context: options.context }));
  const { backend, end } = begin(folder, startedAt);
  const { signal } = interruption;
  const common = { plan, backend, folder, scenarioYaml: resolved, startedAt, signal, sealKey, abortWhen };
  try {
    const again = typedAgain(process.argv.slice(2), nameOrFile, options);
    const { error, exitCode } =
      plan.repeats === 1 ? await runOnce(common, options, again) : await runRepeats(common, options);
    if (error !== null) {
      printError(asTyped(error, scenario.name, nameOrFile));
      log(`What was seen until then: ${folder}/`);
    }
    return exitCode;
  } finally {
    interruption.dispose();
    for (const line of end()) log(line);
  }
};

/** `skipbeat run`, which is `npm run scenario`. */
export const registerRun = (program: Command): void => {
  addScenarioOptions(
    program
      .command('run')
      .description('run a scenario and judge it by what was observed')
      .argument('<scenario>', 'a name (see list), or the path of a YAML file')
      .option('--out <dir>', 'the folder of this run, new or empty (default: runs/<time>-<scenario>)')
      .option('--json', 'print run.json alone on stdout')
      .option(
        '--seal-key <file>',
        'seal the folder with the key in that file too (mode 0600, kept elsewhere): HMAC-SHA-256',
      )
      .option('--abort-when <share>', 'end the run once more than this share of the requests of 10 s fail (20%)')
      .option(
        '--backend <name>',
        'auto (kind where it is ready, else model), kind, model, or cluster (with --context)',
        'auto',
      )
      .option('--keep-cluster', 'leave the cluster there at the end')
      .option('--cluster <name>', 'use the cluster of this name, made where it is not there yet')
      .option(
        '--load-from <place>',
        'auto (this machine where it reaches the nodes), host or container; with --context: pod',
        'auto',
      )
      .option('--context <name>', 'a cluster that you have: the context of the kubeconfig, never the current one')
      .option('--kubeconfig <file>', 'with --context: the kubeconfig (default: as kubectl finds it)')
      .option('--nodes <which>', 'with --context: which nodes may be hit, label=value or names')
      .option('--cluster-uid <uid>', 'with --context: the UID of kube-system, in place of the name that is typed')
      .option('--max-nodes <count>', 'with --context: at most so many nodes at once (default: 1)')
      .option('--max-duration <duration>', 'with --context: no fault stands for longer (default: 10m)')
      .option('--agent-image <ref>', 'with --context: image of the agents, with sh and nsenter in it')
      .option('--injector <name>', 'with --context: agent (default), or chaos-mesh for partition, netem and latency')
      .option('--load-pods <count>', 'with --load-from pod: so many generators, each on a node of its own (default: 1)')
      .option('--load-image <ref>', "with --load-from pod: image of the load's generator, with Node.js in it")
      .option('--workload-image <ref>', "with --load-from pod: image of the workload, Kubernetes' agnhost")
      .option('--service <namespace/name[:port]>', 'with --load-from pod: a Service of yours, in place of a workload')
      .option('--service-path <path>', "with --service: what is asked for (default: the scenario's, or /)")
      .option('--service-method <method>', 'with --service: GET, POST, PUT, PATCH, DELETE or OPTIONS (default: GET)')
      .option(
        '--service-header <header...>',
        "with --service: 'Name: value', sent with each request; @FILE: one a line",
      )
      .option('--service-body <file>', 'with --service: what each request holds')
      .option('--service-ca <file>', 'with --service: over TLS, verified by these certificates (PEM)')
      .option('--service-insecure', 'with --service: over TLS, and nobody verifies who answers')
      .option('--service-host <name>', "with --service and TLS: the certificate's name (default: NAME.NAMESPACE.svc)")
      .option('--plain', 'plain lines instead of a live one')
      .option('--verbose', 'show every command that runs on this machine or a node')
      .option('--no-color', 'no colour'),
  ).action(async (nameOrFile: string, options: RunOptions) => {
    process.exitCode = await run(nameOrFile, options);
  });
};
