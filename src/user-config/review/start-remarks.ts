import { exactVersion, parseGoBoolean, parseValue, type UserConfigFinding } from '../../profile/index.ts';
import { components } from '../components.ts';
import { isSurelyTaken } from '../read/flag-values.ts';
import { bothWays, isPluginList, pluginFaults } from '../tables/admission-plugins.ts';
import { areSuites, suitesFault } from '../tables/cipher-suites.ts';
import { flagKind, flagOn } from '../tables/component-flags.ts';
import { gateFault } from '../tables/feature-gates.ts';
import { gateLackedBy, lackingGates } from '../tables/gate-needs.ts';
import { readTable } from '../tables/minor-ranges.ts';
import type { Component, Given, PassedFlag, PassedGate } from '../types.ts';

/** Why a component does not start with what it is passed on a version; `isKnown` false: nobody here knows whether it does. */
export type StartFault = { readonly origin: string; readonly isKnown: boolean; readonly text: string };

/** Ports that were served without a check once, and where a component ends with "only zero is allowed" since. */
const zeroPorts: Readonly<Record<Component, { readonly names: RegExp; readonly first: number } | null>> = {
  'kube-controller-manager': { names: /^port$/, first: 22 },
  'kube-apiserver': { names: /^(?:insecure-)?port$/, first: 20 },
  kubelet: null,
};

const expectedOf = {
  boolean: 'true or false',
  duration: 'a duration such as 10s',
  integer: 'a whole number',
  number: 'a number',
  text: 'text',
} as const;

