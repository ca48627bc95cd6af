export type { Backend, Recorder } from './backend.ts';
export { ownClusterBackend } from './cluster/backend.ts';
export type { OwnClusterOptions } from './cluster/context.ts';
export { kindBackend } from './kind/backend.ts';
export { type LoadFrom, loadSources } from './kind/client.ts';
export type { KindOptions } from './kind/context.ts';
