import type { Command } from 'commander';
import { type ExitCode, exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { writesRows, writesText } from '../../sweep/index.ts';
import { addConfigFileOptions, configFileOptionNames, optionOf } from '../options/config-file-options.ts';
import { printResult } from '../output/print.ts';
import { type CostHollowOptions, costHollow } from './cost-hollow.ts';

type CostOptions = Omit<CostHollowOptions, 'hollow'> & { readonly hollow?: string };

const byFormula = ({ json = false }: CostOptions): ExitCode => {
  const document = { schemaVersion: 1, predicted: true, by: 'formula', writesPerMinute: writesRows() };
  printResult(json ? `${JSON.stringify(document, null, 2)}\n` : writesText());
  return exitCodes.ok;
};

/** What only a measurement takes. */
const ofHollow = ['for', 'profiles', 'kubernetes', 'out', 'allowUnread', ...configFileOptionNames] as const;

/** @throws SkipbeatError COST_INVALID (exit 64) where nothing is measured and an option says how to */
const assertFormula = (command: Command): void => {
  const [typed] = ofHollow.filter((name) => command.getOptionValueSource(name) === 'cli');
  if (typed === undefined) return;
  throw new SkipbeatError('COST_INVALID', `${optionOf(typed)}: expected --hollow beside it, received none.`, {
    exitCode: exitCodes.usage,
    next: skipbeat('cost --hollow 100'),
  });
};

/** `skipbeat cost`. */
export const registerCost = (program: Command): void => {
  addConfigFileOptions(
    program
      .command('cost')
      .description(
        'what heartbeats cost: in writes a minute, by formula; with --hollow as real control planes count it',
      )
      .option('--hollow <nodes>', 'measure it: a cluster with so many hollow nodes for each profile')
      .option('--for <duration>', 'with --hollow: measure for so long', '2m')
      .option('--profiles <names>', 'with --hollow: names between commas, or all (default: default)')
      .option('--kubernetes <version>', 'with --hollow: a minor (v1.34) or an exact version (v1.34.4)')
      .option('--out <dir>', 'with --hollow: the folder, new or empty (default: runs/<time>-cost)')
      .option('--json', 'print it as JSON'),
    'with --hollow, before the profiles',
  ).action(async (options: CostOptions, command: Command) => {
    const { hollow } = options;
    if (hollow === undefined) assertFormula(command);
    process.exitCode = hollow === undefined ? byFormula(options) : await costHollow({ ...options, hollow });
  });
};
