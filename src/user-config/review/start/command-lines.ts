import { parseGoBoolean } from '../../../profile/index.ts';
import { distributionUnit } from '../../read/parts/component-parts.ts';
import { bothWays, isPluginList } from '../../tables/admission-plugins.ts';
import { ties } from '../../tables/bearing.ts';
import type { Component, ConfigFiles, PassedFlag } from '../../types.ts';
import type { StartFault } from './fault.ts';

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

/** Without one of them kube-apiserver starts, and shows kubelets no certificate. @see client-go transport, TLSConfigFor */
const clientPair: readonly [string, string] = ['kubelet-client-certificate', 'kubelet-client-key'];

const refusedText = 'kubelets may refuse what kube-apiserver asks of them';

/**
 * A certificate and its key, one of which is nothing without the other.
 * @see etcd client/pkg/transport/listener.go, baseConfig: "KeyFile and CertFile must both be present", which ends
 *   kube-apiserver
 */
const pairs: readonly (readonly [string, string])[] = [
  ['tls-cert-file', 'tls-private-key-file'],
  ['etcd-certfile', 'etcd-keyfile'],
  clientPair,
  ...[
    ...['cluster-signing', 'cluster-signing-kubelet-serving', 'cluster-signing-kubelet-client'],
    ...['cluster-signing-kube-apiserver-client', 'cluster-signing-legacy-unknown', 'proxy-client'],
  ].map((name): readonly [string, string] => [`${name}-cert-file`, `${name}-key-file`]),
];

const hasCommand = ({ commands }: ConfigFiles, component: Component): boolean =>
  commands.some((each) => each.component === component);

/** Whether the command line of a component has none of them: its manifest was shortened, or never starts. */
const isShortened = (configFiles: ConfigFiles, component: Component): boolean =>
  hasCommand(configFiles, component) &&
  ties[component].length > 0 &&
  !configFiles.flags.some((flag) => flag.component === component && ties[component].includes(flag.name));

/** Remarks for a reader of manifests that were shortened. */
export const shortened = (configFiles: ConfigFiles): readonly { readonly origin: string; readonly text: string }[] =>
  configFiles.commands
    .filter(({ component }) => isShortened(configFiles, component))
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

/**
 * `--admission-control` beside lists of what is enabled or disabled, one of which kubeadm always passes by itself.
 * @see kubernetes pkg/kubeapiserver/options/admission.go, Validate: "mutually exclusive"; cmd/kubeadm/app/phases/controlplane
 */
const admissionFaults = ({ flags, settings, completeDocuments }: ConfigFiles): readonly StartFault[] => {
  const isOther = ({ component, name }: PassedFlag): boolean =>
    component === 'kube-apiserver' && name !== 'admission-control' && isPluginList(name);
  const other = flags.find(isOther)?.name ?? null;
  return settings
    .filter(({ component, name }) => component === 'kube-apiserver' && name === 'admission-control')
    .flatMap(({ origin, form, document }): readonly StartFault[] => {
      const isOfDistribution = completeDocuments.some(
        (each) => each.document === document && each.kind === distributionUnit,
      );
      if (other === null && form !== 'kubeadm' && !isOfDistribution) return [];
      const by = other !== null ? '' : form === 'kubeadm' ? ', which kubeadm passes' : ', which k3s may pass';
      const text = `admission-control excludes --${other ?? 'enable-admission-plugins'}${by}: kube-apiserver does not start with both`;
      return [{ origin, isKnown: other !== null || form === 'kubeadm', text }];
    });
};

/** What a kubelet has both of, or neither. @see kubernetes pkg/credentialprovider/plugin, RegisterCredentialProviderPlugins */
const kubeletPairs: readonly (readonly [string, string])[] = [
  ...pairs,
  ['image-credential-provider-config', 'image-credential-provider-bin-dir'],
];

/**
 * Half of a pair beside what a tool passes by itself: of that it may be the other half, which then belongs to something else.
 * @see apiserver pkg/server/options/serving.go, ApplyTo; kubernetes cmd/kubelet/app/server.go, InitializeTLS
 */
const halves = (configFiles: ConfigFiles): readonly StartFault[] =>
  (['kube-apiserver', 'kube-controller-manager', 'kubelet'] as const).flatMap((component) => {
    if (hasCommand(configFiles, component)) return [];
    const flagOf = (name: string): PassedFlag | undefined =>
      configFiles.flags.find((flag) => flag.component === component && flag.name === name && flag.value !== '');
    return (component === 'kubelet' ? kubeletPairs : pairs).flatMap(([one, other]): readonly StartFault[] => {
      const [first, second] = [flagOf(one), flagOf(other)];
      const found = first ?? second;
      if (found === undefined || (first !== undefined && second !== undefined)) return [];
      const without = first === undefined ? one : other;
      return [
        {
          origin: found.origin,
          isKnown: false,
          text: `${clientPair.includes(without) ? refusedText : `${component} may not start`} with --${found.name} and without --${without}`,
        },
      ];
    });
  });

const signers =
  /^cluster-signing-(?:kubelet-serving|kubelet-client|kube-apiserver-client|legacy-unknown)-(?:cert|key)-file$/;
const anySigner = /^cluster-signing-(?:cert|key)-file$/;

/**
 * Files of one signer beside those of all, of which tools pass either by themselves; and flags of OpenID Connect without an issuer.
 * @see kubernetes cmd/kube-controller-manager/app/options/csrsigningcontroller.go; pkg/kubeapiserver/options/authentication.go,
 *   validateOIDCOptions
 */
