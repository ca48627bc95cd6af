import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Calibration } from '../calibration/index.ts';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { checkOf } from './checks.ts';
import type { JudgedRun } from './evidence.ts';

const calibrationFile = 'calibration.json';

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

/**
 * Reads the calibration of a saved run; null where it has none.
 * @throws SkipbeatError EVIDENCE_UNREADABLE (exit 64)
 */
export const readCalibration = (folder: string): Calibration | null => {
  const path = join(folder, calibrationFile);
  if (!existsSync(path)) return null;
  const refuse = (found: string, cause?: unknown): SkipbeatError =>
    new SkipbeatError('EVIDENCE_UNREADABLE', `${path}: ${found}.`, {
      exitCode: exitCodes.usage,
      next: 'get the folder again from where it was made',
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (thrown) {
    throw refuse(`expected JSON, found ${messageOf(thrown)}`, thrown);
  }
  if (typeof value !== 'object' || value === null) throw refuse('expected a JSON object');
  const problem = checkOf('calibration')(value);
  if (problem !== null) throw refuse(problem);
  return value as Calibration;
};
