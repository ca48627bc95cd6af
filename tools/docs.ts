// `npm run docs` makes the output that README and docs show again, by the commands that stand above it, and says what is
// wrong with links, paths and commands. With --check nothing is written, and output that is not current is a problem, too.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pagesOf, problemsOf } from './docs/check.ts';
import { MarkerError, withOutputs } from './docs/output.ts';

const root = join(import.meta.dirname, '..');
const isCheck = process.argv.includes('--check');
const named = process.argv.slice(2).filter((argument) => argument !== '--check');

/** The first line in which two texts differ, for a person who wants to know what changed. */
const difference = (shown: string, made: string): string => {
  const [old, now] = [shown.split('\n'), made.split('\n')];
  const at = now.findIndex((line, index) => line !== old[index]);
  return `line ${at + 1}: shows ${JSON.stringify(old[at] ?? null)}, the command prints ${JSON.stringify(now[at] ?? null)}`;
};

const pages = pagesOf(root);
const problems = [...(await problemsOf(root, pages))];
for (const page of pages) {
  if (named.length > 0 && !named.includes(page.file)) continue;
  try {
    const shown = page.lines.join('\n');
    const made = withOutputs(page);
    if (made === shown) continue;
    if (isCheck) problems.push(`${page.file}: ${difference(shown, made)}: npm run docs`);
    else writeFileSync(join(root, page.file), made);
  } catch (thrown) {
    if (!(thrown instanceof MarkerError)) throw thrown;
    problems.push(thrown.message);
  }
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
