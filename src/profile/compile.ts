import { formatDuration } from '../common/duration.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import {
  defaultReportFrequencyMs,
  effectiveSettings,
  evictionOf,
  hasLeases,
  hasTaintEviction,
  leaseSetsRenewal,
  shutdownFieldsOf,
} from './effective.ts';
import { expectedSettings } from './expected.ts';
import type { CompiledProfile, EffectiveSettings, Profile, Reading } from './types.ts';
import { unsupportedSettings } from './unsupported-settings.ts';
import { compileUserConfig } from './user-config/compile-user-config.ts';
import { atLeast, exactVersion, type Version } from './version.ts';
import { warningsOf } from './warnings.ts';

type Flags = Readonly<Record<string, string>>;

const periodFlags = (profile: Profile): Flags => {
  const flags: Record<string, string> = {};
  if (profile.nodeMonitorPeriodMs !== null) flags['node-monitor-period'] = formatDuration(profile.nodeMonitorPeriodMs);
  if (profile.nodeMonitorGracePeriodMs !== null) {
    flags['node-monitor-grace-period'] = formatDuration(profile.nodeMonitorGracePeriodMs);
  }
  return flags;
};

const evictionFlags = (profile: Profile, version: Version): { controllerManager: Flags; apiServer: Flags } => {
  const eviction = evictionOf(profile, version);
  if (eviction === null) return { controllerManager: {}, apiServer: {} };
  if (eviction.kind === 'pod-eviction-timeout') {
    // With the taint manager on, the timeout is read and ignored.
    const timeout = formatDuration(eviction.timeoutMs);
    const noManager: Flags = hasTaintEviction(version) ? { 'enable-taint-manager': 'false' } : {};
    return { controllerManager: { 'pod-eviction-timeout': timeout, ...noManager }, apiServer: {} };
  }
  const seconds = String(eviction.seconds);
  const apiServer = {
    'default-not-ready-toleration-seconds': seconds,
    'default-unreachable-toleration-seconds': seconds,
  };
  return { controllerManager: {}, apiServer };
};

const kubeletFields = (profile: Profile, reading: Reading, effective: EffectiveSettings, version: Version) => {
  if (profile.nodeStatusUpdateFrequencyMs === null) return {};
  const nodeStatusUpdateFrequency = formatDuration(profile.nodeStatusUpdateFrequencyMs);
  if (reading === 'literal' || !hasLeases(version)) return { nodeStatusUpdateFrequency };
  return {
    nodeStatusUpdateFrequency,
    nodeStatusReportFrequency: formatDuration(defaultReportFrequencyMs(version)),
    ...(leaseSetsRenewal(version) ? { nodeLeaseDurationSeconds: effective.nodeLeaseDurationSeconds } : {}),
  };
};

/**
 * Makes a profile exact for one Kubernetes version.
 * `literal` passes what the profile says and nothing more; `equivalent` also makes the lease as long as keeps the
 * heartbeat at nodeStatusUpdateFrequency. A profile that sets nothing passes nothing in either reading. Somebody's own
 * settings are passed as they are.
 * @param kubernetesVersion exact: `v1.34.4`
 * @throws SkipbeatError VERSION_UNSUPPORTED outside v1.11 to v1.37; PROFILE_INEXPRESSIBLE (both exit 64) with every
 *   field that this version cannot express, one a line, and the versions that can
 */
export const compileProfile = (profile: Profile, reading: Reading, kubernetesVersion: string): CompiledProfile => {
  const version = exactVersion(kubernetesVersion);
  const problems = unsupportedSettings(profile, reading, kubernetesVersion);
  if (problems.length > 0) {
    const lines = problems.map(({ field, message }) => `profile.${field}: ${message}`);
    throw new SkipbeatError('PROFILE_INEXPRESSIBLE', lines.join('\n'), {
      exitCode: exitCodes.usage,
      next: skipbeat('plan NAME --kubernetes VERSION'),
    });
  }
  if (profile.userConfig !== undefined) return compileUserConfig(profile.name, profile.userConfig, kubernetesVersion);
  const effective = effectiveSettings(profile, reading, version);
  const eviction = evictionFlags(profile, version);
  const controllerManagerArgs = { ...periodFlags(profile), ...eviction.controllerManager };
  return {
    name: profile.name,
    reading,
    kubernetesVersion,
    controllerManagerArgs,
    apiServerArgs: eviction.apiServer,
    kubeletConfiguration: {
      ...kubeletFields(profile, reading, effective, version),
      ...shutdownFieldsOf(effective, version),
    },
    expectedSettings: expectedSettings(controllerManagerArgs, eviction.apiServer, effective, version),
    effective,
    warnings: warningsOf(profile, reading, kubernetesVersion, effective),
  };
};

/**
 * KubeletConfiguration that the place of the run needs and no profile speaks of: newer kubelets refuse to start on a cgroup
 * v1 machine unless failCgroupV1, a field since v1.31, is false. It changes nothing under cgroup v2.
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const kubeletEnvironment = (kubernetesVersion: string): Readonly<Record<string, boolean>> =>
  atLeast(exactVersion(kubernetesVersion), 31) ? { failCgroupV1: false } : {};
