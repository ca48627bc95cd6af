import { isIP } from 'node:net';
import { parseDurationMs } from '../../../common/duration.ts';
import { parseGoBoolean, parseGoDecimal, parseGoInteger } from '../../../profile/index.ts';
import { isAddress, isServerUrl, socketPath } from './addresses.ts';
import { isBearable } from './machine-bound.ts';
import { isLabelValue, isQualifiedName } from './taints.ts';

/** Whether a component surely starts with a value, which changes nothing that is predicted. */
export type IsTaken = (value: string) => boolean;

export const like =
  (pattern: RegExp): IsTaken =>
  (value) =>
    pattern.test(value);
export const all =
  (is: IsTaken, separator = ','): IsTaken =>
  (value) =>
    value.split(separator).every(is);
export const orNone =
  (is: IsTaken): IsTaken =>
  (value) =>
    value === '' || is(value);
export const among =
  (...values: readonly string[]): IsTaken =>
  (value) =>
    values.includes(value);
export const between =
  (min: number, max: number): IsTaken =>
  (value) => {
    const number = parseGoInteger(value);
    return number !== null && number >= min && number <= max;
  };
/** The flag is unsigned, and takes no sign at all. */
export const unsigned =
  (min: number, max: number): IsTaken =>
  (value) =>
    !/^[+-]/.test(value) && between(min, max)(value);
export const verbosity: IsTaken = (value) => {
  const level = parseGoDecimal(value);
  return level !== null && level <= maxVerbose;
};
/** Levels of single files, of which any may be as far as that of all. @see klog, VModule: `*=10` is `--v=10` */
export const verbosities: IsTaken = all(
  (each) => /^[\w*?/.-]+=\d+$/.test(each) && verbosity(each.slice(each.indexOf('=') + 1)),
);
export const asBoolean =
  (expected: boolean): IsTaken =>
  (value) =>
    parseGoBoolean(value) === expected;
export const both =
  (one: IsTaken, other: IsTaken): IsTaken =>
  (value) =>
    one(value) && other(value);
export const hour = 3_600_000;
export const lasting =
  (minMs: number, maxMs: number): IsTaken =>
  (value) => {
    const ms = parseDurationMs(value);
    return ms !== null && ms >= minMs && ms <= maxMs;
  };

export const maxInt32 = 2 ** 31 - 1;
/** Beyond it a component logs what it reads and writes, heartbeats too, which makes it slow. @see client-go transport/round_trippers.go */
export const maxVerbose = 7;
export const path = like(/^\/[^\s,]*$/);
export const address: IsTaken = isAddress;
export const network: IsTaken = (value) => {
  const [ip = '', bits = '', ...more] = value.split('/');
  return more.length === 0 && isAddress(ip) && /^\d{1,3}$/.test(bits) && Number(bits) <= (isIP(ip) === 4 ? 32 : 128);
};
/** One of each family at most. */
export const networks: IsTaken = (value) => {
  const families = value.split(',').map((each) => isIP(each.split('/')[0] ?? ''));
  return all(network)(value) && new Set(families).size === families.length;
};
/** From 4 to 20 bits of addresses: kube-apiserver does not start with fewer than 8 addresses, and with more bits. */
export const serviceNetworks: IsTaken = (value) => {
  const isSized = (each: string): boolean => {
    const free = (each.includes(':') ? 128 : 32) - Number(each.split('/')[1]);
    return free >= 4 && free <= 20;
  };
  return networks(value) && all(isSized)(value);
};
/** With more bits than a node's mask (20 to 30, or 64) node-ipam ends the controller manager. */
export const podNetworks: IsTaken = (value) => {
  const isWide = (each: string): boolean => Number(each.split('/')[1]) <= (each.includes(':') ? 64 : 20);
  return networks(value) && all(isWide)(value);
};
/** Endpoints of the API server may be neither loopback nor link-local nor unspecified. */
export const advertised: IsTaken = (value) =>
  address(value) && !/^(127\.|169\.254\.|0\.0\.0\.0$|::1?$|fe80:)/i.test(value);
