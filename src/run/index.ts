export { readCalibration } from './calibration.ts';
export { type JudgedRun, judgeFolder, type ReportFormat, reportFormats, writeReports } from './evidence.ts';
export { type ExecutedRun, executeRun } from './execute.ts';
export { isGuardTrip } from './guards.ts';
export { type Manifest, renewManifest, writeManifest } from './manifest.ts';
export { readDocument } from './read-document.ts';
export { type ReadRun, readRunFolder } from './read-folder.ts';
export {
  type ExecutedRepeats,
  executeRepeats,
  holdsRepeats,
  readRepeatsFolder,
  writeRepeatsReports,
} from './repeats.ts';
export { makeRunFolder } from './run-folder.ts';
