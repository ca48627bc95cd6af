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
