// Paths of the repository that pages name, alone or inside a command: what was moved or renamed is named by where it was.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { splitArgs } from './commands.ts';

const isPath = (text: string): boolean =>
  /^(src|test|tools|bench|docs|scenarios|kind-configs|node-image|examples|deploy|\.github|\.ci)\/[\w./-]*$/.test(text);

/** Names of the projects that the configuration of vitest declares; empty where there is none. */
const projectsOf = (root: string): readonly string[] => {
  const file = join(root, 'vitest.config.ts');
  if (!existsSync(file)) return [];
  return [...readFileSync(file, 'utf8').matchAll(/^\s*name: '([^']+)'/gm)].map(([, name = '']) => name);
};

/** A test is asked for by a part of its path, so one that is not there is only seen when nothing runs. */
const vitestProblems = (root: string, args: readonly string[]): readonly string[] => {
  const at = args.indexOf('vitest');
  if (at === -1 || args[at + 1] !== 'run') return [];
  const asked = args.slice(at + 2);
  const tests = existsSync(join(root, 'test'))
    ? readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).map((file) => join('test', file))
    : [];
  const projects = projectsOf(root);
  return asked.flatMap((one, index) => {
    if (one.startsWith('-')) return [];
    if (asked[index - 1] === '--project')
      return projects.includes(one) ? [] : [`expected a project of vitest.config.ts, found ${one}`];
    return tests.some((file) => file.includes(one)) ? [] : [`${one}: no test has it in its path`];
  });
};

/**
 * What is wrong with the paths of a command, or of a path alone, each in words.
 * @param root of the repository
 * @param text as a page shows it: a path, a command, anything else between backticks
 */
export const pathProblems = (root: string, text: string): readonly string[] => {
  const args = splitArgs(text) ?? text.split(/\s+/);
  const gone = args.filter((one) => isPath(one) && !existsSync(join(root, one)));
  const others = vitestProblems(root, args).filter((problem) => !gone.some((one) => problem.startsWith(`${one}:`)));
  return [...gone.map((one) => `${one}: no such file`), ...others];
};
