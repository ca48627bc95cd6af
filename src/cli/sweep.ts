import { availableParallelism } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Command } from 'commander';
import { formatDuration } from '../common/duration.ts';
import { type ExitCode, exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import {
  createSweepProgress,
  estimateSweep,
  openKept,
  readRecommendation,
  readSweep,
  recommend,
  recommendationJson,
  recommendationText,
  runSweep,
  type SweepEstimate,
  type SweepWords,
  writesRows,
  writesText,
} from '../sweep/index.ts';
import { checkOut, deliver } from './deliver-sweep.ts';
import {
  addGivenOptions,
  type GivenOptions,
  type GivenSettings,
  givenOptionNames,
  givenSettings,
  optionOf,
} from './given-options.ts';
import { printResult, say } from './say.ts';

type SweepOptions = Omit<SweepWords, 'userConfigOn' | 'profiles'> &
  GivenOptions & {
    readonly profiles: string;
    readonly out?: string;
    readonly json?: boolean;
    readonly recommend?: boolean;
    readonly writes?: boolean;
    readonly maxDetect?: string;
    readonly survivePause?: string;
    readonly maxWrites?: string;
    readonly maxEvict?: string;
  };

const defaultNodes = '3';
const defaultRecommendNodes = '1000';

/** Options of simulations, which mean nothing to a recommendation. */
const simulating = ['profiles', 'pause', 'repeats', 'reading', 'seed', 'workers', 'shard', 'out'] as const;
/** And the other way round. */
const recommending = {
  maxDetect: '--max-detect',
  survivePause: '--survive-pause',
  maxWrites: '--max-writes',
  maxEvict: '--max-evict',
} as const;

const isTyped =
  (command: Command) =>
  (option: string): boolean =>
    command.getOptionValueSource(option) === 'cli';

/** Settings from files; without `--kubernetes` their version is that of the sweep. */
const givenIn = (options: SweepOptions, command: Command): GivenSettings | null =>
  givenSettings(options, {
    typed: isTyped(command)('kubernetes') ? options.kubernetes : undefined,
    otherwise: options.kubernetes,
  });

const showWrites = (options: SweepOptions, command: Command): ExitCode => {
  const others = [...simulating, 'nodes', 'kubernetes', 'recommend', ...Object.keys(recommending), ...givenOptionNames];
  const idle = others
    .filter(isTyped(command))
    .map((name) => recommending[name as keyof typeof recommending] ?? optionOf(name));
  if (idle.length > 0) {
    const lines = idle.map((option) => `${option}: expected nothing but --json beside --writes`);
    throw new SkipbeatError('SWEEP_INVALID', lines.join('\n'), {
      exitCode: exitCodes.usage,
      next: skipbeat('sweep --writes'),
    });
  }
  const json = { schemaVersion: 1, predicted: true, by: 'formula', writesPerMinute: writesRows() };
  printResult(options.json === true ? `${JSON.stringify(json, null, 2)}\n` : writesText());
  return exitCodes.held;
};

const recommendSettings = (options: SweepOptions, command: Command): ExitCode => {
  const idle = simulating.filter(isTyped(command)).map((option) => `--${option}`);
  const nodes = isTyped(command)('nodes') ? options.nodes : defaultRecommendNodes;
  const given = givenIn(options, command);
  const asked = readRecommendation({ ...options, kubernetes: given?.kubernetes ?? options.kubernetes, nodes, idle });
  const own = given?.on(asked.kubernetesVersion) ?? null;
  for (const sentence of own?.sentences ?? []) say(sentence);
  const found = recommend(asked.kubernetesVersion, asked.nodes, asked.limits, own);
  printResult(options.json === true ? recommendationJson(found) : recommendationText(found));
  return found.front.length > 0 ? exitCodes.held : exitCodes.notHeld;
};

/** As many threads as were asked for or the machine has cores, and no more than its free memory holds. */
const threadsFor = ({ bytes }: SweepEstimate, asked: number | null): number =>
  Math.max(1, Math.min(asked ?? availableParallelism(), Math.floor(process.availableMemory() / bytes)));

const plural = (count: number, word: string): string =>
  `${count.toLocaleString('en-US')} ${word}${count === 1 ? '' : 's'}`;

const sweep = async (options: SweepOptions, command: Command): Promise<ExitCode> => {
  const heapBytes = getHeapStatistics().heap_size_limit;
  const limits = Object.entries(recommending).filter(
    ([name]) => options[name as keyof typeof recommending] !== undefined,
  );
  const idle = limits.map(([, option]) => option);
  const given = givenIn(options, command);
  const words: SweepWords =
    given === null
      ? options
      : {
          ...options,
          profiles: isTyped(command)('profiles') ? options.profiles : null,
          kubernetes: given.kubernetes,
          userConfigOn: (version) => given.on(version).userConfig,
        };
  const { spec, shard, workers: asked } = readSweep({ ...words, idle }, heapBytes);
  for (const sentence of new Set(spec.kubernetesVersions.flatMap((version) => given?.on(version).sentences ?? []))) {
    say(sentence);
  }
  checkOut(options.out);
  const kept = options.out === undefined ? null : openKept(options.out, spec, shard);
  const estimate = estimateSweep(spec, shard);
  const workers = threadsFor(estimate, asked);
  const time = formatDuration(Math.ceil(estimate.seconds / workers) * 1000);
  say(
    `predicted, nothing is run: ${plural(estimate.cells, 'cell')} and ${plural(estimate.detections, 'detection')}, ` +
      `${plural(spec.repeats, 'trial')} each, on ${plural(workers, 'thread')}: at most about ${time}`,
  );
  if (kept !== null && kept.done.length > 0) say(`${plural(kept.done.length, 'part')} of it finished before: going on`);
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
  return exitCodes.held;
};

/** `skipbeat sweep`. */
export const registerSweep = (program: Command): void => {
  addGivenOptions(
    program
      .command('sweep')
      .description('predict what pauses of all kubelets do, for many profiles, sizes and versions'),
  )
    .option('--profiles <names>', 'profiles, between commas', 'default,tight-grace,fast,medium,slow')
    .option('--pause <durations>', 'durations or ranges of them, from..to/step, between commas', '5s..120s/5s')
    .option(
      '--nodes <counts>',
      'nodes of the cluster with its one control plane, between commas; with --recommend one (1000)',
      defaultNodes,
    )
    .option('--kubernetes <versions>', 'minors or exact versions, between commas', 'v1.34.4')
    .option('--repeats <n>', 'independent trials of each cell', '200')
    .option('--reading <reading>', 'of the profiles: literal or equivalent', 'literal')
    .option('--seed <number>', 'seed of every random choice', '1')
    .option('--workers <n>', 'threads (default: one a core); the result does not depend on it')
    .option('--shard <i/n>', 'only this part of the sweep; join the parts with merge')
    .option('--recommend', 'instead: settings that keep to the limits below, by formula')
    .option('--max-detect <duration>', 'a dead node is NotReady after at most this')
    .option('--survive-pause <duration>', 'the controller calls no node NotReady for a pause of this length')
    .option('--max-writes <n>', 'heartbeat writes a minute of the whole cluster')
    .option('--max-evict <duration>', 'the first pod of a dead node is evicted after at most this')
    .option('--writes', 'instead: what heartbeats cost, by version and way of setting them')
    .option('--out <file>', 'write the result as JSON to this file too; an interrupted sweep goes on with the same one')
    .option('--json', 'print the result as JSON')
    .action(async (options: SweepOptions, command: Command) => {
      if (options.writes === true) process.exitCode = showWrites(options, command);
      else if (options.recommend === true) process.exitCode = recommendSettings(options, command);
      else process.exitCode = await sweep(options, command);
    });
};
