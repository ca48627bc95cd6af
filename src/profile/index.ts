export { compileProfile, kubeletEnvironment } from './compile.ts';
export {
  type ControllerManagerSettings,
  controllerManagerDefaults,
  controllerManagerFigures,
  controllerManagerOf,
  hasEvictionBudget,
} from './controller-manager.ts';
export {
  defaultGraceMs,
  defaultReportFrequencyMs,
  fixedRenewMs,
  hasLeases,
  hasTaintEviction,
  leaseJitterOf,
  leaseSetsRenewal,
  renewsInOneRequest,
  scattersReports,
  secondStatusOf,
  statusJitterOf,
} from './effective.ts';
export {
  isSameValue,
  parseGoBoolean,
  parseGoDecimal,
  parseGoInteger,
  parseValue,
  splitList,
  type ValueKind,
} from './go-values.ts';
export { defaultMaxPods, lateBoundSlackMs, markingMs, mayCostOthers, taintQueueMs } from './predict/eviction.ts';
export {
  everyTickPosts,
  type Flap,
  flapOf,
  latePassesMs,
  maxGapMs,
  maxSafePauseMs,
  outlivedMs,
  outlivedPasses,
  surelyOutlivedMs,
  usualPassMs,
  type Window,
} from './predict/not-ready.ts';
export {
  heartbeatTimeoutMs,
  maxBorneAnswerMs,
  predictPause,
  readyAgainMs,
  silentNodeWindows,
  statusPostIntervalMs,
  writesPerNodeMinute,
} from './predict/pause.ts';
export {
  noImpact,
  type PausedCluster,
  predictImpact,
  proxyPauseMs,
  replacementWindow,
  type Silencing,
} from './predict/predict-impact.ts';
export { flapRange, mayFlapByItself, selfFlapShare, steadyFlapShare } from './predict/self-flap.ts';
export { evictionIntervalMs, type ZoneLoss, zoneState } from './predict/zones.ts';
export { findProfile, profileNames, profiles } from './profiles.ts';
export {
  type ChanceRange,
  maxUnsaidPauseMs,
  type OwnNotReady,
  predictOwnNotReady,
  relistDownAfterMs,
  runtimeCheckPeriodMs,
  runtimeDownAfterMs,
  type Standstill,
  statusBeforeRelist,
  statusFirst,
  watchFirst,
} from './runtime-check.ts';
export type {
  CompiledProfile,
  EffectiveSettings,
  Eviction,
  ExpectedSetting,
  Profile,
  Reading,
  Shutdown,
  UserConfig,
} from './types.ts';
export { notReadPrefix, userConfigShape } from './types.ts';
export { type UnsupportedSetting, unsupportedSettings } from './unsupported-settings.ts';
export { profileOfUserConfig, rowOfUserConfig, userConfigName } from './user-config/compile-user-config.ts';
export {
  admittedTolerations,
  effectiveOfUserConfig,
  joinedUserConfig,
  kubeletFields,
  passedFlags,
  shutdownFields,
} from './user-config/user-config.ts';
export type { UserConfigFinding } from './user-config/user-config-finding.ts';
export { isUnpredictable, userConfigFindings } from './user-config/user-config-findings.ts';
export { exactVersion, knownMinors, type Version, versionRange } from './version.ts';
