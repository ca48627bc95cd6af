import { Argument, type Command } from 'commander';
import { type ExitCode, exitCodes } from '../common/errors.ts';
import { jsonSchemaOf, type SchemaName, schemaNames } from '../common/schemas.ts';
import { scenarioJsonSchema } from '../scenario/index.ts';
import { printResult } from './output/print.ts';

/** The text of the JSON Schema of that name; the shapes are loaded only now. */
export const schemaText = async (name: SchemaName): Promise<string> =>
  name === 'watch'
    ? jsonSchemaOf('watch.json', (await import('../watch/shapes.ts')).watchDocumentShape)
    : (await import('../run/shapes.ts')).schemaText(name);

/** Prints a JSON Schema: of a scenario, as `scenarios/schema.json` holds it, or of a file of the folder of a run or a watch. */
export const schema = async (of: 'scenario' | SchemaName): Promise<ExitCode> => {
  printResult(of === 'scenario' ? scenarioJsonSchema() : await schemaText(of));
  return exitCodes.ok;
};

/** `skipbeat schema`. */
export const registerSchema = (program: Command): void => {
  program
    .command('schema')
    .description('print the JSON Schema of a scenario, or of a file that a run leaves')
    .addArgument(
      new Argument('[of]', 'what the schema describes').choices(['scenario', ...schemaNames]).default('scenario'),
    )
    .action(async (of: 'scenario' | SchemaName) => {
      process.exitCode = await schema(of);
    });
};
