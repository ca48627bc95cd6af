import { type LoadedScenario, loadScenario, type Override } from '../scenario/index.ts';

/** What changes a scenario; each is what the option of the same name does on the command line. */
export type ScenarioChanges = {
  /** The name of a profile, in place of the scenario's own. */
  readonly profile?: string;
  /** A minor (`v1.34`) or an exact version (`v1.34.4`). */
  readonly kubernetes?: string;
  /** Of every random choice. */
  readonly seed?: number;
  /** Times that the scenario is run. */
  readonly repeats?: number;
  /** Single values by their dotted path, as a scenario file has them: `{ 'load.timeout': '2s', 'workload.replicas': 3 }`. */
  readonly set?: Readonly<Record<string, unknown>>;
};

/** As `--set` takes them: `phases[1].fault` and `phases.1.fault` are the same. */
const stepsOf = (path: string): readonly string[] => path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');

/**
 * A scenario with its changes. A change of its own wins over one in `set`.
 * @param nameOrFile the name of a scenario that comes with skipbeat, or a path from the working directory (it has a slash
 *   or ends in .yaml or .yml)
 * @throws SkipbeatError SCENARIO_NOT_FOUND, SCENARIO_INVALID, with every problem at once
 */
export const scenarioWith = (
  nameOrFile: string,
  { profile, kubernetes, seed, repeats, set = {} }: ScenarioChanges,
): LoadedScenario => {
  const own: readonly Override[] = [
    { origin: 'profile', path: ['profile'], value: profile },
    { origin: 'kubernetes', path: ['cluster', 'kubernetes'], value: kubernetes },
    { origin: 'seed', path: ['seed'], value: seed },
    { origin: 'repeats', path: ['repeats'], value: repeats },
  ].filter(({ value }) => value !== undefined);
  const others = Object.entries(set).map(([path, value]) => ({ origin: `set ${path}`, path: stepsOf(path), value }));
  return loadScenario(nameOrFile, { overrides: [...others, ...own] });
};
