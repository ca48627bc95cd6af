import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { main } from '../support/program.ts';

const run = `"${process.execPath}" "${main}" run tight-grace --backend model --out out`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-terminal-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a terminal that has closed under a run that goes on, as after nohup, is no bug: the run ends as it would', async () => {
  const script = `trap '' HUP\ntrue > ready\nuntil [ -e closed ]; do sleep 0.05; done\n${run}\necho $? > code\n`;
  writeFileSync(join(folder, 'run.sh'), script);
  const terminal = execa('script', ['--quiet', '--command', 'exec sh run.sh', '/dev/null'], {
    ...{ cwd: folder, reject: false, stdin: 'ignore' },
    env: { SHELL: '/bin/sh', SKIPBEAT_STATE_DIR: join(folder, 'state') },
  });
  await expect.poll(() => existsSync(join(folder, 'ready')), { timeout: 20_000 }).toBe(true);
  terminal.kill('SIGKILL');
  await terminal;
  writeFileSync(join(folder, 'closed'), '');
  const code = join(folder, 'code');
  // The shell makes the file before it writes into it.
  await expect.poll(() => existsSync(code) && readFileSync(code, 'utf8'), { timeout: 40_000 }).toBe('0\n');
  expect(JSON.parse(readFileSync(join(folder, 'out/run.json'), 'utf8'))).toMatchObject({ verdict: 'pass' });
});
