import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCodes, messageOf, SkipbeatError } from '../../../src/common/errors.ts';
import { holm, minNights, nightVerdict } from '../../../src/compare/index.ts';
import { readSealKey, type SealKey } from '../../../src/run/index.ts';
import { addSummary, setOutputs } from '../outputs.ts';
import { type Cell, ofTonight, readCell } from './cell.ts';
import { type JudgedCell, nightMarkdown, notMeasured } from './markdown.ts';
import { plannedRuns } from './plan.ts';

const resultFile = 'tonight.json';

const allowances = ['unknown', 'uncomparable'];

const foldersOf = (parent: string): readonly string[] => {
  try {
    return readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch (thrown) {
    // Nothing was downloaded.
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw thrown;
  }
};

const usage = (message: string, next: string): SkipbeatError =>
  new SkipbeatError('NIGHT_USAGE', message, { exitCode: exitCodes.usage, next });

const codeOf = (cells: readonly JudgedCell[], missing: readonly string[], allowed: readonly string[]): number => {
  const has = (pick: (cell: JudgedCell) => boolean): boolean => cells.some(pick);
  if (has(({ night }) => night === 'regression')) return exitCodes.regression;
  if (has(({ verdict }) => verdict === 'fail')) return exitCodes.notMet;
  const isOpen =
    cells.length === 0 ||
    missing.length > 0 ||
    has(({ verdict, fewer }) => verdict !== 'pass' || fewer !== null) ||
    (has(({ night }) => night === 'unknown' || night === 'suspect') && !allowed.includes('unknown')) ||
    (has(({ night }) => night === 'too few nights') && !allowed.includes('uncomparable'));
  return isOpen ? exitCodes.inconclusive : exitCodes.ok;
};

const judgeNight = async (tonight: string, base: string, sealKey: SealKey | null): Promise<number> => {
  const allowed = (process.env.NIGHT_ALLOW ?? '').split(',').filter((word) => word !== '');
  const odd = allowed.filter((word) => !allowances.includes(word));
  if (odd.length > 0)
    throw usage(`NIGHT_ALLOW: expected ${allowances.join(', ')}, received ${odd.join(', ')}.`, 'NIGHT_ALLOW=unknown');
  const planned = plannedRuns(process.env.NIGHT_PLANNED ?? '');
  const nights = foldersOf(base);
  const names = foldersOf(tonight);
  const found: Cell[] = [];
  for (const name of names) {
    const others = nights.map((night) => join(base, night, name));
    found.push(await readCell(name, join(tonight, name), others, planned?.get(name) ?? null, sealKey));
  }
  const read = ofTonight(found, planned === null ? null : [...planned.keys()]);
  const corrected = holm(read.map(({ compared }) => compared?.p ?? null));
  const cells = read.map((cell, index): JudgedCell => {
    const p = corrected[index] ?? null;
    const night = cell.compared === null ? 'too few nights' : nightVerdict(cell.compared, p);
    return { ...cell, p, night };
  });
  const before = nights.flatMap((night) => foldersOf(join(base, night)));
  const missing = [...new Set([...(planned?.keys() ?? []), ...before])].filter((name) => !names.includes(name)).sort();
  // Without a plan nobody knows what was dropped on purpose.
  const dropped = planned === null ? [] : missing.filter((name) => !planned.has(name));
  const code = codeOf(cells, missing, allowed);
  // What was dropped from the plan on purpose is missing until the base has forgotten it; the night may found the next base.
  const good =
    cells.length > 0 &&
    missing.length === dropped.length &&
    // Nor is what nothing was expected of, and a suspect harm is not to become what later nights are held against.
    cells.every(({ verdict, night }) => verdict === 'pass' && night !== 'regression' && night !== 'suspect');
  addSummary(nightMarkdown({ cells, missing, nights: nights.length, minNights, allowed, code }));
  const short = cells.map((cell) => {
    const { name, verdict, night, p } = cell;
    return { name, verdict, night, p, notMeasured: notMeasured(cell) };
  });
  writeFileSync(resultFile, `${JSON.stringify({ exitCode: code, good, missing, cells: short }, null, 2)}\n`);
  setOutputs({ good: String(good) });
  return code;
};

const refused = (thrown: unknown): number => {
  if (!(thrown instanceof SkipbeatError)) throw thrown;
  process.stderr.write(`${thrown.message}\n${thrown.next === null ? '' : `Try: ${thrown.next}\n`}`);
  return thrown.exitCode;
};

const readArguments = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { 'seal-key': { type: 'string' } } });
  } catch (thrown) {
    throw usage(messageOf(thrown), 'npm run ci:night -- TONIGHT BASE --seal-key FILE');
  }
};

const night = async (args: readonly string[]): Promise<number> => {
  // Whatever comes, that of an earlier night is none of this one.
  rmSync(resultFile, { force: true });
  const { positionals, values } = readArguments(args);
  const [tonight, base, ...others] = positionals;
  if (tonight === undefined || base === undefined || others.length > 0)
    throw usage(
      'Expected the folder of tonight’s runs and that of the good nights.',
      'npm run ci:night -- TONIGHT BASE',
    );
  const file = values['seal-key'];
  return judgeNight(tonight, base, file === undefined ? null : readSealKey(file));
};

/**
 * The verdict of a night, by what was typed behind the program's name, by NIGHT_ALLOW and NIGHT_PLANNED.
 * @returns the exit code
 */
export const answerNight = (args: readonly string[]): Promise<number> => night(args).catch(refused);
