export { compileProfile, kubeletEnvironment } from './compile.ts';
export {
  defaultGraceMs,
  defaultReportFrequencyMs,
  fixedRenewMs,
  hasLeases,
  hasTaintEviction,
  leaseJitterOf,
  leaseSetsRenewal,
  statusJitterOf,
} from './effective.ts';
export { type Inexpressible, inexpressible } from './express.ts';
export {
  type Flap,
  flapOf,
  longestSafePauseMs,
  predictPause,
  selfFlapShare,
  silentNodeWindows,
  type Window,
  writesPerNodeMinute,
  zoneState,
} from './predict.ts';
export { type PausedCluster, predictCourse } from './predict-course.ts';
export { findProfile, profileNames, profiles } from './profiles.ts';
export type {
  CompiledProfile,
  EffectiveSettings,
  Eviction,
  ExpectedSetting,
  Profile,
  Reading,
} from './types.ts';
export { exactVersion, knownMinors, versionRange } from './version.ts';
