import type { Component } from '../../types.ts';
import { isServerUrl } from './addresses.ts';
import { isTakenBy } from './flag-values.ts';
import { advertised, domain, type IsTaken, path, ports } from './value-shapes.ts';

/** As a component takes it in a flag of its own, which k3s makes of it. */
const as =
  (component: Component, flag: string): IsTaken =>
  (value) =>
    isTakenBy(component, flag, value, 'text');

/**
 * Ports of a node that others have: etcd, kubelet, kube-proxy, controllers, containerd's streams, the supervisor of RKE2.
 * @see kubernetes pkg/cluster/ports/ports.go
 */
const otherPorts: readonly number[] = [
  ...[2379, 2380, 2381, 2382, 9345, 10_010],
  ...[10_248, 10_249, 10_250, 10_251, 10_252, 10_255, 10_256, 10_257, 10_258, 10_259],
];

const isPort: IsTaken = (value) => /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535;

/** kube-apiserver has the next one for itself. @see k3s-io/k3s pkg/daemons/control/server.go, defaults */
const isListened: IsTaken = (value) =>
  isPort(value) && [Number(value), Number(value) + 1].every((port) => port <= 65_535 && !otherPorts.includes(port));

/**
 * Keys of k3s and RKE2 by the values that surely let it start, and leave what is predicted as it is.
 * @see k3s-io/k3s pkg/cli/server/server.go, run: "invalid cluster-cidr", "invalid service-cidr", "invalid port range",
 *   "invalid cluster-dns address"; pkg/daemons/control/server.go, apiServer: bind-address and advertise-address
 */
const taken: Readonly<Record<string, IsTaken>> = {
  'cluster-cidr': as('kube-controller-manager', 'cluster-cidr'),
  'service-cidr': as('kube-apiserver', 'service-cluster-ip-range'),
  'service-node-port-range': ports,
  'cluster-dns': as('kubelet', 'cluster-dns'),
  'cluster-domain': domain,
  'bind-address': as('kube-apiserver', 'bind-address'),
  'advertise-address': advertised,
  'advertise-port': (value) => isPort(value) && !otherPorts.includes(Number(value)),
  'https-listen-port': isListened,
  'node-ip': as('kubelet', 'node-ip'),
  'node-external-ip': as('kubelet', 'node-ip'),
  'node-name': domain,
  'data-dir': path,
  'resolv-conf': path,
  server: (value) => value.startsWith('https://') && isServerUrl(value),
};

const isScalar = (each: unknown): each is string | number => typeof each === 'string' || typeof each === 'number';

/** Whether k3s or RKE2 surely starts with a key as it stands; keys of which nothing is said here are not judged. */
export const isTakenByDistribution = (key: string, value: unknown): boolean => {
  if (!Object.hasOwn(taken, key)) return true;
  const values: readonly unknown[] = [value].flat();
  // A list is one text with commas to it. @see k3s-io/k3s pkg/util/net.go, SplitStringSlice
  return values.every(isScalar) && taken[key]?.(values.join(',')) === true;
};
