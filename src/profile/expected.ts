import { formatGoDuration } from '../common/duration.ts';
import { hasEvictionTimeout, hasLeases, shutdownFieldsOf } from './effective.ts';
import type { EffectiveSettings, ExpectedSetting } from './types.ts';
import type { Version } from './version.ts';

type Flags = Readonly<Record<string, string>>;

/** Flags that a profile may set on a version, each as passed or, where it must be absent, null. */
const expectedFlags = (
  component: 'kube-controller-manager' | 'kube-apiserver',
  passed: Flags,
  names: readonly string[],
): readonly ExpectedSetting[] => names.map((setting) => ({ component, setting, expected: passed[setting] ?? null }));

/** What `configz` shows; before there were leases, only the update frequency means anything. */
const expectedKubelet = (effective: EffectiveSettings, version: Version): readonly ExpectedSetting[] => {
  const fields = {
    nodeStatusUpdateFrequency: formatGoDuration(effective.nodeStatusUpdateFrequencyMs),
    ...(hasLeases(version)
      ? {
          nodeStatusReportFrequency: formatGoDuration(effective.nodeStatusReportFrequencyMs),
          nodeLeaseDurationSeconds: String(effective.nodeLeaseDurationSeconds),
        }
      : {}),
    ...shutdownFieldsOf(effective, version),
  };
  return Object.entries(fields).map(([setting, expected]) => ({ component: 'kubelet', setting, expected }));
};

/** Everything that is read back from the processes: what was passed, and that nothing else was. */
export const expectedSettings = (
  controllerManager: Flags,
  apiServer: Flags,
  effective: EffectiveSettings,
  version: Version,
): readonly ExpectedSetting[] => {
  const evictionNames = hasEvictionTimeout(version) ? ['pod-eviction-timeout', 'enable-taint-manager'] : [];
  const names = (own: readonly string[], passed: Flags) => [...new Set([...own, ...Object.keys(passed)])];
  return [
    ...expectedFlags(
      'kube-controller-manager',
      controllerManager,
      names(['node-monitor-period', 'node-monitor-grace-period', ...evictionNames], controllerManager),
    ),
    ...expectedFlags(
      'kube-apiserver',
      apiServer,
      names(['default-not-ready-toleration-seconds', 'default-unreachable-toleration-seconds'], apiServer),
    ),
    ...expectedKubelet(effective, version),
  ];
};
