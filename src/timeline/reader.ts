import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { constants, createGunzip } from 'node:zlib';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import type { TimelineEvent } from './events.ts';
import { eventsFile, requestsFile } from './recorder.ts';
import { createLineScanner } from './request-line.ts';
import type { RequestRecord } from './request-record.ts';

const unreadable = (path: string, problem: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError('EVIDENCE_UNREADABLE', `${path}: ${problem}`, {
    exitCode: exitCodes.usage,
    next: 'name a run folder that skipbeat wrote, such as runs/<time>-<scenario>',
    ...(cause === undefined ? {} : { cause }),
  });

/** So much of a compressed file is unpacked, in another thread, while the piece before it is read. */
const pieceBytes = 256 * 1024;

/** The bytes of a file, in pieces. @throws SkipbeatError EVIDENCE_UNREADABLE */
async function* pieces(path: string, compressed: boolean): AsyncGenerator<Buffer> {
  const file = createReadStream(path);
  // A run that was killed leaves a gzip stream without its end: what was flushed is still to be read.
  const source = compressed
    ? file.pipe(createGunzip({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: pieceBytes }))
    : file;
  if (source !== file) file.on('error', (thrown: Error) => source.destroy(thrown));
  try {
    for await (const bytes of source) yield bytes as Buffer;
  } catch (thrown) {
    throw errnoOf(thrown) === 'ENOENT'
      ? unreadable(path, 'expected this file, found none', thrown)
      : unreadable(path, messageOf(thrown), thrown);
  }
}

const lineFeed = 0x0a;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Whole lines, many at once, each with its line feed; what comes last may lack it. Lines end by line feed alone. */
async function* completeLines(path: string, compressed: boolean): AsyncGenerator<Buffer> {
  let isFirst = true;
  let rest: Buffer[] = [];
  for await (const piece of pieces(path, compressed)) {
    const end = piece.lastIndexOf(lineFeed) + 1;
    if (end === 0) {
      rest.push(piece);
      continue;
    }
    const lines = Buffer.concat([...rest, piece.subarray(0, end)]);
    rest = [piece.subarray(end)];
    yield isFirst ? withoutMark(lines) : lines;
    isFirst = false;
  }
  const last = Buffer.concat(rest);
  if (last.length > 0) yield isFirst ? withoutMark(last) : last;
}

const withoutMark = (bytes: Buffer): Buffer =>
  bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? bytes.subarray(byteOrderMark.length) : bytes;

/** What is wrong with a line's value, in words; null where it is sound. */
export type LineCheck = (value: object) => string | null;

/**
 * One line as JSON. null: the last line, without its line feed and no JSON, as a crash leaves it behind; any other such line
 * is an error that names it.
 */
const parseLine = (
  path: string,
  number: number,
  bytes: Buffer,
  isComplete: boolean,
  check: LineCheck,
): object | null => {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (thrown) {
    if (!isComplete) return null;
    throw unreadable(path, `line ${number}: expected a JSON object (${messageOf(thrown)})`, thrown);
  }
  if (typeof value !== 'object' || value === null) throw unreadable(path, `line ${number}: expected a JSON object`);
  const problem = check(value);
  if (problem !== null) throw unreadable(path, `line ${number}: ${problem}`);
  return value;
};

/** From where to where the line goes that begins there, and whether its line feed is there. */
const lineAt = (lines: Buffer, from: number): { readonly end: number; readonly isComplete: boolean } => {
  const end = lines.indexOf(lineFeed, from);
  return end === -1 ? { end: lines.length, isComplete: false } : { end, isComplete: true };
};

const believed = (): null => null;

/**
 * The events of a saved run, in the order in which they were seen.
 * @param check refuses a line that is JSON, and yet no event
 * @throws SkipbeatError EVIDENCE_UNREADABLE
 */
export async function* readEvents(folder: string, check: LineCheck = believed): AsyncGenerator<TimelineEvent> {
  const path = join(folder, eventsFile);
  let number = 0;
  for await (const lines of completeLines(path, false)) {
    for (let at = 0; at < lines.length; ) {
      const { end, isComplete } = lineAt(lines, at);
      number += 1;
      const value = parseLine(path, number, lines.subarray(at, end), isComplete, check);
      if (value === null) return;
      yield value as TimelineEvent;
      at = end + 1;
    }
  }
}

/** What refuses a line that is JSON, and yet no request. */
export type RequestCheck = {
  /** By its form: asked only of a line that is not as the recorder writes it. */
  readonly form: LineCheck;
  /** By what it says, and what was said before: asked of each. */
  readonly sense: (request: RequestRecord) => string | null;
};

/** Some of the requests of a saved run. */
export type RequestBatch = {
  readonly records: readonly RequestRecord[];
  /** What JSON.stringify makes of them, each with a line feed; null where the file has them in another form. */
  readonly lines: Uint8Array | null;
};

/**
 * The requests of a saved run, in the order in which they ended, some thousand at once: one by one, each would be waited for.
 * @throws SkipbeatError EVIDENCE_UNREADABLE
 */
export async function* readRequests(
  folder: string,
  check: RequestCheck = { form: believed, sense: believed },
): AsyncGenerator<RequestBatch> {
  const path = join(folder, requestsFile);
  const scan = createLineScanner();
  let number = 0;
  for await (const lines of completeLines(path, true)) {
    const records: RequestRecord[] = [];
    let isAsWritten = true;
    for (let at = 0; at < lines.length; ) {
      number += 1;
      const scanned = scan(lines, at);
      let record = scanned?.record ?? null;
      if (scanned === null) {
        const { end, isComplete } = lineAt(lines, at);
        record = parseLine(path, number, lines.subarray(at, end), isComplete, check.form) as RequestRecord | null;
        isAsWritten = false;
        at = end + 1;
      } else at = scanned.nextAt;
      if (record === null) break;
      const problem = check.sense(record);
      if (problem !== null) throw unreadable(path, `line ${number}: ${problem}`);
      records.push(record);
    }
    yield { records, lines: isAsWritten ? lines : null };
  }
}
