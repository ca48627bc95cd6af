import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../common/errors.ts';
import { hang } from '../common/layout.ts';
import {
  affectedText,
  type BugOf,
  bugsOf,
  bugsOfMinor,
  fixedText,
  type KnownBug,
  knownBugs,
  measured,
  measuredText,
} from '../known-bugs/index.ts';
import { screenOf } from './output/screen.ts';

export type BugsOptions = { readonly kubernetes?: string; readonly json?: boolean };

/** `status` null: nobody asked about one version. */
type Listed = { readonly bug: KnownBug; readonly status: BugOf['status'] | null };

/** @throws SkipbeatError VERSION_UNSUPPORTED */
const listed = (version: string | null): readonly Listed[] => {
  if (version !== null && version.split('.').length > 2) return bugsOf(version);
  return (version === null ? knownBugs : bugsOfMinor(version)).map((bug) => ({ bug, status: null }));
};

const shownText = ({ shown }: KnownBug): string =>
  'model' in shown ? `the model: ${shown.model}` : `not modelled: ${shown.notModelled}`;

const bugText = ({ bug, status }: Listed, columns: number): readonly string[] => {
  const perhaps = status === 'mayHave' ? ' (perhaps: not verified for this version)' : '';
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['affected', affectedText(bug)],
    ['fixed in', fixedText(bug)],
    ['seen', bug.seen],
    ['shown by', shownText(bug)],
    ['measured', measuredText(bug)],
    ['try', bug.shown.command],
    ['fix', bug.fix.join(', ') || undefined],
    ['read in', bug.source],
  ];
  return [
    ...hang('', `${bug.id}: ${bug.title}${perhaps}`, columns),
    ...rows.flatMap(([name, text]) => (text === undefined ? [] : hang(`  ${name.padEnd(11)}`, text, columns))),
    '',
  ];
};

/**
 * Prints the known bugs in what keeps nodes, of a version or all.
 * @throws SkipbeatError VERSION_UNSUPPORTED (exit 64)
 */
export const bugs = ({ kubernetes, json = false }: BugsOptions): ExitCode => {
  const version = kubernetes?.replace(/^(?=\d)/, 'v') ?? null;
  const found = listed(version);
  if (json) {
    const documents = found.map(({ bug, status }) => ({ ...bug, measured: measured[bug.id] ?? null, status }));
    process.stdout.write(`${JSON.stringify(documents, null, 2)}\n`);
    return exitCodes.ok;
  }
  const { columns } = screenOf(process.stdout, false);
  const heading = version === null ? 'Known bugs' : `Known bugs of ${version}`;
  const lines = [`${heading}: ${found.length}`, '', ...found.flatMap((one) => bugText(one, columns))];
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return exitCodes.ok;
};

/** `skipbeat bugs`. */
export const registerBugs = (program: Command): void => {
  program
    .command('bugs')
    .description('list known bugs of Kubernetes in what keeps nodes and evicts pods')
    .option('--kubernetes <version>', 'those of a version, v1.20.2, or of any patch of a minor, v1.20 (default: all)')
    .option('--json', 'print them as JSON')
    .action((options: BugsOptions) => {
      process.exitCode = bugs(options);
    });
};
