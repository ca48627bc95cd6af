import type { Batch } from './batch.ts';

/** What a load did as a whole. */
export type LoadSummary = {
  /** Counted by the generator where it decides to offer, apart from the records; of its share alone, where it has one. */
  readonly offered: number;
  /** When request 0 was due, in ms since the run started. */
  readonly startedAtMs: number;
  /**
   * The end of the schedule: every request due in [startedAtMs, endedAtMs) was offered, and no other. Those in flight
   * then may have ended up to one timeout later.
   */
  readonly endedAtMs: number;
};

/** What the worker says: `started` once and first, `ended` once and last. */
export type FromWorker =
  | { readonly type: 'started'; readonly startedAtMs: number }
  | { readonly type: 'batch'; readonly batch: Batch }
  | { readonly type: 'ended'; readonly summary: LoadSummary };

/** All messages to the worker. `atMs`: no request is due from then on, in ms since the run started; null: from now on. */
export type ToWorker = { readonly type: 'stop'; readonly atMs: number | null };
