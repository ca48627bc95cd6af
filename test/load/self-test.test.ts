import { expect, test } from 'vitest';
import { beyondMachine } from '../../src/load/self-test.ts';

test.each([
  [3127.9, '--set load.ratePerSecond=2500, or end what else runs here', '3127'],
  [9.6, '--set load.ratePerSecond=7, or end what else runs here', '9'],
  [0, 'ulimit -n   (how many files may be open)', '0'],
])('of a machine that offers %d the text says what to ask for', (best, next, found) => {
  const error = beyondMachine({ ratePerSecond: 5000, connection: 'both' }, best, 3);
  expect(error).toMatchObject({ code: 'LOAD_BEYOND_MACHINE', exitCode: 75, next });
  expect(error.message).toBe(
    `load.ratePerSecond: this machine cannot offer that load now. Expected 5000 requests a second on fresh and kept connections, found ${found} at most, in 3 trials against a server of its own.`,
  );
});
