import { expect, test } from 'vitest';
import { SkipbeatError } from '../../../src/common/errors.ts';
import { cellJob } from '../../../src/sweep/run/cells.ts';
import { runJobs } from '../../../src/sweep/run/pool.ts';
import type { Job, JobResult } from '../../../src/sweep/run/trials.ts';
import { smallSpec } from '../specs.ts';

const job = cellJob({ profile: 'default', pauseMs: 5000, nodes: 3, kubernetesVersion: 'v1.34.4' }, smallSpec);
const broken: Job = { ...job, config: { ...job.config, controlPlanes: 0, workers: 0 } };

test('every job is done once, on more threads than jobs too', async () => {
  const seen: number[] = [];
  await runJobs([job, job, job], { workers: 8, heapBytes: 1e9, onResult: (index) => seen.push(index) });
  expect(seen.toSorted()).toEqual([0, 1, 2]);
});

test('without jobs nothing is started', async () => {
  const results: JobResult[] = [];
  await runJobs([], { workers: 2, heapBytes: 1e9, onResult: (_, result) => results.push(result) });
  expect(results).toEqual([]);
});

test('a thread that fails ends the whole with its reason', async () => {
  const failed = await runJobs([job, broken, job], { workers: 2, heapBytes: 1e9, onResult: () => undefined }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(failed).toBeInstanceOf(SkipbeatError);
  expect(failed).toMatchObject({
    code: 'SWEEP_WORKER_DIED',
    message: 'A simulating thread failed (no node worker); the sweep is incomplete.',
  });
});

test('a listener that throws ends the whole with what it threw', async () => {
  const thrown = new Error('the listener');
  const options = {
    workers: 1,
    heapBytes: 1e9,
    onResult: () => {
      throw thrown;
    },
  };
  await expect(runJobs([job, job], options)).rejects.toBe(thrown);
});
