import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hostExec } from '../../src/node/index.ts';

const sh = (script: string, ...args: string[]) => ['sh', '-c', script, 'sh', ...args] as const;

/** A program that starts another, prints its number, and waits for ever, as kind waits for its docker. */
const parent = sh('sleep 300 & echo $!; wait');

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
};

describe('commands on this machine', () => {
  test('tells exit code, both outputs and the command as one would type it', async () => {
    const result = await hostExec({ argv: sh('echo out; echo "$1" >&2; exit 3', 'it’s err'), timeoutMs: 5000 });
    expect(result).toMatchObject({ ended: 'exited', exitCode: 3, stdout: 'out', stderr: 'it’s err', node: null });
    expect(result.command).toBe(`sh -c 'echo out; echo "$1" >&2; exit 3' sh 'it’s err'`);
  });

  test('an argument is never read by a shell', async () => {
    const result = await hostExec({ argv: ['echo', '$(id)', ';', 'rm -rf /nowhere'], timeoutMs: 5000 });
    expect(result.stdout).toBe('$(id) ; rm -rf /nowhere');
  });

  test('gives input and environment', async () => {
    const command = { argv: sh('cat; echo "$WORD"'), timeoutMs: 5000, input: 'in\n', env: { WORD: 'env' } };
    expect((await hostExec(command)).stdout).toBe('in\nenv');
  });

  test('a program that is not there did not start, and says which', async () => {
    const result = await hostExec({ argv: ['/nowhere/docker', 'info'], timeoutMs: 5000 });
    expect(result).toMatchObject({ ended: 'notStarted', exitCode: null, stderr: 'spawn /nowhere/docker ENOENT' });
  });

  test('one that was killed by somebody else ended by a signal', async () => {
    const result = await hostExec({ argv: sh('kill -KILL $$'), timeoutMs: 5000 });
    expect(result).toMatchObject({ ended: 'signalled', exitCode: null });
  });

  test('at its time limit the program ends, and so does what it had started', async () => {
    const result = await hostExec({ argv: parent, timeoutMs: 300 });
    expect(result.ended).toBe('timedOut');
    await until(() => !existsSync(`/proc/${result.stdout}`));
  });

  test('when its signal fires the program ends, and so does what it had started', async () => {
    const controller = new AbortController();
    const running = hostExec({ argv: parent, timeoutMs: 60_000 }, controller.signal);
    setTimeout(() => controller.abort(), 300);
    const result = await running;
    expect(result.ended).toBe('cancelled');
    expect(result.stdout).toMatch(/^\d+$/);
    await until(() => !existsSync(`/proc/${result.stdout}`));
  });

  test('a signal that has fired already starts nothing', async () => {
    const result = await hostExec({ argv: ['true'], timeoutMs: 5000 }, AbortSignal.abort());
    expect(result.ended).toBe('cancelled');
  });
});
