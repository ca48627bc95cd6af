import { Worker } from 'node:worker_threads';
import { startWithPriority } from '../common/host/worker-priority.ts';
import { moduleBeside } from '../common/package.ts';
import type { RequestRecord } from '../timeline/index.ts';
import { readBatch } from './batch.ts';
import { checkLoadPlan, type LoadPlan } from './options.ts';
import { type Load, supervise } from './supervise.ts';

/** How much longer than a timeout the last requests may take to come in before the thread counts as stuck. */
export const stopMarginMs = 10_000;

/**
 * A part of what a fresh connection allocates in Node outlives a minor collection, so a young generation of the usual
 * size stops the thread for 2 to 5 ms at a time. A small one stops it more often, for half a millisecond.
 */
const maxYoungGenerationSizeMb = 3;

/** An open-loop HTTP load on one target, or on several in turn. */
export type LoadOptions = LoadPlan & {
  /** On this thread, a few times a second: what ended since the last call, in order of completion, never empty. What it throws fails the load. */
  readonly onBatch: (records: readonly RequestRecord[]) => void;
};

/**
 * Starts a load in threads of its own (one sends, one keeps time) and returns once they are warm (well within two
 * seconds) and the first due time is fixed, a few milliseconds ahead.
 *
 * Request i is due at start + i/rate, whatever happened before. The timeout counts from when a request was sent, as a
 * client's own would; latency from when it was due. Each request that was due before the end is sent, however late
 * (its lateness is in its record), unless `maxInFlight` are already in flight: then it is `dropped`. The body is read to its end
 * before a request is `ok`. A request on a pooled connection which the server was just closing is a `reset`.
 * @throws SkipbeatError LOAD_INVALID (exit code 64) with every problem at once; LOAD_WORKER_DIED, if the thread does not start
 */
export const startLoad = async ({ onBatch, ...plan }: LoadOptions): Promise<Load> => {
  checkLoadPlan(plan);
  // What is late because the machine is busy says nothing about the cluster.
  const worker = startWithPriority(
    () =>
      new Worker(moduleBeside('./worker', import.meta.url), {
        workerData: plan,
        // No flags of this process: a test runner's would change what the thread loads.
        execArgv: [],
        resourceLimits: { maxYoungGenerationSizeMb },
      }),
  );
  const { ratePerSecond, connection } = plan;
  const entrances = plan.targets.map(({ entrance }) => entrance);
  return supervise(worker, plan.timeoutMs + stopMarginMs, (batch, startedAtMs) =>
    onBatch(readBatch(batch, { startedAtMs, ratePerSecond, connection, entrances })),
  );
};
