import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { messageOf, SkipbeatError } from '../../../src/common/errors.ts';
import { counted } from '../../../src/common/text/counted.ts';
import {
  assertComparable,
  beganNotes,
  compareWithNights,
  comparisonMarkdown,
  defaultTolerance,
  minorOf,
  type NightComparison,
  patchNotes,
  readSide,
  type Side,
} from '../../../src/compare/index.ts';
import { nothingExpected, type Outcome, outcomeOf } from '../../../src/report/index.ts';
import type { SealKey } from '../../../src/run/index.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { type CellDates, datesOf, notOfTonight } from './dates.ts';
import { notAsShipped, textsOf } from './shipped.ts';

/** One scenario on one version: what became of it tonight, and how it compares. */
export type Cell = {
  readonly name: string;
  /**
   * As its record was judged, not as its run.json says; inconclusive where the evidence does not stand, is not tonight's, or is
   * less than was planned; `measured` where nothing was expected.
   */
  readonly verdict: Outcome;
  /** As many runs as planned, and fewer than a good night has, in words; null where that is not so. */
  readonly fewer: string | null;
  /** null where tonight's runs are no evidence. */
  readonly compared: NightComparison | null;
  /** Good nights that do not compare with tonight, each with why. */
  readonly leftOut: readonly string[];
  /** Markdown: the comparison, nights that were left out, the run's own summary. */
  readonly details: readonly string[];
  /** When its real runs began. */
  readonly dates: CellDates;
};

const main = join(import.meta.dirname, '../../../src/main.ts');

const textOf = (folder: string, file: string): string | null => {
  const path = join(folder, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
};

/** Of a run that ended before its summary was written: what `report` prints of it. */
const reported = async (folder: string): Promise<string> => {
  const argv = [main, 'report', folder, '--format', 'none', '--no-color'];
  const { stdout, stderr } = await execa(process.execPath, argv, { reject: false });
  return `\`\`\`text\n${(stdout === '' ? stderr : stdout).replaceAll('```', '')}\n\`\`\`\n`;
};

/** The valid runs of one folder, or why there are none. */
const runsOf = async (
  folder: string,
  sealKey: SealKey | null,
  againstModel: boolean,
): Promise<Pick<Side, 'runs' | 'verdict' | 'notes'> | { readonly why: string }> => {
  try {
    return await readSide(folder, { sealKey, againstModel });
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) return { why: messageOf(thrown) };
    throw thrown;
  }
};

const quoted = (text: string): string => `    ${text.replaceAll('\n', '\n    ')}`;

/** What runs were expected to keep to, in words: one that expects less passes more easily. */
const expectationsOf = (runs: readonly RunDocument[]): string => {
  return [...new Set(runs.map(({ expectations }) => textsOf(expectations)))].join('; or ');
};

/** `measured` where nothing was expected of any run, so that none could fail. */
const outcomeOfRuns = ({ verdict, runs }: Pick<Side, 'verdict' | 'runs'>): Outcome =>
  verdict === 'pass' && runs.some((run) => outcomeOf(run) === 'measured') ? 'measured' : verdict;

/** Of a night before: its runs where they passed and compare with tonight's, else why not; and all valid ones that it has. */
const nightOf = async (
  folder: string,
  tonight: readonly RunDocument[],
  sealKey: SealKey | null,
): Promise<
  { readonly found: readonly RunDocument[] } & ({ readonly runs: readonly RunDocument[] } | { readonly why: string })
> => {
  // It was held against the model in its own night; seven nights again would take hours.
  const side = await runsOf(folder, sealKey, false);
  if ('why' in side) return { found: [], ...side };
  const found = side.runs;
  // What a night with a harm is like must not become what later nights are held against.
  const outcome = outcomeOfRuns(side);
  if (outcome !== 'pass') {
    const why = outcome === 'measured' ? `: ${nothingExpected}` : '';
    return { found, why: `${folder}: expected runs that passed, found ${outcome}${why}` };
  }
  const [then, now] = [expectationsOf(found), expectationsOf(tonight)];
  if (then !== now) {
    return { found, why: `${folder}: expected the expectations of tonight (${now}), found others (${then})` };
  }
  try {
    assertComparable(found, tonight, []);
    return { found, runs: found };
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) return { found, why: `${folder}: ${messageOf(thrown)}` };
    throw thrown;
  }
};

/** `default-v1.34`, `default-v1.34.4`: what the folder of such a run may be called. */
const namesOf = ({ scenario, kubernetesVersion }: RunDocument): readonly string[] =>
  [minorOf(kubernetesVersion), kubernetesVersion].map((version) => `${scenario}-${version}`);

