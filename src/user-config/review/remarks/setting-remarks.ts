import type { UserConfigFinding, Version } from '../../../profile/index.ts';
import { isBearingDefault, isBearingGate } from '../../tables/bearing.ts';
import { splitGates } from '../../tables/feature-gates.ts';
import { unmodelledGate } from '../../tables/unmodelled-gates.ts';
import type { ConfigFiles, ConfigSetting } from '../../types.ts';
import { type SettingsOn, sortsArgs } from '../settings-on.ts';
import { type Remark, remark } from './remark.ts';

const lifecycleNames = ['nodelifecycle', 'node-lifecycle-controller'];
const evictionNames = ['taint-eviction-controller'];

/** The first minor that knows a controller by that name. @see kubernetes cmd/kube-controller-manager/names */
const firstNamed: Readonly<Record<string, number>> = {
  'cloud-node-lifecycle': 14,
  'node-lifecycle-controller': 28,
  'cloud-node-lifecycle-controller': 28,
  'taint-eviction-controller': 29,
};

/** @see k8s.io/controller-manager app.IsControllerEnabled: the first word on a controller counts, without one `*` does */
const controllerRemarks = (setting: ConfigSetting, minor: number): readonly Remark[] => {
  const entries = setting.value.split(',');
  const isOff = (names: readonly string[]): boolean => {
    const own = entries.find((word) => names.includes(word.replace(/^-/, '')));
    return own === undefined ? !entries.includes('*') : own.startsWith('-');
  };
  const off = (what: string, about: Remark['about']): Remark =>
    remark(
      'unknown',
      setting,
      `--controllers=${setting.value} leaves out the ${what}, and what then happens is not modelled`,
      about,
    );
  const unheard = entries
    .map((word) => word.replace(/^-/, ''))
    .find(
      (word) =>
        (firstNamed[word] ?? 0) > minor ||
        (/^(node-?lifecycle|taint-?eviction)/.test(word) && ![...lifecycleNames, ...evictionNames].includes(word)),
    );
  const spaced = entries.find((word) => word === '' || /\s/.test(word));
  if (spaced !== undefined) {
    return [remark('fatal', setting, `controllers: there is no controller ${JSON.stringify(spaced)}`)];
  }
  if (unheard !== undefined) {
    return [remark('fatal', setting, `controllers: there is no controller ${JSON.stringify(unheard)}`)];
  }
  if (isOff(lifecycleNames)) return [off('node lifecycle controller', 'all')];
  return minor >= 29 && isOff(evictionNames) ? [off('taint eviction controller', 'eviction')] : [];
};

const gateRemarks = (setting: ConfigSetting, minor: number): readonly Remark[] => {
  const gates =
    setting.name === 'feature-gates'
      ? splitGates(setting.value)
      : [{ name: setting.name.replace('featureGates.', ''), value: setting.value }];
  return gates
    .filter((gate) => isBearingGate(gate.name))
    .map((gate) => {
      const text = gate.value === null ? gate.name : `${gate.name}=${gate.value}`;
      return isBearingDefault(gate, minor)
        ? remark('note', setting, `the feature gate ${text} is the default of v1.${minor}`)
        : remark('unknown', setting, `the feature gate ${text} is read and not modelled`, 'all');
    });
};

/**
 * What is said of a setting that evicts, or does not, by a gate of the controller manager which is not as it is by default.
 * From v1.18 on no gate decides that. null: no such gate, or nothing that one decides.
 * @see kubernetes pkg/features/kube_features.go, TaintBasedEvictions: alpha to v1.12, beta to v1.17
 */
export const evictionCaveat = (
  { gates }: ConfigFiles,
  { weight, name }: Pick<UserConfigFinding, 'weight' | 'name'>,
  minor: number,
): string | null => {
  const isDecided = weight === 'ignored' && /^(?:pod-eviction-timeout|default-.*-toleration-seconds)$/.test(name);
  const all = minor < 13 ? 'AllAlpha' : 'AllBeta';
  const by = gates.find(
    (gate) =>
      gate.component === 'kube-controller-manager' &&
      ['TaintBasedEvictions', all].includes(gate.name) &&
      !isBearingDefault(gate, minor),
  );
  if (!isDecided || by === undefined || minor >= 18) return null;
  return `whether pods go by ${name} or by another setting is decided by the feature gate ${by.name}, and not modelled`;
};

/** Gates whose defaults are what figures and runs have. */
export const unmodelledGateRemarks = (configFiles: ConfigFiles, minor: number): readonly Remark[] =>
  configFiles.gates.flatMap((gate) => {
    const why = unmodelledGate(gate, minor);
    return why === null ? [] : [remark('unread', gate, why)];
  });

/** @see client-go tools/leaderelection/resourcelock/interface.go: a Lease is a lock from v1.14 on */
export const lockRemarks = (configFiles: ConfigFiles, minor: number): readonly Remark[] =>
  configFiles.flags
    .filter(({ component, name, value }) => {
      const isLock = component === 'kube-controller-manager' && name === 'leader-elect-resource-lock';
      return isLock && value === 'leases' && minor < 14;
    })
    .map((flag) =>
      remark(
        'fatal',
        flag,
        `kube-controller-manager of v1.${minor} knows no lock leases, and ends with "Invalid lock-type"`,
      ),
    );

/** Settings that are read only to be named. */
export const namedRemarks = (
  configFiles: ConfigFiles,
  settings: readonly ConfigSetting[],
  minor: number,
): readonly Remark[] =>
  settings.flatMap((setting) => {
    if (setting.name === 'controllers') return controllerRemarks(setting, minor);
    if (setting.name === 'feature-gates' || setting.name.startsWith('featureGates.'))
      return gateRemarks(setting, minor);
    if (!['config', 'config-dir', 'dynamic-config-dir'].includes(setting.name)) return [];
    const isKubeadms = setting.value === '/var/lib/kubelet/config.yaml';
    if (setting.name === 'config' && isKubeadms && configFiles.documents.includes('KubeletConfiguration')) {
      return [remark('note', setting, `${setting.value} is taken to be the KubeletConfiguration that is given`)];
    }
    return [remark('unread', setting, `what stands in ${setting.value} may set every field of KubeletConfiguration`)];
  });

export const beatenRemarks = ({ beaten }: SettingsOn, version: Version): readonly Remark[] =>
  beaten.map(({ setting, by }) => {
    const how =
      by.form === 'kubeadm' && sortsArgs(version)
        ? 'this kubeadm sorts flags by name and value, so'
        : 'of equal flags the last counts:';
    return remark(
      'ignored',
      setting,
      `${setting.name} ${setting.value} is passed beside ${by.value}: ${how} ${by.value} holds`,
    );
  });
