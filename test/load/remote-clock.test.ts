import { expect, test } from 'vitest';
import { bootId } from '../../src/common/host/process.ts';
import { remoteGenerator } from '../../src/load/index.ts';

/** A far end whose clock is so far ahead, and that says it runs on that boot of a kernel. */
const remote = (aheadNs: bigint, boot: string | null) => {
  let take: (line: string) => void = () => undefined;
  return remoteGenerator({
    send: () => {
      const nowNs = String(process.hrtime.bigint() + aheadNs);
      setImmediate(() => take(JSON.stringify({ type: 'clock', nowNs, bootId: boot })));
    },
    onLine: (taken) => {
      take = taken;
    },
    ended: new Promise(() => undefined),
  });
};

test('the clock of another kernel is measured, and by how much that may be wrong', async () => {
  const hourNs = 3_600_000_000_000n;
  const { shared, offsetNs, errorMs } = await remote(hourNs, 'another boot').clock();
  expect(shared).toBe(false);
  expect(errorMs).toBeGreaterThan(0);
  expect(Math.abs(Number(offsetNs - hourNs)) / 1e6).toBeLessThanOrEqual(errorMs);
});

test('one kernel has one clock, unless a time namespace shows another', async () => {
  expect(await remote(0n, bootId()).clock()).toEqual({ shared: true, offsetNs: 0n, errorMs: 0 });
  expect((await remote(5_000_000_000n, bootId()).clock()).shared).toBe(false);
  expect((await remote(0n, null).clock()).shared).toBe(false);
});
