export { judgeFolder, writeReports } from './evidence.ts';
export { type ExecutedRun, executeRun } from './execute.ts';
export { makeRunFolder } from './run-folder.ts';
