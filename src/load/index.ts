export { changesThings, formProblems, type Method, type RequestForm } from './asked.ts';
export { type LoadOptions, startLoad } from './load.ts';
export type { LoadTarget } from './options.ts';
export type { LoadSummary } from './protocol.ts';
export {
  bridgeCommand,
  bundleVariable,
  generatorBundle,
  generatorCommand,
  generatorFolder,
  generatorSources,
} from './remote/bundle.ts';
export { createLink } from './remote/link.ts';
export { type RemoteChannel, type RemoteClock, type RemoteGenerator, remoteGenerator } from './remote/remote-load.ts';
export { type NamedGenerator, startSeveral } from './remote/several.ts';
export { assertOffer } from './self-test.ts';
export type { Load } from './supervise.ts';
