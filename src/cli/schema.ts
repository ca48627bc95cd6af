import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../common/errors.ts';
import { scenarioJsonSchema } from '../scenario/index.ts';

/** Prints the JSON Schema of scenarios, as `scenarios/schema.json` holds it. */
export const schema = (): ExitCode => {
  process.stdout.write(scenarioJsonSchema());
  return exitCodes.held;
};

/** `skipbeat schema`. */
export const registerSchema = (program: Command): void => {
  program
    .command('schema')
    .description('print the JSON Schema of scenarios, for editors')
    .action(() => {
      process.exitCode = schema();
    });
};
