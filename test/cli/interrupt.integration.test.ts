import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';

const module = JSON.stringify(fileURLToPath(new URL('../../src/cli/output/interrupt.ts', import.meta.url)));

/** A program that waits for a signal, then undoes for `undoMs`, and says what happened; `ready` is its first line. */
const program = (undoMs: number): string => `
  import { watchSignals } from ${module};
  const { signal } = watchSignals((line) => console.log(line));
  const alive = setInterval(() => undefined, 1000);
  signal.addEventListener('abort', () => {
    setTimeout(() => { console.log('undone', signal.reason.message); clearInterval(alive); process.exitCode = signal.reason.exitCode; }, ${undoMs});
  });
  console.log('ready');
`;

const start = (undoMs: number) => {
  const child = execa(process.execPath, ['--input-type=module-typescript', '--eval', program(undoMs)], {
    reject: false,
  });
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (text: Buffer) => {
      if (text.toString().includes('ready')) resolve();
    });
  });
  return { child, ready };
};

describe('signals during a run', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
  ] as const)('%s lets the run undo and ends it with %i', async (name, code) => {
    const { child, ready } = start(10);
    await ready;
    child.kill(name);
    const ended = await child;
    expect(ended.exitCode).toBe(code);
    expect(ended.stdout).toBe(
      `ready
${name}: undoing what this run did; once more leaves at once
undone Interrupted by ${name}; everything this run did was undone.`,
    );
  });

  test('the same Ctrl-C delivered twice, by the terminal and by npm, is one signal', async () => {
    const { child, ready } = start(300);
    await ready;
    child.kill('SIGINT');
    child.kill('SIGINT');
    const ended = await child;
    expect(ended.stdout).toBe(
      `ready
SIGINT: undoing what this run did; once more leaves at once
undone Interrupted by SIGINT; everything this run did was undone.`,
    );
    expect(ended.exitCode).toBe(130);
  });

  test('a second signal, later, leaves at once and names cleanup', async () => {
    const { child, ready } = start(60_000);
    await ready;
    child.kill('SIGINT');
    const again = setInterval(() => child.kill('SIGINT'), 200);
    const ended = await child;
    clearInterval(again);
    expect(ended.exitCode).toBe(130);
    expect(ended.stdout).toBe(
      `ready
SIGINT: undoing what this run did; once more leaves at once
SIGINT again: leaving with the undo unfinished. Try:  npm run skipbeat -- cleanup`,
    );
  });
});
