import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { constants, createGunzip } from 'node:zlib';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import type { TimelineEvent } from './events.ts';
import { eventsFile, requestsFile } from './recorder.ts';
import type { RequestRecord } from './request-record.ts';

const unreadable = (path: string, problem: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError('EVIDENCE_UNREADABLE', `${path}: ${problem}`, {
    exitCode: exitCodes.usage,
    next: 'name a run folder that skipbeat wrote, such as runs/<time>-<scenario>',
    ...(cause === undefined ? {} : { cause }),
  });

/** Lines by line feed alone: readline also breaks at U+2028, which JSON may hold. The last piece comes without its end. */
async function* splitLines(path: string, compressed: boolean): AsyncGenerator<{ text: string; complete: boolean }> {
  const file = createReadStream(path);
  // A run that was killed leaves a gzip stream without its end: what was flushed is still to be read.
  const source = compressed ? file.pipe(createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })) : file;
  if (source !== file) file.on('error', (thrown: Error) => source.destroy(thrown));
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const bytes of source) {
      const lines = (rest + decoder.decode(bytes as Buffer, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) yield { text, complete: true };
    }
  } catch (thrown) {
    throw errnoOf(thrown) === 'ENOENT'
      ? unreadable(path, 'expected this file, found none', thrown)
      : unreadable(path, messageOf(thrown), thrown);
  }
  if (rest !== '') yield { text: rest, complete: false };
}

/** What is wrong with a line's value, in words; null where it is sound. */
export type LineCheck = (value: object) => string | null;

/**
 * Reads one JSON object a line, streamed. A last line without its line feed is what a crash left behind, and is passed
 * over where it is no JSON; any other such line is an error that names it.
 */
async function* readLines<T>(path: string, compressed: boolean, check: LineCheck): AsyncGenerator<T> {
  let number = 0;
  for await (const { text, complete } of splitLines(path, compressed)) {
    number += 1;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (thrown) {
      if (!complete) return;
      throw unreadable(path, `line ${number}: expected a JSON object (${messageOf(thrown)})`, thrown);
    }
    if (typeof value !== 'object' || value === null) throw unreadable(path, `line ${number}: expected a JSON object`);
    const problem = check(value);
    if (problem !== null) throw unreadable(path, `line ${number}: ${problem}`);
    yield value as T;
  }
}

const believed: LineCheck = () => null;

/**
 * The events of a saved run, in the order in which they were seen.
 * @param check refuses a line that is JSON, and yet no event
 * @throws SkipbeatError EVIDENCE_UNREADABLE
 */
export const readEvents = (folder: string, check = believed): AsyncIterable<TimelineEvent> =>
  readLines(join(folder, eventsFile), false, check);

/** The requests of a saved run, in the order in which they ended. @throws SkipbeatError EVIDENCE_UNREADABLE */
export const readRequests = (folder: string, check = believed): AsyncIterable<RequestRecord> =>
  readLines(join(folder, requestsFile), true, check);
