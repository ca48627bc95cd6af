import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from '../backend/index.ts';
import type { Calibration } from '../calibration/index.ts';
import { codeOf, type ExitCode, exitCodes, firstOf } from '../common/errors.ts';
import type { Plan } from '../plan/index.ts';
import { recordTimeline, type TimelineListener } from '../timeline/index.ts';
import type { RunDocument } from '../verdict/index.ts';
import { watchAbortConditions } from './abort-conditions.ts';
import { watchAbortWhen } from './abort-when.ts';
import { writeCalibration } from './calibration.ts';
import { judgeFolder, withCalibration } from './read/evidence.ts';
import { writeManifest } from './read/manifest.ts';
import type { SealKey } from './read/seal-key.ts';
import { recordRun } from './write/record-run.ts';
import { writeReports } from './write/write-reports.ts';

export type ExecuteOptions = {
  readonly plan: Plan;
  readonly backend: Backend;
  /** An empty folder; everything that is seen goes there as it is seen. */
  readonly folder: string;
  /** The scenario as it was resolved, as YAML. */
  readonly scenarioYaml: string;
  readonly startedAt: Date;
  readonly listeners: readonly TimelineListener[];
  readonly signal: AbortSignal;
  /** With which the folder is sealed; left out: with none. */
  readonly sealKey?: SealKey | null;
  /** A share of the requests, from 0 to 1: more that fail within ten seconds end the run; left out: none does by itself. */
  readonly abortWhen?: number | null;
};

/** A run that has ended, one way or another. */
export type ExecutedRun = {
  /** null where not even a judgement of what was seen could be made. */
  readonly document: RunDocument | null;
  /** The run beside the model's own runs of the plan; null for a prediction, and where no fault began. */
  readonly calibration: Calibration | null;
  /** Why the run ended before its plan did; null when it did not. */
  readonly error: unknown;
  readonly exitCode: ExitCode;
};

export const verdictCodes = {
  pass: exitCodes.ok,
  fail: exitCodes.notMet,
  inconclusive: exitCodes.inconclusive,
} as const;

/**
 * Runs a plan and judges what was recorded. The judgement reads the folder back, exactly as a later `report` would:
 * nothing in it comes from memory. A run that breaks is judged too, by what was seen until then.
 */
export const executeRun = async (options: ExecuteOptions): Promise<ExecutedRun> => {
  const { plan, backend, folder, startedAt, listeners } = options;
  writeFileSync(join(folder, 'scenario.yaml'), options.scenarioYaml);
  writeFileSync(join(folder, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`);
  const versions: Record<string, string> = {};
  const recordVersions: TimelineListener = {
    onEvent: (event) => {
      if (event.type === 'run.place') Object.assign(versions, event.versions);
    },
  };
  // A prediction takes no time that could be saved.
  const { abortWhen = null } = options;
  const watches = backend.predicted
    ? []
    : [watchAbortConditions(plan), ...(abortWhen === null ? [] : [watchAbortWhen(plan, abortWhen)])];
  const all = [recordVersions, ...watches.map(({ listener }) => listener), ...listeners];
  const recorder = recordTimeline(folder, process.hrtime.bigint(), all);
  const stops = [options.signal, recorder.failed, ...watches.map(({ tripped }) => tripped)];
  const signal = AbortSignal.any(stops);
  let error: unknown;
  try {
    error = await recordRun({ plan, backend, startedAt, stop: signal, interrupted: options.signal }, recorder);
  } finally {
    for (const { dispose } of watches) dispose();
  }
  try {
    await recorder.close();
    const judged = await judgeFolder(folder, plan);
    const calibration = backend.predicted ? null : await writeCalibration(folder, judged, options.signal);
    const run = calibration === null ? judged : withCalibration(judged, calibration);
    const { document } = run;
    // A report that cannot be made costs neither the evidence nor its seal, and is printed at the end.
    let broken: unknown = null;
    try {
      writeReports(folder, run);
    } catch (thrown) {
      broken = thrown;
    }
    await writeManifest(folder, versions, 'run', options.sealKey ?? null);
    // Interrupted in its last step, the undo: the evidence is complete and judged, and the exit code tells the shell of the signal.
    const failed = firstOf(error, broken);
    const stopped = failed ?? (options.signal.aborted ? options.signal.reason : null);
    return {
      document,
      calibration,
      error: failed,
      exitCode: stopped === null ? verdictCodes[document.verdict] : codeOf(stopped),
    };
  } catch (thrown) {
    const failed = firstOf(error, thrown);
    return { document: null, calibration: null, error: failed, exitCode: codeOf(failed) };
  }
};
