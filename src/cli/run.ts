import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Backend, kindBackend } from '../backend/index.ts';
import { assertUsable, clusterNameFrom, clusterPrefix } from '../cluster/index.ts';
import type { CommandResult } from '../common/command.ts';
import { type ExitCode, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { type Journal, openJournal } from '../journal/index.ts';
import { hostCommander, logged } from '../node/index.ts';
import { assumedVersion, makePlan, type Plan } from '../plan/index.ts';
import { createProgress, runJson, summaryText } from '../report/index.ts';
import { executeRun, makeRunFolder } from '../run/index.ts';
import type { Scenario } from '../scenario/index.ts';
import type { KindEnvironment } from '../setup/index.ts';
import { chooseBackend, readBackendWish } from './choose-backend.ts';
import { watchSignals } from './interrupt.ts';
import { say, sayError } from './say.ts';
import { addScenarioOptions, loadWithOptions, type ScenarioOptions } from './scenario-options.ts';
import { screenOf } from './screen.ts';

type RunOptions = ScenarioOptions & {
  readonly backend: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly keepCluster?: boolean;
  readonly cluster?: string;
  readonly plain?: boolean;
  readonly verbose?: boolean;
  readonly color: boolean;
};

const clusterNameOf = (options: RunOptions, tail: string): string => {
  if (options.cluster === undefined) return clusterPrefix + tail;
  const name = clusterNameFrom(options.cluster);
  if (name !== null) return name;
  throw new SkipbeatError(
    'CLUSTER_NAME_INVALID',
    `--cluster: expected lower-case letters, digits and dashes, at most 40 with ${clusterPrefix}, received ${JSON.stringify(options.cluster)}.`,
    { exitCode: exitCodes.usage, next: 'choose another name, such as --cluster demo' },
  );
};

/**
 * Keeps every command that went through a door, and shows it where that was asked for. A log that cannot be written
 * is said once and left: it must never keep a command, an undo least of all, from being run.
 */
const commandLog = (folder: string, verbose: boolean): ((result: CommandResult) => void) => {
  let writable = true;
  return ({ node, command, ended, exitCode, durationMs }) => {
    const line = JSON.stringify({ node, command, ended, exitCode, durationMs: Math.round(durationMs) });
    if (verbose)
      say(`$ ${command}   # ${exitCode === null ? ended : `exit ${exitCode}`}, ${Math.round(durationMs)} ms`);
    if (!writable) return;
    try {
      appendFileSync(join(folder, 'commands.ndjson'), `${line}\n`);
    } catch (thrown) {
      writable = false;
      say(`commands are no longer logged: ${messageOf(thrown)}`);
    }
  };
};

type Prepared = {
  readonly plan: Plan;
  /** Makes the backend for a run with that journal, its logs in that folder. */
  readonly backend: (journal: Journal, logsFolder: string) => Backend | Promise<Backend>;
};

const prepareKind = async (
  scenario: Scenario,
  options: RunOptions,
  environment: KindEnvironment,
  clusterName: string,
): Promise<Prepared> => {
  const plan = makePlan(scenario, { kubernetesVersion: environment.nodeImage.kubernetesVersion });
  if (options.cluster !== undefined) await assertUsable(hostCommander, clusterName);
  const backend = (journal: Journal, logsFolder: string): Backend =>
    kindBackend({
      host: logged(hostCommander, commandLog(logsFolder, options.verbose === true)),
      ...environment,
      clusterName,
      keep: options.keepCluster === true,
      journal,
      logsFolder,
    });
  return { plan, backend };
};

const prepareModel = (scenario: Scenario, why: string): Prepared => {
  say(`predicted, nothing is run: ${why}`);
  const plan = makePlan(scenario, { kubernetesVersion: assumedVersion(scenario.cluster.kubernetes) });
  return { plan, backend: async () => (await import('../backend/model/index.ts')).modelBackend() };
};

/**
 * Runs one scenario, on a real cluster or in the model, and prints what came of it.
 * @throws SkipbeatError before anything is touched: scenario and usage errors (64), environment not ready (75)
 */
const run = async (nameOrFile: string, options: RunOptions): Promise<ExitCode> => {
  const wish = readBackendWish(options.backend);
  const { scenario, resolved } = loadWithOptions(nameOrFile, options);
  const tail = randomBytes(3).toString('hex');
  const clusterName = clusterNameOf(options, tail);
  const needsKind = options.cluster !== undefined || options.keepCluster === true;
  const choice = await chooseBackend(wish === 'auto' && needsKind ? 'kind' : wish, scenario.cluster.kubernetes);
  const { plan, backend } =
    choice.name === 'kind'
      ? await prepareKind(scenario, options, choice.environment, clusterName)
      : prepareModel(scenario, choice.why);

  const startedAt = new Date();
  const folder = makeRunFolder(plan.scenario, startedAt, options.out ?? null);
  const logsFolder = join(folder, 'logs');
  mkdirSync(logsFolder);
  const journal = openJournal(`${startedAt.toISOString().replaceAll(':', '-')}-${plan.scenario}-${tail}`, folder);
  const screen = screenOf(process.stderr, options.color);
  const isTerminal = process.stderr.isTTY === true && options.plain !== true && process.env.TERM !== 'dumb';
  const progress = createProgress({ stream: process.stderr, isTerminal, plan, ...screen });
  const interruption = watchSignals(say);
  try {
    const { document, error, exitCode } = await executeRun({
      plan,
      backend: await backend(journal, logsFolder),
      folder,
      scenarioYaml: resolved,
      startedAt,
      listeners: [progress],
      signal: interruption.signal,
    });
    progress.onFinish();
    if (document !== null && options.json === true) process.stdout.write(runJson(document));
    else if (document !== null && error === null) {
      process.stdout.write(summaryText(document, plan, { ...screenOf(process.stdout, options.color), folder }));
    }
    if (error !== null) {
      sayError(error);
      say(`What was seen until then: ${folder}/`);
    } else if (options.keepCluster === true) {
      say(`Cluster ${clusterName} was kept: run on it with --cluster ${clusterName}, remove it with`);
      say(`  npm run skipbeat -- cleanup --cluster ${clusterName}`);
    }
    return exitCode;
  } finally {
    interruption.dispose();
    journal.close();
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
      .option('--backend <name>', 'auto (kind where it is ready, else model), kind or model', 'auto')
      .option('--keep-cluster', 'leave the cluster there at the end')
      .option('--cluster <name>', 'use the cluster of this name, made where it is not there yet')
      .option('--plain', 'plain lines instead of a live one')
      .option('--verbose', 'show every command that runs on this machine or a node')
      .option('--no-color', 'no colour'),
  ).action(async (nameOrFile: string, options: RunOptions) => {
    process.exitCode = await run(nameOrFile, options);
  });
};
