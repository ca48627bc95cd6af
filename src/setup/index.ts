export { type CheckState, type EnvironmentCheck, kindIsReady } from './check.ts';
export { findNodeImage, type NodeImage } from './images.ts';
export { inspectEnvironment } from './inspect.ts';
export { findKind, type KindProgram } from './kind.ts';
export { type KindEnvironment, requireKind } from './require.ts';
export { renderChecks } from './table.ts';
export { defaultKubernetes } from './versions.ts';
