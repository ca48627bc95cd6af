import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Calibration } from '../../calibration/index.ts';
import { errnoOf, messageOf, SkipbeatError, withStorageNamed } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { cleanLines, type Screen } from '../../common/layout.ts';
import type { RunDocument } from '../../verdict/index.ts';

/** A line for the person who waits: stderr, so that stdout holds results alone. */
export const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const stdout = 1;

/** A pipe or terminal takes all or fails; of a file on a nearly full disk Node takes a part for the whole. */
const isFile = (): boolean => {
  const opened = fstatSync(stdout);
  return !opened.isFIFO() && !opened.isSocket() && !isatty(stdout);
};

/** Of a terminal that has closed isatty(3) no longer knows what it was; it takes nothing, and nobody is there to read. */
const isClosedTerminal = (thrown: unknown): boolean =>
  errnoOf(thrown) === 'EIO' && fstatSync(stdout).isCharacterDevice();

/** Results, on stdout: all of them, or an error. @throws what write(2) says of a file that takes no more */
export const printResult = (text: string): void => {
  if (!isFile()) {
    process.stdout.write(text);
    return;
  }
  const bytes = Buffer.from(text);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(stdout, bytes, written);
  } catch (thrown) {
    if (!isClosedTerminal(thrown)) throw thrown;
  }
};

/**
 * An error as a person reads it: what was expected and found, and what to type next. A bug shows its stack. What files or
 * programs said in it reaches no terminal's controls.
 */
export const printError = (error: unknown): void => {
  const thrown = withStorageNamed(error);
  if (thrown instanceof SkipbeatError) {
    log(`${thrown.code}  ${cleanLines(thrown.message)}`);
    if (thrown.next !== null) log(`Try: ${cleanLines(thrown.next)}`);
    return;
  }
  log(`BUG  ${cleanLines(messageOf(thrown))}`);
  if (thrown instanceof Error && thrown.stack !== undefined) log(cleanLines(thrown.stack));
  log(`Try: ${skipbeat('cleanup')}   (undoes what was left), then report this with the lines above`);
};

/** Prints why detection was late, where a real run lost nodes. */
export const printDetection = async (
  { detection }: Pick<RunDocument, 'detection'>,
  { columns }: Screen,
): Promise<void> => {
  if (detection === undefined) return;
  const { detectionText } = await import('../../report/index.ts');
  printResult(detectionText(detection, columns));
};

/** Prints what a real run was held against, where there is something; the model is loaded for that alone. */
export const printCalibration = async (calibration: Calibration | null): Promise<void> => {
  if (calibration === null) return;
  const { calibrationText } = await import('../../calibration/index.ts');
  printResult(calibrationText(calibration));
};
