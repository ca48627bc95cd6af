import type { Plan } from '../plan/index.ts';
import type { EventBody, RequestRecord } from '../timeline/index.ts';

/** Where a backend puts what it sees. Neither throws: evidence that cannot be kept ends the run through its signal. */
export type Recorder = {
  /** The run's zero on CLOCK_MONOTONIC (`process.hrtime.bigint()`), which threads share. */
  readonly startNs: bigint;
  /** Milliseconds since the run started. */
  readonly nowMs: () => number;
  /** Stamps the event with `atMs` where given (the model's virtual time, a watch's arrival), else with now. */
  readonly event: (body: EventBody, atMs?: number) => void;
  readonly requests: (batch: readonly RequestRecord[]) => void;
};

/**
 * Turns a plan into a timeline. Ends by itself, or soon after the signal, and leaves nothing behind either way; but for
 * what one repeat leaves for the next, which goes with the last of them, with one that breaks, or with `close`.
 */
export type Backend = {
  readonly name: 'kind' | 'model' | 'cluster';
  readonly predicted: boolean;
  readonly run: (plan: Plan, recorder: Recorder, signal: AbortSignal) => Promise<void>;
  /** Removes what is still there for repeats that will not come. Safe at any time between runs, and twice. */
  readonly close?: () => Promise<void>;
};
