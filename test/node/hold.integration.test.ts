import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type NodeCommand, startHold } from '../../src/node/index.ts';

/** On this machine, whose clock is the one of its nodes. */
const here = (script: string): NodeCommand => ({
  ...{ node: 'this', on: 'host', timeoutMs: 20_000 },
  argv: ['sh', '-c', script],
});
const clock = 'cut -d" " -f1 /proc/uptime';
const uptimeMs = (): number => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;

test('the second command runs so long after the first by their own clock, however late the end of the first is read', async () => {
  const hold = startHold(here(clock), here(clock), 700);
  const [began, ended] = await Promise.all([hold.began, hold.ended]);
  const [firstMs, secondMs] = [Number(began.result.stdout) * 1000, Number(ended.result.stdout) * 1000];
  expect(secondMs - firstMs).toBeGreaterThanOrEqual(690);
  expect(began.clockMs).toBeGreaterThanOrEqual(firstMs);
  expect((ended.askedMs ?? 0) - (began.clockMs ?? 0)).toBeGreaterThanOrEqual(690);
  expect(ended.clockMs).toBeGreaterThanOrEqual(secondMs);
});

test('asked to end it ends now, and the second command knows what the first one printed', async () => {
  const hold = startHold(here('echo 812 T'), here('echo "was: $SKIPBEAT_TOLD" >&2; exit 4'), 3_600_000);
  const { result, clockMs } = await hold.began;
  expect(result).toMatchObject({ ended: 'exited', exitCode: 0, stdout: '812 T' });
  expect(clockMs).toBeLessThanOrEqual(uptimeMs());
  hold.end();
  hold.end();
  const ended = await hold.ended;
  expect(ended.result).toMatchObject({ ended: 'exited', exitCode: 4, stderr: 'was: 812 T' });
  expect(ended.result.command).toBe(`sh -c 'echo "was: $SKIPBEAT_TOLD" >&2; exit 4'`);
});

test('where the first command fails the second does not run, and both say so', async () => {
  const hold = startHold(here('echo no >&2; exit 3'), here('echo never'), 0);
  expect((await hold.began).result).toMatchObject({ ended: 'exited', exitCode: 3, stderr: 'no' });
  const ended = await hold.ended;
  expect(ended).toMatchObject({ clockMs: null, askedMs: null, result: { exitCode: 3, stdout: '' } });
});

test('a way in that does not come about ends by the first command’s time limit', async () => {
  const hold = startHold({ ...here('sleep 60'), timeoutMs: 200 }, here('true'), 0);
  expect((await hold.began).result).toMatchObject({ ended: 'timedOut', exitCode: null });
  expect((await hold.ended).result.ended).toBe('timedOut');
});

test('the user’s own shell settings are not run, where no shell started this process either', async () => {
  const home = mkdtempSync(join(tmpdir(), 'skipbeat-home-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  writeFileSync(join(home, '.bashrc'), 'echo from .bashrc\nexit 9\n');
  vi.stubEnv('HOME', home);
  vi.stubEnv('SHLVL', undefined);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const hold = startHold(here('echo first'), here('echo second'), 0);
  expect((await hold.began).result).toMatchObject({ exitCode: 0, stdout: 'first' });
  expect((await hold.ended).result).toMatchObject({ exitCode: 0, stdout: 'second' });
});
