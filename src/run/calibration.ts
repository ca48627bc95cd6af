import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Calibration } from '../calibration/index.ts';
import { faultSpan } from '../verdict/index.ts';
import { differingPaths } from './read/differing-paths.ts';
import type { JudgedRun } from './read/evidence.ts';
import { calibrationFile, readCalibration } from './read/read-calibration.ts';

/** So many runs of the model tell the 5 % and 95 % that people ask for; on a busy machine fewer have to do. */
const modelRuns = 200;
const modelWithinMs = 20_000;

/**
 * Holds a run that has ended against the model of its own plan and keeps that in its folder. The model loads only now.
 * @returns null where no fault began
 */
export const writeCalibration = async (
  folder: string,
  { plan, events, document }: JudgedRun,
  signal: AbortSignal,
): Promise<Calibration | null> => {
  const { calibrate } = await import('../calibration/index.ts');
  const budget = { runs: modelRuns, withinMs: modelWithinMs, signal };
  const calibration = await calibrate(plan, events, document, budget);
  if (calibration !== null) {
    writeFileSync(join(folder, calibrationFile), `${JSON.stringify(calibration, null, 2)}\n`);
  }
  return calibration;
};

/** An older skipbeat kept nothing of the requests without an answer. */
const countPaths = ({ requestsLost }: JudgedRun['document'], found: Calibration): readonly string[] => {
  if (found.requestsLost === undefined || found.requestsLost === null) return [];
  const { model: _, ...observed } = found.requestsLost;
  return differingPaths(JSON.parse(JSON.stringify(requestsLost ?? null)), observed, 'requestsLost');
};

/** A real run in which a fault began has one, and what it says was observed is what the record says. */
export const calibrationProblems = async (
  folder: string,
  { plan, events, document }: JudgedRun,
): Promise<readonly string[]> => {
  if (document.predicted || document.durationMs === null || faultSpan(plan, events) === null) return [];
  const found = await readCalibration(folder);
  if (found === null) return [`${calibrationFile}: expected this file, found none`];
  const observed = found.links.map(({ model: _, ...check }) => check);
  const paths = [
    ...differingPaths(JSON.parse(JSON.stringify(document.calibration)), observed, 'links'),
    ...countPaths(document, found),
  ];
  return paths.length === 0
    ? []
    : [`${calibrationFile}: expected what the record says, found another ${paths.slice(0, 5).join(', ')}`];
};

/**
 * Runs the model as often as the calibration says that it was, and holds the result against it.
 * @returns what differs, in words; empty where nothing does, and where the model was not asked
 */
export const modelProblems = async (
  folder: string,
  { plan, events, document }: JudgedRun,
): Promise<readonly string[]> => {
  const found = await readCalibration(folder);
  if (found === null || found.model === null) return [];
  const { calibrate } = await import('../calibration/index.ts');
  const budget = { runs: found.model.runs, withinMs: Number.POSITIVE_INFINITY, signal: new AbortController().signal };
  const again = await calibrate(plan, events, document, budget);
  const expected = again === null ? null : { ...again, model: { ...found.model, runs: again.model?.runs ?? 0 } };
  // An older skipbeat kept nothing of what it leaves out.
  const kept = Object.entries(expected ?? {}).filter(([key]) => Object.hasOwn(found, key));
  const comparable = expected === null ? null : Object.fromEntries(kept);
  const paths = differingPaths(JSON.parse(JSON.stringify(comparable)), found);
  return paths.length === 0
    ? []
    : [
        `${calibrationFile}: expected what this skipbeat's model says of the plan, found another ${paths.slice(0, 5).join(', ')}`,
      ];
};
