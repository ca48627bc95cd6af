import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type ExitCode, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import type { Plan } from '../plan/index.ts';
import { runJson, summaryText } from '../report/index.ts';
import { judgeFolder, writeReports } from '../run/index.ts';
import { screenOf } from './screen.ts';

type Options = { readonly json?: boolean; readonly color: boolean };

const readPlan = (folder: string): Plan => {
  const path = join(folder, 'plan.json');
  try {
    const plan = JSON.parse(readFileSync(path, 'utf8')) as Plan;
    if (plan.schemaVersion === 1) return plan;
    throw new Error(`schemaVersion: expected 1, received ${JSON.stringify(plan.schemaVersion)}`);
  } catch (thrown) {
    throw new SkipbeatError('EVIDENCE_UNREADABLE', `${path}: expected the plan of a run, found ${messageOf(thrown)}.`, {
      exitCode: exitCodes.usage,
      cause: thrown,
      next: 'name a run folder that skipbeat wrote, such as runs/<time>-<scenario>',
    });
  }
};

const report = async (folder: string, options: Options): Promise<ExitCode> => {
  const plan = readPlan(folder);
  const run = await judgeFolder(folder, plan);
  const { document } = run;
  writeReports(folder, run);
  process.stdout.write(
    options.json === true
      ? runJson(document)
      : summaryText(document, plan, { ...screenOf(process.stdout, options.color), folder }),
  );
  return { pass: exitCodes.held, fail: exitCodes.notHeld, inconclusive: exitCodes.inconclusive }[document.verdict];
};

/** `skipbeat report DIR`: judges a saved run anew and makes its reports again; also of one that was cut short. */
export const registerReport = (program: Command): void => {
  program
    .command('report')
    .description(
      'judge a saved run anew, offline, and make its reports again from the plan and the timeline in its folder',
    )
    .argument('<folder>', 'a run folder, such as runs/<time>-<scenario>')
    .option('--json', 'print run.json alone')
    .option('--no-color', 'no colour')
    .action(async (folder: string, options: Options) => {
      process.exitCode = await report(folder, options);
    });
};
