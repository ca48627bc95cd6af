import { formatDuration, parseDurationMs } from '../../common/duration.ts';
import { controllerManagerRemarks } from '../controller-manager.ts';
import { defaultEffective, hasLeases, leaseSetsRenewal } from '../effective.ts';
import { evictionFindings } from '../eviction-findings.ts';
import { isSameValue, parseValue, type ValueKind } from '../go-values.ts';
import type { EffectiveSettings, UserConfig } from '../types.ts';
import { exactVersion, type Version } from '../version.ts';
import { effectiveOfUserConfig, shutdownFields } from './user-config.ts';
import { finding, type Setting, settingsOf, type UserConfigFinding } from './user-config-finding.ts';

/**
 * Below these a setting is taken by its component, and nothing is predicted of it. Kubelets give each request of a heartbeat
 * up after nodeStatusUpdateFrequency, or after the lease's duration where that is shorter, and Kubernetes promises no more
 * than that 99 % of its API calls that write end within 1 s: below that, whether a heartbeat arrives at all depends on the
 * cluster. Leases are renewed every quarter of their duration. Passes of the node monitor take time of their own, which
 * figures leave out: a tenth of the default period.
 * @see kubernetes cmd/kubelet/app/server.go (heartbeatClientConfig.Timeout); sig-scalability/slos/api_call_latency.md
 */
export const minPredictedMs = {
  nodeStatusUpdateFrequency: 1000,
  nodeLeaseDurationSeconds: 4000,
  nodeMonitorPeriod: 500,
} as const;

const expectedOf: Readonly<Record<ValueKind, string>> = {
  duration: 'a duration such as 10s',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  list: 'values between commas',
  text: 'text',
};

const positive = ['node-monitor-period', 'node-monitor-grace-period', 'node-status-update-frequency'];
const notNegative = ['nodeStatusUpdateFrequency', 'nodeStatusReportFrequency'];

/** What is predicted of it from where on, by the name that the setting has in a file. */
const minMsByName: Readonly<Record<string, number>> = {
  'node-monitor-period': minPredictedMs.nodeMonitorPeriod,
  'node-status-update-frequency': minPredictedMs.nodeStatusUpdateFrequency,
  nodeStatusUpdateFrequency: minPredictedMs.nodeStatusUpdateFrequency,
  nodeLeaseDurationSeconds: minPredictedMs.nodeLeaseDurationSeconds,
};
/** In ms. */
const lengthOf = ({ name, kind }: Setting, parsed: unknown): number =>
  Number(parsed) * (kind === 'duration' || !name.endsWith('Seconds') ? 1 : 1000);

const valueFindings = (settings: readonly Setting[]): readonly UserConfigFinding[] =>
  settings.flatMap((setting) => {
    const { name, value, kind } = setting;
    const parsed = parseValue(kind, value);
    const received = `received ${JSON.stringify(value)}`;
    const isSeconds = /toleration-seconds$|Seconds$/.test(name);
    if (parsed === null) {
      const expected = isSeconds ? 'whole seconds' : expectedOf[kind];
      return [finding('fatal', setting, `${name}: expected ${expected}, ${received}`)];
    }
    // pkg/kubelet/apis/config/validation: more than 0, and 0 was defaulted before.
    if (name === 'nodeLeaseDurationSeconds' && Number(parsed) < 0) {
      return [finding('fatal', setting, `${name}: expected seconds of 0 or more, ${received}`)];
    }
    const isOdd =
      (positive.includes(name) && Number(parsed) <= 0) || (notNegative.includes(name) && Number(parsed) < 0);
    if (isOdd) {
      const text = `${name} ${value} is taken by the component, and what it then does is not modelled`;
      return [finding('unknown', setting, text, 'all')];
    }
    const minMs = Object.hasOwn(minMsByName, name) ? minMsByName[name] : undefined;
    const ms = lengthOf(setting, parsed);
    // A field of 0 is the default.
    if (minMs === undefined || ms === 0 || ms >= minMs) return [];
    const text = `${name} ${value} is taken by the component, and nothing is predicted below ${formatDuration(minMs)}: whether it keeps that pace depends on the cluster`;
    return [finding('unknown', setting, text, 'all')];
  });

