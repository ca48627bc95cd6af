import { isMapping, type Mapping } from '../../../common/plain-data.ts';
import type { Reader } from '../document.ts';
import { isServerUrl, socketPath } from '../values/addresses.ts';
import { isTakenBy } from '../values/flag-values.ts';
import { areTaints } from '../values/taints.ts';
import { areEtcdTimes } from './etcd-times.ts';
import {
  among,
  both,
  fields,
  type IsTaken,
  inSmallLetters,
  isBoolean,
  isCertificateName,
  isDomain,
  isEndpoint,
  isPort,
  isRepository,
  lasting,
  listOf,
  path,
  text,
  textOrNone,
} from './shapes.ts';

const second = 1000;
const day = 24 * 60 * 60 * second;

/** With a shorter one kubeadm may give a component up before it is there; the shortest default is a minute. */
const timeout = lasting(10 * second);

const as =
  (component: 'kube-controller-manager' | 'kube-apiserver', flag: string): IsTaken =>
  (value) =>
    value === '' || (typeof value === 'string' && isTakenBy(component, flag, value, 'text'));

/** How a version of kubeadm's configuration writes flags: a mapping to v1beta3, a list of name and value since. */
export type ArgsForm = 'mapping' | 'list';

/** extraArgs of components that are not read, with values that surely change nothing. */
const flagsLike =
  (form: ArgsForm, flags: Readonly<Record<string, RegExp>>): IsTaken =>
  (value) => {
    if (form === 'mapping' ? !isMapping(value) : !Array.isArray(value)) return false;
    const pairs: readonly (readonly [unknown, unknown])[] = Array.isArray(value)
      ? value.map((each: unknown) => (isMapping(each) ? [each.name, each.value] : ['', each]))
      : Object.entries(Object(value));
    return pairs.every(
      ([name, each]) =>
        typeof name === 'string' && Object.hasOwn(flags, name) && typeof each === 'string' && flags[name]?.test(each),
    );
  };

/** Where a machine surely listens. */
const address = /^(?:127\.0\.0\.1|0\.0\.0\.0|::)$/;
/** Beside 2379 and 2380, which etcd has for its clients and its other members. */
const metricsUrl = /^https?:\/\/(?:127\.0\.0\.1|0\.0\.0\.0):(?!(?:2379|2380)$)\d{4,5}$/;
const boolean = /^(?:true|false)$/;
const none = listOf(() => false);

const isThere = (value: unknown): boolean => value !== undefined && value !== null;

/** "mutually exclusive". */
const notBoth =
  (one: string, other: string): IsTaken =>
  (value) =>
    !(isMapping(value) && isThere(value[one]) && isThere(value[other]));

const volume = fields({
  name: text(),
  hostPath: text(),
  mountPath: text(),
  readOnly: isBoolean,
  pathType: textOrNone(/^(?:(?:File|Directory)(?:OrCreate)?|Socket|CharDevice|BlockDevice)$/),
});
const control = {
  extraVolumes: listOf(volume),
  certSANs: listOf(inSmallLetters(isCertificateName)),
  timeoutForControlPlane: timeout,
};
const image = {
  imageRepository: (value: unknown) => value === '' || isRepository(value),
  imageTag: textOrNone(/^\w[\w.-]*$/),
};

const isExternalEtcd: IsTaken = (value) => {
  if (!isMapping(value)) return false;
  const has = (key: string): boolean => typeof value[key] === 'string' && value[key] !== '';
  const isSecured = ['caFile', 'certFile', 'keyFile'].some(has);
  const arePaired = has('certFile') === has('keyFile') && (!has('certFile') || has('caFile'));
  const file = (each: unknown): boolean => each === '' || path(each);
  const isUrl = both(text(isSecured ? /^https:/ : /^https?:/), (each) => isServerUrl(String(each)));
  const areThere = Array.isArray(value.endpoints) && value.endpoints.length > 0;
  return (
    areThere && arePaired && fields({ endpoints: listOf(isUrl), caFile: file, certFile: file, keyFile: file })(value)
  );
};

const token = text(/^[a-z\d]{6}\.[a-z\d]{16}$/);

/** @see kubernetes cmd/kubeadm/app/apis/kubeadm/validation/validation.go, ValidateBootstrapTokens */
const bootstrapToken = both(
  fields({
    token,
    description: text(),
    ttl: lasting(0),
    // A time to live is filled in where none is said, and both are refused.
    expires: () => false,
    usages: listOf(among('signing', 'authentication')),
    groups: listOf(text(/^system:bootstrappers:[a-z\d:-]{0,255}[a-z\d]$/)),
  }),
  (value) => {
    const { token: own, usages } = value as Mapping;
    // Groups are filled in where none are said, and are for authentication alone.
    const authenticates = !Array.isArray(usages) || usages.length === 0 || usages.includes('authentication');
    return isThere(own) && authenticates;
  },
);

const certificateKey = textOrNone(/^[\da-fA-F]{64}$/);

/** kubeadm finds out an address that is not specified. */
const localAPIEndpoint = fields({
  advertiseAddress: (value) => among('', '0.0.0.0', '::')(value) || as('kube-apiserver', 'advertise-address')(value),
  bindPort: isPort,
});

