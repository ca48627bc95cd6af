import { describeValue } from '../scenario/index.ts';
import type { Path, Reader } from './document.ts';
import type { Component } from './types.ts';

/** Flags that shape heartbeats, detection and eviction; all others of a component are none of our business. */
export const flagsOf: Readonly<Record<Component, readonly string[]>> = {
  'kube-controller-manager': [
    'node-monitor-period',
    'node-monitor-grace-period',
    'node-startup-grace-period',
    'pod-eviction-timeout',
    'enable-taint-manager',
    'node-eviction-rate',
    'secondary-node-eviction-rate',
    'unhealthy-zone-threshold',
    'large-cluster-size-threshold',
  ],
  'kube-apiserver': [
    'default-not-ready-toleration-seconds',
    'default-unreachable-toleration-seconds',
    'disable-admission-plugins',
  ],
  kubelet: ['node-status-update-frequency'],
};

const booleans = ['enable-taint-manager'];

/** A kubelet's flag by the name of its field in KubeletConfiguration. */
const settingName = (flag: string): string =>
  flag === 'node-status-update-frequency' ? 'nodeStatusUpdateFrequency' : flag;

/** Flags of an argv, as pflag reads them: `--name=value`, `--name value`, and a boolean alone. The last one counts. */
export const readArgv = (reader: Reader, component: Component, argv: readonly (readonly [unknown, Path])[]): void => {
  const known = flagsOf[component];
  for (let index = 0; index < argv.length; index += 1) {
    const [argument, path] = argv[index] ?? [undefined, []];
    if (typeof argument !== 'string') {
      reader.problem(path, `expected text, received ${describeValue(argument)}`);
      continue;
    }
    const parts = /^--?([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(argument);
    const name = parts?.[1] ?? '';
    if (!known.includes(name)) continue;
    const next = argv[index + 1]?.[0];
    if (parts?.[2] !== undefined) reader.setting(component, settingName(name), parts[2], path);
    else if (booleans.includes(name)) reader.setting(component, settingName(name), 'true', path);
    else if (typeof next === 'string') {
      reader.setting(component, settingName(name), next, path);
      index += 1;
    } else reader.problem(path, 'expected a value after it, received nothing');
  }
};

/** kubeadm's extraArgs: a mapping up to v1beta3, a list of name and value from v1beta4 on. */
export const readExtraArgs = (
  reader: Reader,
  component: Component,
  path: Path,
  value: unknown,
  form: 'mapping' | 'list',
): void => {
  if (value === undefined || value === null) return;
  const add = (name: string, text: unknown, at: Path): void => {
    if (name.startsWith('-')) {
      reader.problem(at, `expected a flag without its dashes, received ${describeValue(name)}`, form === 'mapping');
    } else if (typeof text !== 'string') {
      reader.problem(at, `expected text, which kubeadm asks for, received ${describeValue(text, true)}`);
    } else if (flagsOf[component].includes(name)) reader.setting(component, settingName(name), text, at);
  };
  if (form === 'mapping') {
    if (typeof value !== 'object' || Array.isArray(value)) {
      const hint = Array.isArray(value) ? ': a list is what v1beta4 has' : '';
      reader.problem(path, `expected a mapping of flags to texts, received ${describeValue(value)}${hint}`);
      return;
    }
    for (const [name, text] of Object.entries(value)) add(name, text, [...path, name]);
    return;
  }
  if (!Array.isArray(value)) {
    const hint = typeof value === 'object' ? ': a mapping is what v1beta3 and before have' : '';
    reader.problem(path, `expected a list of name and value, received ${describeValue(value)}${hint}`);
    return;
  }
  value.forEach((item: unknown, index) => {
    const { name, value: text } = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
    if (typeof name === 'string') add(name, text, [...path, index, 'value']);
    else reader.problem([...path, index], 'expected name and value');
  });
};
