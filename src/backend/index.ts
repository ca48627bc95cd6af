export type { Backend, Recorder } from './backend.ts';
export { kindBackend } from './kind/backend.ts';
export { type LoadFrom, loadSources } from './kind/client.ts';
export type { KindOptions } from './kind/context.ts';
