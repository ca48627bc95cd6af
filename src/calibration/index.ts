export { calibrate } from './calibration.ts';
export { conditionedOn } from './conditional/conditional.ts';
export type { Calibration, CalibrationLink } from './document.ts';
export { judgeCalibration } from './judged.ts';
export { judgedText } from './judged-text.ts';
export { calibrationText } from './text.ts';
