import { stringify } from 'yaml';
import type { SkipbeatError } from '../common/errors.ts';
import { isMapping, type Mapping } from '../common/plain-data.ts';
import type { HollowNodes } from './faults/hollow.ts';
import { readFault } from './faults/read-fault.ts';
import { readOwnWorkload } from './own/read.ts';
import { readProfile } from './profile.ts';
import { invalidScenario, readScenarioFile } from './read/file.ts';
import { type ReadManifest, readManifest, withManifest } from './read/manifest.ts';
import { applyOverrides, attribute, type OverrideProblem } from './read/overrides.ts';
import { type Problem, pathText, problemsOf } from './read/problems.ts';
import { describeValue } from './read/value-labels.ts';
import { type ReadYaml, readYaml } from './read/yaml.ts';
import { checkRules } from './rules.ts';
import { type ParsedScenario, schemaFor } from './schema.ts';
import { topologies } from './topology.ts';
import type { LoadedScenario, Override, Scenario, ScenarioPhase } from './types.ts';
import { readWorkload, type Workload } from './workload.ts';

export type LoadOptions = {
  readonly overrides?: readonly Override[];
  /** Overrides that could not even be read; reported with everything else. */
  readonly overrideProblems?: readonly OverrideProblem[];
  /** Reads the file that a workload names. Left out where the text has to hold the objects themselves, as a run's folder has them. */
  readonly manifests?: (file: string) => ReadManifest;
};

/** A person reads the first ones, corrects them and runs again. */
const maxShown = 40;

/** Where the file itself is sound, what is to be changed stands on the command line. */
const correctOptions = (origins: readonly string[]): string =>
  `give ${[...new Set(origins)].join(', ')} another value, or leave ${origins.length > 1 ? 'them' : 'it'} out`;

const invalid = (file: string, lines: readonly string[], next?: string): SkipbeatError => {
  const more = lines.length - maxShown;
  const shown = more > 0 ? [...lines.slice(0, maxShown), `… and ${more} more`] : lines;
  // What a text made the YAML reader say must not break a line or reach a terminal's controls.
  return invalidScenario(file, shown.map((line) => line.replaceAll(/\p{Cc}/gu, ' ')).join('\n'), { next });
};

const lineOf = (origin: string, problem: Problem): string =>
  problem.path.length === 0
    ? `${origin}: ${problem.message}`
    : `${origin}: ${pathText(problem.path)}: ${problem.message}`;

type Readable = Extract<ReadYaml, { ok: true }>;
/** `origin`: the option that a problem comes from; null where it comes from the file. */
type Placed = { readonly line: string; readonly order: number; readonly origin: string | null };

const placed = (problem: Problem, file: string, yaml: Readable, overrides: readonly Override[]): Placed => {
  const override = attribute(problem.path, overrides, yaml.has(problem.path));
  if (override !== null) return { line: lineOf(override, problem), order: Number.POSITIVE_INFINITY, origin: override };
  const { line, column } = yaml.locate(problem.path, problem.atKey === true);
  return { line: lineOf(`${file}:${line}:${column}`, problem), order: line * 1e6 + column, origin: null };
};

const phaseOf = ({ steady, fault, inject, recover }: ParsedScenario['phases'][number]): ScenarioPhase => {
  if (steady !== undefined) return { kind: 'steady', durationMs: steady };
  if (recover !== undefined) return { kind: 'recover', withinMs: recover.within };
  return { kind: 'fault', durationMs: fault ?? 0, inject: (inject ?? []).map(readFault) };
};

const workloadOf = (parsed: ParsedScenario['workload']): ReturnType<typeof readOwnWorkload> =>
  'manifest' in parsed ? readOwnWorkload(parsed) : { workload: readWorkload(parsed) };

const hollowOf = ({ podsPerNode, ...rest }: NonNullable<ParsedScenario['cluster']['hollow']>): HollowNodes =>
  podsPerNode === 0 ? rest : { ...rest, podsPerNode };

