import { parseGoBoolean } from '../../profile/index.ts';
import type { PassedGate } from '../types.ts';
import { gateTable } from './gate-table.ts';
import { readTable } from './minor-ranges.ts';

const gates = readTable(gateTable);

/** One of `--feature-gates`: its name, and what follows the sign; null where there is none. */
export const splitGates = (list: string): readonly { readonly name: string; readonly value: string | null }[] =>
  list
    .split(',')
    .filter((word) => word.trim() !== '')
    .map((word) => {
      const [name = '', ...value] = word.split('=');
      return { name: name.trim(), value: value.length === 0 ? null : value.join('=').trim() };
    });

/**
 * Why a component does not start with a gate, or why nobody knows; null where it does.
 * @see component-base featuregate/feature_gate.go, unsafeSetFromMap; cli/flag/map_string_bool.go
 */
export const gateFault = (
  { component, name, value }: Pick<PassedGate, 'component' | 'name' | 'value'>,
  minor: number,
): { readonly isKnown: boolean; readonly text: string } | null => {
  if (name.includes(':')) {
    return { isKnown: false, text: `the feature gate ${name} names a component, and what that does is not known here` };
  }
  const on = value === null ? null : parseGoBoolean(value);
  if (on === null) {
    const received = value === null ? name : `${name}=${value}`;
    return { isKnown: true, text: `feature gates: expected ${name}=true or ${name}=false, received ${received}` };
  }
  const state = gates.get(name)?.(minor) ?? null;
  const version = `v1.${minor}`;
  if (state === '?')
    return { isKnown: false, text: `whether ${version} has the feature gate ${name} is not known here` };
  if (state === null) {
    const ends = `${component} of ${version} ends with "unrecognized feature gate"`;
    return { isKnown: true, text: `${version} has no feature gate ${name}: ${ends}` };
  }
  if (state === 'P') {
    return {
      isKnown: true,
      text: `the feature gate ${name} comes after ${version}, and ${component} ends with an error`,
    };
  }
  if ((state === 'T' && !on) || (state === 'F' && on)) {
    const locked = `"feature is locked to ${state === 'T'}"`;
    return {
      isKnown: true,
      text: `${version} has ${name} locked: with ${name}=${value} ${component} ends with ${locked}`,
    };
  }
  return null;
};

/** Whether a gate is locked to the value that it is given, so that it has it everywhere. */
export const isLockedSo = ({ name, value }: Pick<PassedGate, 'name' | 'value'>, minor: number): boolean => {
  const on = parseGoBoolean(value ?? '');
  const state = gates.get(name)?.(minor) ?? null;
  return (state === 'T' && on === true) || (state === 'F' && on === false);
};
