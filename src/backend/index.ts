export type { Backend, Recorder } from './backend.ts';
export { kindBackend } from './kind/backend.ts';
export type { KindOptions } from './kind/context.ts';
export { type LoadFrom, loadSources } from './kind/load-sources.ts';
