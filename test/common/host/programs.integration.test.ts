import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const module = fileURLToPath(new URL('../../../src/common/host/programs.ts', import.meta.url));

/** Starts a program with a mark in its environment, looks for it, and says its own number and those that were found. */
const program = `
  import { spawn } from 'node:child_process';
  import { once } from 'node:events';
  import { runningPrograms } from ${JSON.stringify(module)};
  const child = spawn('sleep', ['60'], { env: { ...process.env, SKIPBEAT_TEST_MARK: 'here' } });
  await once(child, 'spawn');
  const found = () => runningPrograms().filter(({ environment }) => environment.includes('SKIPBEAT_TEST_MARK=here'));
  const all = found().map(({ pid, argv }) => [pid === child.pid, argv.slice(0, 2)]);
  for (const { pid } of found()) process.kill(pid, 'SIGKILL');
  const [, signal] = await once(child, 'exit');
  process.stdout.write(JSON.stringify([all, signal, found().length]));
`;
const node = [process.execPath, '--input-type=module-typescript', '--eval', program];

test.each([
  ['in the PID namespace of /proc', []],
  ['in a PID namespace with a /proc of its own', ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc']],
  ['in a PID namespace below that of /proc', ['unshare', '--pid', '--fork', '--kill-child']],
])('a program is found by the number that it may be signalled by: %s', async (_, before) => {
  const [command = '', ...args] = [...before, ...node];
  const { stdout } = await execa(command, args);
  expect(JSON.parse(stdout)).toEqual([[[true, ['sleep', '60']]], 'SIGKILL', 0]);
});

test('what /proc lists of others and does not open (hidepid=1) keeps none of our own from being found', async () => {
  const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', ...node];
  const mount = 'mount -t proc -o hidepid=1 proc /proc && "$@"';
  const own = ['--mount', '--pid', '--fork', '--kill-child'];
  const { stdout } = await execa('unshare', [...own, 'sh', '-c', mount, 'sh', ...asNobody], { cwd: '/' });
  expect(JSON.parse(stdout)).toEqual([[[true, ['sleep', '60']]], 'SIGKILL', 0]);
});

test.each([
  ['is found by its command line', 0, /^process \d+$/],
  ['is found, though /proc opens nothing of it', 1, /^a process that \/proc does not show$/],
  ['is found, though /proc hides it', 2, /^a process that \/proc does not show$/],
])('what another user runs of a file %s (hidepid=%d)', async (_, hidepid, expected) => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-programs-'));
  try {
    chmodSync(folder, 0o755);
    const file = join(folder, 'kwok');
    copyFileSync('/bin/sleep', file);
    chownSync(file, 65534, 65534);
    const asks = `
      import { runnersOf } from ${JSON.stringify(module)};
      process.stdout.write(JSON.stringify(runnersOf(process.argv[1])));
    `;
    const asking = [process.execPath, '--input-type=module-typescript', '--eval', asks, file];
    const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', ...asking];
    const mount = `mount -t proc -o hidepid=${hidepid} proc /proc && { "$0" 60 > /dev/null & } && sleep 0 && "$@"`;
    const own = ['--mount', '--pid', '--fork', '--kill-child'];
    const { stdout } = await execa('unshare', [...own, 'sh', '-c', mount, file, ...asNobody], { cwd: '/' });
    expect(JSON.parse(stdout)).toMatch(expected);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ['is too long for a path', `/sbin --type=renderer ${'x'.repeat(300)}`],
  ['leads through a file', '/etc/passwd/x'],
])('a command line of another user that %s is of no file that is asked for', async (_, name) => {
  const asks = `
    import { runnersOf } from ${JSON.stringify(module)};
    process.stdout.write(JSON.stringify(runnersOf('/etc/passwd')));
  `;
  const asking = [process.execPath, '--input-type=module-typescript', '--eval', asks];
  const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', ...asking];
  const started = `perl -e 'exec { "sleep" } $ARGV[0], "60"' "$0" > /dev/null & until grep -qF "$0" /proc/$!/cmdline; do :; done`;
  const own = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const { stdout } = await execa('unshare', [...own, 'sh', '-c', `${started}; "$@"`, name, ...asNobody], { cwd: '/' });
  expect(JSON.parse(stdout)).toBeNull();
});
