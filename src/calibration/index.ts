export { type Calibration, type CalibrationLink, calibrate } from './calibration.ts';
export { calibrationText } from './text.ts';
