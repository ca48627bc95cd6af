import { quoteArgument } from '../../common/command.ts';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { readTextFile } from '../../common/host/text-file.ts';
import { skipbeat } from '../../common/invocation.ts';
import { isFileName, scenarioFile, scenarioNames } from '../catalogue.ts';
import { didYouMean } from './did-you-mean.ts';

/** More than any scenario needs; larger files are refused unread. */
const maxBytes = 1_000_000;

/** The refusal of a scenario's text; `file` is how the person, and `validate` after them, names it. */
export const invalidScenario = (
  file: string,
  message: string,
  { next, cause }: { readonly next?: string | undefined; readonly cause?: unknown } = {},
): SkipbeatError =>
  new SkipbeatError('SCENARIO_INVALID', message, {
    exitCode: exitCodes.usage,
    next: next ?? skipbeat(`validate ${quoteArgument(file)}`),
    cause,
  });

/** Where the scenario of that name or path is to be read. */
const locate = (nameOrFile: string): string => {
  if (isFileName(nameOrFile)) return nameOrFile;
  const known = scenarioNames();
  if (known.includes(nameOrFile)) return scenarioFile(nameOrFile);
  throw new SkipbeatError(
    'SCENARIO_NOT_FOUND',
    `scenario: expected one of ${known.join(', ')}, or a path that ends in .yaml, ` +
      `received ${JSON.stringify(nameOrFile)}${didYouMean(nameOrFile, known)}`,
    { exitCode: exitCodes.usage, next: skipbeat('list') },
  );
};

/**
 * Reads the text of a scenario.
 * @param nameOrFile a known name, or a path (it has a slash or ends in .yaml or .yml)
 * @throws SkipbeatError SCENARIO_NOT_FOUND or SCENARIO_INVALID, both exit 64
 */
export const readScenarioFile = (nameOrFile: string): { readonly file: string; readonly text: string } => {
  const file = locate(nameOrFile);
  try {
    return { file, text: readTextFile(file, maxBytes, (message) => invalidScenario(file, message)) };
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) throw thrown;
    if (errnoOf(thrown) === 'ENOENT') {
      throw new SkipbeatError(
        'SCENARIO_NOT_FOUND',
        `${file}: expected a file, received nothing there; known scenarios: ${scenarioNames().join(', ')}`,
        { exitCode: exitCodes.usage, next: skipbeat('list'), cause: thrown },
      );
    }
    throw invalidScenario(file, `${file}: expected a readable file, received ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
};
