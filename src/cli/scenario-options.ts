import type { Command } from 'commander';
import { type LoadedScenario, loadScenario, type Override, type OverrideProblem, parseSet } from '../scenario/index.ts';

/** Options that change a scenario; shared by every command that takes one. */
export type ScenarioOptions = {
  readonly profile?: string;
  readonly kubernetes?: string;
  readonly seed?: string;
  readonly repeats?: string;
  readonly set?: readonly string[];
};

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** Adds them to a command. */
export const addScenarioOptions = (command: Command): Command =>
  command
    .option('--profile <name>', 'use this profile instead of the scenario’s')
    .option('--kubernetes <version>', 'a minor (v1.34) or an exact version (v1.34.4)')
    .option('--seed <number>', 'seed of every random choice')
    .option('--repeats <number>', 'times that the scenario is run')
    .option('--set <path=value>', 'change one value: a dotted path and YAML; may be repeated', collect);

/** Text that is no number stays text, for the scenario's own check to refuse it. */
const numberOrText = (text: string): number | string => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text);

const named = ({ profile, kubernetes, seed, repeats }: ScenarioOptions): readonly Override[] =>
  [
    { origin: '--profile', path: ['profile'], value: profile },
    { origin: '--kubernetes', path: ['cluster', 'kubernetes'], value: kubernetes },
    { origin: '--seed', path: ['seed'], value: seed === undefined ? seed : numberOrText(seed) },
    { origin: '--repeats', path: ['repeats'], value: repeats === undefined ? repeats : numberOrText(repeats) },
  ].filter(({ value }) => value !== undefined);

/**
 * Loads a scenario with the changes of the command line; an option of its own wins over `--set`.
 * @param problems found in other options, to be reported with those of the scenario
 * @throws SkipbeatError SCENARIO_NOT_FOUND, SCENARIO_INVALID (both exit 64)
 */
export const loadWithOptions = (
  nameOrFile: string,
  options: ScenarioOptions,
  problems: readonly OverrideProblem[] = [],
): LoadedScenario => {
  const sets = (options.set ?? []).map(parseSet);
  return loadScenario(nameOrFile, {
    overrides: [...sets.flatMap((set) => ('override' in set ? [set.override] : [])), ...named(options)],
    overrideProblems: [...problems, ...sets.flatMap((set) => ('problem' in set ? [set.problem] : []))],
  });
};