const notTogether = (configFiles: ConfigFiles): readonly StartFault[] => {
  const passed = (component: Component, is: RegExp): PassedFlag | undefined =>
    configFiles.flags.find((flag) => flag.component === component && is.test(flag.name) && flag.value !== '');
  const [one, all] = [passed('kube-controller-manager', signers), passed('kube-controller-manager', anySigner)];
  const isOfDistribution = configFiles.completeDocuments.some(({ kind }) => kind === distributionUnit);
  const isEntire = hasCommand(configFiles, 'kube-controller-manager');
  // k3s passes files for each signer by itself, kubeadm those for all.
  const besides = isOfDistribution ? all : one;
  const signing = isEntire ? all && one : besides;
  const [issuer, client] = ['oidc-issuer-url', 'oidc-client-id'].map((name) =>
    passed('kube-apiserver', new RegExp(`^${name}$`)),
  );
  const oidc =
    issuer !== undefined && client !== undefined
      ? undefined
      : passed('kube-apiserver', /^oidc-(?!issuer-url|client-id)/);
  return [
    ...(signing === undefined ? [] : [{ flag: signing, text: 'beside files of other signers' }]),
    ...(oidc === undefined ? [] : [{ flag: oidc, text: 'and without --oidc-issuer-url and --oidc-client-id' }]),
  ].map(({ flag, text }) => ({
    origin: flag.origin,
    isKnown: false,
    text: `${flag.component} may not start with --${flag.name} ${text}`,
  }));
};

/** k3s of v1.13 passed another list; from v1.20 on, and RKE2 with it, NodeRestriction alone. */
const firstOfDistribution = 20;

/**
 * Who passes NodeRestriction by itself where no flag says what is enabled, and whether that is sure; null: nobody.
 * @see kubernetes v1.11 to v1.37 cmd/kubeadm/app/phases/controlplane/manifests.go, getAPIServerCommand: extraArgs replace it
 *   under the same name alone; k3s-io/k3s pkg/daemons/control/server.go, apiServer
 */
const restricting = (
  configFiles: ConfigFiles,
  minor: number,
): { readonly isKnown: boolean; readonly by: string } | null => {
  const isSaid = configFiles.flags.some(
    ({ component, name }) => component === 'kube-apiserver' && name === 'enable-admission-plugins',
  );
  // What a pod of its own is passed is all there.
  if (isSaid || hasCommand(configFiles, 'kube-apiserver')) return null;
  const has = (unit: string): boolean => configFiles.completeDocuments.some(({ kind }) => kind === unit);
  if (has('ClusterConfiguration')) return { isKnown: true, by: 'kubeadm' };
  return has(distributionUnit) ? { isKnown: minor >= firstOfDistribution, by: 'k3s or RKE2' } : null;
};

/** @see apiserver pkg/server/options/admission.go, AdmissionOptions.Validate: "overlapped" */
const overlappingPlugins = (configFiles: ConfigFiles, minor: number): readonly StartFault[] => {
  const flagsOf = (name: string): readonly PassedFlag[] =>
    configFiles.flags.filter((flag) => flag.component === 'kube-apiserver' && flag.name === name);
  const disabled = flagsOf('disable-admission-plugins');
  const valuesIn = (flags: readonly PassedFlag[]): readonly string[] => flags.map(({ value }) => value ?? '');
  const by = restricting(configFiles, minor);
  const enabled = by === null ? valuesIn(flagsOf('enable-admission-plugins')) : ['NodeRestriction'];
  const passer = by === null ? '' : `, which ${by.by} ${by.isKnown ? 'passes' : 'may pass'}`;
  return bothWays(enabled, valuesIn(disabled)).map((plugin) => ({
    origin: disabled[0]?.origin ?? '',
    isKnown: by?.isKnown ?? true,
    text: `disable-admission-plugins: expected ${plugin} in one of two lists, received it in enable-admission-plugins too${passer}`,
  }));
};

/** What whole command lines lack, and what excludes each other. */
export const togetherFaults = (configFiles: ConfigFiles, minor: number): readonly StartFault[] => {
  const valuesOf = (name: string): readonly string[] =>
    configFiles.flags
      .filter((flag) => flag.component === 'kube-apiserver' && flag.name === name)
      .map(({ value }) => value ?? '');
  const missing = configFiles.commands.flatMap(({ component, origin }) => {
    if (isShortened(configFiles, component)) return [];
    const has = (name: string): boolean =>
      configFiles.flags.some((flag) => flag.component === component && flag.name === name && flag.value !== '');
    const missing = [
      ...neededOn(component, minor, configFiles.flags).filter((name) => !has(name)),
      ...pairs.flatMap(([one, other]) => (has(one) === has(other) ? [] : has(one) ? [other] : [one])),
    ];
    return missing.map((name) => ({
      origin,
      isKnown: false,
      text: clientPair.includes(name)
        ? `${refusedText} without --${name}`
        : `${component} does not start without --${name}, and has it not`,
    }));
  });
  const hasFlag = (name: string): boolean =>
    valuesOf(name).some((value) => value !== '' && parseGoBoolean(value) !== false);
  const apart = apartFaults(hasFlag).flatMap(({ name, text }) => {
    const found = configFiles.flags.find((flag) => flag.component === 'kube-apiserver' && flag.name === name);
    return [{ origin: found?.origin ?? '', isKnown: !isShortened(configFiles, 'kube-apiserver'), text }];
  });
  return [
    ...missing,
    ...apart,
    ...halves(configFiles),
    ...notTogether(configFiles),
    ...admissionFaults(configFiles),
    ...overlappingPlugins(configFiles, minor),
  ];
};
