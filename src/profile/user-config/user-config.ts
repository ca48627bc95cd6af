import { isDeepStrictEqual } from 'node:util';
import { parseDurationMs } from '../../common/duration.ts';
import { controllerManagerFlagKinds, controllerManagerFrom } from '../controller-manager.ts';
import {
  defaultEffective,
  defaultReportFrequencyMs,
  defaultTolerationSeconds,
  fixedRenewMs,
  hasEvictionTimeout,
  hasLeases,
  hasTaintEviction,
  leaseSetsRenewal,
  renewFraction,
} from '../effective.ts';
import { parseGoBoolean, parseGoInteger, splitList, type ValueKind } from '../go-values.ts';
import type { EffectiveSettings, Eviction, ExpectedSetting, Shutdown, UserConfig } from '../types.ts';
import type { Version } from '../version.ts';

/**
 * Settings of the same files on several versions as one: what they pass has to be the same, what they say beside it may
 * be in no run of one version alone. Null where they pass something else.
 */
export const joinedUserConfig = (configs: readonly UserConfig[]): UserConfig | null => {
  const [first, ...others] = configs.map(({ notInRun: _printed, ...passed }) => passed);
  if (first === undefined || others.some((other) => !isDeepStrictEqual(first, other))) return null;
  const all = configs.flatMap((config) => config.notInRun ?? []);
  const notInRun = [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
  return { ...first, ...(notInRun.length === 0 ? {} : { notInRun }) };
};

export type Component = ExpectedSetting['component'];

/** Flags about heartbeats, detection and eviction that a run passes on as they are, and how each value is read. */
export const passedFlags: Readonly<Record<Component, Readonly<Record<string, ValueKind>>>> = {
  'kube-controller-manager': {
    'node-monitor-period': 'duration',
    'node-monitor-grace-period': 'duration',
    'pod-eviction-timeout': 'duration',
    'enable-taint-manager': 'boolean',
    ...controllerManagerFlagKinds,
  },
  'kube-apiserver': {
    'default-not-ready-toleration-seconds': 'integer',
    'default-unreachable-toleration-seconds': 'integer',
    'disable-admission-plugins': 'list',
    'enable-admission-plugins': 'list',
    'admission-control': 'list',
  },
  kubelet: { 'node-status-update-frequency': 'duration' },
};

/** Fields of KubeletConfiguration about heartbeats. */
export const kubeletFields: Readonly<Record<string, ValueKind>> = {
  nodeStatusUpdateFrequency: 'duration',
  nodeStatusReportFrequency: 'duration',
  nodeLeaseDurationSeconds: 'integer',
};

/** Fields about a node that is shut down in order. */
export const shutdownFields: Readonly<Record<string, ValueKind>> = {
  shutdownGracePeriod: 'duration',
  shutdownGracePeriodCriticalPods: 'duration',
};

const toleratingPlugin = 'DefaultTolerationSeconds';

/**
 * Whether the API server writes tolerations into pods that bring none: the plug-in is on by default.
 * @see kubernetes pkg/kubeapiserver/options/admission.go, computePluginNames; apiserver pkg/server/options, enabledPluginNames
 */
export const writesTolerations = ({ apiServerArgs }: Pick<UserConfig, 'apiServerArgs'>): boolean => {
  const has = (name: string): boolean => splitList(apiServerArgs[name] ?? '').includes(toleratingPlugin);
  if (apiServerArgs['admission-control'] !== undefined) return has('admission-control');
  return has('enable-admission-plugins') || !has('disable-admission-plugins');
};

/** Seconds that the API server writes into such pods, for each of the two taints; null where it writes none. */
export const admittedTolerations = (
  config: Pick<UserConfig, 'apiServerArgs'>,
): { readonly notReady: number | null; readonly unreachable: number | null } => {
  const seconds = (taint: string): number | null =>
    writesTolerations(config)
      ? (parseGoInteger(config.apiServerArgs[`default-${taint}-toleration-seconds`] ?? '') ?? defaultTolerationSeconds)
      : null;
  return { notReady: seconds('not-ready'), unreachable: seconds('unreachable') };
};

/** Whether pods go by `--pod-eviction-timeout`: to v1.12, and to v1.26 where the taint manager is off. */
export const evictsByTimeout = ({ controllerManagerArgs }: UserConfig, version: Version): boolean =>
  !hasTaintEviction(version) ||
  (hasEvictionTimeout(version) && parseGoBoolean(controllerManagerArgs['enable-taint-manager'] ?? 'true') === false);

const evictionOf = (config: UserConfig, version: Version): Eviction => {
  if (evictsByTimeout(config, version)) {
    const timeoutMs = parseDurationMs(config.controllerManagerArgs['pod-eviction-timeout'] ?? '5m') ?? 300_000;
    return { kind: 'pod-eviction-timeout', timeoutMs: Math.max(0, timeoutMs) };
  }
  // A node that is silent becomes Unknown, so unreachable. A pod without that toleration, or one of no seconds or
  // fewer, is deleted as soon as the taint is seen; pkg/controller/tainteviction, processPodOnNode, getMinTolerationTime.
  return { kind: 'tolerations', seconds: Math.max(0, admittedTolerations(config).unreachable ?? 0) };
};

/** A field that is 0 says the same to a kubelet as one that is not there. */
const fieldMs = (config: UserConfig, name: string): number | null =>
  parseDurationMs(String(config.kubeletConfiguration[name] ?? '')) || null;

/** Both to the kubelet of a version that has them. */
const shutdownOf = (config: UserConfig, version: Version): Shutdown | null => {
  const gracePeriodMs = fieldMs(config, 'shutdownGracePeriod');
  if (gracePeriodMs === null || version.minor < 20) return null;
  return { gracePeriodMs, criticalPodsMs: fieldMs(config, 'shutdownGracePeriodCriticalPods') ?? 0 };
};

/**
 * What holds on `version` with these settings. The kubelet's fields are defaulted first, its flag is put on top of that:
 * it leaves the report frequency as it was.
 * @param config values as a component takes them; a text that it refuses counts as the default
 * @see kubernetes pkg/kubelet/apis/config/v1beta1/defaults.go; cmd/kubelet/app/server.go, kubeletConfigFlagPrecedence
 */
export const effectiveOfUserConfig = (config: UserConfig, version: Version): EffectiveSettings => {
  const defaults = defaultEffective(version);
  const writtenMs = fieldMs(config, 'nodeStatusUpdateFrequency');
  const reportMs = fieldMs(config, 'nodeStatusReportFrequency') ?? writtenMs ?? defaultReportFrequencyMs(version);
  const flagMs = parseDurationMs(config.kubeletArgs['node-status-update-frequency'] ?? '');
  const updateMs = flagMs ?? writtenMs ?? defaults.nodeStatusUpdateFrequencyMs;
  const leaseSeconds =
    Number(config.kubeletConfiguration.nodeLeaseDurationSeconds ?? 0) || defaults.nodeLeaseDurationSeconds;
  const renewMs = leaseSetsRenewal(version) ? leaseSeconds * 1000 * renewFraction : fixedRenewMs(version, updateMs);
  const controllerManager = controllerManagerFrom(config.controllerManagerArgs);
  const shutdown = shutdownOf(config, version);
  const flag = (name: string): number | null => parseDurationMs(config.controllerManagerArgs[name] ?? '');
  return {
    ...defaults,
    nodeStatusUpdateFrequencyMs: updateMs,
    nodeStatusReportFrequencyMs: hasLeases(version) ? reportMs : updateMs,
    nodeLeaseDurationSeconds: leaseSeconds,
    leaseRenewIntervalMs: hasLeases(version) ? renewMs : updateMs,
    nodeMonitorPeriodMs: flag('node-monitor-period') ?? defaults.nodeMonitorPeriodMs,
    nodeMonitorGracePeriodMs: flag('node-monitor-grace-period') ?? defaults.nodeMonitorGracePeriodMs,
    eviction: evictionOf(config, version),
    ...(controllerManager === null ? {} : { controllerManager }),
    ...(shutdown === null ? {} : { shutdown }),
  };
};