/** A value that the flag does not take: the component ends with "invalid argument". */
const valueFaults = ({ component, name, value, origin }: PassedFlag, minor: number): readonly StartFault[] => {
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
  if (isPluginList(name)) return pluginFaults(name, value, minor).map((each) => ({ origin, ...each }));
  const parsed = parseValue(kind, value);
  const received = `received ${JSON.stringify(value)}`;
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

/**
 * Flags of a whole command line without which a component does not start.
 * @see apiserver pkg/server/options/etcd.go, Validate; kubernetes cmd/kube-apiserver/app/options, validateTokenRequest;
 *   cmd/kube-controller-manager/app/core.go, startNodeIpamController
 */
const neededOn = (component: Component, minor: number, flags: readonly PassedFlag[]): readonly string[] => {
  if (component === 'kube-apiserver') {
    return ['etcd-servers', ...(minor >= 20 ? ['service-account-issuer', 'service-account-signing-key-file'] : [])];
  }
  const allocates = flags.some(
    ({ name, value }) => name === 'allocate-node-cidrs' && parseGoBoolean(value ?? '') === true,
  );
  return component === 'kube-controller-manager' && allocates ? ['cluster-cidr'] : [];
};

/** A certificate and its key, one of which is nothing without the other. */
const pairs: readonly (readonly [string, string])[] = [
  ...['tls', 'cluster-signing', 'cluster-signing-kubelet-serving', 'cluster-signing-kubelet-client'].map(pairOf),
  ...['cluster-signing-kube-apiserver-client', 'cluster-signing-legacy-unknown', 'proxy-client'].map(pairOf),
];

function pairOf(name: string): readonly [string, string] {
  return name === 'tls' ? ['tls-cert-file', 'tls-private-key-file'] : [`${name}-cert-file`, `${name}-key-file`];
}

/** Flags that tie a component to its cluster: every manifest that starts has some, and a change of one may end it. */
const ties: Readonly<Record<Component, readonly string[]>> = {
  'kube-controller-manager': [
    ...['kubeconfig', 'master', 'authentication-kubeconfig', 'authorization-kubeconfig', 'client-ca-file'],
    ...['root-ca-file', 'service-account-private-key-file', 'cluster-signing-cert-file', 'cluster-signing-key-file'],
  ],
  'kube-apiserver': [
    ...['etcd-servers', 'etcd-cafile', 'etcd-certfile', 'etcd-keyfile', 'client-ca-file', 'tls-cert-file'],
    ...['tls-private-key-file', 'service-account-key-file', 'service-account-signing-key-file'],
    ...['service-account-issuer', 'kubelet-client-certificate', 'kubelet-client-key'],
  ],
  kubelet: [],
};

const hasCommand = ({ commands }: Given, component: Component): boolean =>
  commands.some((each) => each.component === component);

/** Whether the command line of a component has none of them: its manifest was shortened, or never starts. */
export const isShortened = (given: Given, component: Component): boolean =>
  hasCommand(given, component) &&
  ties[component].length > 0 &&
  !given.flags.some((flag) => flag.component === component && ties[component].includes(flag.name));

/** What a reader should hear of manifests that were shortened. */
export const shortened = (given: Given): readonly { readonly origin: string; readonly text: string }[] =>
  given.commands
    .filter(({ component }) => isShortened(given, component))
    .map(({ component, origin }) => ({
      origin,
      text: `the command of ${component} has no flag that ties it to a cluster: it is taken to be shortened, for it would not start`,
    }));

/**
 * Flags of kube-apiserver that are nothing without another one, or beside it.
 * @see kubernetes pkg/kubeapiserver/options/authentication.go, Validate; apiserver pkg/server/options/etcd.go, Validate
 */
const apartFaults = (has: (name: string) => boolean): readonly { readonly name: string; readonly text: string }[] => {
  const needs: readonly (readonly [string, string])[] = [
    ['oidc-issuer-url', 'oidc-client-id'],
    ['oidc-client-id', 'oidc-issuer-url'],
    ['encryption-provider-config-automatic-reload', 'encryption-provider-config'],
  ];
  const excluded = ['oidc-issuer-url', 'oidc-client-id'].filter((name) => has(name) && has('authentication-config'));
  return [
    ...needs
      .filter(([name, other]) => has(name) && !has(other))
      .map(([name, other]) => ({ name, text: `kube-apiserver does not start with --${name} and without --${other}` })),
    ...excluded.map((name) => ({
      name,
      text: `kube-apiserver does not start with --${name} beside --authentication-config`,
    })),
  ];
};

/** What whole command lines lack, and what excludes each other. */
const togetherFaults = (given: Given, minor: number): readonly StartFault[] => {
  const valuesOf = (name: string): readonly string[] =>
    given.flags
      .filter((flag) => flag.component === 'kube-apiserver' && flag.name === name)
      .map(({ value }) => value ?? '');
  const lacking = given.commands.flatMap(({ component, origin }) => {
    if (isShortened(given, component)) return [];
    const has = (name: string): boolean =>
      given.flags.some((flag) => flag.component === component && flag.name === name && flag.value !== '');
    const missing = [
      ...neededOn(component, minor, given.flags).filter((name) => !has(name)),
      ...pairs.flatMap(([one, other]) => (has(one) === has(other) ? [] : has(one) ? [other] : [one])),
    ];
    return missing.map((name) => ({
      origin,
      isKnown: false,
      text: `${component} does not start without --${name}, and has it not`,
    }));
  });
  const hasFlag = (name: string): boolean =>
    valuesOf(name).some((value) => value !== '' && parseGoBoolean(value) !== false);
  const apart = apartFaults(hasFlag).flatMap(({ name, text }) => {
    const found = given.flags.find((flag) => flag.component === 'kube-apiserver' && flag.name === name);
    return [{ origin: found?.origin ?? '', isKnown: !isShortened(given, 'kube-apiserver'), text }];
  });
  const overlapping = bothWays(valuesOf('enable-admission-plugins'), valuesOf('disable-admission-plugins'));
  const origin = given.flags.find(({ name }) => name === 'disable-admission-plugins')?.origin ?? '';
  return [
    ...lacking,
    ...apart,
    ...overlapping.map((plugin) => ({
      origin,
      isKnown: true,
      text: `disable-admission-plugins: expected ${plugin} in one of two lists, received it in enable-admission-plugins too`,
    })),
  ];
};

/** Flags that a version has not: it ends with "unknown flag". */
const flagFaults = (flags: readonly PassedFlag[], minor: number, versionText: string): readonly StartFault[] =>
  flags.flatMap((flag): readonly StartFault[] => {
    const { component, name, origin } = flag;
    const on = flagOn(component, name, minor);
    if (on === 'missing') {
      const text = `${component} ${versionText} has no flag --${name}: it ends with "unknown flag"`;
      return [{ origin, isKnown: true, text }];
    }
    if (on !== 'unknown') return valueFaults(flag, minor);
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

/** Gates of a component by name; null: passed with several values, or with what is none. */
const gatesOf = (given: Given, component: Component): ReadonlyMap<string, boolean | null> => {
  const set = new Map<string, boolean | null>();
  for (const { name, value } of given.gates.filter((each) => each.component === component)) {
    const on = parseGoBoolean(value ?? '');
    set.set(name, set.has(name) && set.get(name) !== on ? null : on);
  }
  return set;
};

/** Gates that need others, and settings of a kubelet that need gates. */
const needFaults = (given: Given, minor: number, versionText: string): readonly StartFault[] => [
  ...components.flatMap((component): readonly StartFault[] => {
    const set = gatesOf(given, component);
    return lackingGates(set, minor).map(({ gate, other, isKnown }) => {
      const origin = given.gates.find((each) => each.component === component && [gate, other].includes(each.name));
      const text = `the feature gate ${gate} is on and needs ${other}, which is off: ${component} ${versionText} ends with "depends on features that are disabled"`;
      return { origin: origin?.origin ?? '', isKnown, text };
    });
  }),
  ...[...given.flags.filter(({ component }) => component === 'kubelet'), ...given.fields].flatMap(
    ({ name, value, origin }): readonly StartFault[] => {
      const lacked = value === null ? null : gateLackedBy(name, value, gatesOf(given, 'kubelet'), minor);
      if (lacked === null) return [];
      const text = `${name} ${value} needs the feature gate ${lacked.gate}, without which kubelet ${versionText} does not start`;
      return [{ origin, isKnown: lacked.isKnown, text }];
    },
  ),
];

/** Cipher suites beside the least version of TLS, which stands in a flag or a field of its own; a flag beats the field. */
const suiteFaults = (given: Given, minor: number): readonly StartFault[] => {
  const passed = [...given.flags, ...given.fields];
  return passed
    .filter(({ name }) => name === 'tls-cipher-suites')
    .flatMap(({ component, value, origin }): readonly StartFault[] => {
      const least = passed.filter((each) => each.component === component && each.name === 'tls-min-version');
      const isOne = new Set(least.map((each) => each.value)).size === 1;
      const why = value === null ? null : suitesFault(value, isOne ? (least[0]?.value ?? null) : null, minor);
      if (why === null || value === null || !areSuites(value)) return [];
      const text = `whether ${component} starts with its cipher suites is not known: ${why}`;
      return [{ origin, isKnown: false, text }];
    });
};

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

const isNamed = ({ versions }: Given, minor: number): boolean =>
  versions.some(({ version }) => version.split('.')[1] === String(minor));

/**
 * A kubeadm sets up its own minor and the one before. Where the files name no version, or another one, nobody knows that
 * it is this kubeadm which is to read them.
 */
const kubeadmFaults = (given: Given, minor: number): readonly StartFault[] =>
  given.kubeadmApis.flatMap(({ api, origin }): readonly StartFault[] => {
    const known = kubeadmApis[api];
    if (known === undefined || (minor >= known.first && minor <= known.last)) return [];
    const { first, last, asked } = known;
    const others = Number.isFinite(last) ? `v1.${first} to v1.${last} do` : `v1.${first} and later do`;
    const isOpen = [minor, minor + 1].some((each) => asked.includes(each)) || minor + 1 === first;
    const text = `kubeadm v1.${minor} does not read kubeadm.k8s.io/${api}${isOpen ? ' by itself' : ''}: those of ${others}`;
    return [{ origin, isKnown: isNamed(given, minor) && !isOpen, text }];
  });

/** @see kubernetes cmd/kubeadm/app/features/features.go, InitFeatureGates, of each minor */
const kubeadmGates = readTable(`
  11-12: Auditing DynamicKubeletConfig HighAvailability SelfHosting StoreCertsInSecrets
  11-17: CoreDNS
  16-23: IPv6DualStack
  18-36: PublicKeysECDSA
  22-37: RootlessControlPlane
  23-25: UnversionedKubeletConfigMap
  27-32: EtcdLearnerMode
  28-30: UpgradeAddonsBeforeControlPlane
  30-34: WaitForAllControlPlaneComponents
  31-35: ControlPlaneKubeletLocalMode
  32-36: NodeLocalCRISocket
`);

/** A gate that kubeadm does not know is "not a valid feature name"; the kubeadm may be one minor ahead. */
const kubeadmGateFaults = (given: Given, minor: number): readonly StartFault[] =>
  given.kubeadmGates.flatMap(({ name, origin }): readonly StartFault[] => {
    const has = (each: number): boolean => (kubeadmGates.get(name)?.(each) ?? null) !== null;
    if (has(minor)) return [];
    const text = `kubeadm v1.${minor} has no feature gate ${name}: it ends with "not a valid feature name"`;
    return [{ origin, isKnown: isNamed(given, minor) && !has(minor + 1), text }];
  });

/** Everything by which a component of a version does not start, or may not. */
export const startFaults = (given: Given, kubernetesVersion: string): readonly StartFault[] => {
  const { minor } = exactVersion(kubernetesVersion);
  return [
    ...flagFaults(given.flags, minor, kubernetesVersion),
    ...gateFaults(given.gates, minor),
    ...needFaults(given, minor, kubernetesVersion),
    ...suiteFaults(given, minor),
    ...togetherFaults(given, minor),
    ...kubeadmFaults(given, minor),
    ...kubeadmGateFaults(given, minor),
  ];
};

/** Whether a finding says already that the component has no such flag, or does not take its value. */
export const isSaidBy = (fault: StartFault, findings: readonly UserConfigFinding[]): boolean =>
  findings.some(
    ({ weight, name }) =>
      weight === 'fatal' && (fault.text.includes(`--${name}:`) || fault.text.startsWith(`${name}: expected`)),
  );
