import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import type { PacerPlan, ToPacer } from '../../src/load/pacer.ts';
import { createRunClock } from '../../src/load/run-clock.ts';

test('what became due while its thread had no CPU is looked after as soon as it has one, not when the next is due', async () => {
  const runStartNs = process.hrtime.bigint();
  const workerData: PacerPlan = { runStartNs, ratePerSecond: 1, woken: new Int32Array(new SharedArrayBuffer(4)) };
  const pacer = new Worker(new URL('./support/stalled-pacer.ts', import.meta.url), { workerData, execArgv: [] });
  onTestFinished(async () => {
    await pacer.terminate();
  });
  await once(pacer, 'message');
  const nowMs = createRunClock(runStartNs);
  const begin: ToPacer = { startedAtMs: nowMs() };
  pacer.postMessage(begin);
  await once(pacer, 'message');
  Atomics.store(workerData.woken, 0, 0);
  await once(pacer, 'message');
  const sinceMs = nowMs() - begin.startedAtMs;
  expect(sinceMs).toBeGreaterThanOrEqual(1000);
  expect(sinceMs).toBeLessThan(2000);
});
