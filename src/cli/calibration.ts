import type { Command } from 'commander';
import { type ExitCode, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { findRunFolders, readRunFolder, readSealKey, type SealKey } from '../run/index.ts';
import type { ConditionalMilestone } from '../verdict/index.ts';
import { log, printResult } from './output/print.ts';

type CalibrationOptions = { readonly last: string; readonly json?: boolean; readonly sealKey?: string };

type Read = {
  readonly folder: string;
  /** Two of the same are one run. */
  readonly identity: string;
  readonly startedAt: string;
  readonly predicted: boolean;
  readonly links: readonly ConditionalMilestone[];
};

/** What a run predicts from what was seen in it; null, and why on stderr, where its evidence proves nothing. */
const readOne = async (folder: string, sealKey: SealKey | null): Promise<Read | null> => {
  const { conditionedOn } = await import('../calibration/index.ts');
  const { identityOf } = await import('../compare/index.ts');
  try {
    const { plan, events, document, notes } = await readRunFolder(folder, { sealKey });
    if (document.evidence?.sealed === false) {
      log(`left out: ${folder}: ${notes[0] ?? 'unsealed'}`);
      return null;
    }
    const milestones = conditionedOn(plan, events, document.timing);
    const { startedAt, predicted } = document;
    return { folder, identity: identityOf(document), startedAt: startedAt ?? '', predicted, links: milestones };
  } catch (thrown) {
    if (!(thrown instanceof SkipbeatError)) throw thrown;
    log(`left out: ${messageOf(thrown)}`);
    return null;
  }
};

/** Each run once: a copy tells no more than the run that it is. */
const withoutCopies = (read: readonly Read[]): readonly Read[] => {
  const seen = new Map<string, string>();
  return read.filter(({ folder, identity }) => {
    const first = seen.get(identity);
    if (first === undefined) seen.set(identity, folder);
    else log(`counted once: ${folder} is ${first} over again`);
    return first === undefined;
  });
};

const usage = (message: string, next: string): SkipbeatError =>
  new SkipbeatError('COUNT_INVALID', message, { exitCode: exitCodes.usage, next });

/**
 * Judges predictions from what was seen by the runs in some folders. Predictions of the model are judged where no real run
 * is there, and said to be.
 * @returns 0, or 2 where nothing was predicted and seen
 */
const calibration = async (
  folders: readonly string[],
  { last, json, sealKey: keyFile }: CalibrationOptions,
): Promise<ExitCode> => {
  if (!/^[1-9]\d*$/.test(last)) {
    throw usage(`--last: expected an integer of at least 1, received ${JSON.stringify(last)}.`, 'leave it out');
  }
  const sealKey = keyFile === undefined ? null : readSealKey(keyFile);
  const found = findRunFolders(folders, log);
  const read: Read[] = [];
  for (const folder of found) {
    const one = await readOne(folder, sealKey);
    if (one !== null) read.push(one);
  }
  const predicted = !read.some((one) => !one.predicted);
  const runs = withoutCopies(read)
    .filter((one) => one.predicted === predicted)
    .toSorted((one, other) => (one.startedAt < other.startedAt ? -1 : 1))
    .slice(-Number(last));
  const { judgeCalibration, judgedText } = await import('../calibration/index.ts');
  const judged = judgeCalibration(runs.map(({ links: milestones }) => milestones));
  if (predicted && runs.length > 0) log('predicted, nothing was run: the model beside itself');
  const { sureLosses } = judged;
  const missed = sureLosses.missed.map((loss) => ({ ...loss, run: runs[loss.run]?.folder ?? null }));
  const named = { schemaVersion: 1, predicted, ...judged, sureLosses: { ...sureLosses, missed } };
  const ofRuns = runs.map(({ folder }) => folder);
  printResult(json === true ? `${JSON.stringify(named, null, 2)}\n` : judgedText(judged, ofRuns));
  return judged.links.length === 0 ? exitCodes.inconclusive : exitCodes.ok;
};

/** `skipbeat calibration`. */
export const registerCalibration = (program: Command): void => {
  program
    .command('calibration')
    .description('judge predictions from what was seen by what came of them, over the last runs')
    .argument('[folders...]', 'run folders, or folders of them', ['runs'])
    .option('--last <n>', 'only the last so many runs', '30')
    .option('--seal-key <file>', 'the key that every run was sealed with: one without that seal is left out')
    .option('--json', 'print it as JSON')
    .action(async (folders: readonly string[], options: CalibrationOptions) => {
      process.exitCode = await calibration(folders, options);
    });
};
