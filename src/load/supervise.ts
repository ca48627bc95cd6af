import type { Worker } from 'node:worker_threads';
import { messageOf, SkipbeatError } from '../common/errors.ts';
import type { Batch } from './batch.ts';
import type { FromWorker, LoadSummary, ToWorker } from './protocol.ts';

/** A load that runs. */
export type Load = {
  /**
   * Ends the schedule at once, or at `atMs` on the run's clock, waits for what is in flight (at most its timeout), delivers the last batch and ends the worker.
   * A second call returns the first one's result.
   * @throws SkipbeatError the same that `failed` rejects with, if the load failed before or while it stopped
   */
  readonly stop: (atMs?: number) => Promise<LoadSummary>;
  /**
   * Never resolves. Rejects with a SkipbeatError: LOAD_WORKER_DIED, LOAD_WORKER_STUCK or LOAD_LISTENER_FAILED. The worker
   * is ended then. Nobody has to listen.
   */
  readonly failed: Promise<never>;
};

/**
 * Watches over one worker from its start to its end.
 * @param stopWithinMs after a stop, how long the last requests may take before the worker counts as stuck
 * @param onBatch called for each batch, in order of completion, with when request 0 was due; what it throws fails the load
 * @returns once the worker has said when it starts
 * @throws SkipbeatError LOAD_WORKER_DIED, when it ends before that
 */
export const supervise = async (
  worker: Worker,
  stopWithinMs: number,
  onBatch: (batch: Batch, startedAtMs: number) => void,
): Promise<Load> => {
  const started = Promise.withResolvers<number>();
  const failed = Promise.withResolvers<never>();
  const ended = Promise.withResolvers<LoadSummary>();
  // A failure is kept for whoever asks, and must not end the process where nobody does.
  for (const { promise } of [started, failed, ended]) promise.catch(() => undefined);

  let startedAtMs = 0;
  let summary: LoadSummary | null = null;
  let over = false;
  let stuckTimer: NodeJS.Timeout | undefined;

  const fail = (error: SkipbeatError): void => {
    if (over) return;
    over = true;
    clearTimeout(stuckTimer);
    for (const { reject } of [started, failed, ended]) reject(error);
    void worker.terminate();
  };
  const died = (how: string, cause?: unknown): void =>
    fail(
      new SkipbeatError('LOAD_WORKER_DIED', `The load generator's thread ${how}; its figures are incomplete.`, {
        cause,
      }),
    );

  const receive = (message: FromWorker): void => {
    if (over) return;
    if (message.type === 'started') {
      startedAtMs = message.startedAtMs;
      started.resolve(startedAtMs);
    } else if (message.type === 'ended') {
      summary = message.summary;
    } else {
      try {
        onBatch(message.batch, startedAtMs);
      } catch (thrown) {
        fail(
          new SkipbeatError('LOAD_LISTENER_FAILED', `What records the requests failed: ${messageOf(thrown)}`, {
            cause: thrown,
          }),
        );
      }
    }
  };
  worker.on('message', receive);
  worker.on('messageerror', (error) => died(`sent what cannot be read: ${messageOf(error)}`, error));
  worker.on('error', (error) => died(`failed: ${messageOf(error)}`, error));
  worker.on('exit', (code) => {
    if (summary === null) return died(`ended by itself (exit code ${code})`);
    if (over) return;
    over = true;
    clearTimeout(stuckTimer);
    ended.resolve(summary);
  });

  await started.promise;

  let stopAsked = false;
  const stop = (atMs?: number): Promise<LoadSummary> => {
    if (stopAsked || over) return ended.promise;
    stopAsked = true;
    const message: ToWorker = { type: 'stop', atMs: atMs ?? null };
    worker.postMessage(message);
    const stuck = (): void =>
      fail(
        new SkipbeatError(
          'LOAD_WORKER_STUCK',
          `The load generator's thread did not end within ${stopWithinMs} ms of the stop; its figures are incomplete.`,
        ),
      );
    stuckTimer = setTimeout(stuck, stopWithinMs);
    return ended.promise;
  };
  return { stop, failed: failed.promise };
};
