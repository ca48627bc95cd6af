export type { WatchDocument } from './document-shape.ts';
export { minuteLine, notableLine, watchText } from './text.ts';
export { watchCluster } from './watch.ts';
