import { hostExec } from '../node/index.ts';
import type { SetupOptions, SetupResult } from './setup.ts';

export { type CheckState, type EnvironmentCheck, kindIsReady } from './check.ts';
export { findNodeImage, type NodeImage, requireServed } from './engine/images.ts';
export { assertInotifyFree } from './engine/inotify.ts';
export { requireKwok } from './hollow/kwok.ts';
export { inspectEnvironment, probeEnvironment } from './inspect.ts';
export { findKind, type KindProgram } from './kind/kind.ts';
export { type KindEnvironment, requireKind } from './require.ts';
export type { ExtraStep, SetupOptions } from './setup.ts';
export { renderChecks, renderRights, renderRows, rights } from './table.ts';
export { defaultKubernetes, testKubernetes } from './versions.ts';

// What only set-up needs is loaded only by it: a run asks this folder too, and should not wait for zx.

/** Brings this machine to where real clusters can be made. @see runSetup in setup.ts */
export const runSetup = async (options: SetupOptions): Promise<SetupResult> =>
  (await import('./setup.ts')).runSetup(options);

/** Takes back what set-up wrote on this machine. @see undoSetup in undo.ts */
export const undoSetup = async (print: (line: string) => void): Promise<void> =>
  (await import('./undo.ts')).undoSetup(hostExec, print);

/** Says what `runSetup` would do, and does nothing. */
export const dryRunSetup = async (options: SetupOptions): Promise<void> =>
  (await import('./setup.ts')).dryRunSetup(options);
