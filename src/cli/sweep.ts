import { availableParallelism } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Command } from 'commander';
import { formatDuration } from '../common/duration.ts';
import { type ExitCode, exitCodes } from '../common/errors.ts';
import {
  createSweepProgress,
  estimateSweep,
  readSweep,
  runSweep,
  type SweepEstimate,
  type SweepWords,
} from '../sweep/index.ts';
import { deliver } from './deliver-sweep.ts';
import { say } from './say.ts';

type SweepOptions = SweepWords & {
  readonly out?: string;
  readonly json?: boolean;
};

/** As many threads as were asked for or the machine has cores, and no more than its free memory holds. */
const threadsFor = ({ bytes }: SweepEstimate, asked: number | null): number =>
  Math.max(1, Math.min(asked ?? availableParallelism(), Math.floor(process.availableMemory() / bytes)));

const plural = (count: number, word: string): string =>
  `${count.toLocaleString('en-US')} ${word}${count === 1 ? '' : 's'}`;

const sweep = async (options: SweepOptions): Promise<ExitCode> => {
  const heapBytes = getHeapStatistics().heap_size_limit;
  const { spec, shard, workers: asked } = readSweep(options, heapBytes);
  const estimate = estimateSweep(spec, shard);
  const workers = threadsFor(estimate, asked);
  const time = formatDuration(Math.ceil(estimate.seconds / workers) * 1000);
  say(
    `predicted, nothing is run: ${plural(estimate.cells, 'cell')} and ${plural(estimate.detections, 'detection')}, ` +
      `${plural(spec.repeats, 'trial')} each, on ${plural(workers, 'thread')}: at most about ${time}`,
  );
  const isTerminal = process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  const progress = createSweepProgress({ write: (text) => process.stderr.write(text), isTerminal });
  try {
    const document = await runSweep(spec, { shard, workers, heapBytes, onProgress: progress.onProgress });
    progress.end();
    deliver(document, options);
  } catch (thrown) {
    progress.end();
    throw thrown;
  }
  return exitCodes.held;
};

/** `skipbeat sweep`. */
export const registerSweep = (program: Command): void => {
  program
    .command('sweep')
    .description('predict what pauses of all kubelets do, for many profiles, sizes and versions')
    .option('--profiles <names>', 'profiles, between commas', 'default,tight-grace,fast,medium,slow')
    .option('--pause <durations>', 'durations or ranges of them, from..to/step, between commas', '5s..120s/5s')
    .option('--nodes <counts>', 'nodes of the cluster with its one control plane, between commas', '3')
    .option('--kubernetes <versions>', 'minors or exact versions, between commas', 'v1.34.4')
    .option('--repeats <n>', 'independent trials of each cell', '200')
    .option('--reading <reading>', 'of the profiles: literal or equivalent', 'literal')
    .option('--seed <number>', 'seed of every random choice', '1')
    .option('--workers <n>', 'threads (default: one a core); the result does not depend on it')
    .option('--shard <i/n>', 'only this part of the sweep; join the parts with merge')
    .option('--out <file>', 'write the result as JSON to this file too')
    .option('--json', 'print the result as JSON')
    .action(async (options: SweepOptions) => {
      process.exitCode = await sweep(options);
    });
};
