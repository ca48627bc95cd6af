import type { Command } from 'commander';
import { quoteArgument } from '../common/command.ts';
import { type ExitCode, exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { loadScenario, scenarioNames } from '../scenario/index.ts';
import { printResult } from './output/print.ts';

type Checked = { readonly line: string } | { readonly nameOrFile: string; readonly error: SkipbeatError };

const check = (nameOrFile: string): Checked => {
  try {
    const { file, scenario } = loadScenario(nameOrFile);
    return { line: `ok  ${file}: ${scenario.title}` };
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) return { nameOrFile, error: thrown };
    throw thrown;
  }
};

/**
 * Checks scenarios, by name or file, all of them where none is named; a line on stdout for each that is sound.
 * @throws SkipbeatError of the first kind met, with every problem of every scenario (exit 64)
 */
export const validate = (named: readonly string[]): ExitCode => {
  const checked = (named.length > 0 ? named : scenarioNames()).map(check);
  for (const each of checked) if ('line' in each) printResult(`${each.line}\n`);
  const failed = checked.filter((each) => 'error' in each);
  const [first] = failed;
  if (first === undefined) return exitCodes.ok;
  if (failed.length === 1) throw first.error;
  throw new SkipbeatError(first.error.code, failed.map(({ error }) => error.message).join('\n'), {
    exitCode: first.error.exitCode,
    next: skipbeat(`validate ${failed.map(({ nameOrFile }) => quoteArgument(nameOrFile)).join(' ')}`),
    cause: first.error,
  });
};

/** `skipbeat validate`. */
export const registerValidate = (program: Command): void => {
  program
    .command('validate')
    .description('check scenarios and report every problem at once; all known ones where none is named')
    .argument('[scenarios...]', 'names, or paths of YAML files')
    .action((named: readonly string[]) => {
      process.exitCode = validate(named);
    });
};
