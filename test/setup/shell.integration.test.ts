import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SkipbeatError } from '../../src/common/errors.ts';
import { together } from '../../src/setup/node-image/node-image.ts';
import { attempt, shell } from '../../src/setup/shell.ts';

const quiet = new AbortController().signal;
const note = (): undefined => undefined;

const thrownBy = async (step: Promise<unknown>): Promise<SkipbeatError> => {
  const error: unknown = await step.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SkipbeatError)) throw error;
  return error;
};

describe('a command of set-up', () => {
  test('takes every value as one argument, whatever is in it', async () => {
    const sh = shell({ timeoutMs: 10_000, signal: quiet });
    const values = ['a b', '$(touch /tmp/never)', "it's", '*', ''];
    expect(await attempt('Printing', sh`printf ${'%s\n'} ${values}`, quiet)).toBe(`${values.join('\n')}\n`);
  });

  test('that fails says what it was to do, how it ended and its last words', async () => {
    const sh = shell({ timeoutMs: 10_000, signal: quiet });
    const error = await thrownBy(attempt('Building', sh`sh -c ${'echo first; echo reason >&2; exit 3'}`, quiet));
    expect([error.code, error.exitCode]).toEqual(['SETUP_STEP_FAILED', 75]);
    expect(error.message).toBe(
      "Building failed: sh -c $'echo first; echo reason >&2; exit 3'\nended with 3, saying:\nfirst\nreason",
    );
  });

  test('that takes too long is ended', async () => {
    const sh = shell({ timeoutMs: 200, signal: quiet });
    const error = await thrownBy(attempt('Waiting', sh`sleep 60`, quiet));
    expect(error.message).toBe('Waiting failed: sleep 60\ntook longer than its time limit.');
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('and its children end when set-up is interrupted by %s', async (name, exitCode) => {
    const folder = await mkdtemp(join(tmpdir(), 'skipbeat-shell-'));
    try {
      const interrupted = new AbortController();
      const sh = shell({ timeoutMs: 60_000, signal: interrupted.signal });
      const file = join(folder, 'pid');
      const script = 'sleep 300 & echo $! > "$0"; wait';
      const running = thrownBy(attempt('Sleeping', sh`sh -c ${script} ${file}`, interrupted.signal));
      const pid = await expect
        .poll(() => readFile(file, 'utf8').catch(() => ''), { timeout: 10_000 })
        .toMatch(/\d\n/)
        .then(() => readFile(file, 'utf8'));
      interrupted.abort(name);
      const error = await running;
      expect([error.code, error.exitCode]).toEqual(['SETUP_INTERRUPTED', exitCode]);
      const alive = (): boolean => {
        try {
          return process.kill(Number(pid), 0);
        } catch {
          return false;
        }
      };
      await expect.poll(alive, { timeout: 10_000 }).toBe(false);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('two steps at once', () => {
  test('give both results', async () => {
    expect(await together({ signal: quiet, note }, () => [Promise.resolve(1), Promise.resolve('two')])).toEqual([
      1,
      'two',
    ]);
  });

  test('end together when one fails, with the first failure', async () => {
    const started = performance.now();
    const both = together({ signal: quiet, note }, ({ signal }) => [
      attempt('Sleeping', shell({ timeoutMs: 60_000, signal })`sleep 50`, signal),
      attempt('Failing', shell({ timeoutMs: 60_000, signal })`false`, signal),
    ]);
    expect((await thrownBy(both)).message).toBe('Failing failed: false\nended with 1.');
    expect(performance.now() - started).toBeLessThan(40_000);
  });
});