const kubeletFindings = (config: UserConfig, version: Version, versionText: string): readonly UserConfigFinding[] => {
  const at = (name: string) => ({ component: 'kubelet' as const, name });
  const effective = effectiveOfUserConfig(config, version);
  const report = formatDuration(effective.nodeStatusReportFrequencyMs);
  const { nodeStatusUpdateFrequency, nodeStatusReportFrequency, nodeLeaseDurationSeconds } =
    config.kubeletConfiguration;
  const flag = config.kubeletArgs['node-status-update-frequency'];
  const isSet = (value: string | number | undefined): boolean =>
    value !== undefined && value !== 0 && parseDurationMs(String(value)) !== 0;
  const found: UserConfigFinding[] = [];
  if (
    flag !== undefined &&
    isSet(nodeStatusUpdateFrequency) &&
    !isSameValue('duration', flag, String(nodeStatusUpdateFrequency))
  ) {
    found.push(
      finding(
        'ignored',
        at('nodeStatusUpdateFrequency'),
        `nodeStatusUpdateFrequency ${nodeStatusUpdateFrequency} does nothing but set nodeStatusReportFrequency: the flag --node-status-update-frequency=${flag} beats the file`,
      ),
    );
  }
  if (flag !== undefined && hasLeases(version)) {
    found.push(
      finding('note', at('node-status-update-frequency'), `the flag leaves nodeStatusReportFrequency at ${report}`),
    );
  }
  if (isSet(nodeStatusReportFrequency)) {
    found.push(
      hasLeases(version)
        ? finding('note', at('nodeStatusReportFrequency'), `an unchanged status is posted every ${report}`)
        : finding(
            'ignored',
            at('nodeStatusReportFrequency'),
            `to v1.13 every status is posted, whatever nodeStatusReportFrequency is`,
          ),
    );
  }
  if (isSet(nodeLeaseDurationSeconds)) {
    const renew = formatDuration(effective.leaseRenewIntervalMs);
    found.push(
      leaseSetsRenewal(version)
        ? finding(
            'note',
            at('nodeLeaseDurationSeconds'),
            `kubelets renew their leases every ${renew}, a quarter of ${nodeLeaseDurationSeconds} s`,
          )
        : finding(
            'ignored',
            at('nodeLeaseDurationSeconds'),
            `before v1.16 the lease's duration does not set its renewal: on ${versionText} ${hasLeases(version) ? `that is every ${renew}` : 'nobody reads leases'}`,
          ),
    );
  }
  return found;
};

/** @see kubernetes pkg/kubelet/apis/config/validation/validation.go, ShutdownGracePeriod: 1 s at least, of which the other is a part */
const shutdownFindings = ({ kubeletConfiguration: fields }: UserConfig): readonly UserConfigFinding[] => {
  const [all, critical] = Object.keys(shutdownFields).map((name) => {
    const ms = parseDurationMs(String(fields[name] ?? '0'));
    return { component: 'kubelet' as const, name, value: String(fields[name]), ms: ms ?? 0 };
  });
  if (all === undefined || critical === undefined) return [];
  const tooShort = [all, critical]
    .filter(({ ms }) => ms !== 0 && ms < 1000)
    .map((one) => finding('fatal', one, `${one.name}: expected 0s, or at least 1s, received ${one.value}`));
  if (critical.ms <= all.ms) return tooShort;
  const text = `${critical.name}: expected at most ${all.name}, ${formatDuration(all.ms)}, received ${critical.value}`;
  return [...tooShort, finding('fatal', critical, text)];
};

/** Settings that say what the version does by itself, and those that were a default once and are none any more. */
const defaultFindings = (
  settings: readonly Setting[],
  version: Version,
  versionText: string,
): readonly UserConfigFinding[] => {
  const effective = defaultEffective(version);
  const defaults: Readonly<Record<string, (effective: EffectiveSettings) => number>> = {
    'node-monitor-period': (each) => each.nodeMonitorPeriodMs,
    'node-monitor-grace-period': (each) => each.nodeMonitorGracePeriodMs,
    nodeStatusUpdateFrequency: (each) => each.nodeStatusUpdateFrequencyMs,
    'node-status-update-frequency': (each) => each.nodeStatusUpdateFrequencyMs,
  };
  return settings.flatMap((setting) => {
    const pick = Object.hasOwn(defaults, setting.name) ? defaults[setting.name] : undefined;
    const ms = parseDurationMs(setting.value);
    if (pick === undefined || ms === null) return [];
    const { name, value } = setting;
    const now = formatDuration(pick(effective));
    if (name === 'nodeStatusUpdateFrequency' && ms === 0) {
      return [finding('note', setting, `${name} ${value} means the default, ${now}`)];
    }
    if (ms === pick(effective)) {
      // Written out, it is the report frequency too.
      const follows = name === 'nodeStatusUpdateFrequency' && hasLeases(version);
      const more = follows ? '; where nodeStatusReportFrequency is not written, it becomes that too' : '';
      return [finding('note', setting, `${name} ${value} is the default of ${versionText}${more}`)];
    }
    const once = name === 'node-monitor-grace-period' && ms === 40_000 ? ', which was the default to v1.31' : '';
    return [finding('note', setting, `${name} ${value}${once}: the default of ${versionText} is ${now}`)];
  });
};

/**
 * Every finding for a reader of somebody's settings on an exact version; what matters most first. Pure.
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const userConfigFindings = (config: UserConfig, kubernetesVersion: string): readonly UserConfigFinding[] => {
  const version = exactVersion(kubernetesVersion);
  const settings = settingsOf(config);
  const order = ['fatal', 'unknown', 'ignored', 'note'];
  return [
    ...valueFindings(settings),
    ...evictionFindings(settings, config, version, kubernetesVersion),
    ...controllerManagerRemarks(config.controllerManagerArgs).map(({ name, weight, text, about }) =>
      finding(weight, { component: 'kube-controller-manager', name }, text, about),
    ),
    ...kubeletFindings(config, version, kubernetesVersion),
    ...shutdownFindings(config),
    ...defaultFindings(settings, version, kubernetesVersion),
  ].toSorted((a, b) => order.indexOf(a.weight) - order.indexOf(b.weight));
};

/** Whether nothing can be predicted of it: a component does not start, or does what is not modelled. */
export const isUnpredictable = ({ weight, about }: UserConfigFinding): boolean =>
  weight === 'fatal' || (weight === 'unknown' && about === 'all');
