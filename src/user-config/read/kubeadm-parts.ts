import { parseDurationMs } from '../../common/duration.ts';
import { isMapping, type Mapping, type Reader } from './document.ts';
import { isTakenBy } from './flag-values.ts';

type IsTaken = (value: unknown) => boolean;

/** What is left out is as it should be, and what kubeadm does not know, it leaves out. */
const parts =
  (keys: Readonly<Record<string, IsTaken>>): IsTaken =>
  (value) =>
    isMapping(value) && Object.entries(keys).every(([key, is]) => (value[key] ?? null) === null || is(value[key]));

const text =
  (pattern: RegExp): IsTaken =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const listOf =
  (is: IsTaken): IsTaken =>
  (value) =>
    Array.isArray(value) && value.every(is);

const day = 24 * 60 * 60 * 1000;
const isPeriod: IsTaken = (value) => typeof value === 'string' && (parseDurationMs(value) ?? 0) >= day;
const isDuration: IsTaken = (value) => typeof value === 'string' && parseDurationMs(value) !== null;
const subnets =
  (flag: string): IsTaken =>
  (value) =>
    value === '' || (typeof value === 'string' && isTakenBy('kube-controller-manager', flag, value, 'text'));

/** extraArgs of components that are not read, with values that surely change nothing. */
const flagsLike =
  (flags: Readonly<Record<string, RegExp>>): IsTaken =>
  (value) => {
    const given: readonly (readonly [string, unknown])[] = Array.isArray(value)
      ? value.map((each: unknown) => (isMapping(each) ? [String(each.name), each.value] : ['', each]))
      : Object.entries(Object(value));
    return given.every(
      ([name, each]) => Object.hasOwn(flags, name) && typeof each === 'string' && flags[name]?.test(each),
    );
  };

const words = text(/^[\w.:/[\]-]*$/);
const address = /^[\d.]+$|^::$/;
const boolean = /^(?:true|false)$/;

const control = parts({
  extraVolumes: listOf(isMapping),
  certSANs: listOf(text(/^(?:\*\.)?[\w.:-]+$/)),
  timeoutForControlPlane: isDuration,
});
const taint = parts({
  key: text(/^[\w./-]+$/),
  value: text(/^[\w.-]*$/),
  effect: text(/^(?:NoSchedule|PreferNoSchedule)$/),
});

/** @see kubernetes cmd/kubeadm/app/apis/kubeadm/v1beta3 and v1beta4, types.go; etcd's and kube-scheduler's own flags */
const taken: Readonly<Record<string, IsTaken>> = {
  apiServer: control,
  controllerManager: control,
  scheduler: parts({
    extraArgs: flagsLike({ 'bind-address': address, profiling: boolean, 'leader-elect': /^true$/, v: /^\d$/ }),
    extraEnvs: listOf(() => false),
    extraVolumes: listOf(isMapping),
  }),
  etcd: parts({
    local: parts({
      extraArgs: flagsLike({
        'auto-compaction-mode': /^(?:periodic|revision)$/,
        'auto-compaction-retention': /^\d{1,6}[hms]?$/,
        'listen-metrics-urls': /^https?:\/\/[\d.]+:\d+$/,
        'quota-backend-bytes': /^\d{9,11}$/,
      }),
      extraEnvs: listOf(() => false),
      dataDir: text(/^\/\S*$/),
      serverCertSANs: listOf(words),
      peerCertSANs: listOf(words),
    }),
    external: parts({ endpoints: (value) => listOf(text(/^https?:\/\/\S+$/))(value) && Object(value).length > 0 }),
  }),
  networking: parts({
    podSubnet: subnets('cluster-cidr'),
    serviceSubnet: subnets('service-cluster-ip-range'),
    dnsDomain: text(/^[a-z\d.-]*$/),
  }),
  controlPlaneEndpoint: words,
  imageRepository: words,
  clusterName: words,
  certificatesDir: text(/^\/\S*$/),
  encryptionAlgorithm: text(/^(?:RSA-(?:2048|3072|4096)|ECDSA-P256)$/),
  certificateValidityPeriod: isPeriod,
  caCertificateValidityPeriod: isPeriod,
  featureGates: (value) => isMapping(value) && Object.values(value).every((each) => typeof each === 'boolean'),
  dns: isMapping,
  proxy: isMapping,
  // Of an InitConfiguration and a JoinConfiguration.
  nodeRegistration: parts({ name: words, criSocket: words, taints: listOf(taint) }),
  skipPhases: listOf(text(/^(?:preflight|show-join-command|addon)(?:\/|$)/)),
};

/** Names parts of a kubeadm configuration with which kubeadm may end, or sets up what is not as predicted. */
export const leaveDoubtfulParts = (reader: Reader, document: Mapping): void => {
  for (const [key, value] of Object.entries(document)) {
    if (value === null || taken[key]?.(value) !== false) continue;
    reader.leaveUnread([key], `whether kubeadm takes ${key} as it stands, and sets up what is predicted, is not known`);
  }
};
