import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { formatDuration } from '../common/duration.ts';
import { type ExitCode, exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { assumedVersion } from '../common/kubernetes/version-range.ts';
import { counted } from '../common/text/counted.ts';
import {
  assertAllCells,
  assertSealed,
  cellsLeft,
  cellsOf,
  claimMatrix,
  commonPauseMs,
  differsFromBegun,
  isAsExpected,
  type MatrixDocument,
  type MatrixOptionTexts,
  matrixJson,
  matrixMarkdown,
  matrixText,
  newestMatrix,
  notAsked,
  phasesMs,
  readMatrix,
  readMatrixFolder,
  rejudgeCells,
  runCells,
  scenarioOf,
  unsealed,
  writeSealed,
} from '../matrix/index.ts';
import { assertReal, chooseBackend, readBackendOption } from '../prepare/index.ts';
import type { BackendOption } from '../prepare/shapes.ts';
import { joinedUserConfig, type UserConfig } from '../profile/index.ts';
import { assertOutside, makeRunFolder, readSealKey, type SealKey } from '../run/index.ts';
import type { KindEnvironment } from '../setup/index.ts';
import {
  addConfigFileOptions,
  type ConfigFileOptions,
  type ConfigFileSettings,
  configFileOptionNames,
  configFileSettings,
  minorOf,
  optionOf,
} from './options/config-file-options.ts';
import { watchSignals } from './output/interrupt.ts';
import { log, printResult } from './output/print.ts';
import { screenOf } from './output/screen.ts';

type MatrixOptions = Omit<MatrixOptionTexts, 'profiles' | 'hasUserConfig'> &
  ConfigFileOptions & {
    readonly profiles: string;
    readonly backend: string;
    readonly out?: string;
    readonly resume?: string | true;
    readonly age?: string;
    readonly set?: readonly string[];
    readonly json?: boolean;
    readonly markdown?: boolean;
    readonly sealKey?: string;
  };

type Prepared = {
  readonly folder: string;
  readonly document: MatrixDocument;
  /** By exact version; empty for the model. */
  readonly environments: ReadonlyMap<string, KindEnvironment>;
  readonly sealKey: SealKey | null;
};

/** Bring-up, or a change of the profile, and a recovery that ends when all is well: what a cell takes beside its phases. */
const aroundMs = 60_000;

/** Checks for everything that every version needs, before anything is made. */
const prepareVersions = async (
  backend: BackendOption,
  versions: readonly string[],
): Promise<{ readonly exact: readonly string[]; readonly environments: ReadonlyMap<string, KindEnvironment> }> => {
  const environments = new Map<string, KindEnvironment>();
  for (const version of versions) {
    const choice = await chooseBackend(backend, version);
    if (choice.name === 'model') {
      if (backend === 'auto') log(`predicted, nothing is run: ${choice.why}`);
      return { exact: versions.map(assumedVersion), environments: new Map() };
    }
    environments.set(choice.environment.nodeImage.kubernetesVersion, choice.environment);
  }
  return { exact: [...environments.keys()], environments };
};

/** The settings of files on every version, which have to be the same on all of them. */
const userConfigOf = (configFiles: ConfigFileSettings, versions: readonly string[]): UserConfig => {
  const found = versions.map((version) => configFiles.on(version));
  for (const sentence of new Set(found.flatMap(({ sentences }) => sentences))) log(sentence);
  const joined = joinedUserConfig(found.map(({ userConfig }) => userConfig));
  if (joined !== null) return joined;
  throw new SkipbeatError('MATRIX_INVALID', '--kubernetes: expected versions on which the files pass the same flags', {
    exitCode: exitCodes.usage,
    next: 'one matrix for each version',
  });
};

const keyOf = ({ sealKey }: MatrixOptions): SealKey | null => (sealKey === undefined ? null : readSealKey(sealKey));

const begin = async (options: MatrixOptions, command: Command): Promise<Prepared> => {
  const sealKey = keyOf(options);
  const isTyped = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  const configFiles = configFileSettings(
    options,
    { typed: isTyped('kubernetes') ? options.kubernetes : undefined, otherwise: options.kubernetes },
    'clients',
  );
  const spec = readMatrix({
    ...options,
    // The patch is the one that can be had, unless somebody typed it.
    kubernetes: configFiles === null || isTyped('kubernetes') ? options.kubernetes : minorOf(configFiles.kubernetes),
    profiles: configFiles === null || isTyped('profiles') ? options.profiles : null,
    hasUserConfig: configFiles !== null,
  });
  const { exact, environments } = await prepareVersions(readBackendOption(options.backend), spec.versions);
  const cells = cellsOf(spec, exact);
  const userConfig = configFiles === null ? undefined : userConfigOf(configFiles, exact);
  // Every cell is made exact first: what a version does not support is printed before anything is run.
  const sets = [...(options.set ?? []), ...(options.age === undefined ? [] : [`cluster.age=${options.age}`])];
  for (const cell of cells) {
    const { scenario } = scenarioOf(cell, sets, userConfig);
    if (environments.size > 0) assertReal(scenario);
  }
  const startedAt = new Date();
  const folder = makeRunFolder('matrix', startedAt, options.out ?? null);
  if (sealKey !== null) assertOutside(sealKey, folder);
  const predicted = environments.size === 0;
  const document: MatrixDocument = {
    schemaVersion: 1,
    startedAt: startedAt.toISOString(),
    backend: predicted ? 'model' : 'kind',
    predicted,
    cells,
    asked: { profiles: spec.profiles, versions: exact, disturbances: spec.disturbances },
    sets,
    ...(userConfig === undefined ? {} : { userConfig }),
    pauseMs: commonPauseMs(sets),
    results: [],
  };
  writeSealed(folder, document, sealKey);
  return { folder, document, environments, sealKey };
};

/** What may be typed again beside --resume, where it says what the matrix was begun with. */
const typedAgain = ['profiles', 'kubernetes', 'with', 'backend', 'age', 'set'] as const;

/**
 * A matrix that is gone on with is the one that was begun: what is typed beside --resume says the same, or is refused.
 * @throws SkipbeatError MATRIX_INVALID (exit 64), one difference a line
 */
const assertAsBegun = (folder: string, saved: MatrixDocument, options: MatrixOptions, command: Command): void => {
  const isTyped = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  const typed = Object.fromEntries(typedAgain.filter(isTyped).map((name) => [name, options[name]]));
  const problems = [
    ...differsFromBegun(saved, typed),
    ...['out', ...configFileOptionNames]
      .filter(isTyped)
      .map((name) => `${optionOf(name)}: expected nothing of it beside --resume: the folder says what is run`),
  ];
  if (problems.length === 0) return;
  throw new SkipbeatError('MATRIX_INVALID', problems.join('\n'), {
    exitCode: exitCodes.usage,
    next: skipbeat(`matrix --resume ${folder}`),
  });
};

/** The folder to go on with. Of one that is no matrix not even the lock's file is made. */
const folderToResume = ({ resume }: MatrixOptions): string => {
  const folder = typeof resume === 'string' ? resume : newestMatrix('runs');
  readMatrixFolder(folder);
  return folder;
};

/** Reads what there is to go on with; the folder is claimed, for another may have written to it until then. */
const resume = async (folder: string, options: MatrixOptions, command: Command): Promise<Prepared> => {
  const sealKey = keyOf(options);
  const saved = readMatrixFolder(folder);
  assertSealed(folder, saved, sealKey);
  assertAsBegun(folder, saved, options, command);
  assertAllCells(folder, saved);
  const { document, again } = await rejudgeCells(folder, saved, sealKey);
  for (const sentence of again) log(sentence);
  if (document.asked === undefined) log(notAsked);
  if (sealKey === null) log(unsealed(folder));
  const versions = [...new Set(cellsLeft(document).map(({ kubernetesVersion }) => kubernetesVersion))];
  const { environments } = await prepareVersions(document.backend, versions);
  return { folder, document, environments, sealKey };
};

const announce = ({ folder, document }: Prepared): void => {
  const left = cellsLeft(document);
  const times = left.map((cell) => ({ cell, ms: phasesMs(scenarioOf(cell, document.sets, document.userConfig)) }));
  const sum = times.reduce((total, { ms }) => total + ms, 0);
  const around = document.predicted ? 0 : aroundMs * left.length;
  const about = document.predicted
    ? 'a few seconds'
    : `about ${formatDuration(Math.round((sum + around) / 60_000) * 60_000)}`;
  log(`${left.length} of ${counted(document.cells.length, 'cell')} to run, ${about}; evidence in ${folder}/`);
  if (document.predicted) return;
  for (const { cell, ms } of times) {
    if (cell.disturbance === 'dead-node')
      log(`  ${cell.name} leaves a node dead for its eviction: ${formatDuration(ms)}`);
  }
};

/**
 * 1 where an expectation was not met, else 2 where something was not measured or may be missing, or did harm of which no
 * expectation speaks, else 0.
 */
const exitCodeOf = ({ cells, results, asked }: MatrixDocument): ExitCode => {
  if (results.some(({ verdict }) => verdict === 'fail')) return exitCodes.notMet;
  const measured = results.filter((result) => isAsExpected(result) && result.figures !== null);
  return asked !== undefined && measured.length === cells.length ? exitCodes.ok : exitCodes.inconclusive;
};

/** Runs what is left of a matrix whose folder is this process's. */
const runLeft = async (
  prepared: Prepared,
  lost: AbortSignal,
  options: MatrixOptions,
  signal: AbortSignal,
): Promise<ExitCode> => {
  const { folder, sealKey } = prepared;
  // What was found again replaces what matrix.json said.
  if (options.resume !== undefined && !lost.aborted) writeSealed(folder, prepared.document, sealKey);
  announce(prepared);
  const { document, stopped } = await runCells({
    ...prepared,
    signal,
    lost,
    notify: log,
    progress: { stream: process.stderr, ...screenOf(process.stderr, true) },
  });
  const print = options.json === true ? matrixJson : options.markdown === true ? matrixMarkdown : matrixText;
  printResult(print(document));
  if (stopped === null) {
    log(`Evidence  ${folder}/  (matrix.json, a run folder for each cell in ${join(folder, '*')})`);
    const code = exitCodeOf(document);
    if (code === exitCodes.ok) log('Every cell is as expected');
    return code;
  }
  log(`Go on with  ${skipbeat(`matrix --resume ${folder}`)}`);
  throw stopped;
};

const matrix = async (options: MatrixOptions, command: Command): Promise<ExitCode> => {
  const begun = options.resume === undefined ? await begin(options, command) : null;
  const folder = begun?.folder ?? folderToResume(options);
  const { release, lost } = await claimMatrix(folder);
  try {
    const prepared = begun ?? (await resume(folder, options, command));
    const interruption = watchSignals(log);
    try {
      return await runLeft(prepared, lost, options, interruption.signal);
    } finally {
      interruption.dispose();
    }
  } finally {
    await release();
  }
};

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** `skipbeat matrix`. */
export const registerMatrix = (program: Command): void => {
  addConfigFileOptions(
    program.command('matrix').description('run every profile on every version and put what was seen into one table'),
  )
    .option('--profiles <names>', 'all, or profiles between commas', 'all')
    .option('--kubernetes <versions>', 'minors or exact versions, between commas', 'v1.34')
    .option('--with <what>', 'dead-node: leave a worker dead for as long as its eviction takes, too')
    .option('--backend <name>', 'auto (kind where it is ready, else model), kind or model', 'auto')
    .option('--out <dir>', 'the folder of this matrix, new or empty (default: runs/<time>-matrix)')
    .option('--resume [dir]', 'go on with an interrupted matrix (default: the newest below runs)')
    .option('--age <age>', 'simulate clusters that are fresh (made for the run) or old (after weeks)')
    .option('--set <path=value>', 'change one value of every scenario; may be repeated', collect)
    .option(
      '--seal-key <file>',
      'seal matrix.json and each cell with the key in that file too; with --resume: go on with what it sealed alone',
    )
    .addOption(new Option('--json', 'print matrix.json alone on stdout').conflicts('markdown'))
    .option('--markdown', 'print the tables as Markdown')
    .action(async (options: MatrixOptions, command: Command) => {
      process.exitCode = await matrix(options, command);
    });
};
