// `npm run check:workflows`: both workflows and the action of this repository, by actionlint. With --install it is
// compiled first where it is missing, as `npm run setup -- --tests` does.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { actionlint, ensureGoTool, goToolPath } from './test-tools/go-tools.ts';

if (process.argv.includes('--install')) {
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  note(await ensureGoTool(actionlint, { signal: new AbortController().signal, note }));
}
if (existsSync(goToolPath(actionlint))) {
  // Without the checkers that one machine has and another has not: the same answer everywhere.
  const { exitCode } = await execa(goToolPath(actionlint), ['-no-color', '-shellcheck=', '-pyflakes='], {
    cwd: join(import.meta.dirname, '..'),
    reject: false,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  process.exitCode = exitCode ?? 70;
} else {
  process.stderr.write(
    `The workflows cannot be checked: expected actionlint ${actionlint.version} at ${goToolPath(actionlint)}, found none.\n` +
      'Try: npm run setup -- --tests\n',
  );
  process.exitCode = 75;
}
