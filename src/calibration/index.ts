export { calibrate } from './calibration.ts';
export { conditionedOn } from './conditional/conditional.ts';
export type { Calibration, CalibrationMilestone } from './document.ts';
export { judgeCalibration, judgedText } from './judged.ts';
export { calibrationText } from './text.ts';
