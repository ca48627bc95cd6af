import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../../common/errors.ts';
import { writesRows, writesText } from '../../sweep/index.ts';
import { printResult } from '../output/print.ts';

const cost = ({ json = false }: { readonly json?: boolean }): ExitCode => {
  const document = { schemaVersion: 1, predicted: true, by: 'formula', writesPerMinute: writesRows() };
  printResult(json ? `${JSON.stringify(document, null, 2)}\n` : writesText());
  return exitCodes.ok;
};

/** `skipbeat cost`. */
export const registerCost = (program: Command): void => {
  program
    .command('cost')
    .description('what heartbeats cost in writes a minute, by formula: by version and way of setting them')
    .option('--json', 'print it as JSON')
    .action((options: { readonly json?: boolean }) => {
      process.exitCode = cost(options);
    });
};
