import { parseGoBoolean, parseValue } from '../../../profile/index.ts';
import { components } from '../../components.ts';
import { isSurelyTaken } from '../../read/values/flag-values.ts';
import { isSecret, notShown } from '../../shown.ts';
import { isPluginList, pluginFaults } from '../../tables/admission-plugins.ts';
import { areSuites, suitesFault } from '../../tables/cipher-suites.ts';
import { flagKind, flagOn } from '../../tables/component-flags.ts';
import { gateFault } from '../../tables/feature-gates.ts';
import { gateLackedBy, missingGates } from '../../tables/gate-needs.ts';
import type { Component, ConfigFiles, PassedFlag, PassedGate } from '../../types.ts';
import type { StartFault } from './fault.ts';

/** Of one gate passed several times with different values the last counts, and which that is depends on the component. */
export const gateFaults = (gates: readonly PassedGate[], minor: number): readonly StartFault[] =>
  gates.flatMap((gate): readonly StartFault[] => {
    const fault = gateFault(gate, minor);
    if (fault === null) return [];
    const isDisputed = gates.some(
      ({ component, name, value }) => component === gate.component && name === gate.name && value !== gate.value,
    );
    return [{ origin: gate.origin, ...fault, isKnown: fault.isKnown && !isDisputed }];
  });

/** Gates of a component by name; null: passed with several values, or with what is none. */
const gatesOf = (configFiles: ConfigFiles, component: Component): ReadonlyMap<string, boolean | null> => {
  const set = new Map<string, boolean | null>();
  for (const { name, value } of configFiles.gates.filter((each) => each.component === component)) {
    const on = parseGoBoolean(value ?? '');
    set.set(name, set.has(name) && set.get(name) !== on ? null : on);
  }
  return set;
};

/** Gates that need others, and settings of a kubelet that need gates. */
export const needFaults = (configFiles: ConfigFiles, minor: number, versionText: string): readonly StartFault[] => [
  ...components.flatMap((component): readonly StartFault[] => {
    const set = gatesOf(configFiles, component);
    return missingGates(set, minor).map(({ gate, other, isKnown }) => {
      const origin = configFiles.gates.find(
        (each) => each.component === component && [gate, other].includes(each.name),
      );
      const text = `the feature gate ${gate} is on and needs ${other}, which is off: ${component} ${versionText} ends with "depends on features that are disabled"`;
      return { origin: origin?.origin ?? '', isKnown, text };
    });
  }),
  ...[...configFiles.flags.filter(({ component }) => component === 'kubelet'), ...configFiles.fields].flatMap(
    ({ name, value, origin }): readonly StartFault[] => {
      const lacked = value === null ? null : gateLackedBy(name, value, gatesOf(configFiles, 'kubelet'), minor);
      if (lacked === null) return [];
      const text = `${name} ${value} needs the feature gate ${lacked.gate}, without which kubelet ${versionText} does not start`;
      return [{ origin, isKnown: lacked.isKnown, text }];
    },
  ),
];

/** Ports that were served without a check once, and where a component ends with "only zero is allowed" since. */
const zeroPorts: Readonly<Record<Component, { readonly names: RegExp; readonly first: number } | null>> = {
  'kube-controller-manager': { names: /^port$/, first: 22 },
  'kube-apiserver': { names: /^(?:insecure-)?port$/, first: 20 },
  kubelet: null,
};

const expectedOf = {
  boolean: 'true or false',
  duration: 'a duration such as 10s',
  integer: 'an integer',
  number: 'a number',
  text: 'text',
} as const;

/** A value that the flag does not take: the component ends with "invalid argument". */
const valueFaults = (
  { component, name, value, origin }: PassedFlag,
  minor: number,
  isConfigured: boolean,
): readonly StartFault[] => {
  const kind = flagKind(component, name);
  if (kind === null) return [];
  const unknown = (what: string): readonly StartFault[] => [
    {
      origin,
      isKnown: false,
      text: `whether ${component} starts with --${name}, and runs as predicted, is not known: ${what}`,
    },
  ];
  if (value === null) return unknown('its value is not in the file');
  if (isPluginList(name)) return pluginFaults(name, value, minor, isConfigured).map((each) => ({ origin, ...each }));
  if (component === 'kubelet' && name === 'node-labels' && minor < 17 && /(?:^|,)\s*topology\./.test(value)) {
    return unknown(`kubelets before v1.17 may refuse the label, ${JSON.stringify(value)}`);
  }
  const parsed = parseValue(kind, value);
  const received = isSecret(name) ? `received ${notShown}` : `received ${JSON.stringify(value)}`;
  // `--version` takes `raw` as well, and ends with either.
  if (parsed === null && name !== 'version') {
    const isKnown = kind !== 'number' || !/inf|nan|x|_/i.test(value);
    return [{ origin, isKnown, text: `${name}: expected ${expectedOf[kind]}, ${received}` }];
  }
  const zero = zeroPorts[component];
  if (zero === null || !zero.names.test(name) || minor < zero.first || parsed === 0) {
    return isSurelyTaken(component, name, value, kind) ? [] : unknown(received);
  }
  return [{ origin, isKnown: true, text: `${name}: expected 0, the only value from v1.${zero.first} on, ${received}` }];
};

/** Flags that a version has not: it ends with "unknown flag". */
export const flagFaults = (flags: readonly PassedFlag[], minor: number, versionText: string): readonly StartFault[] =>
  flags.flatMap((flag): readonly StartFault[] => {
    const { component, name, origin } = flag;
    const on = flagOn(component, name, minor);
    if (on === 'missing') {
      const text = `${component} ${versionText} has no flag --${name}: it ends with "unknown flag"`;
      return [{ origin, isKnown: true, text }];
    }
    const isConfigured = flags.some(
      (each) => each.name === 'admission-control-config-file' && (each.value ?? '') !== '',
    );
    if (on !== 'unknown') return valueFaults(flag, minor, isConfigured);
    return [{ origin, isKnown: false, text: `whether ${component} ${versionText} has --${name} is not known here` }];
  });

/** Cipher suites beside the least version of TLS, which stands in a flag or a field of its own; a flag beats the field. */
export const suiteFaults = (configFiles: ConfigFiles, minor: number): readonly StartFault[] => {
  const passed = [...configFiles.flags, ...configFiles.fields];
  return passed
    .filter(({ name }) => name === 'tls-cipher-suites')
    .flatMap(({ component, value, origin }): readonly StartFault[] => {
      const min = passed.filter((each) => each.component === component && each.name === 'tls-min-version');
      const isOne = new Set(min.map((each) => each.value)).size === 1;
      const why = value === null ? null : suitesFault(value, isOne ? (min[0]?.value ?? null) : null, minor);
      if (why === null || value === null || !areSuites(value)) return [];
      const text = `whether ${component} starts with its cipher suites is not known: ${why}`;
      return [{ origin, isKnown: false, text }];
    });
};
