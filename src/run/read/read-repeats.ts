import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Plan, planRepeats } from '../../plan/index.ts';
import type { TimelineEvent } from '../../timeline/index.ts';
import { judgeRepeats, type RepeatsDocument, type RunDocument, withEvidence } from '../../verdict/index.ts';
import { planProblems } from './cross-checks.ts';
import { readScenario } from './evidence.ts';
import type { Manifest } from './manifest.ts';
import {
  checkSeal,
  nameAnother,
  type ReadOptions,
  type ReadRun,
  readJson,
  readRunFolder,
  unreadable,
} from './read-folder.ts';

/** The folder of the repeats below that of their run: one run folder each, `01`, `02` … */
const repeatsFolder = 'repeats';

const nameOf = (number: number): string => String(number).padStart(2, '0');

export const folderOfRepeat = (folder: string, number: number): string => join(folder, repeatsFolder, nameOf(number));

/** Whether a folder is one of several repeats together: they lie there. */
export const holdsRepeats = (folder: string): boolean =>
  statSync(join(folder, repeatsFolder), { throwIfNoEntry: false })?.isDirectory() === true;

/** A folder of repeats as it was read and judged. */
export type ReadRepeats = {
  readonly plan: Plan;
  readonly document: RepeatsDocument;
  /** The judgement of the records alone, as if nothing spoke against the evidence. */
  readonly unmarked: RepeatsDocument;
  /** All that were begun, in their order, with the number that each has. */
  readonly runs: readonly { readonly folder: string; readonly number: number; readonly run: ReadRun }[];
  readonly manifest: Manifest | null;
  readonly regenerated: readonly string[];
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
const everBegun = (numbers: readonly number[], manifest: Manifest | null, planned: number): readonly number[] => {
  const sealed = Object.keys(manifest?.sha256 ?? {}).flatMap((file) => {
    const [, number] = /^repeats\/(\d+)\//.exec(file) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
  return Array.from({ length: Math.min(planned, Math.max(0, ...numbers, ...sealed)) }, (_, index) => index + 1);
};

/** The plan of a repeat follows from that of the whole, its seed and its place in the heartbeat, too: none can be picked. */
const assertRepeatOf = (plan: Plan, own: Plan, folder: string, number: number): void => {
  const { repeat } = own;
  const problem =
    repeat === undefined || repeat.number !== number || repeat.of !== plan.repeats
      ? `expected repeat ${number} of ${plan.repeats}, received ${repeat === undefined ? 'a run that is no repeat' : `repeat ${repeat.number} of ${repeat.of}`}`
      : isDeepStrictEqual(own, planRepeats(plan)[number - 1])
        ? null
        : 'expected the plan that the whole has for it, received another';
  if (problem !== null) {
    throw unreadable(`${join(folder, 'plan.json')}: ${problem}.`, 'get the folder again from where it was made');
  }
};

/** Whether a record follows on another, or is it: repeats run one after the other, each with chances of its own. */
const orderProblems = (runs: ReadRepeats['runs']): readonly string[] =>
  runs.flatMap(({ number, run }, index) => {
    const before = runs.slice(0, index);
    const same = before.find((one) => one.run.fingerprint === run.fingerprint);
    if (same !== undefined)
      return [`repeat ${number}: expected a record of its own, found that of repeat ${same.number}`];
    const previous = before.at(-1)?.run.document;
    const [startedAt, previousAt] = [run.document.startedAt, previous?.startedAt ?? null];
    if (startedAt === null || previousAt === null) return [];
    return Date.parse(startedAt) < Date.parse(previousAt) + (previous?.durationMs ?? 0)
      ? [
          `repeat ${number}: expected it to begin after the end of the one before it, found that it began at ${startedAt}`,
        ]
      : [];
  });

/**
 * Reads the repeats of a saved run, checks and judges each from its own record, and sums them up. A repeat that was cut
 * short, or whose folder is missing, is named and is no part of any figure.
 * @throws SkipbeatError EVIDENCE_UNREADABLE (exit 64), as `readRunFolder`; also where no repeat was begun, or one of them
 *   is of another run
 */
export const readRepeatsFolder = async (folder: string, options: ReadOptions = {}): Promise<ReadRepeats> => {
  const { ownRun = false } = options;
  const plan = await readJson<Plan>(folder, 'plan.json', 'plan');
  const { manifest, why, regenerated } = ownRun
    ? { manifest: null, why: [], regenerated: [] }
    : await checkSeal(folder, options);
  const numbers = begun(folder);
  if (numbers.length === 0) {
    throw unreadable(`${join(folder, repeatsFolder)}: expected repeats, found none.`, nameAnother);
  }
  const runs: { folder: string; number: number; run: ReadRun }[] = [];
  for (const number of numbers) {
    const own = folderOfRepeat(folder, number);
    const run = await readRunFolder(own, options);
    assertRepeatOf(plan, run.plan, own, number);
    runs.push({ folder: own, number, run });
  }
  const isOwnCluster = runs.every(({ run }) => run.document.backend === 'cluster');
  const against = ownRun
    ? why
    : [...why, ...planProblems(plan, readScenario(folder), { isOwnCluster }), ...orderProblems(runs)];
  const missing = everBegun(numbers, manifest, plan.repeats).filter((number) => !numbers.includes(number));
  const sum = (of: (run: ReadRun) => RunDocument): RepeatsDocument =>
    judgeRepeats(
      plan,
      runs.flatMap(({ run }) => (isComplete(run.events) ? [of(run)] : [])),
      runs.flatMap(({ number, run }) => (isComplete(run.events) ? [] : [{ number, document: of(run) }])),
      missing,
    );
  const document = withEvidence(
    sum((run) => run.document),
    against,
  );
  // The sums of the whole are of every file of every repeat; only without them do those of each repeat say more.
  const own =
    manifest === null
      ? runs.flatMap(({ folder: place, run }) => run.notes.map((note) => `${relative(folder, place)}/${note}`))
      : [];
  return {
    plan,
    document,
    unmarked: sum((run) => run.unmarked),
    runs,
    manifest,
    regenerated,
    notes: [...against, ...regenerated, ...own],
  };
};
