import { formatDuration, parseDurationMs } from '../../common/duration.ts';
import type { FoundAside } from './asides.ts';
import { isMapping, type Mapping } from './document.ts';

const text = "kube-proxy decides when a pod's clients are refused; that of a run is kubeadm's own, with iptables";

/** What kube-proxy reads and writes elsewhere, and what has no part in whom it sends to a pod. */
const ignored =
  /^(?:apiVersion|kind|metadata|clientConnection|clusterCIDR|hostnameOverride|healthzBindAddress|metricsBindAddress|bindAddress|enableProfiling|logging|oomScoreAdj|udpIdleTimeout|winkernel|windows|showHiddenMetricsForVersion|iptables\.masquerade(?:All|Bit)|nftables\.masquerade(?:All|Bit))(?:\.|$)/;

/**
 * Where nothing is said, or what kubeadm and kind write.
 * @see kubernetes pkg/proxy/apis/config/v1alpha1/defaults.go; kind pkg/cluster/internal/kubeadm/config.go
 */
const defaults: Readonly<Record<string, readonly unknown[]>> = {
  mode: ['iptables'],
  'iptables.syncPeriod': ['30s'],
  'iptables.minSyncPeriod': ['1s'],
  'iptables.localhostNodePorts': [true],
  'ipvs.syncPeriod': ['30s'],
  'nftables.syncPeriod': ['30s'],
  'nftables.minSyncPeriod': ['1s'],
  configSyncPeriod: ['15m'],
  'conntrack.maxPerCore': [32_768],
  'conntrack.min': [131_072],
  'conntrack.tcpCloseWaitTimeout': ['1h'],
  'conntrack.tcpEstablishedTimeout': ['24h'],
  detectLocalMode: ['ClusterCIDR'],
};

/** The same length of time in one spelling. */
const plain = (value: unknown): unknown => {
  const ms = typeof value === 'string' && /\d/.test(value) ? parseDurationMs(value) : null;
  return ms === null ? value : formatDuration(ms);
};

const isEmpty = (value: unknown): boolean =>
  [undefined, null, '', 0, '0s', false].includes(plain(value) as null) || (Array.isArray(value) && value.length === 0);

const leavesOf = (value: unknown, key: string): readonly (readonly [string, unknown])[] =>
  isMapping(value)
    ? Object.entries(value).flatMap(([name, each]) => leavesOf(each, key === '' ? name : `${key}.${name}`))
    : [[key, value]];

/** Fields of a KubeProxyConfiguration that are not its defaults. */
export const proxyAsides = (document: Mapping): readonly FoundAside[] =>
  leavesOf(document, '')
    .filter(([key, value]) => !ignored.test(key) && (!isEmpty(value) || key.startsWith('featureGates.')))
    .filter(([key, value]) => !(defaults[key] ?? []).map(plain).includes(plain(value)))
    .map(([key, value]) => ({
      key: `${key} of kube-proxy`,
      value: typeof value === 'string' ? String(plain(value)) : JSON.stringify(value),
      text,
    }));

/** Flags of kube-proxy in the lists of k3s and RKE2. */
export const proxyArgAsides = (list: unknown): readonly FoundAside[] => {
  const flags = [list ?? []].flat().map((each) => String(each).replace(/^--/, ''));
  const others = flags.filter((each) => !/^(?:v|healthz-bind-address|metrics-bind-address|profiling)=/.test(each));
  return others.length === 0 ? [] : [{ key: 'the flags of kube-proxy', value: others.sort().join(' '), text }];
};

const addons = [
  { key: 'kube-proxy', section: 'proxy', phase: 'addon/kube-proxy', what: text },
  { key: 'CoreDNS', section: 'dns', phase: 'addon/coredns', what: 'without it pods find no service by its name' },
] as const;

/** Addons that kubeadm does not set up: `disabled` of a ClusterConfiguration, `skipPhases` of an InitConfiguration. */
export const noAddonAsides = (document: Mapping): readonly FoundAside[] => {
  const skipped: readonly unknown[] = Array.isArray(document.skipPhases) ? document.skipPhases : [];
  return addons.flatMap(({ key, section, phase, what }) => {
    const own = document[section];
    const isOff = isMapping(own) && own.disabled === true;
    const isSkipped = skipped.some((each) => each === 'addon' || each === phase);
    return isOff || isSkipped ? [{ key, value: 'none', text: what }] : [];
  });
};
