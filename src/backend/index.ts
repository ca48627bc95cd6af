export type { Backend, Recorder } from './backend.ts';
export { ownClusterBackend } from './cluster/backend.ts';
export type { OwnClusterOptions, OwnLoad } from './cluster/context.ts';
export { defaultLoadImage, loadPodName } from './cluster/load/pod.ts';
export { loadObjects } from './cluster/load/workload.ts';
export { kindBackend } from './kind/backend.ts';
export { type LoadFrom, loadSources } from './kind/client.ts';
export type { KindOptions } from './kind/context.ts';
