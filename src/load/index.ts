export { type LoadOptions, startLoad } from './load.ts';
export type { LoadSummary } from './protocol.ts';
export { type RemoteChannel, type RemoteClock, type RemoteGenerator, remoteGenerator } from './remote/remote-load.ts';
export { assertOffer } from './self-test.ts';
export type { Load } from './supervise.ts';
