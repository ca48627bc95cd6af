import { CommanderError } from 'commander';
import { codeOf, exitCodes } from '../common/errors.ts';
import { printError } from './output/print.ts';
import { programFor } from './program.ts';

const obey = async (argv: readonly string[]): Promise<void> => {
  const program = await programFor(argv[0]);
  if (argv.length === 0) {
    program.outputHelp({ error: true });
    process.exitCode = exitCodes.usage;
    return;
  }
  await program.parseAsync([...argv], { from: 'user' });
};

/**
 * Does what a command line asks, and prints what came of it or went wrong; `process.exitCode` says how it ended. Never rejects.
 * @param argv what was typed behind the program's name
 */
export const answer = async (argv: readonly string[]): Promise<void> => {
  try {
    await obey(argv);
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      // Commander has said it already; its own codes are 0 for help and version, 1 for a wrong word.
      process.exitCode = thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    } else {
      printError(thrown);
      process.exitCode = codeOf(thrown);
    }
  }
};
