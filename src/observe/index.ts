export { type Observer, startObserver } from './observer.ts';
export type { Observed, SeenEndpoints, SeenNode } from './state.ts';
