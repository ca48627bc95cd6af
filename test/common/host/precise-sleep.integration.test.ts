import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { endSleepsOnTime, sleepUntil } from '../../../src/common/host/precise-sleep.ts';

test.each([-1, 0, 0.3, 7])('a sleep until %d ms from now is never over before', (ms) => {
  const atMs = performance.now() + ms;
  sleepUntil(atMs, () => performance.now());
  expect(performance.now()).toBeGreaterThanOrEqual(atMs);
});

test.runIf(process.platform === 'linux')("a thread's sleeps end without the slack that others have", () => {
  const slackNs = `/proc/${basename(readlinkSync('/proc/thread-self'))}/timerslack_ns`;
  endSleepsOnTime();
  expect(readFileSync(slackNs, 'utf8').trim()).toBe('1');
});
