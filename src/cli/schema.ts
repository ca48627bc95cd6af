import { Argument, type Command } from 'commander';
import { type ExitCode, exitCodes } from '../common/errors.ts';
import { type SchemaName, schemaNames, schemaText } from '../common/schemas.ts';
import { scenarioJsonSchema } from '../scenario/index.ts';
import { printResult } from './output/say.ts';

/** Prints a JSON Schema: of a scenario, as `scenarios/schema.json` holds it, or of a file of a run's folder. */
export const schema = (of: 'scenario' | SchemaName): ExitCode => {
  printResult(of === 'scenario' ? scenarioJsonSchema() : schemaText(of));
  return exitCodes.held;
};

/** `skipbeat schema`. */
export const registerSchema = (program: Command): void => {
  program
    .command('schema')
    .description('print the JSON Schema of a scenario, or of a file that a run leaves')
    .addArgument(
      new Argument('[of]', 'what the schema describes').choices(['scenario', ...schemaNames]).default('scenario'),
    )
    .action((of: 'scenario' | SchemaName) => {
      process.exitCode = schema(of);
    });
};
