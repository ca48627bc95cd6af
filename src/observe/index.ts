export { type ApiServerCounts, countWrites } from './api-counters.ts';
export type { WatchedObject } from './changes.ts';
export { type NodeNetwork, networkScript, parseNetwork } from './class/network.ts';
export { gibOf, readClusterNodes } from './class/nodes.ts';
export { countControlPlane } from './control-plane/read.ts';
export { type GetOptions, get } from './get.ts';
export { type Observer, startObserver } from './observer.ts';
export type { Observed, ObservedEndpoints, ObservedNode, ObservedPod } from './state.ts';
export { type WatchHandlers, watchResource } from './watch.ts';
