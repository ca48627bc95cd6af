export { formProblems, type Method, type RequestForm } from '../load/index.ts';
export { networkScript } from '../observe/index.ts';
export type { Backend, Recorder } from './backend.ts';
export { ownClusterBackend } from './cluster/backend.ts';
export type { OwnClusterOptions, OwnLoad, PlacedGenerator } from './cluster/context.ts';
export { defaultLoadImage, podNameOf } from './cluster/load/pod.ts';
export {
  broughtWorkload,
  generatorPods,
  loadObjects,
  maxAsks,
  maxServiceInFlight,
  maxServiceLoadMs,
  maxServiceRatePerSecond,
} from './cluster/load/target.ts';
export { kindBackend } from './kind/backend.ts';
export { type LoadFrom, loadSources } from './kind/client.ts';
export type { KindOptions } from './kind/context.ts';
export { maxLoadMs } from './phases/load.ts';
