import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Plan } from '../plan/index.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import { judgeRepeats, type RepeatsDocument } from '../verdict/index.ts';
import { type Manifest, manifestFile } from './manifest.ts';
import { checkSums, nameAnother, type ReadRun, readJson, readRunFolder, unreadable, unsealed } from './read-folder.ts';

/** The folder of the repeats below that of their run: one run folder each, `01`, `02` … */
const repeatsFolder = 'repeats';

const nameOf = (number: number): string => String(number).padStart(2, '0');

export const folderOfRepeat = (folder: string, number: number): string => join(folder, repeatsFolder, nameOf(number));

/** Whether a folder is one of several repeats together: they lie there. */
export const holdsRepeats = (folder: string): boolean => existsSync(join(folder, repeatsFolder));

/** A folder of repeats as it was read and judged. */
export type ReadRepeats = {
  readonly plan: Plan;
  readonly document: RepeatsDocument;
  /** All that were begun, in their order, with the number that each has. */
  readonly runs: readonly { readonly folder: string; readonly number: number; readonly run: ReadRun }[];
  readonly manifest: Manifest | null;
  readonly notes: readonly string[];
};

export const isComplete = (events: readonly TimelineEvent[]): boolean =>
  events.some((event) => event.type === 'run.ended' && event.outcome === 'completed');

/** The numbers of the repeats that were begun, in their order. */
const begun = (folder: string): readonly number[] =>
  readdirSync(join(folder, repeatsFolder))
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);

/** Those that the manifest has sums of, or that came before one that is there: they were begun, whatever lies there now. */
const everBegun = (numbers: readonly number[], manifest: Manifest | null): readonly number[] => {
  const sealed = Object.keys(manifest?.sha256 ?? {}).flatMap((file) => {
    const [, number] = /^repeats\/(\d+)\//.exec(file) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
  return Array.from({ length: Math.max(0, ...numbers, ...sealed) }, (_, index) => index + 1);
};

/** A repeat is its whole plan but for the seed and the place in the heartbeat, under its own number. */
const assertRepeatOf = (plan: Plan, own: Plan, folder: string, number: number): void => {
  const { repeat, seed, ...rest } = own;
  const { seed: wholeSeed, ...whole } = plan;
  const problem =
    repeat === undefined || repeat.number !== number || repeat.of !== plan.repeats
      ? `expected repeat ${number} of ${plan.repeats}, received ${repeat === undefined ? 'a run that is no repeat' : `repeat ${repeat.number} of ${repeat.of}`}`
      : isDeepStrictEqual(rest, whole) && (number !== 1 || seed === wholeSeed)
        ? null
        : 'expected the plan that the other repeats have, received another';
  if (problem !== null) {
    throw unreadable(`${join(folder, 'plan.json')}: ${problem}.`, 'get the folder again from where it was made');
  }
};

/**
 * Reads the repeats of a saved run, checks and judges each from its own record, and sums them up. A repeat that was cut
 * short, or whose folder is missing, is named and is no part of any figure.
 * @throws SkipbeatError EVIDENCE_UNREADABLE (exit 64), as `readRunFolder`; also where no repeat was begun, or one of them
 *   is of another run
 */
export const readRepeatsFolder = async (
  folder: string,
  { acceptChanges = false }: { readonly acceptChanges?: boolean } = {},
): Promise<ReadRepeats> => {
  const plan = readJson<Plan>(folder, 'plan.json', 'plan');
  const sealed = existsSync(join(folder, manifestFile));
  const manifest = sealed ? readJson<Manifest>(folder, manifestFile, 'manifest') : null;
  const { taken, remade } =
    manifest === null ? { taken: [], remade: [unsealed] } : await checkSums(folder, manifest, acceptChanges);
  const numbers = begun(folder);
  if (numbers.length === 0) {
    throw unreadable(`${join(folder, repeatsFolder)}: expected repeats, found none.`, nameAnother);
  }
  const runs: { folder: string; number: number; run: ReadRun }[] = [];
  for (const number of numbers) {
    const own = folderOfRepeat(folder, number);
    const run = await readRunFolder(own, { acceptChanges });
    assertRepeatOf(plan, run.plan, own, number);
    runs.push({ folder: own, number, run });
  }
  const missing = everBegun(numbers, manifest).filter((number) => !numbers.includes(number));
  const document = judgeRepeats(
    plan,
    runs.flatMap(({ run }) => (isComplete(run.events) ? [run.document] : [])),
    runs.flatMap(({ number, run }) => (isComplete(run.events) ? [] : [{ number, document: run.document }])),
    missing,
  );
  // The sums of the whole are of every file of every repeat; only without them do those of each repeat say more.
  const own =
    manifest === null
      ? runs.flatMap(({ folder: place, run }) => run.notes.map((note) => `${relative(folder, place)}/${note}`))
      : [];
  return { plan, document, runs, manifest, notes: [...taken, ...remade, ...own] };
};