const scenarioOf = (parsed: ParsedScenario, workload: Workload): Scenario => {
  const { cluster, load } = parsed;
  const size = topologies[cluster.topology];
  return {
    name: parsed.name,
    title: parsed.title ?? parsed.name,
    profile: readProfile(parsed.profile).profile,
    reading: parsed.reading,
    cluster: {
      topology: cluster.topology,
      kubernetes: cluster.kubernetes.startsWith('v') ? cluster.kubernetes : `v${cluster.kubernetes}`,
      controlPlanes: size.controlPlanes,
      workers: cluster.workers ?? size.workers,
      apiServerPort: cluster.apiServerPort ?? null,
      ...(cluster.zones === 1 ? {} : { zones: cluster.zones }),
      ...(cluster.podsPerNode === 0 ? {} : { podsPerNode: cluster.podsPerNode }),
      ...(cluster.age === 'old' ? { age: cluster.age } : {}),
      ...(cluster.hollow === undefined ? {} : { hollow: hollowOf(cluster.hollow) }),
    },
    workload,
    load: {
      ratePerSecond: load.ratePerSecond,
      connection: load.connection,
      timeoutMs: load.timeout,
      ...(load.through === 'untouched' ? {} : { through: load.through }),
    },
    phases: parsed.phases.map(phaseOf),
    expect: parsed.expect.map(({ figure, min, max, equals }) => ({
      figure,
      min: min ?? null,
      max: max ?? null,
      equals: equals ?? null,
    })),
    seed: parsed.seed,
    repeats: parsed.repeats,
  };
};

const check = (data: Mapping): { readonly scenario: Scenario | null; readonly problems: readonly Problem[] } => {
  const schema = schemaFor(data);
  const read = schema.safeParse(data);
  const found = read.success ? [] : problemsOf(schema, data, read.error);
  const own = read.success ? workloadOf(read.data.workload) : null;
  const problems = [...found, ...(own !== null && 'problems' in own ? own.problems : []), ...checkRules(data)];
  const isSound = read.success && own !== null && 'workload' in own && problems.length === 0;
  return { scenario: isSound ? scenarioOf(read.data, own.workload) : null, problems };
};

/**
 * Checks the text of a scenario, every problem at once.
 * @param file as error texts are to name it
 * @throws SkipbeatError SCENARIO_INVALID (exit 64), one problem a line: `file:line:column: path: expected …, received …`,
 *   or with the override (`--set path`) in the place of the file
 */
export const checkScenario = (
  text: string,
  file: string,
  { overrides = [], overrideProblems = [], manifests }: LoadOptions = {},
): Omit<LoadedScenario, 'file'> => {
  const unread = overrideProblems.map((problem) => lineOf(problem.origin, problem));
  const yaml = readYaml(text);
  if (!yaml.ok) {
    const lines = yaml.problems.map(({ at, message }) => `${file}:${at.line}:${at.column}: ${message}`);
    throw invalid(file, [...lines, ...unread]);
  }
  if (!isMapping(yaml.data)) {
    const received = text.trim() === '' ? 'an empty file' : describeValue(yaml.data);
    throw invalid(file, [
      `${file}:1:1: expected a mapping with name, profile and phases, received ${received}`,
      ...unread,
    ]);
  }
  const { data: changed, problems: unplaced } = applyOverrides(yaml.data, overrides);
  const filled = manifests === undefined ? { data: changed as Mapping } : withManifest(changed as Mapping, manifests);
  const data = 'problem' in filled ? (changed as Mapping) : filled.data;
  const { scenario, problems } =
    'problem' in filled
      ? { scenario: null, problems: [{ path: ['workload', 'manifest'], message: filled.problem }] }
      : check(data);
  const found = problems
    .map((problem) => placed(problem, file, yaml, overrides))
    .sort((one, other) => one.order - other.order || 0);
  const all = [
    ...found.map(({ line }) => line),
    ...unplaced.map((problem) => lineOf(problem.origin, problem)),
    ...unread,
  ];
  if (scenario === null || all.length > 0) {
    const origins = [...found, ...unplaced, ...overrideProblems].map(({ origin }) => origin);
    const ofOptions = origins.filter((origin) => origin !== null);
    throw invalid(file, all, ofOptions.length === origins.length ? correctOptions(ofOptions) : undefined);
  }
  return { scenario, resolved: stringify(data, { aliasDuplicateObjects: false }) };
};

/**
 * Loads a scenario by its name or from a file, with changes from the command line.
 * @param nameOrFile a name of `scenarioNames()`, or a path (it has a slash or ends in .yaml or .yml)
 * @throws SkipbeatError SCENARIO_NOT_FOUND, SCENARIO_INVALID (both exit 64)
 */
export const loadScenario = (nameOrFile: string, options: LoadOptions = {}): LoadedScenario => {
  const { file, text } = readScenarioFile(nameOrFile);
  return { file, ...checkScenario(text, file, { manifests: (name) => readManifest(name, file), ...options }) };
};
