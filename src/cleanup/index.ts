export { type CleanupAct, cleanUp } from './cleanup.ts';
