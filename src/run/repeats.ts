import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { ExitCode } from '../common/errors.ts';
import { type Plan, planRepeats } from '../plan/index.ts';
import { repeatsReport, runJson } from '../report/index.ts';
import type { TimelineEvent, TimelineListener } from '../timeline/index.ts';
import { judgeRepeats, type RepeatsDocument, type RunDocument } from '../verdict/index.ts';
import { writeReports } from './evidence.ts';
import { codeOf, type ExecuteOptions, executeRun, verdictCodes } from './execute.ts';
import { type Manifest, manifestFile, renewManifest, writeManifest } from './manifest.ts';
import { checkSums, nameAnother, type ReadRun, readJson, readRunFolder, unreadable } from './read-folder.ts';
import { writeWhole } from './write-whole.ts';

/** The folder of the repeats below that of their run: one run folder each, `01`, `02` … */
export const repeatsFolder = 'repeats';

const folderOf = (folder: string, number: number): string =>
  join(folder, repeatsFolder, String(number).padStart(2, '0'));

/** Repeats that have ended, one way or another. */
export type ExecutedRepeats = {
  /** null where not one repeat left anything that could be judged. */
  readonly document: RepeatsDocument | null;
  /** Why the repeats ended before their plan did; null when they did not. */
  readonly error: unknown;
  readonly exitCode: ExitCode;
};

export type ExecuteRepeatsOptions = Omit<ExecuteOptions, 'listeners' | 'startedAt'> & {
  /** Called before each repeat with its own plan. `ended` is called after it, with null where it could not be judged. */
  readonly onRepeat: (plan: Plan) => {
    readonly listeners: readonly TimelineListener[];
    readonly ended: (document: RunDocument | null) => void;
  };
};

const isComplete = (events: readonly TimelineEvent[]): boolean =>
  events.some((event) => event.type === 'run.ended' && event.outcome === 'completed');

/** The folders of the repeats that were begun, in their order. */
const begun = (folder: string): readonly string[] => {
  const place = join(folder, repeatsFolder);
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(a) - Number(b))
    .map((name) => join(place, name));
};

/** Whether a folder is one of several repeats together: its plan asks for them, or they lie there. */
export const holdsRepeats = (folder: string): boolean => existsSync(join(folder, repeatsFolder));

/** A folder of repeats as it was read and judged. */
export type ReadRepeats = {
  readonly plan: Plan;
  readonly document: RepeatsDocument;
  readonly runs: readonly { readonly folder: string; readonly run: ReadRun }[];
  readonly manifest: Manifest | null;
  readonly notes: readonly string[];
};

/**
 * Reads the repeats of a saved run, checks and judges each from its own record, and sums them up. A repeat that was cut
 * short is named and is no part of any figure.
 * @throws SkipbeatError EVIDENCE_UNREADABLE (exit 64), as `readRunFolder`; also where no repeat was begun
 */
export const readRepeatsFolder = async (
  folder: string,
  { acceptChanges = false }: { readonly acceptChanges?: boolean } = {},
): Promise<ReadRepeats> => {
  const plan = readJson<Plan>(folder, 'plan.json', 'plan');
  const sealed = existsSync(join(folder, manifestFile));
  const manifest = sealed ? readJson<Manifest>(folder, manifestFile, 'manifest') : null;
  const { taken, remade } =
    manifest === null ? { taken: [], remade: [] } : await checkSums(folder, manifest, acceptChanges);
  const runs: { folder: string; run: ReadRun }[] = [];
  for (const own of begun(folder)) {
    runs.push({ folder: own, run: await readRunFolder(own, { acceptChanges }) });
  }
  if (runs.length === 0) throw unreadable(`${join(folder, repeatsFolder)}: expected repeats, found none.`, nameAnother);
  const complete = runs.filter(({ run }) => isComplete(run.events));
  const cutShort = runs
    .filter(({ run }) => !isComplete(run.events))
    .map(({ run }, index) => ({
      number: run.plan.repeat?.number ?? complete.length + index + 1,
      document: run.document,
    }));
  const document = judgeRepeats(
    plan,
    complete.map(({ run }) => run.document),
    cutShort,
  );
  return { plan, document, runs, manifest, notes: [...taken, ...remade] };
};

/** Writes what is made from the evidence alone, of the whole and of each repeat, and their sums. */
export const writeRepeatsReports = async (folder: string, read: ReadRepeats): Promise<void> => {
  const written: string[] = [];
  for (const { folder: own, run } of read.runs) {
    const files = writeReports(own, run);
    if (run.manifest !== null) await renewManifest(own, run.manifest, files);
    else await writeManifest(own, versionsOf(run.events), 'report');
    written.push(...[...files, manifestFile].map((file) => join(relative(folder, own), file)));
  }
  written.push(...writeTogether(folder, read));
  if (read.manifest !== null) await renewManifest(folder, read.manifest, written);
  else await writeManifest(folder, versionsOf(read.runs.flatMap(({ run }) => run.events)), 'report');
};

/** What is made of the whole. */
const writeTogether = (folder: string, { plan, document, runs }: ReadRepeats): readonly string[] => {
  writeWhole(join(folder, 'run.json'), runJson(document));
  const complete = runs.filter(({ run }) => isComplete(run.events));
  // Of no repeat there is nothing to sum up: the page of the one that broke tells why.
  if (complete.length === 0) return ['run.json'];
  const html = repeatsReport({
    plan,
    document,
    runs: complete.map(({ folder: own, run }) => ({
      document: run.document,
      series: run.series,
      href: join(relative(folder, own), 'report.html'),
    })),
  });
  writeWhole(join(folder, 'report.html'), html);
  return ['run.json', 'report.html'];
};

const versionsOf = (events: readonly TimelineEvent[]): Readonly<Record<string, string>> =>
  events.find((event) => event.type === 'run.place')?.versions ?? {};

/**
 * Runs a plan as often as it says, one repeat after the other, and sums them up. What has come to its end stays, whatever
 * ends the others; after one that broke no other is begun, for the place is no longer what it was.
 */
export const executeRepeats = async (options: ExecuteRepeatsOptions): Promise<ExecutedRepeats> => {
  const { plan, backend, folder, onRepeat, ...rest } = options;
  writeFileSync(join(folder, 'scenario.yaml'), options.scenarioYaml);
  writeFileSync(join(folder, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`);
  let error: unknown = null;
  try {
    for (const own of planRepeats(plan)) {
      const ownFolder = folderOf(folder, own.repeat?.number ?? 1);
      mkdirSync(ownFolder, { recursive: true });
      const { listeners, ended } = onRepeat(own);
      const run = await executeRun({
        ...rest,
        plan: own,
        backend,
        folder: ownFolder,
        startedAt: new Date(),
        listeners,
      });
      ended(run.document);
      error = run.error ?? (options.signal.aborted ? options.signal.reason : null);
      if (error !== null) break;
    }
  } finally {
    await backend.close?.();
  }
  try {
    const read = await readRepeatsFolder(folder);
    const { document, runs } = read;
    writeTogether(folder, read);
    await writeManifest(folder, versionsOf(runs.flatMap(({ run }) => run.events)));
    return { document, error, exitCode: error === null ? verdictCodes[document.verdict] : codeOf(error) };
  } catch (thrown) {
    return { document: null, error: error ?? thrown, exitCode: codeOf(error ?? thrown) };
  }
};
