import { expect, test } from 'vitest';
import { createRunClock } from '../../src/load/run-clock.ts';

test.each([0n, 5_000_000_000n, -86_400_000_000_000n])(
  'is the clock of the run that started %d ns from now',
  (fromNowNs) => {
    const startNs = process.hrtime.bigint() + fromNowNs;
    const nowMs = createRunClock(startNs);
    const sinceStartMs = (): number => Number(process.hrtime.bigint() - startNs) / 1e6;
    for (let turn = 0; turn < 1000; turn += 1) {
      const before = sinceStartMs();
      const now = nowMs();
      // Both zeros were read within some microseconds.
      expect(now).toBeGreaterThanOrEqual(before - 0.1);
      expect(now).toBeLessThanOrEqual(sinceStartMs() + 0.1);
      expect(Math.round(now * 1000) / 1000).toBe(now);
    }
  },
);
