import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { formatDuration, parseDurationMs } from '../../common/duration.ts';
import { type ExitCode, exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import {
  type CostAsk,
  type CostDocument,
  type CostProfile,
  costPicture,
  costText,
  type PreparedCost,
  type ProfileCost,
  prepareCost,
} from '../../cost/index.ts';
import { chooseBackend } from '../../prepare/index.ts';
import { profileNames, userConfigName } from '../../profile/index.ts';
import { createProgress } from '../../report/index.ts';
import { makeRunFolder } from '../../run/index.ts';
import { writesRows, writesText } from '../../sweep/index.ts';
import {
  addConfigFileOptions,
  type ConfigFileOptions,
  configFileOptionNames,
  configFileSettings,
  minorOf,
  optionOf,
} from '../options/config-file-options.ts';

import { watchSignals } from '../output/interrupt.ts';
import { log, printResult } from '../output/print.ts';
import { screenOf } from '../output/screen.ts';

type CostHollowOptions = ConfigFileOptions & {
  readonly hollow: string;
  readonly for: string;
  /** Undefined where nobody typed one: `default`, or what files say. */
  readonly profiles?: string;
  /** Likewise: what files name, or v1.34. */
  readonly kubernetes?: string;
  readonly out?: string;
  readonly json?: boolean;
};

const defaultMinor = 'v1.34';

/** Shorter says nothing of a lease that is renewed every 10 s; longer is a run of its own. */
const [minForMs, maxForMs] = [30_000, 3_600_000] as const;

const invalid = (problems: readonly string[]): SkipbeatError =>
  new SkipbeatError('COST_INVALID', problems.join('\n'), {
    exitCode: exitCodes.usage,
    next: skipbeat('cost --hollow 100 --for 2m --profiles default,fast'),
  });

type Read = { readonly hollow: number; readonly forMs: number; readonly profiles: readonly string[] };

/** @throws SkipbeatError COST_INVALID (exit 64) with every problem, one a line; how many nodes there may be says the scenario */
export const readCostOptions = (options: CostHollowOptions, hasFiles: boolean): Read => {
  const { hollow, for: length, profiles: text } = options;
  const problems: string[] = [];
  if (!/^\d{1,9}$/.test(hollow))
    problems.push(`--hollow: expected a whole number of nodes, received ${JSON.stringify(hollow)}`);
  const forMs = parseDurationMs(length);
  if (forMs === null || forMs < minForMs || forMs > maxForMs)
    problems.push(
      `--for: expected ${formatDuration(minForMs)} to ${formatDuration(maxForMs)}, received ${JSON.stringify(length)}`,
    );
  const asked = text ?? (hasFiles ? '' : 'default');
  const listed = asked.split(',').map((name) => name.trim());
  const profiles = asked === 'all' ? profileNames : [...new Set(listed.filter((name) => name !== ''))];
  if (profiles.length === 0 && !hasFiles)
    problems.push(`--profiles: expected all or names between commas, received ${JSON.stringify(asked)}`);
  for (const name of profiles)
    if (!profileNames.includes(name))
      problems.push(`--profiles: expected all, ${profileNames.join(', ')}, received ${JSON.stringify(name)}`);
  if (problems.length > 0 || forMs === null) throw invalid(problems);
  return { hollow: Number(hollow), forMs, profiles };
};

/** Everything is checked before the first cluster is made. */
const prepareAll = async (options: CostHollowOptions) => {
  const { kubernetes: typed } = options;
  const files = configFileSettings(options, { typed, otherwise: defaultMinor }, 'nodes');
  const { hollow, forMs, profiles } = readCostOptions(options, files !== null);
  const kubernetes = typed ?? (files === null ? defaultMinor : minorOf(files.kubernetes));
  const choice = await chooseBackend('kind', kubernetes);
  if (choice.name !== 'kind') throw new Error(`expected real clusters, found ${choice.why}`);
  const { environment } = choice;
  const ask: CostAsk = { hollow, forMs, kubernetes };
  const own = files?.on(environment.nodeImage.kubernetesVersion) ?? null;
  for (const sentence of own?.sentences ?? []) log(sentence);
  const all: readonly CostProfile[] = [
    ...(own === null ? [] : [{ name: userConfigName, userConfig: own.userConfig }]),
    ...profiles.map((name) => ({ name })),
  ];
  const prepared: PreparedCost[] = [];
  for (const profile of all) prepared.push(await prepareCost(profile, ask, environment, log));
  return { ask, prepared };
};

/**
 * `skipbeat cost --hollow N`: what heartbeats cost as real control planes count it, a cluster for each profile.
 * @throws SkipbeatError COST_INVALID, SCENARIO_INVALID (exit 64); HOLLOW_TOO_MANY, KWOK_UNUSABLE, … (exit 75);
 *   COST_NOT_MEASURED (exit 2); INTERRUPTED (exit 130 or 143), when all that was made is removed
 */
const costHollow = async (options: CostHollowOptions): Promise<ExitCode> => {
  const { ask, prepared } = await prepareAll(options);
  const startedAt = new Date();
  const folder = makeRunFolder('cost', startedAt, options.out ?? null);
  const interruption = watchSignals(log);
  const profiles: ProfileCost[] = [];
  const documentOf = (): CostDocument => ({
    ...{ schemaVersion: 1, predicted: false, startedAt: startedAt.toISOString() },
    ...{ hollow: ask.hollow, forMs: ask.forMs, profiles },
  });
  try {
    for (const { plan, measure } of prepared) {
      const progress = createProgress({
        ...{ stream: process.stderr, isTerminal: false, plan },
        ...screenOf(process.stderr, false),
      });
      try {
        profiles.push(await measure(folder, interruption.signal, [progress]));
      } finally {
        progress.onFinish();
      }
      // What was measured stays, whatever comes of the next one.
      writeFileSync(join(folder, 'cost.json'), `${JSON.stringify(documentOf(), null, 2)}\n`);
      writeFileSync(join(folder, 'cost.svg'), costPicture(documentOf()));
    }
  } finally {
    interruption.dispose();
  }
  const document = documentOf();
  printResult(options.json === true ? `${JSON.stringify(document, null, 2)}\n` : costText(document));
  log(`Measured: ${folder}/cost.json, ${folder}/cost.svg`);
  return profiles.some(({ doubts }) => doubts.length > 0) ? exitCodes.inconclusive : exitCodes.ok;
};

type CostOptions = Omit<CostHollowOptions, 'hollow'> & { readonly hollow?: string };

const byFormula = ({ json = false }: CostOptions): ExitCode => {
  const document = { schemaVersion: 1, predicted: true, by: 'formula', writesPerMinute: writesRows() };
  printResult(json ? `${JSON.stringify(document, null, 2)}\n` : writesText());
  return exitCodes.ok;
};

/** What only a measurement takes. */
const ofHollow = ['for', 'profiles', 'kubernetes', 'out', 'allowUnread', ...configFileOptionNames] as const;

/** @throws SkipbeatError COST_INVALID (exit 64) where nothing is measured and an option says how to */
const assertFormula = (command: Command): void => {
  const [typed] = ofHollow.filter((name) => command.getOptionValueSource(name) === 'cli');
  if (typed === undefined) return;
  throw new SkipbeatError('COST_INVALID', `${optionOf(typed)}: expected --hollow beside it, received none.`, {
    exitCode: exitCodes.usage,
    next: skipbeat('cost --hollow 100'),
  });
};

/** `skipbeat cost`. */
export const registerCost = (program: Command): void => {
  addConfigFileOptions(
    program
      .command('cost')
      .description(
        'what heartbeats cost: in writes a minute, by formula; with --hollow as real control planes count it',
      )
      .option('--hollow <nodes>', 'measure it: a cluster with so many hollow nodes for each profile')
      .option('--for <duration>', 'with --hollow: measure for so long', '2m')
      .option('--profiles <names>', 'with --hollow: names between commas, or all (default: default)')
      .option('--kubernetes <version>', 'with --hollow: a minor (v1.34) or an exact version (v1.34.4)')
      .option('--out <dir>', 'with --hollow: the folder, new or empty (default: runs/<time>-cost)')
      .option('--json', 'print it as JSON'),
    'with --hollow, before the profiles',
  ).action(async (options: CostOptions, command: Command) => {
    const { hollow } = options;
    if (hollow === undefined) assertFormula(command);
    process.exitCode = hollow === undefined ? byFormula(options) : await costHollow({ ...options, hollow });
  });
};