/** Why runs that stand by themselves say nothing of what was to be run tonight, in words; empty where they do. */
const strange = (
  name: string,
  folder: string,
  runs: readonly RunDocument[],
  { copies }: NightComparison,
): readonly string[] => {
  const other = runs.find((run) => !namesOf(run).includes(name));
  return [
    ...(other === undefined
      ? []
      : [`${folder}: expected runs of ${name}, found ${other.scenario} on ${other.kubernetesVersion}`]),
    ...notAsShipped(folder, runs),
    ...(copies === 0
      ? []
      : [
          `${folder}: expected runs of tonight, found that ${copies} of ${runs.length} are copies: a good night has them, they are there twice, or they are single runs of the model of one place in the heartbeat`,
        ]),
  ];
};

/** Whether tonight has as many runs of a cell as its plan, or where there is none the good nights, in words. */
const countOf = (
  folder: string,
  runs: number,
  planned: number | null,
  before: number,
): { readonly short: readonly string[]; readonly fewer: string | null } => {
  if (planned !== null && runs < planned) {
    return { short: [`${folder}: expected ${counted(planned, 'run')}, as planned, found ${runs}`], fewer: null };
  }
  if (runs >= before) return { short: [], fewer: null };
  const sentence = `${folder}: expected ${counted(before, 'run')}, as many as a good night has, found ${runs}`;
  return planned === null
    ? { short: [sentence], fewer: null }
    : { short: [], fewer: `${sentence}, as many as were planned` };
};

/**
 * The cells of a night with those of it that are no part of it: whatever they came to, they found no later night.
 * @param planned names of the cells that were planned; null: nobody says
 */
export const ofTonight = (cells: readonly Cell[], planned: readonly string[] | null): readonly Cell[] => {
  const dates = cells.map((cell) => cell.dates);
  return cells.map((cell) => {
    const isPlanned = planned === null || planned.includes(cell.name);
    const reasons = [
      ...(isPlanned ? [] : [`${cell.name}: expected the runs that were planned, found this one besides`]),
      ...notOfTonight(cell.dates, dates),
    ];
    if (reasons.length === 0) return cell;
    const verdict = cell.verdict === 'fail' ? 'fail' : 'inconclusive';
    return { ...cell, verdict, details: [...reasons.map(quoted), ...cell.details] };
  });
};

/**
 * Reads one folder of tonight and the same of the good nights, and compares them.
 * @param nights folders of the good nights; one that is not there is a night without this scenario
 * @param planned how many valid runs of it there are to be; null: nobody says
 * @param sealKey with which all of them were sealed; null: that is not asked for
 */
export const readCell = async (
  name: string,
  folder: string,
  nights: readonly string[],
  planned: number | null,
  sealKey: SealKey | null,
): Promise<Cell> => {
  const tonight = await runsOf(folder, sealKey, true);
  if ('why' in tonight) {
    const details = [quoted(tonight.why), await reported(folder)];
    const dates = datesOf(name, [], []);
    return { name, verdict: 'inconclusive', fewer: null, compared: null, leftOut: [], details, dates };
  }
  const { notes } = tonight;
  const verdict = outcomeOfRuns(tonight);
  // A summary that is not the run's own may say anything.
  const summary = (notes.length === 0 ? textOf(folder, 'summary.md') : null) ?? (await reported(folder));
  const there = nights.filter((night) => existsSync(night));
  const read = [];
  for (const night of there) read.push(await nightOf(night, tonight.runs, sealKey));
  const sides = read.flatMap((one) => ('runs' in one ? [one.runs] : []));
  const leftOut = read.flatMap((one) => ('why' in one ? [one.why] : []));
  const compared = compareWithNights(sides, tonight.runs, { tolerance: defaultTolerance, seed: 1 });
  const before = Math.max(0, ...read.map(({ found }) => found.length));
  const { short, fewer } = countOf(folder, tonight.runs.length, planned, before);
  const others = [...strange(name, folder, tonight.runs, compared), ...short];
  const [first, own] = [sides[0]?.[0], tonight.runs[0]];
  const markdown =
    compared.comparison === null || first === undefined || own === undefined
      ? []
      : [
          comparisonMarkdown({
            base: { path: `${compared.nights} good nights`, first },
            candidate: { path: folder, first: own },
            differs: [],
            notes: patchNotes(sides.flat(), tonight.runs),
            comparison: compared.comparison,
          }),
        ];
  const details = [
    ...[...others, ...(fewer === null ? [] : [fewer])].map(quoted),
    ...(verdict === 'measured' ? [quoted(`${folder}: ${nothingExpected}, so nothing could fail`)] : []),
    ...markdown,
    ...beganNotes([
      { name: 'tonight', runs: tonight.runs },
      { name: 'good nights', runs: read.flatMap(({ found }) => found) },
    ]).map(quoted),
    ...notes.map(quoted),
    ...leftOut.map((why) => quoted(`left out: ${why}`)),
    summary,
  ];
  // What was not met stays so, whichever night it was found in.
  const stands = others.length === 0 || verdict === 'fail';
  const dates = datesOf(
    name,
    tonight.runs,
    read.map(({ found }) => found),
  );
  return { name, verdict: stands ? verdict : 'inconclusive', fewer, compared, leftOut, details, dates };
};
