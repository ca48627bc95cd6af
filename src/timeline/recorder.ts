import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { constants, createGzip } from 'node:zlib';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import type { EventBody, TimelineEvent } from './events.ts';
import type { RequestRecord } from './request-record.ts';

export const eventsFile = 'events.ndjson';
export const requestsFile = 'requests.ndjson.gz';

/** How often compressed requests are pushed to the disk: what a crash can lose at most. */
const flushEveryMs = 1000;

export type TimelineListener = {
  readonly onEvent?: (event: TimelineEvent) => void;
  readonly onRequests?: (batch: readonly RequestRecord[]) => void;
};

export type TimelineRecorder = {
  readonly startNs: bigint;
  readonly nowMs: () => number;
  readonly event: (body: EventBody, atMs?: number) => void;
  readonly requests: (batch: readonly RequestRecord[]) => void;
  /**
   * Fires with RECORD_FAILED once evidence could not be written; the run is to end then. What was seen before stays on
   * the disk, what comes after is dropped: an undo must never fail because its record did.
   */
  readonly failed: AbortSignal;
  /** Everything is on the disk when it resolves. Safe twice. Rejects with RECORD_FAILED if something was lost. */
  readonly close: () => Promise<void>;
};

/** An event as it stands in the record: times in whole µs. */
export const stamped = (body: EventBody, atMs: number): TimelineEvent => ({
  atMs: Math.round(atMs * 1000) / 1000,
  ...body,
});

const recordFailed = (folder: string, thrown: unknown): SkipbeatError =>
  new SkipbeatError('RECORD_FAILED', `The evidence could not be written to ${folder}: ${messageOf(thrown)}.`, {
    exitCode: exitCodes.environment,
    cause: thrown,
    next: `free space where ${folder} lies or choose another place with --out, then run again`,
  });

/** Writes all of the text, for a nearly full disk takes a part of it without an error. */
const writeAll = (descriptor: number, bytes: Buffer): void => {
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
};

/**
 * Keeps what is seen, as it is seen: an event is in the file when `event` returns, requests at most a second later.
 * @param startNs `process.hrtime.bigint()` at the run's start; all times count from it
 * @param listeners called after the evidence is kept; one that throws is dropped and named in a note
 */
export const recordTimeline = (
  folder: string,
  startNs: bigint,
  listeners: readonly TimelineListener[] = [],
): TimelineRecorder => {
  const eventsDescriptor = openSync(join(folder, eventsFile), 'wx', 0o644);
  const requestsDescriptor = openSync(join(folder, requestsFile), 'wx', 0o644);
  const failure = new AbortController();
  const live = new Set(listeners);
  const nowMs = (): number => Number(process.hrtime.bigint() - startNs) / 1e6;
  const fail = (thrown: unknown): void => {
    if (!failure.signal.aborted) failure.abort(recordFailed(folder, thrown));
  };

  const gzip = createGzip({ level: 6 });
  gzip.on('data', (bytes: Buffer) => {
    if (failure.signal.aborted) return;
    try {
      writeAll(requestsDescriptor, bytes);
    } catch (thrown) {
      fail(thrown);
    }
  });
  gzip.on('error', fail);
  const flusher = setInterval(() => gzip.flush(constants.Z_SYNC_FLUSH), flushEveryMs);
  flusher.unref();

  const notify = (deliver: (listener: TimelineListener) => void): void => {
    for (const listener of live) {
      try {
        deliver(listener);
      } catch (thrown) {
        live.delete(listener);
        event({ type: 'note', text: `a reporter failed and was left out from here on: ${messageOf(thrown)}` });
      }
    }
  };

  const event = (body: EventBody, atMs?: number): void => {
    if (failure.signal.aborted) return;
    const made = stamped(body, atMs ?? nowMs());
    try {
      writeAll(eventsDescriptor, Buffer.from(`${JSON.stringify(made)}\n`));
    } catch (thrown) {
      fail(thrown);
      return;
    }
    notify((listener) => listener.onEvent?.(made));
  };

  const requests = (batch: readonly RequestRecord[]): void => {
    if (failure.signal.aborted) return;
    if (batch.length === 0) return;
    gzip.write(batch.map((record) => `${JSON.stringify(record)}\n`).join(''));
    notify((listener) => listener.onRequests?.(batch));
  };

  let closing: Promise<void> | null = null;
  const closeOnce = async (): Promise<void> => {
    clearInterval(flusher);
    await new Promise<void>((resolve) => {
      gzip.once('end', resolve);
      gzip.once('error', () => resolve());
      gzip.end();
    });
    for (const descriptor of [eventsDescriptor, requestsDescriptor]) {
      try {
        fsyncSync(descriptor);
      } catch (thrown) {
        fail(thrown);
      } finally {
        closeSync(descriptor);
      }
    }
    if (failure.signal.aborted) throw failure.signal.reason;
  };

  return {
    startNs,
    nowMs,
    event,
    requests,
    failed: failure.signal,
    close: () => {
      closing ??= closeOnce();
      return closing;
    },
  };
};
