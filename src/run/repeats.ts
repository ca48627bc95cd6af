import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, type ExitCode, firstOf } from '../common/errors.ts';
import { type Plan, planRepeats } from '../plan/index.ts';
import type { TimelineListener } from '../timeline/index.ts';
import type { RepeatsDocument, RunDocument } from '../verdict/index.ts';
import { type ExecuteOptions, executeRun, verdictCodes } from './execute.ts';
import { writeManifest } from './read/manifest.ts';
import { folderOfRepeat, readRepeatsFolder } from './read/read-repeats.ts';
import { versionsOfAll, writeTogether } from './write/write-reports.ts';

/** Repeats that have ended, one way or another. */
export type ExecutedRepeats = {
  /** null where not one repeat left anything that could be judged. */
  readonly document: RepeatsDocument | null;
  /** Why the repeats ended before their plan did; null when they did not. */
  readonly error: unknown;
  readonly exitCode: ExitCode;
};

/** `startedAt`: of the first of them, by which their run is named. */
export type ExecuteRepeatsOptions = Omit<ExecuteOptions, 'listeners'> & {
  /** Called before each repeat with its own plan. `ended` is called after it, with null where it could not be judged. */
  readonly onRepeat: (plan: Plan) => {
    readonly listeners: readonly TimelineListener[];
    readonly ended: (document: RunDocument | null) => void;
  };
};

/**
 * Runs a plan as often as it says, one repeat after the other, and sums them up. What has come to its end stays, whatever
 * ends the others; after one that broke no other is begun, for the place is no longer what it was.
 */
export const executeRepeats = async (options: ExecuteRepeatsOptions): Promise<ExecutedRepeats> => {
  const { plan, backend, folder, onRepeat, startedAt, ...rest } = options;
  writeFileSync(join(folder, 'scenario.yaml'), options.scenarioYaml);
  writeFileSync(join(folder, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`);
  let error: unknown = null;
  try {
    for (const [index, own] of planRepeats(plan).entries()) {
      const ownFolder = folderOfRepeat(folder, own.repeat?.number ?? 1);
      mkdirSync(ownFolder, { recursive: true });
      const { listeners, ended } = onRepeat(own);
      const run = await executeRun({
        ...rest,
        plan: own,
        backend,
        folder: ownFolder,
        startedAt: index === 0 ? startedAt : new Date(),
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
    const read = await readRepeatsFolder(folder, { ownRun: true });
    const { document } = read;
    // A report that cannot be made costs neither the evidence nor its seal, and is printed at the end.
    try {
      writeTogether(folder, read);
    } catch (thrown) {
      error = firstOf(error, thrown);
    }
    await writeManifest(folder, versionsOfAll(read), 'run', options.sealKey ?? null);
    return { document, error, exitCode: error === null ? verdictCodes[document.verdict] : codeOf(error) };
  } catch (thrown) {
    const failed = firstOf(error, thrown);
    return { document: null, error: failed, exitCode: codeOf(failed) };
  }
};
