// What documents have to hold of profiles and settings, for whoever reads them.
export { ownNotReadyShape } from './runtime-check.ts';
export { compiledProfileShape } from './types.ts';
