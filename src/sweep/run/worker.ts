import { parentPort } from 'node:worker_threads';
import { SkipbeatError } from '../../common/errors.ts';
import { type Job, runJob } from './trials.ts';

// One of several threads that simulate: a job comes in, its result goes out, and nothing is kept in between.

if (parentPort === null)
  throw new SkipbeatError('SWEEP_NO_PARENT', 'src/sweep/run/worker.ts runs only as a worker thread.');
const port = parentPort;
port.on('message', (job: Job) => port.postMessage(runJob(job)));
