import { parseDurationMs } from '../../../common/duration.ts';
import { splitList, type ValueKind } from '../../../profile/index.ts';
import { areSuites } from '../../tables/cipher-suites.ts';
import { isNearDefault } from '../../tables/flag-defaults.ts';
import type { Component } from '../../types.ts';
import { isReadFlag } from '../flags.ts';
import { isNamedUnmodelled } from '../unmodelled.ts';
import { areTaintTexts } from './taints.ts';

import {
  address,
  addressTypes,
  advertised,
  all,
  among,
  asBoolean,
  authorizers,
  bearable,
  between,
  both,
  domain,
  endpoint,
  hour,
  type IsTaken,
  isLabel,
  labels,
  lasting,
  like,
  maxInt32,
  mediaType,
  networks,
  nodeAddress,
  orNone,
  path,
  plain,
  podNetworks,
  ports,
  reclaims,
  resources,
  serviceNetworks,
  sysctls,
  thresholds,
  tokenLife,
  unsigned,
  url,
  verbosities,
  verbosity,
} from './value-shapes.ts';

/** Names, of one component where two mean different things by them. */
const shapes: readonly (readonly [string, IsTaken])[] = [
  [
    `authentication-config cert-dir client-ca-file cluster-signing-cert-file cluster-signing-key-file
    cluster-signing-kube-apiserver-client-cert-file cluster-signing-kube-apiserver-client-key-file
    cluster-signing-kubelet-client-cert-file cluster-signing-kubelet-client-key-file
    cluster-signing-kubelet-serving-cert-file cluster-signing-kubelet-serving-key-file
    cluster-signing-legacy-unknown-cert-file cluster-signing-legacy-unknown-key-file root-ca-file
    service-account-private-key-file tls-cert-file tls-private-key-file flex-volume-plugin-dir kubeconfig
    admission-control-config-file audit-policy-file encryption-provider-config
    experimental-encryption-provider-config egress-selector-config-file tracing-config-file token-auth-file
    etcd-cafile etcd-certfile etcd-keyfile kubelet-certificate-authority kubelet-client-certificate
    kubelet-client-key oidc-ca-file proxy-client-cert-file proxy-client-key-file requestheader-client-ca-file
    service-account-key-file service-account-signing-key-file bootstrap-kubeconfig cgroup-root cloud-config
    cni-bin-dir cni-cache-dir cni-conf-dir image-credential-provider-bin-dir image-credential-provider-config
    kube-reserved-cgroup kubelet-cgroups log-dir log-file pod-manifest-path resolv-conf root-dir runtime-cgroups
    seccomp-profile-root system-reserved-cgroup volume-plugin-dir audit-webhook-config-file`,
    path,
  ],
  ['authentication-kubeconfig authorization-kubeconfig', path],
  ['audit-log-path', like(/^(-|\/\S*)$/)],
  ['bind-address address insecure-bind-address healthz-bind-address', address],
  // Where workers and kubeadm's own kubeconfigs ask.
  ['kube-apiserver bind-address', among('0.0.0.0', '::')],
  ['advertise-address', advertised],
  // Another one has none of the objects that were there.
  ['etcd-prefix', among('/registry')],
  ['cluster-dns', all(address)],
  ['node-ip', all(nodeAddress)],
  ['cluster-cidr', podNetworks],
  ['pod-cidr non-masquerade-cidr', networks],
  ['service-cluster-ip-range', serviceNetworks],
  ['etcd-servers', all(url)],
  ['service-account-issuer', like(/^(https:\/\/\S+|kubernetes\/serviceaccount)$/)],
  ['service-account-jwks-uri oidc-issuer-url', like(/^https:\/\/\S+$/)],
  ['authorization-mode', authorizers],
  ['kubelet authorization-mode', among('AlwaysAllow', 'Webhook')],
  ['cloud-provider', among('', 'external')],
  ['storage-backend', among('', 'etcd3')],
  ['storage-media-type kube-api-content-type', mediaType],
  ['tls-min-version', like(/^VersionTLS1[0-3]$/)],
  ['tls-cipher-suites', areSuites],
  ['logging-format', among('text', 'json')],
  ['v', verbosity],
  ['vmodule', orNone(verbosities)],
  // Every request, a heartbeat too, waits for a webhook that blocks, and fails with a log that is strict.
  ['audit-log-mode', among('batch', 'blocking')],
  ['audit-webhook-mode', among('batch')],
  ['audit-log-format', among('json', 'legacy')],
  ['audit-log-version audit-webhook-version', among('audit.k8s.io/v1')],
  ['endpoint-reconciler-type', among('lease')],
  ['service-node-port-range', ports],
  ['kubelet-preferred-address-types', addressTypes],
  ['requestheader-allowed-names', orNone(all(plain))],
  [
    `requestheader-extra-headers-prefix requestheader-group-headers requestheader-username-headers api-audiences
    service-account-api-audiences oidc-client-id oidc-groups-claim oidc-groups-prefix oidc-username-claim
    oidc-username-prefix cluster-name pod-infra-container-image`,
    all(plain),
  ],
  ['watch-cache-sizes', all(like(/^[a-z]+(\.[a-z.]+)?#\d+$/))],
  ['external-hostname cluster-domain hostname-override', domain],
  ['cidr-allocator-type', among('RangeAllocator')],
  ['authorization-always-allow-paths', all(like(/^\/[\w/-]*\*?$/))],
  // A pod's own probes ask for it without a name, and are refused where it is not among them.
  [
    'kube-controller-manager authorization-always-allow-paths',
    (value) => all(like(/^\/[\w/-]*\*?$/))(value) && value.split(',').some(among('/healthz', '/*')),
  ],
  ['leader-elect-resource-name', among('kube-controller-manager')],
  ['leader-elect-resource-namespace', among('kube-system')],
  ['cgroup-driver', among('cgroupfs', 'systemd')],
  ['container-log-max-size', like(/^[1-9]\d*([kMG]|[KMG]i)?$/)],
  ['container-runtime', among('docker', 'remote')],
  ['network-plugin', among('', 'cni')],
  ['container-runtime-endpoint image-service-endpoint', endpoint],
  ['cpu-manager-policy', among('none')],
  ['memory-manager-policy', among('None')],
  ['topology-manager-policy', among('none', 'best-effort', 'restricted', 'single-numa-node')],
  ['topology-manager-scope', among('container', 'pod')],
  ['enforce-node-allocatable', among('pods')],
  ['eviction-hard', bearable('eviction-hard', thresholds)],
  ['eviction-minimum-reclaim', reclaims],
  ['hairpin-mode', among('promiscuous-bridge', 'hairpin-veth', 'none')],
  ['kube-reserved', orNone(bearable('kube-reserved', resources))],
  ['system-reserved', orNone(bearable('system-reserved', resources))],
  ['node-labels', orNone(both(labels, all(isLabel)))],
  ['register-with-taints', orNone(areTaintTexts)],
  ['provider-id', plain],
  ['allowed-unsafe-sysctls', sysctls],

  // Without the gate of alpha logging a component ends; a kubelet is a runtime alone, or is no host's own.
  ['log-json-split-stream log-text-split-stream', asBoolean(false)],
  ['containerized experimental-dockershim docker-only docker-tls', asBoolean(false)],
  // What is deleted stays, nodes hold their volumes, clients are sent away for later, pods reach no service, and a node says less.
  [
    'enable-garbage-collector enable-server make-iptables-util-chains local-storage-capacity-isolation',
    asBoolean(true),
  ],
  ['disable-force-detach-on-timeout shutdown-send-retry-after', asBoolean(false)],
  // Queues that need a gate, policies that need an API, and reads that may be old.
  ['enable-inflight-quota-handler audit-dynamic-configuration', asBoolean(false)],
  ['etcd-quorum-read', asBoolean(true)],
  ['help version exit-on-lock-contention runonce really-crash-for-testing', asBoolean(false)],
  ['cgroups-per-qos allow-privileged register-schedulable', asBoolean(true)],
  // A kubelet does not start on cgroup v1; enabled for another version than the binary's alone; another lock to lead by.
  ['fail-cgroupv1 emulation-forward-compatible runtime-config-emulation-forward-compatible', asBoolean(false)],
  ['enable-leader-migration', asBoolean(false)],
  // Connections that are not asked whether they are alive, and reads that wait for etcd.
  ['disable-http2-serving', asBoolean(false)],
  ['watch-cache', asBoolean(true)],
  // A pod's own probes ask without a name, and are refused.
  ['kube-apiserver anonymous-auth', asBoolean(true)],

  ['request-timeout', lasting(60_000, 600_000)],
  ['runtime-request-timeout', lasting(60_000, 1_200_000)],
  // A shorter one fails the API server's own probes.
  ['etcd-healthcheck-timeout etcd-readycheck-timeout', lasting(2000, 20_000)],
  ['service-account-max-token-expiration', tokenLife],
  ['cpu-cfs-quota-period', among('100ms')],
  ['controller-start-interval', among('0', '0s')],
  ['shutdown-delay-duration livez-grace-period shutdown-watch-termination-grace-period', lasting(0, 300_000)],
  // A kubelet asks for a new certificate well before the old one ends.
  ['cluster-signing-duration experimental-cluster-signing-duration', lasting(24 * hour, 876_000 * hour)],
  ['event-ttl', lasting(60_000, 720 * hour)],
  // Benchmarks ask for minutes in the place of 4 hours; 0 has no end.
  ['streaming-connection-idle-timeout', (value) => parseDurationMs(value) === 0 || lasting(60_000, 24 * hour)(value)],
  ['minimum-container-ttl-duration', lasting(0, hour)],
  // Batches of the log, which are not the default.
  ['audit-log-batch-max-wait', lasting(0, 60_000)],
  ['audit-log-batch-max-size', between(1, 1000)],
  ['audit-webhook-batch-max-size', between(40, 1000)],
  ['audit-log-batch-throttle-burst', between(0, maxInt32)],
  ['audit-log-batch-throttle-qps', (value) => Number(value) >= 0 && Number.isFinite(Number(value))],
  ['eviction-max-pod-grace-period', between(0, 600)],
  ['network-plugin-mtu', between(0, 9000)],

  ['secure-port port', between(1, 65_535)],
  ['kubelet-port', unsigned(1, 65_535)],
  // Where kubeadm's probes ask.
  ['kube-controller-manager secure-port', among('10257')],
  ['kube-apiserver secure-port', among('6443')],
  ['kube-controller-manager port', among('0', '10252')],
  ['kube-apiserver port', among('0')],
  ['insecure-port', between(0, 65_535)],
  ['healthz-port cadvisor-port', between(0, 65_535)],
  ['kubelet-read-only-port', unsigned(0, 65_535)],
  ['read-only-port', among('0', '10255')],
  ['max-requests-inflight', between(400, maxInt32)],
  ['max-mutating-requests-inflight', between(200, maxInt32)],
  ['http2-max-streams-per-connection', between(100, maxInt32)],
  ['max-connection-bytes-per-sec kubernetes-service-node-port', among('0')],
  ['max-endpoints-per-slice', between(100, 1000)],
  [
    `audit-log-maxage audit-log-maxbackup audit-log-maxsize event-burst event-qps
    min-request-timeout registry-burst registry-qps pods-per-core terminated-pod-gc-threshold`,
    between(0, maxInt32),
  ],
  ['log-file-max-size', unsigned(0, maxInt32)],
  // 0 keeps no cache.
  ['default-watch-cache-size', between(1, maxInt32)],
  ['node-status-max-images', between(-1, maxInt32)],
  ['pod-max-pids', (value) => value === '-1' || between(1024, maxInt32)(value)],
  ['max-open-files', between(100_000, maxInt32)],
  // Ten times the default.
  ['max-pods', between(20, 1100)],
  ['maximum-dead-containers maximum-dead-containers-per-container', between(-1, maxInt32)],
  // A kubelet that is killed before its pods are sends no heartbeats; -999 is the default.
  ['oom-score-adj', between(-1000, -900)],
  ['image-gc-high-threshold', between(81, 100)],
  ['image-gc-low-threshold', between(0, 80)],
  ['iptables-drop-bit iptables-masquerade-bit', between(0, 31)],
  ['container-log-max-files', between(2, maxInt32)],
  ['node-cidr-mask-size node-cidr-mask-size-ipv4', between(20, 30)],
  ['node-cidr-mask-size-ipv6', between(64, 64)],
  ['goaway-chance', (value) => Number(value) >= 0 && Number(value) <= 0.02],
];

const taken = new Map(shapes.flatMap(([names, is]) => namesIn(names).map((name) => [name, is] as const)));

/** `kubelet authorization-mode` is one name: that of a component. */
function namesIn(names: string): readonly string[] {
  return /^(kubelet|kube-apiserver|kube-controller-manager) /.test(names) ? [names] : names.trim().split(/\s+/);
}

/** What has no rule of its own: numbers near to their defaults. */
const isUsual = (component: Component, name: string, value: string, kind: ValueKind): boolean => {
  if (kind === 'boolean') return true;
  if (kind === 'text') return false;
  if (kind === 'list') return splitList(value).length > 0;
  return (kind !== 'integer' || between(0, maxInt32)(value)) && isNearDefault(component, name, kind, value);
};

/** Whether a value that parses is surely taken as well; those of flags that are read or named elsewhere are judged there. */
export const isSurelyTaken = (component: Component, name: string, value: string, kind: ValueKind): boolean =>
  isReadFlag(component, name) || isNamedUnmodelled(component, name) || isTakenBy(component, name, value, kind);

/** The same by the value alone. */
export const isTakenBy = (component: Component, name: string, value: string, kind: ValueKind): boolean => {
  const own = taken.get(`${component} ${name}`) ?? taken.get(name);
  return own === undefined ? isUsual(component, name, value, kind) : own(value);
};
