import { parentPort } from 'node:worker_threads';
import type { ModelConfig } from '../../backend/model/index.ts';
import { SkipbeatError } from '../../common/errors.ts';
import { type Job, runJob } from './trials.ts';

// One of several threads that simulate: a job comes in, its result goes out, and nothing is kept in between.

if (parentPort === null)
  throw new SkipbeatError('SWEEP_NO_PARENT', 'src/sweep/run/worker.ts runs only as a worker thread.');
const port = parentPort;

/** Nodes of simulations that are over and may still lie in memory, and how many of these do at the most. */
let nodes = 0;
const maxNodes = 5000;

/**
 * Clears up what simulations left, while none runs and nothing of it is needed: in the midst of one half of it would be copied. It
 * changes no result. The flag that it needs is set in `pool.ts`.
 */
const clearUp = ({ controlPlanes, workers, hollow }: ModelConfig): void => {
  nodes += controlPlanes + workers + (hollow?.nodes ?? 0);
  if (nodes < maxNodes) return;
  nodes = 0;
  globalThis.gc?.({ type: 'minor' });
};
port.on('message', (job: Job) => port.postMessage(runJob(job, clearUp)));