const discovery = both(
  notBoth('bootstrapToken', 'file'),
  fields({
    bootstrapToken: both(
      fields({
        token,
        apiServerEndpoint: both(isEndpoint, text(/:\d+$/)),
        caCertHashes: listOf(text(/^sha256:[\da-fA-F]{64}$/)),
        unsafeSkipCAVerification: isBoolean,
      }),
      (value) => {
        const { token: own, apiServerEndpoint, caCertHashes, unsafeSkipCAVerification } = value as Mapping;
        const isVerified = Array.isArray(caCertHashes) && caCertHashes.length > 0;
        return isThere(own) && isThere(apiServerEndpoint) && (isVerified || unsafeSkipCAVerification === true);
      },
    ),
    file: fields({ kubeConfigPath: text(/^(?:https:\/\/\S+|[^\s:]+)$/) }),
    tlsBootstrapToken: (value) => value === '' || token(value),
    timeout,
  }),
);

/** Every field of kubeadm's kinds, which have none by one name that means two things. */
const fieldsOf = (form: ArgsForm): Readonly<Record<string, IsTaken>> => ({
  apiServer: fields(control),
  controllerManager: fields(control),
  scheduler: fields({
    extraArgs: flagsLike(form, { 'bind-address': address, profiling: boolean, 'leader-elect': /^true$/, v: /^[0-7]$/ }),
    extraEnvs: none,
    extraVolumes: listOf(volume),
  }),
  etcd: both(
    notBoth('local', 'external'),
    fields({
      local: fields({
        ...image,
        extraArgs: both(
          flagsLike(form, {
            'auto-compaction-mode': /^(?:periodic|revision)$/,
            'auto-compaction-retention': /^\d{1,6}[hm]?$/,
            'heartbeat-interval': /^\d+$/,
            'election-timeout': /^\d+$/,
            'listen-metrics-urls': metricsUrl,
            'quota-backend-bytes': /^\d{9,11}$/,
          }),
          areEtcdTimes,
        ),
        extraEnvs: none,
        dataDir: path,
        serverCertSANs: listOf(isCertificateName),
        peerCertSANs: listOf(isCertificateName),
      }),
      external: isExternalEtcd,
    }),
  ),
  networking: fields({
    podSubnet: as('kube-controller-manager', 'cluster-cidr'),
    serviceSubnet: as('kube-controller-manager', 'service-cluster-ip-range'),
    dnsDomain: (value) => value === '' || isDomain(value),
  }),
  controlPlaneEndpoint: (value) => value === '' || isEndpoint(value),
  imageRepository: (value) => value === '' || isRepository(value),
  clusterName: text(/^[\w.:/[\]-]*$/),
  certificatesDir: (value) => value === '' || path(value),
  encryptionAlgorithm: textOrNone(/^(?:RSA-(?:2048|3072|4096)|ECDSA-P256)$/),
  certificateValidityPeriod: lasting(day),
  caCertificateValidityPeriod: lasting(day),
  featureGates: (value) => isMapping(value) && Object.values(value).every(isBoolean),
  dns: fields({ ...image, type: among('', 'CoreDNS'), disabled: isBoolean }),
  proxy: fields({ disabled: isBoolean }),
  useHyperKubeImage: among(false),
  // Of an InitConfiguration and a JoinConfiguration.
  nodeRegistration: fields({
    name: (value) => value === '' || inSmallLetters(isDomain)(value),
    criSocket: textOrNone(socketPath),
    taints: areTaints,
    ignorePreflightErrors: (value) =>
      listOf(text(/^\S+$/))(value) && (Object(value).length < 2 || !Object(value).some(inSmallLetters(among('all')))),
    imagePullPolicy: textOrNone(/^(?:Always|IfNotPresent|Never)$/),
    imagePullSerial: isBoolean,
  }),
  localAPIEndpoint,
  bootstrapTokens: listOf(bootstrapToken),
  certificateKey,
  // With it kubeadm prints what it would do, and does nothing.
  dryRun: among(false),
  skipPhases: listOf(text(/^(?:preflight|show-join-command|addon)(?:\/|$)/)),
  patches: fields({ directory: text() }),
  timeouts: fields({
    controlPlaneComponentHealthCheck: timeout,
    kubeletHealthCheck: timeout,
    kubernetesAPICall: timeout,
    etcdAPICall: timeout,
    tlsBootstrap: timeout,
    discovery: timeout,
    upgradeManifests: timeout,
  }),
  caCertPath: textOrNone(/^\/\S*\.crt$/),
  discovery,
  controlPlane: fields({ localAPIEndpoint, certificateKey }),
});

/** Whether some version of kubeadm has a field by that name. */
export const isKnownField = (key: string): boolean =>
  Object.hasOwn(taken.list, key) || ['apiVersion', 'kind', 'kubernetesVersion', 'metadata'].includes(key);

const taken = { mapping: fieldsOf('mapping'), list: fieldsOf('list') };

/**
 * Names fields of a kubeadm configuration with which kubeadm may end, or sets up what is not as predicted. What is refused
 * was tried on kubeadm v1.34.4 alone; a field that the version of the file does not have is held to its form, too.
 * @see kubernetes cmd/kubeadm/app/apis/kubeadm/v1beta1 to v1beta4, types.go; apis/kubeadm/validation/validation.go;
 *   apis/bootstraptoken/v1/utils.go; etcd's and kube-scheduler's own flags
 */
export const leaveDoubtfulFields = (reader: Reader, document: Mapping, form: ArgsForm): void => {
  for (const [key, value] of Object.entries(document)) {
    if (value === null || taken[form][key]?.(value) !== false) continue;
    reader.leaveUnread([key], `whether kubeadm takes ${key} as it stands, and sets up what is predicted, is not known`);
  }
};
