import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { messageOf, SkipbeatError } from '../../common/errors.ts';
import { moduleBeside } from '../../common/package.ts';
import type { Job, JobResult } from './trials.ts';

export type PoolOptions = {
  /** Threads, at most as many as there are jobs. */
  readonly workers: number;
  /** What the heap of one thread may hold. */
  readonly heapBytes: number;
  /** Called with every result as it comes, in no particular order. */
  readonly onResult: (index: number, result: JobResult) => void;
};

/**
 * What a thread has for what it has just made, in MB, of which a third is used at a time. A simulation of 5,000 nodes makes some 20 MB,
 * most of which is needed until its end: with the 48 MB of V8's own default it is copied once or twice on the way.
 */
const youngGenerationMb = 96;

/**
 * V8 puts what has often lived for long among what is old as soon as it is made. Of a simulation that lives no longer than its trial
 * this keeps all of it: what is old counts as in use until the whole heap is looked through, and what it points to with it, so that
 * dead simulations are copied again and again. @see V8 src/flags/flag-definitions.h, allocation_site_pretenuring
 */
const pretenuringFlag = '--no-allocation-site-pretenuring';

type Seat = { readonly worker: Worker; doing: number };

const died = (how: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError('SWEEP_WORKER_DIED', `A simulating thread ${how}; the sweep is incomplete.`, {
    cause,
    next: 'fewer --workers, or fewer --nodes at once',
  });

/**
 * Does jobs on several threads, in their order, each by whichever thread is free.
 * @throws SkipbeatError SWEEP_WORKER_DIED, when a thread ends or throws; the others are ended then
 */
export const runJobs = async (jobs: readonly Job[], options: PoolOptions): Promise<void> => {
  const { onResult, heapBytes } = options;
  const finished = Promise.withResolvers<void>();
  const seats: Seat[] = [];
  let next = 0;
  let open = jobs.length;

  const give = (seat: Seat): void => {
    const job = jobs[next];
    if (job === undefined) return;
    seat.doing = next;
    next += 1;
    seat.worker.postMessage(job);
  };
  const receive = (seat: Seat, result: JobResult): void => {
    try {
      onResult(seat.doing, result);
    } catch (thrown) {
      finished.reject(thrown);
      return;
    }
    open -= 1;
    if (open === 0) finished.resolve();
    else give(seat);
  };

  if (open === 0) return;
  setFlagsFromString(pretenuringFlag);
  // By which a thread clears up between two simulations.
  setFlagsFromString('--expose-gc');
  for (let count = Math.min(options.workers, jobs.length); count > 0; count -= 1) {
    const worker = new Worker(moduleBeside('./worker', import.meta.url), {
      resourceLimits: {
        maxOldGenerationSizeMb: Math.ceil(heapBytes / 1_000_000),
        maxYoungGenerationSizeMb: youngGenerationMb,
      },
    });
    const seat: Seat = { worker, doing: -1 };
    worker.on('message', (result: JobResult) => receive(seat, result));
    worker.on('error', (thrown) => finished.reject(died(`failed (${messageOf(thrown)})`, thrown)));
    worker.on('exit', (code) => finished.reject(died(`ended with code ${code}`)));
    seats.push(seat);
    give(seat);
  }
  try {
    await finished.promise;
  } finally {
    await Promise.all(seats.map(({ worker }) => worker.terminate()));
  }
};
