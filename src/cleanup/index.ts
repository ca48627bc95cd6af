export { cleanUp } from './cleanup.ts';
export { cleanUpContext } from './context/context.ts';
export type { CleanupAct } from './report.ts';
