import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Calibration } from '../../calibration/index.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { checkOf } from './checks.ts';

export const calibrationFile = 'calibration.json';

/**
 * Reads the calibration of a saved run; null where it has none.
 * @throws SkipbeatError EVIDENCE_UNREADABLE (exit 64)
 */
export const readCalibration = async (folder: string): Promise<Calibration | null> => {
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
  const problem = (await checkOf('calibration'))(value);
  if (problem !== null) throw refuse(problem);
  return value as Calibration;
};
