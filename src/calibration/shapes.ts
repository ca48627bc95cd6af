// What calibration.json has to hold, for whoever reads it.
export { calibrationShape } from './document.ts';
