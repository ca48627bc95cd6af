import { availableParallelism } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { Command } from 'commander';
import { formatDuration } from '../../common/duration.ts';
import { type ExitCode, exitCodes } from '../../common/errors.ts';
import { countedGrouped } from '../../common/text/counted.ts';
import { profileNames } from '../../profile/index.ts';
import {
  createSweepProgress,
  estimateSweep,
  openKept,
  readSweep,
  runSweep,
  type SweepEstimate,
  type SweepOptionTexts,
} from '../../sweep/index.ts';
import {
  addConfigFileOptions,
  type ConfigFileOptions,
  type ConfigFileSettings,
  configFileSettings,
} from '../options/config-file-options.ts';
import { log } from '../output/print.ts';
import { checkOut, deliver } from './deliver-sweep.ts';
import { registerMerge } from './merge.ts';
import { addMovedOptions, carryOver, moved, optionNames, typedMovedOption } from './moved.ts';
import { limitOptions, registerRecommend } from './recommend.ts';

type SweepOptions = Omit<SweepOptionTexts, 'userConfigOn' | 'profiles'> &
  ConfigFileOptions & {
    readonly profiles: string;
    readonly out?: string;
    readonly json?: boolean;
  };

const isTyped =
  (command: Command) =>
  (option: string): boolean =>
    command.getOptionValueSource(option) === 'cli';

/** Settings from files; without `--kubernetes` their version is that of the sweep. */
const configFilesIn = (options: SweepOptions, command: Command): ConfigFileSettings | null =>
  configFileSettings(
    options,
    { typed: isTyped(command)('kubernetes') ? options.kubernetes : undefined, otherwise: options.kubernetes },
    'nodes',
  );

/** As many threads as were asked for or the machine has cores, and no more than its free memory holds. */
const threadsFor = ({ bytes }: SweepEstimate, asked: number | null): number =>
  Math.max(1, Math.min(asked ?? availableParallelism(), Math.floor(process.availableMemory() / bytes)));

const sweep = async (options: SweepOptions, command: Command): Promise<ExitCode> => {
  const heapBytes = getHeapStatistics().heap_size_limit;
  const configFiles = configFilesIn(options, command);
  const texts: SweepOptionTexts =
    configFiles === null
      ? options
      : {
          ...options,
          profiles: isTyped(command)('profiles') ? options.profiles : null,
          kubernetes: configFiles.kubernetes,
          userConfigOn: (version) => configFiles.on(version).userConfig,
        };
  const { spec, shard, workers: asked } = readSweep(texts, heapBytes);
  for (const sentence of new Set(
    spec.kubernetesVersions.flatMap((version) => configFiles?.on(version).sentences ?? []),
  )) {
    log(sentence);
  }
  checkOut(options.out);
  const kept = options.out === undefined ? null : openKept(options.out, spec, shard);
  const estimate = estimateSweep(spec, shard);
  const workers = threadsFor(estimate, asked);
  const time = formatDuration(Math.ceil(estimate.seconds / workers) * 1000);
  log(
    `predicted, nothing is run: ${countedGrouped(estimate.cells, 'cell')} and ${countedGrouped(estimate.detections, 'detection')}, ` +
      `${countedGrouped(spec.repeats, 'trial')} each, on ${countedGrouped(workers, 'thread')}: at most about ${time}`,
  );
  if (kept !== null && kept.done.length > 0)
    log(`${countedGrouped(kept.done.length, 'part')} of it finished before: going on`);
  const isTerminal = process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  const progress = createSweepProgress({ write: (text) => process.stderr.write(text), isTerminal });
  try {
    const document = await runSweep(spec, {
      shard,
      workers,
      heapBytes,
      onProgress: progress.onProgress,
      ...(kept === null ? {} : { done: kept.done, onFinished: kept.keep }),
    });
    progress.end();
    deliver(document, options);
    kept?.remove();
  } catch (thrown) {
    progress.end();
    throw thrown;
  }
  return exitCodes.ok;
};

/** Options that the sweep had before `recommend` and `cost` were commands. */
const movedOptions = ['--recommend', '--writes', ...limitOptions.map(([flags]) => flags)];

/** @throws SkipbeatError COMMAND_MOVED (exit 64) for an option that another command has now */
const refuseMoved = (command: Command): void => {
  const typed = typedMovedOption(command);
  if (typed === null) return;
  if (typed === '--writes') {
    // Without hollow nodes it is a formula, which nothing is chosen of.
    const { args, left } = carryOver(command, (name) => name === '--json');
    throw moved({ old: 'sweep --writes', now: 'cost', args, left: left.filter((word) => word !== typed) });
  }
  const taken = optionNames(registerRecommend(new Command()));
  // A sweep takes lists; a recommendation is for one size on one version.
  const { args, left } = carryOver(command, (name, value) => taken.has(name) && value?.includes(',') !== true);
  const isLimited = limitOptions.some(([flags]) => {
    const [name] = flags.split(' ');
    return args.some((word) => word === name || word.startsWith(`${name}=`));
  });
  throw moved({
    ...{ old: `sweep ${typed}`, now: 'recommend' },
    // It is refused without a limit.
    args: isLimited ? args : ['--max-detect', '60s', ...args],
    left: left.filter((word) => word !== '--recommend'),
  });
};

/** `skipbeat sweep` and `skipbeat sweep merge`. */
export const registerSweep = (program: Command): void => {
  const command = addConfigFileOptions(
    program
      .command('sweep')
      .description('predict what pauses of all kubelets do, for many profiles, sizes and versions'),
  )
    .option('--profiles <names>', 'profiles, between commas', profileNames.join(','))
    .option('--pause <durations>', 'durations or ranges of them, from..to/step, between commas', '5s..120s/5s')
    .option('--nodes <counts>', 'nodes of the cluster with its one control plane, between commas', '3')
    .option('--kubernetes <versions>', 'minors or exact versions, between commas', 'v1.34.4')
    .option('--repeats <n>', 'independent trials of each cell', '200')
    .option('--reading <reading>', 'of the profiles: literal or equivalent', 'literal')
    .option('--seed <number>', 'seed of every random choice', '1')
    .option('--workers <n>', 'threads (default: one a core); the result does not depend on it')
    .option('--shard <i/n>', 'only this part of the sweep (job/N in an Indexed Job); join the parts with sweep merge')
    .option('--out <file>', 'write the result as JSON to this file too; an interrupted sweep goes on with the same one')
    .option('--json', 'print the result as JSON');
  addMovedOptions(command, movedOptions).action(async (options: SweepOptions, own: Command) => {
    refuseMoved(own);
    process.exitCode = await sweep(options, own);
  });
  registerMerge(command);
};
