import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { contextText, type NamedContext, quoteArgument, quoteCommand } from '../../common/command.ts';
import { SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import type { Plan } from '../../plan/index.ts';
import { type Again, placeOptions } from '../../report/index.ts';
import type { RunDocument } from '../../verdict/index.ts';

/** Of the command that was typed, what would fail the second time: the folder of a run has to be new. */
const withoutOut = (argv: readonly string[]): readonly string[] =>
  argv.filter((one, index) => one !== '--out' && argv[index - 1] !== '--out' && !one.startsWith('--out='));

const headerOption = '--service-header';

/** `Authorization: VALUE`: what a header says may be somebody's secret, and what is printed is kept in logs. A file's name is none. */
const withoutValue = (header: string): string => {
  if (header.startsWith('@')) return header;
  const at = header.indexOf(':');
  return at < 1 ? 'NAME: VALUE' : `${header.slice(0, at)}: VALUE`;
};

/** Without the values of headers: all that stands after the option up to the next one is such. */
const withoutValues = (argv: readonly string[]): readonly string[] => {
  let isHeader = false;
  return argv.map((one) => {
    if (one.startsWith(`${headerOption}=`)) {
      return `${headerOption}=${withoutValue(one.slice(headerOption.length + 1))}`;
    }
    if (one.startsWith('-')) {
      isHeader = one === headerOption;
      return one;
    }
    return isHeader ? withoutValue(one) : one;
  });
};

/**
 * The command that was typed, whole but for `--out` and for what headers say. Pure.
 * @param argv after the program's name: `run`, the scenario, options
 */
export const typedAgain = (
  argv: readonly string[],
  scenario: string,
  { context, kubeconfig }: Partial<NamedContext>,
): Again => ({
  run: quoteCommand(withoutValues(withoutOut(argv))),
  scenario: quoteArgument(scenario),
  context: context === undefined ? null : contextText({ context, kubeconfig }),
});

/**
 * An error that says what to type next, with the scenario as it was typed: whoever throws one knows the name alone that stands in the
 * scenario, by which no file is found.
 */
export const asTyped = (thrown: unknown, name: string, nameOrFile: string): unknown => {
  if (!(thrown instanceof SkipbeatError) || thrown.next === null) return thrown;
  const { code, message, exitCode, cause } = thrown;
  const next = ['run', 'plan'].reduce(
    (text, verb) =>
      `${text} `
        .replaceAll(`${skipbeat(`${verb} ${name}`)} `, `${skipbeat(`${verb} ${quoteArgument(nameOrFile)}`)} `)
        .trimEnd(),
    thrown.next,
  );
  return new SkipbeatError(code, message, { exitCode, next, cause });
};

/** The command that a saved run says: its folder holds the scenario as it was resolved. null: it does not. */
export const recordedAgain = (folder: string, document: RunDocument, plan: Plan): Again | null => {
  const file = join(folder, 'scenario.yaml');
  if (!existsSync(file)) return null;
  const scenario = quoteArgument(file);
  return { run: `run ${scenario}${placeOptions(document, plan)}`, scenario, context: null };
};
