// What becomes of a program that brings credentials, and does not come to an end, once nobody waits for it.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { main } from '../../support/program.ts';
import { programEntry } from './cases.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-command-end-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isAlive = (pid: number): boolean => {
  const stat = `/proc/${pid}/stat`;
  // What nobody has reaped is gone all the same.
  return existsSync(stat) && !/^\d+ \(.*\) [ZX]/s.test(readFileSync(stat, 'utf8'));
};

test.each(['watch', 'cleanup'])('it is ended with %s that was called off, and keeps nobody', async (command) => {
  const [kubeconfig, pidFile] = [join(folder, `${command}.yaml`), join(folder, `${command}.pid`)];
  const exec = programEntry({ args: ['-c', `echo $$ > '${pidFile}'; exec sleep 600`], interactiveMode: 'Never' });
  const at = { cluster: 'c', user: 'u' };
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'x' },
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:9' } }],
    contexts: [{ name: 'x', context: at }],
    users: [{ name: 'u', user: { exec } }],
  };
  writeFileSync(kubeconfig, stringify(config));
  const args = [command, '--context', 'x', '--kubeconfig', kubeconfig, ...(command === 'watch' ? ['--for', '1m'] : [])];
  const running = execa(process.execPath, [main, ...args], { cwd: folder, stdin: 'ignore', reject: false });
  await expect
    .poll(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').trim(), { timeout: 60_000 })
    .toMatch(/^\d+$/);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  expect(isAlive(pid)).toBe(true);
  running.kill('SIGINT');
  const { exitCode, stderr } = await running;
  expect(exitCode).toBe(130);
  expect(stderr).toContain('INTERRUPTED  Interrupted by SIGINT');
  expect(stderr).not.toContain('something was still open');
  await expect.poll(() => isAlive(pid), { timeout: 60_000 }).toBe(false);
});
