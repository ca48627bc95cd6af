import { formatGoDuration, parseDurationMs } from '../../common/duration.ts';
import { shutdownFieldsOf } from '../effective.ts';
import { expectedSettings } from '../expected.ts';
import { everyTickPosts } from '../predict/not-ready.ts';
import type { CompiledProfile, EffectiveSettings, Profile, UserConfig } from '../types.ts';
import { exactVersion, type Version } from '../version.ts';
import { warningsOf } from '../warnings.ts';
import { effectiveOfUserConfig, shutdownFields, writesTolerations } from './user-config.ts';
import { userConfigFindings } from './user-config-findings.ts';

/**
 * Fields of a kubelet's file that amount to the same. Its flag is not in the file: it is written as both frequencies,
 * for beside an update frequency alone the report frequency would follow. A field of 0 says nothing. Those about an orderly
 * shutdown are both written, from the version on that has it by itself.
 */
const fieldsOf = (
  config: UserConfig,
  effective: EffectiveSettings,
  version: Version,
): UserConfig['kubeletConfiguration'] => {
  const ofHeartbeats = Object.entries(config.kubeletConfiguration).filter(
    ([name, value]) => value !== 0 && parseDurationMs(String(value)) !== 0 && !Object.hasOwn(shutdownFields, name),
  );
  const written = { ...Object.fromEntries(ofHeartbeats), ...shutdownFieldsOf(effective, version) };
  if (config.kubeletArgs['node-status-update-frequency'] === undefined) return written;
  return {
    ...written,
    nodeStatusUpdateFrequency: formatGoDuration(effective.nodeStatusUpdateFrequencyMs),
    nodeStatusReportFrequency: formatGoDuration(effective.nodeStatusReportFrequencyMs),
  };
};

/** The settings as a row of the profile table, for what is said of rows; null where a default holds. */
export const rowOfUserConfig = (name: string, config: UserConfig, effective: EffectiveSettings): Profile => {
  const { controllerManagerArgs: controller, apiServerArgs, kubeletArgs, kubeletConfiguration } = config;
  const { eviction } = effective;
  const setsUpdate =
    kubeletArgs['node-status-update-frequency'] !== undefined ||
    (parseDurationMs(String(kubeletConfiguration.nodeStatusUpdateFrequency ?? '0')) ?? 0) !== 0;
  const evicts =
    eviction.kind === 'tolerations'
      ? 'default-unreachable-toleration-seconds' in apiServerArgs || !writesTolerations(config)
      : 'pod-eviction-timeout' in controller;
  return {
    name,
    nodeStatusUpdateFrequencyMs: setsUpdate ? effective.nodeStatusUpdateFrequencyMs : null,
    nodeMonitorPeriodMs: 'node-monitor-period' in controller ? effective.nodeMonitorPeriodMs : null,
    nodeMonitorGracePeriodMs: 'node-monitor-grace-period' in controller ? effective.nodeMonitorGracePeriodMs : null,
    evictionAfterMs: !evicts ? null : eviction.kind === 'tolerations' ? eviction.seconds * 1000 : eviction.timeoutMs,
    evictionBy: evicts ? eviction.kind : null,
    userConfig: config,
  };
};

/** What the profile of somebody's own settings is called. */
export const userConfigName = 'given';

/** Somebody's own settings as a profile, whatever the version. */
export const profileOfUserConfig = (userConfig: UserConfig): Profile => ({
  name: userConfigName,
  nodeStatusUpdateFrequencyMs: null,
  nodeMonitorPeriodMs: null,
  nodeMonitorGracePeriodMs: null,
  evictionAfterMs: null,
  evictionBy: null,
  userConfig,
});

/** Somebody's own settings made exact; `compileProfile` has checked that they can be. */
export const compileUserConfig = (name: string, config: UserConfig, kubernetesVersion: string): CompiledProfile => {
  const version = exactVersion(kubernetesVersion);
  const effective = effectiveOfUserConfig(config, version);
  const row = rowOfUserConfig(name, config, effective);
  // Beside a lease of its own and a report frequency of its own, an update frequency says nothing of heartbeats.
  const isHeartbeat =
    everyTickPosts(effective) || effective.nodeStatusUpdateFrequencyMs > effective.leaseRenewIntervalMs;
  const { controllerManagerArgs, apiServerArgs, notInRun = [] } = config;
  const unknown = userConfigFindings(config, kubernetesVersion).filter(({ weight }) => weight === 'unknown');
  const leftOut = unknown.filter(({ about }) => about === 'eviction').map(({ text }) => text);
  return {
    name,
    reading: 'literal',
    kubernetesVersion,
    controllerManagerArgs,
    apiServerArgs,
    kubeletConfiguration: fieldsOf(config, effective, version),
    expectedSettings: expectedSettings(controllerManagerArgs, apiServerArgs, effective, version),
    effective,
    warnings: [
      ...unknown.map(({ text }) => text),
      ...warningsOf(
        isHeartbeat ? row : { ...row, nodeStatusUpdateFrequencyMs: null },
        'literal',
        kubernetesVersion,
        effective,
      ),
    ],
    ...(leftOut.length === 0 ? {} : { leftOut }),
    ...(notInRun.length === 0 ? {} : { notInRun }),
  };
};