/**
 * Where a node may be reached; 0.0.0.0 and :: leave it to a kubelet.
 * @see kubernetes pkg/kubelet/kubelet_node_status.go, validateNodeIP: "nodeIP can't be loopback address", nor multicast,
 *   nor link-local
 */
export const nodeAddress: IsTaken = (value) =>
  address(value) && !/^(?:127\.|169\.254\.|2(?:2[4-9]|3\d)\.|::1$|fe[89ab]|ff)/i.test(value);
/** 0, or from an hour to 2^32 s; pkg/controlplane/apiserver/options. */
export const tokenLife: IsTaken = (value) => {
  const ms = parseDurationMs(value);
  return ms === 0 || (ms !== null && ms >= 3_600_000 && ms <= 2 ** 32 * 1000);
};
/** Names with a namespace of their own; pkg/kubelet/sysctl. */
export const sysctls = all(like(/^(kernel\.(shm|msg)[a-z_]*|kernel\.sem|fs\.mqueue\.[a-z_]+|net\.[a-z_\d.]+)(\.\*)?$/));
export const url: IsTaken = (value) => isServerUrl(value) && !value.endsWith('/');
export const domain = like(/^[a-z\d]([-.a-z\d]*[a-z\d])?$/);
export const plain = like(/^[\w.:@/-]+$/);
export const mediaType = among('application/json', 'application/vnd.kubernetes.protobuf');
export const endpoint = like(socketPath);
const quantity = /\d+(\.\d+)?(m|[kMGT]i?|Ki)?/.source;
export const resources = all(like(new RegExp(`^(cpu|memory|ephemeral-storage|pid)=${quantity}$`)));
/** As it should be, and no more than machines have. */
export const bearable =
  (name: string, is: IsTaken): IsTaken =>
  (value) =>
    is(value) && isBearable(name, value);
const signal =
  '(memory|nodefs|imagefs|containerfs)\\.available|(nodefs|imagefs|containerfs)\\.inodesFree|pid\\.available';
export const thresholds = all(like(new RegExp(`^(${signal})<(${quantity}|\\d{1,3}(\\.\\d+)?%)$`)));
export const reclaims = all(like(new RegExp(`^(${signal})=(${quantity}|\\d{1,2}%)$`)));
/**
 * What kubelets refuse of kubernetes.io and k8s.io depends on the version, but for two domains that all of them take, and
 * labels of zones, which nodes of a run are without (`zones` in asides.ts); the label that leaves a node out of its zone's count changes evictions.
 * @see kubernetes pkg/kubelet/apis/well_known_labels.go, IsKubeletLabel
 */
export const labels = all(
  like(
    /^(?!node\.kubernetes\.io\/exclude-disruption)(?:(?:node|kubelet)\.kubernetes\.io\/|(?:topology|failure-domain\.beta)\.kubernetes\.io\/(?=(?:zone|region)=)|(?!\S*(?:kubernetes|k8s)\.io\/)(?:[a-z\d.-]+\/)?)[A-Za-z\d](?:[\w.-]*[A-Za-z\d])?=(?:[A-Za-z\d](?:[\w.-]*[A-Za-z\d])?)?$/,
  ),
);
/** No longer than names and values may be. */
export const isLabel: IsTaken = (value) => {
  const [name = '', text = ''] = value.trim().split('=');
  return isQualifiedName(name) && isLabelValue(text);
};
export const addressTypes = all(among('Hostname', 'InternalIP', 'ExternalIP', 'InternalDNS', 'ExternalDNS'));

/** Kubelets have their rights by the mode Node, and everybody else by RBAC. */
export const authorizers: IsTaken = (value) => {
  const modes = value.split(',');
  const isAllowing = modes.includes('AlwaysAllow') || (modes.includes('Node') && modes.includes('RBAC'));
  return isAllowing && new Set(modes).size === modes.length && modes.every(among('AlwaysAllow', 'Node', 'RBAC'));
};

export const ports: IsTaken = (value) => {
  const [low = 0, high = 0] = (/^(\d+)-(\d+)$/.exec(value) ?? []).slice(1).map(Number);
  return low >= 1 && low <= high && high <= 65_535;
};
