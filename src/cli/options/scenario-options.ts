import type { Command } from 'commander';
import {
  type LoadedScenario,
  loadScenario,
  type Override,
  type OverrideProblem,
  parseSet,
} from '../../scenario/index.ts';
import {
  addConfigFileOptions,
  type ConfigFileOptions,
  configFileOverrides,
  minorOf,
  readConfigFileOptions,
  versionAsked,
  versionOfFiles,
  versionOrRefused,
  versionSentences,
} from './config-file-options.ts';

/** Options that change a scenario; shared by every command that takes one. */
export type ScenarioOptions = ConfigFileOptions & {
  readonly profile?: string;
  readonly kubernetes?: string;
  readonly seed?: string;
  readonly repeats?: string;
  /** Of commands that simulate. */
  readonly age?: string;
  readonly set?: readonly string[];
};

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** Adds them to a command. */
export const addScenarioOptions = (command: Command): Command =>
  addConfigFileOptions(command)
    .option('--profile <name>', 'use this profile instead of the scenario’s')
    .option('--kubernetes <version>', 'a minor (v1.34) or an exact version (v1.34.4)')
    .option('--seed <number>', 'seed of every random choice')
    .option('--repeats <number>', 'times that the scenario is run')
    .option('--set <path=value>', 'change one value: a dotted path and YAML; may be repeated', collect);

/** Text that is no number stays text, for the scenario's own check to refuse it. */
const numberOrText = (text: string): number | string => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text);

const named = ({ profile, kubernetes, seed, repeats, age }: ScenarioOptions): readonly Override[] =>
  [
    { origin: '--profile', path: ['profile'], value: profile },
    { origin: '--kubernetes', path: ['cluster', 'kubernetes'], value: kubernetes },
    { origin: '--age', path: ['cluster', 'age'], value: age },
    { origin: '--seed', path: ['seed'], value: seed === undefined ? seed : numberOrText(seed) },
    { origin: '--repeats', path: ['repeats'], value: repeats === undefined ? repeats : numberOrText(repeats) },
  ].filter(({ value }) => value !== undefined);

/** A scenario as the command line changed it, and in sentences what files with settings say; none where none is named. */
export type LoadedWithOptions = LoadedScenario & { readonly configSentences: readonly string[] };

/** A profile that somebody asks for would take the place of the files' settings. */
const besideFiles = (asked: readonly Override[]): readonly OverrideProblem[] =>
  asked
    .filter(({ path }) => path[0] === 'profile')
    .map(({ origin, value }) => ({
      origin,
      path: [],
      message: `expected no profile beside a file with settings, received ${JSON.stringify(value)}`,
    }));

/**
 * Loads a scenario with the changes of the command line; an option of its own wins over `--set`, and both over what a
 * file with settings says. Such a file's Kubernetes version is the scenario's, unless the command line names one.
 * @param problems found in other options, to be reported with those of the scenario
 * @throws SkipbeatError SCENARIO_NOT_FOUND, SCENARIO_INVALID, CONFIG_INVALID, CONFIG_WOULD_NOT_START (all exit 64);
 *   CONFIG_VERSION_UNKNOWN, CONFIG_NOT_READ (both exit 2)
 */
export const loadWithOptions = (
  nameOrFile: string,
  options: ScenarioOptions,
  problems: readonly OverrideProblem[] = [],
): LoadedWithOptions => {
  const sets = (options.set ?? []).map(parseSet);
  const configFiles = readConfigFileOptions(options);
  const own = [...sets.flatMap((set) => ('override' in set ? [set.override] : [])), ...named(options)];
  const overrideProblems = [
    ...problems,
    ...(configFiles === null ? [] : besideFiles(own)),
    ...sets.flatMap((set) => ('problem' in set ? [set.problem] : [])),
  ];
  if (configFiles === null)
    return { ...loadScenario(nameOrFile, { overrides: own, overrideProblems }), configSentences: [] };
  const isAsked = own.some(({ path }) => path.join('.') === 'cluster.kubernetes');
  const kubernetes = isAsked ? null : versionOrRefused(configFiles);
  const version: readonly Override[] =
    kubernetes === null
      ? []
      : [
          {
            origin: 'the given kubernetesVersion',
            path: ['cluster', 'kubernetes'],
            value: minorOf(kubernetes),
          },
        ];
  const { scenario } = loadScenario(nameOrFile, { overrides: [...version, ...own], overrideProblems });
  const { kubernetes: wanted } = scenario.cluster;
  const isOwn = kubernetes !== null && wanted === minorOf(kubernetes);
  const { overrides, sentences } = configFileOverrides(
    configFiles,
    isOwn ? versionOfFiles(configFiles, wanted) : versionAsked(configFiles, wanted),
    options,
  );
  const loaded = loadScenario(nameOrFile, { overrides: [...version, ...overrides, ...own] });
  const assumed = isAsked ? [] : versionSentences(configFiles, wanted);
  return { ...loaded, configSentences: [...sentences, ...assumed] };
};
