import type { Calibration } from '../../calibration/index.ts';
import { printResult } from './print.ts';

/** Prints what a real run was held against, where there is something; the model is loaded for that alone. */
export const printCalibration = async (calibration: Calibration | null): Promise<void> => {
  if (calibration === null) return;
  const { calibrationText } = await import('../../calibration/index.ts');
  printResult(calibrationText(calibration));
};
