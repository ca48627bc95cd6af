export type { Backend, Recorder } from './backend.ts';
export { kindBackend } from './kind/backend.ts';
export { type KindOptions, type LoadFrom, loadPlaces } from './kind/context.ts';
