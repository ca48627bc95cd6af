export { cleanUp } from './cleanup.ts';
export type { CleanupAct } from './report.ts';
