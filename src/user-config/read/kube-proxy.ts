import { formatDuration, parseDurationMs } from '../../common/duration.ts';
import { isMapping, type Mapping } from '../../common/plain-data.ts';
import { harmlessOfProxy } from '../tables/harmless-in-run.ts';
import type { FoundAside } from './asides.ts';

const text = "kube-proxy decides when a pod's clients are refused; that of a run is kubeadm's own, with iptables";

/** What has no part in whom kube-proxy sends to a pod, nor in whether it starts. */
const ignored = /^(?:apiVersion|kind|metadata|enableProfiling|winkernel)(?:\.|$)/;

/** Fields whose 0, or false, is no default. */
const literal = /^(?:featureGates\.|iptables\.localhostNodePorts$|conntrack\.|oomScoreAdj$)/;

/** Fields that are known; 0 of any other says something that nobody knows. */
const known =
  /^(?:mode|iptables|ipvs|nftables|conntrack|clientConnection|logging|detectLocal|detectLocalMode|clusterCIDR|configSyncPeriod|hostnameOverride|healthzBindAddress|metricsBindAddress|bindAddress|bindAddressHardFail|nodePortAddresses|oomScoreAdj|portRange|udpIdleTimeout|showHiddenMetricsForVersion|featureGates|resourceContainer|windowsRunAsService)(?:\.|$)/;

/**
 * Where nothing is said, or what kubeadm and kind write.
 * @see kubernetes pkg/proxy/apis/config/v1alpha1/defaults.go; kind pkg/cluster/internal/kubeadm/config.go
 */
const defaults: Readonly<Record<string, readonly unknown[]>> = {
  mode: ['iptables'],
  'iptables.syncPeriod': ['30s'],
  'iptables.minSyncPeriod': ['1s'],
  'iptables.localhostNodePorts': [true, null],
  'iptables.masqueradeBit': [14],
  'nftables.masqueradeBit': [14],
  bindAddress: ['0.0.0.0', '::'],
  healthzBindAddress: ['0.0.0.0:10256'],
  metricsBindAddress: ['127.0.0.1:10249'],
  oomScoreAdj: [-999, null],
  udpIdleTimeout: ['250ms'],
  'clientConnection.kubeconfig': ['/var/lib/kube-proxy/kubeconfig.conf'],
  'clientConnection.contentType': ['application/vnd.kubernetes.protobuf'],
  'clientConnection.qps': [5],
  'clientConnection.burst': [10],
  'logging.format': ['text'],
  'logging.flushFrequency': ['5s', 5_000_000_000],
  'logging.options.json.infoBufferSize': ['0'],
  'logging.options.text.infoBufferSize': ['0'],
  'ipvs.syncPeriod': ['30s'],
  'nftables.syncPeriod': ['30s'],
  'nftables.minSyncPeriod': ['1s'],
  configSyncPeriod: ['15m'],
  'conntrack.maxPerCore': [32_768, null],
  'conntrack.min': [131_072, null],
  'conntrack.tcpCloseWaitTimeout': ['1h', null],
  'conntrack.tcpEstablishedTimeout': ['24h', null],
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

/** ipvs and nftables have fields of their own, which no other mode reads. @see kubernetes cmd/kube-proxy/app/server_linux.go, createProxier */
const isOfOtherMode = (key: string, { mode }: Mapping): boolean => {
  const [section = ''] = key.split('.');
  return ['ipvs', 'nftables'].includes(section) && section !== mode;
};

/** Fields of a KubeProxyConfiguration that are not its defaults. */
export const proxyAsides = (document: Mapping): readonly FoundAside[] =>
  leavesOf(document, '')
    .filter(([key, value]) => !ignored.test(key) && (!isEmpty(value) || literal.test(key) || !known.test(key)))
    .filter(([key, value]) => !(defaults[key] ?? []).map(plain).includes(plain(value)))
    // Every cluster has one or another.
    .filter(([key, value]) => key !== 'clusterCIDR' || !/^[\d.:a-fA-F/,]+$/.test(String(value)))
    .map(([key, value]) => ({
      key: `${key} of kube-proxy`,
      value: typeof value === 'string' ? String(plain(value)) : JSON.stringify(value),
      text,
      bearsOn: harmlessOfProxy.test(key) || isOfOtherMode(key, document) ? ('nothing' as const) : ('clients' as const),
    }));

/** Flags of kube-proxy in the lists of k3s and RKE2. */
export const proxyArgAsides = (list: unknown): readonly FoundAside[] => {
  const flags = [list ?? []].flat().map((each) => String(each).replace(/^--/, ''));
  const others = flags.filter((each) => !/^(?:v=[0-7]|profiling=(?:true|false))$/.test(each));
  return others.length === 0
    ? []
    : [{ key: 'the flags of kube-proxy', value: others.sort().join(' '), text, bearsOn: 'clients' }];
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
    return isOff || isSkipped ? [{ key, value: 'none', text: what, bearsOn: 'clients' }] : [];
  });
};
