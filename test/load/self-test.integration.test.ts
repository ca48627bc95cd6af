import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { assertOffer } from '../../src/load/index.ts';

test.each(['fresh', 'keep-alive', 'both'] as const)(
  'a load that this machine can offer is let through, %s',
  async (connection) => {
    await assertOffer({ ratePerSecond: 50, connection });
  },
);

test('less than one request a second is one', async () => {
  await assertOffer({ ratePerSecond: 0.1, connection: 'fresh' });
});

test('a machine that gives the generator a twentieth of its time cannot offer 5,000 a second, and says what it can', async () => {
  const child = fork(new URL('./support/offering-process.ts', import.meta.url), ['5000'], { execArgv: [] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  let said: unknown = null;
  child.once('message', (message) => {
    said = message;
  });
  const exited = once(child, 'exit');
  while (said === null && child.exitCode === null) {
    child.kill('SIGSTOP');
    await delay(95);
    child.kill('SIGCONT');
    await Promise.race([exited, delay(5)]);
  }
  expect(said).toMatchObject({ offers: false, code: 'LOAD_BEYOND_MACHINE', exitCode: 75 });
  const { message } = said as unknown as { readonly message: string };
  expect(message.replace(/found \d+ at/, 'found RATE at')).toBe(
    'load.ratePerSecond: this machine cannot offer that load now. Expected 5000 requests a second on fresh connections, found RATE at most, in 1 trial against a server of its own.',
  );
});
