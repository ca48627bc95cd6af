import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../common/errors.ts';
import { hang } from '../common/layout.ts';
import { loadScenario, scenarioNames } from '../scenario/index.ts';
import { printResult } from './output/print.ts';
import { screenOf } from './output/screen.ts';

type Row = {
  readonly name: string;
  readonly profile: string;
  readonly reading: string;
  readonly kubernetes: string;
  readonly title: string;
};

const heading: Row = { name: 'name', profile: 'profile', reading: 'reading', kubernetes: 'kubernetes', title: 'title' };

const rows = (): readonly Row[] =>
  scenarioNames().map((name) => {
    const { scenario } = loadScenario(name);
    const { profile, reading, cluster, title } = scenario;
    return { name, profile: profile.name, reading, kubernetes: cluster.kubernetes, title };
  });

const gap = 3;

/** Scenarios under one another, titles wrapped within `columns`. */
export const listText = (listed: readonly Row[], columns: number): string => {
  const all = [heading, ...listed];
  const fields = ['name', 'profile', 'kubernetes'] as const;
  const widths = fields.map((field) => Math.max(...all.map((row) => row[field].length)) + gap);
  return all
    .flatMap((row) =>
      hang(fields.map((field, index) => row[field].padEnd(widths[index] ?? 0)).join(''), row.title, columns),
    )
    .map((line) => `${line}\n`)
    .join('');
};

/** Prints the scenarios that come with skipbeat. */
export const list = ({ json = false }: { readonly json?: boolean }): ExitCode => {
  const listed = rows();
  printResult(
    json ? `${JSON.stringify(listed, null, 2)}\n` : listText(listed, screenOf(process.stdout, false).columns),
  );
  return exitCodes.ok;
};

/** `skipbeat list`. */
export const registerList = (program: Command): void => {
  program
    .command('list')
    .description('list the scenarios that come with skipbeat')
    .option('--json', 'print them as JSON')
    .action((options: { readonly json?: boolean }) => {
      process.exitCode = list(options);
    });
};
