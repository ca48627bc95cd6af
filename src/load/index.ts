export { type LoadOptions, startLoad } from './load.ts';
export type { LoadSummary } from './protocol.ts';
export type { Load } from './supervise.ts';
