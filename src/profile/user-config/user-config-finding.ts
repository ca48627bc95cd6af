import type { ValueKind } from '../go-values.ts';
import type { UserConfig } from '../types.ts';
import { type Component, kubeletFields, passedFlags, shutdownFields } from './user-config.ts';

/**
 * One sentence on one setting. `fatal`: the component does not start with it. `unknown`: it does something that the
 * formulas and the model leave out; figures of what it is `about` cannot be known. `ignored`: it is read and does nothing.
 */
export type UserConfigFinding = {
  readonly component: Component;
  readonly name: string;
  readonly weight: 'fatal' | 'unknown' | 'ignored' | 'note';
  readonly about: 'all' | 'eviction' | null;
  readonly text: string;
};

export type Setting = {
  readonly component: Component;
  readonly name: string;
  readonly value: string;
  readonly kind: ValueKind;
};

export const settingsOf = (config: UserConfig): readonly Setting[] => {
  const listed = (
    component: Component,
    values: Readonly<Record<string, string | number>>,
    kinds: Readonly<Record<string, ValueKind>>,
  ) =>
    Object.entries(values).map(([name, value]) => ({
      component,
      name,
      value: String(value),
      kind: kinds[name] ?? 'text',
    }));
  return [
    ...listed('kube-controller-manager', config.controllerManagerArgs, passedFlags['kube-controller-manager']),
    ...listed('kube-apiserver', config.apiServerArgs, passedFlags['kube-apiserver']),
    ...listed('kubelet', config.kubeletConfiguration, { ...kubeletFields, ...shutdownFields }),
    ...listed('kubelet', config.kubeletArgs, passedFlags.kubelet),
  ];
};

export const finding = (
  weight: UserConfigFinding['weight'],
  { component, name }: Pick<Setting, 'component' | 'name'>,
  text: string,
  about: UserConfigFinding['about'] = null,
): UserConfigFinding => ({ component, name, weight, about, text });
