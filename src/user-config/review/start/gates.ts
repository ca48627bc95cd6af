import { parseGoBoolean } from '../../../profile/index.ts';
import { components } from '../../components.ts';
import { gateFault } from '../../tables/feature-gates.ts';
import { gateLackedBy, missingGates } from '../../tables/gate-needs.ts';
import type { Component, ConfigFiles, PassedGate } from '../../types.ts';
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
