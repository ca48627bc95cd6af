import { statSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { ErrorCode } from '../common/error-codes.ts';
import { type ExitCode, exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import {
  assertComparable,
  beganNotes,
  type Comparison,
  type ConditionName,
  compareFolders,
  compareSelf,
  comparisonMarkdown,
  comparisonText,
  conditionNames,
  readSide,
  readTolerance,
  sealNotes,
  selfText,
  unsealedNotes,
  withoutCopies,
} from '../compare/index.ts';
import { readSealKey } from '../run/index.ts';
import { configFileOptionFlags, configFileOptionNames, optionOf } from './options/config-file-options.ts';
import { printResult } from './output/print.ts';
import { screenOf } from './output/screen.ts';
import { registerReview } from './review.ts';
import { addMovedOptions, carryOver, moved, optionNames, typedMovedOption } from './sweep/moved.ts';

type Options = {
  readonly self?: boolean;
  readonly differs: readonly ConditionName[];
  readonly tolerance: readonly string[];
  readonly frequencyTolerance?: string;
  readonly allowUnknown?: boolean;
  readonly seed: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly unsealed?: boolean;
  readonly acceptChanges?: boolean;
  readonly sealKey?: string;
  readonly color: boolean;
};

const fewestForSelf = 4;

const print = (value: object): void => {
  printResult(`${JSON.stringify(value, null, 2)}\n`);
};

const usage = (code: ErrorCode, message: string, next: string): SkipbeatError =>
  new SkipbeatError(code, message, { exitCode: exitCodes.usage, next });

const readSeed = (text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usage(
    'SEED_INVALID',
    `--seed: expected an integer of up to nine digits, received ${JSON.stringify(text)}.`,
    '--seed 1',
  );
};

const settingsOf = ({ tolerance, frequencyTolerance, seed }: Options) => ({
  tolerance: readTolerance(tolerance, frequencyTolerance ?? null),
  seed: readSeed(seed),
});

const readOptions = ({ unsealed, acceptChanges, sealKey }: Options) => ({
  unsealed: unsealed === true || acceptChanges === true,
  sealKey: sealKey === undefined ? null : readSealKey(sealKey),
});

const self = async (path: string, options: Options): Promise<ExitCode> => {
  const [side] = withoutCopies([await readSide(path, readOptions(options))]);
  if (side === undefined) throw new Error('a side was lost');
  const { runs, notes: others, unsealed } = side;
  const notes = [
    ...unsealedNotes(unsealed),
    ...sealNotes([side], options.sealKey ?? null),
    ...beganNotes([{ name: path, runs }]),
    ...others,
  ];
  assertComparable(runs, [], []);
  if (runs.length < fewestForSelf) {
    throw usage(
      'TOO_FEW_RUNS',
      `${path}: expected ${fewestForSelf} runs or more to split, found ${runs.length}.`,
      skipbeat('run NAME --repeats 10'),
    );
  }
  const found = compareSelf(runs, settingsOf(options));
  if (options.json === true) print({ schemaVersion: 1, path, unsealed, notes, ...found });
  else printResult(selfText(path, found, notes, screenOf(process.stdout, options.color)));
  return unsealed.length === 0 ? exitCodes.ok : exitCodes.inconclusive;
};

/**
 * A regression is 3. What is unknown of a harm is 2, never passed, unless that is asked for; runs that dropped out
 * unevenly are 2 whatever is asked for: no figure of what is left counts.
 */
const codeOf = ({ verdict, uneven }: Comparison, { allowUnknown }: Options): ExitCode => {
  if (uneven) return exitCodes.inconclusive;
  if (verdict === 'unknown' && allowUnknown !== true) return exitCodes.inconclusive;
  return verdict === 'worse' ? exitCodes.regression : exitCodes.ok;
};

const compare = async (base: string, candidate: string, options: Options): Promise<ExitCode> => {
  const { document, reported } = await compareFolders(base, candidate, {
    ...settingsOf(options),
    ...readOptions(options),
    differs: options.differs,
    keyFile: options.sealKey ?? null,
  });
  if (options.json === true) print(document);
  else if (options.markdown === true) printResult(comparisonMarkdown(reported));
  else printResult(comparisonText(reported, screenOf(process.stdout, options.color)));
  const code = codeOf(document, options);
  // Nothing that may have been edited is good news; that it is bad news is printed all the same.
  return document.unsealed.length > 0 && code === exitCodes.ok ? exitCodes.inconclusive : code;
};

/** Options of a review, which `compare` had before it compared runs alone. */
const settingsOptions = [...configFileOptionFlags, '--kubernetes <version>'];

/** Whether a path is that of a file of settings, by its ending; a folder may be called anything. */
const isSettingsFile = (path: string): boolean =>
  /\.ya?ml$/i.test(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true;

/**
 * Files of settings are no runs: what their change means is for formulas to say.
 * @throws SkipbeatError COMMAND_MOVED, COMPARE_SIDES (both exit 64)
 */
const refuseSettings = (base: string, candidate: string | undefined, command: Command): void => {
  const sides = candidate === undefined ? [base] : [base, candidate];
  const files = sides.filter(isSettingsFile);
  const typed = typedMovedOption(command);
  const areFiles = files.length === sides.length && (candidate !== undefined || typed !== null);
  if (areFiles) {
    const taken = optionNames(registerReview(new Command()));
    // A candidate is one file, or what these options name together.
    const ofCandidate = candidate === undefined ? [] : configFileOptionNames.map(optionOf);
    const carried = carryOver(command, (name) => taken.has(name) && !ofCandidate.includes(name));
    throw moved({ old: 'compare, of files of settings', now: 'review', ...carried });
  }
  if (files.length === 0 && typed === null) return;
  const received = files.length === 0 ? `${typed}, which review has` : `a file of settings: ${files.join(', ')}`;
  throw usage(
    'COMPARE_SIDES',
    `compare: expected runs, each by its folder or its run.json, received ${received}.`,
    `${skipbeat('compare BASE CANDIDATE')}   (two files of settings: ${skipbeat('review BASE.yaml CANDIDATE.yaml')})`,
  );
};

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

const readDiffers = (value: string, before: readonly ConditionName[]): readonly ConditionName[] => {
  const name = conditionNames.find((one) => one === value);
  if (name !== undefined) return [...before, name];
  throw usage(
    'DIFFERS_UNKNOWN',
    `--differs: expected ${conditionNames.join(', ')}, received ${JSON.stringify(value)}.`,
    'leave --differs out: what differs is then listed',
  );
};

/** `skipbeat compare BASE CANDIDATE`, `skipbeat compare --self RUNS`. */
export const registerCompare = (program: Command): void => {
  const command = program
    .command('compare')
    .description('compare two sets of runs, figure by figure; exit 3 where the candidate is worse, 2 where unknown')
    .argument('<base>', 'a run folder, one with repeats, a folder full of them, or a run.json')
    .argument('[candidate]', 'the same, of what is to be judged')
    .option('--self', 'split the runs of <base> at random and compare them with each other: the noise')
    .option(
      '--differs <what>',
      `what may differ, being the point (${conditionNames.join(', ')}); may be repeated`,
      readDiffers,
      [],
    )
    .option(
      '--tolerance <share>',
      'a share of the base (10%) for all figures, or FIGURE=NUMBER|SHARE%; may be repeated',
      collect,
      [],
    )
    .option('--frequency-tolerance <share>', 'a share of the runs (5%) in which a side may be worse by more than that')
    .option('--allow-unknown', 'exit 0 instead of 2 where a harm may differ by more than the tolerances, or not')
    .option('--seed <number>', 'of every random choice', '1')
    .addOption(new Option('--json', 'print the comparison as JSON alone').conflicts('markdown'))
    .option('--markdown', 'print it as Markdown')
    .option(
      '--unsealed',
      'compare evidence that nothing proves to be as its run left it, too, such as a lone run.json; never exit 0',
    )
    .option('--accept-changes', 'the same as --unsealed')
    .option('--seal-key <file>', 'the key that every run was sealed with: one without that seal is unsealed (exit 2)')
    .option('--no-color', 'no colour');
  addMovedOptions(command, settingsOptions).action(
    async (base: string, candidate: string | undefined, options: Options) => {
      refuseSettings(base, candidate, command);
      if (options.self === true && candidate === undefined) {
        process.exitCode = await self(base, options);
        return;
      }
      if (options.self === true || candidate === undefined) {
        throw usage(
          'COMPARE_SIDES',
          `compare: expected a base and a candidate, or --self and one, received ${candidate === undefined ? 'one' : 'two and --self'}.`,
          skipbeat('compare BASE CANDIDATE'),
        );
      }
      process.exitCode = await compare(base, candidate, options);
    },
  );
};
