import type { ConfigSetting } from '../../types.ts';
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
export const controllerRemarks = (setting: ConfigSetting, minor: number): readonly Remark[] => {
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
