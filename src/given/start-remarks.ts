import { exactVersion, type UserConfigFinding } from '../profile/index.ts';
import { flagOn } from './component-flags.ts';
import { gateFault } from './feature-gates.ts';
import type { Given, PassedFlag, PassedGate } from './types.ts';

/** Why a component does not start with what it is passed on a version; `isKnown` false: nobody here knows whether it does. */
export type StartFault = { readonly origin: string; readonly isKnown: boolean; readonly text: string };

/** Flags that a version has not: it ends with "unknown flag". */
const flagFaults = (flags: readonly PassedFlag[], minor: number, versionText: string): readonly StartFault[] =>
  flags.flatMap(({ component, name, origin }): readonly StartFault[] => {
    const on = flagOn(component, name, minor);
    if (on === 'missing') {
      const text = `${component} ${versionText} has no flag --${name}: it ends with "unknown flag"`;
      return [{ origin, isKnown: true, text }];
    }
    if (on !== 'unknown') return [];
    return [{ origin, isKnown: false, text: `whether ${component} ${versionText} has --${name} is not known here` }];
  });

/** Of one gate passed several times with different values the last counts, and which that is depends on the component. */
const gateFaults = (gates: readonly PassedGate[], minor: number): readonly StartFault[] =>
  gates.flatMap((gate): readonly StartFault[] => {
    const fault = gateFault(gate, minor);
    if (fault === null) return [];
    const isDisputed = gates.some(
      ({ component, name, value }) => component === gate.component && name === gate.name && value !== gate.value,
    );
    return [{ origin: gate.origin, ...fault, isKnown: fault.isKnown && !isDisputed }];
  });

/**
 * Minors whose kubeadm reads a version of its configuration; `asked`: those that do where they are asked to.
 * @see kubernetes cmd/kubeadm/app/util/config/common.go, validateSupportedVersion; apis/kubeadm
 */
const kubeadmApis: Readonly<
  Record<string, { readonly first: number; readonly last: number; readonly asked: readonly number[] }>
> = {
  v1beta2: { first: 15, last: 26, asked: [] },
  v1beta3: { first: 22, last: 36, asked: [] },
  v1beta4: { first: 31, last: Number.POSITIVE_INFINITY, asked: [28, 29, 30] },
};

/**
 * A kubeadm sets up its own minor and the one before. Where the files name no version, or another one, nobody knows that
 * it is this kubeadm which is to read them.
 */
const kubeadmFaults = ({ kubeadmApis: apis, versions }: Given, minor: number): readonly StartFault[] =>
  apis.flatMap(({ api, origin }): readonly StartFault[] => {
    const known = kubeadmApis[api];
    if (known === undefined || (minor >= known.first && minor <= known.last)) return [];
    const { first, last, asked } = known;
    const others = Number.isFinite(last) ? `v1.${first} to v1.${last} do` : `v1.${first} and later do`;
    const isOpen = [minor, minor + 1].some((each) => asked.includes(each)) || minor + 1 === first;
    const text = `kubeadm v1.${minor} does not read kubeadm.k8s.io/${api}${isOpen ? ' by itself' : ''}: those of ${others}`;
    const isNamed = versions.some(({ version }) => version.split('.')[1] === String(minor));
    return [{ origin, isKnown: isNamed && !isOpen, text }];
  });

/** Everything by which a component of a version does not start, or may not. */
export const startFaults = (given: Given, kubernetesVersion: string): readonly StartFault[] => {
  const { minor } = exactVersion(kubernetesVersion);
  return [
    ...flagFaults(given.flags, minor, kubernetesVersion),
    ...gateFaults(given.gates, minor),
    ...kubeadmFaults(given, minor),
  ];
};

/** Whether a finding says already that the component has no such flag. */
export const isSaidBy = (fault: StartFault, findings: readonly UserConfigFinding[]): boolean =>
  findings.some(({ weight, name }) => weight === 'fatal' && fault.text.includes(`--${name}:`));
