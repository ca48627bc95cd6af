import type { SealKey } from '../run/index.ts';
import type { RunDocument } from '../verdict/index.ts';
import { compareRuns, powerOfRuns } from './compare.ts';
import { entranceNotes } from './conditions/cluster-class.ts';
import {
  assertComparable,
  type ConditionName,
  notInRunNotes,
  patchNotes,
  unrecordedNotes,
} from './conditions/conditions.ts';
import { withoutCopies } from './copies.ts';
import { powerText } from './power.ts';
import { assertTwo, readSide, type Side } from './read.ts';
import type { ComparisonDocument } from './shapes.ts';
import type { Tolerance } from './statistics/tolerance.ts';
import type { ReportedComparison } from './text/text.ts';

export type FoldersOptions = {
  readonly tolerance: Tolerance;
  /** Of every random choice. */
  readonly seed: number;
  /** What may differ, being the point. */
  readonly differs: readonly ConditionName[];
  /** Takes evidence, too, that nothing proves to be as its run left it; it is named in `unsealed`. */
  readonly unsealed: boolean;
  /** The key that the seals must have been made with, and the file that it was read from; null where none is asked for. */
  readonly sealKey: SealKey | null;
  readonly keyFile: string | null;
};

export const unsealedNotes = (unsealed: readonly string[]): readonly string[] =>
  unsealed.map((one) => `unsealed, so no judgement rests on it: ${one}`);

const beganText = (runs: readonly RunDocument[]): string => {
  const dates = runs.flatMap(({ startedAt }) => (startedAt === null ? [] : [startedAt])).sort();
  const [first, last] = [dates[0], dates.at(-1)];
  if (first === undefined || last === undefined) return 'not on record';
  const missing = runs.length - dates.length;
  return `${first}${first === last ? '' : ` to ${last}`}${missing === 0 ? '' : `, of ${missing} not on record`}`;
};

/**
 * When the oldest and the newest real run of each side began. An older folder that was put in the place of a newer one is
 * sealed as well as that was: by these dates a reader can tell.
 */
export const beganNotes = (
  sides: readonly { readonly name: string; readonly runs: readonly RunDocument[] }[],
): readonly string[] => {
  const real = sides
    .map(({ name, runs }) => ({ name, runs: runs.filter(({ predicted }) => !predicted) }))
    .filter(({ runs }) => runs.length > 0);
  return real.length === 0
    ? []
    : [`runs began: ${real.map(({ name, runs }) => `${name} ${beganText(runs)}`).join('; ')}`];
};

/** What the seals of sealed sides prove. Predictions are made again from their plans, and need no seal for that. */
export const sealNotes = (sides: readonly Side[], keyFile: string | null): readonly string[] => {
  if (sides.some(({ unsealed }) => unsealed.length > 0)) return [];
  if (keyFile !== null) return [`sealed with the key in ${keyFile}: nobody without that key has changed a run`];
  return sides.every(({ runs }) => runs.every(({ predicted }) => predicted))
    ? []
    : ['real runs are sealed against accident, not against whoever can write their folders; --seal-key proves more'];
};

/**
 * Compares two sets of runs, figure by figure.
 * @param base a run folder, one with repeats, a folder full of them, or a run.json; `candidate` the same, to be judged
 * @returns the document, and what a report shows beside it
 * @throws SkipbeatError where a side cannot be read, is not sealed, or cannot be compared with the other
 */
export const compareFolders = async (
  base: string,
  candidate: string,
  { tolerance, seed, differs: mayDiffer, unsealed: takesUnsealed, sealKey, keyFile }: FoldersOptions,
): Promise<{ readonly document: ComparisonDocument; readonly reported: ReportedComparison }> => {
  assertTwo(base, candidate);
  const read = { unsealed: takesUnsealed, sealKey };
  const [one, other] = withoutCopies([await readSide(base, read), await readSide(candidate, read)]);
  if (one === undefined || other === undefined) throw new Error('a side was lost');
  const differs = assertComparable(one.runs, other.runs, mayDiffer);
  const [first, second] = [one.runs[0], other.runs[0]];
  if (first === undefined || second === undefined) throw new Error('a side without a run was not refused');
  const unsealed = [...one.unsealed, ...other.unsealed];
  const patches = patchNotes(one.runs, other.runs);
  const absent = mayDiffer.filter(
    (name) =>
      !differs.some(({ condition }) => condition === name) && !(name === 'kubernetesVersion' && patches.length > 0),
  );
  const asked = { tolerance, seed, dropped: { base: one, candidate: other } };
  const comparison = compareRuns(one.runs, other.runs, asked);
  const power = powerOfRuns(one.runs, other.runs, asked);
  const notes = [
    ...unsealedNotes(unsealed),
    ...sealNotes([one, other], keyFile),
    ...beganNotes([
      { name: 'base', runs: one.runs },
      { name: 'candidate', runs: other.runs },
    ]),
    ...one.notes,
    ...other.notes,
    ...patches,
    ...entranceNotes(one.runs, other.runs),
    ...notInRunNotes(one.runs, other.runs),
    ...unrecordedNotes(one.runs, other.runs),
    ...absent.map((name) => `--differs ${name}: both sides have the same`),
  ];
  return {
    document: { schemaVersion: 1, base, candidate, differs, unsealed, notes, ...comparison, tells: power },
    reported: {
      base: { path: base, first },
      candidate: { path: candidate, first: second },
      differs,
      notes,
      comparison,
      power: powerText(power, tolerance.frequency),
    },
  };
};
