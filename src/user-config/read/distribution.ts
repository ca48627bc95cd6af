import type { Mapping } from '../../common/plain-data.ts';
import { describeValue } from '../../scenario/index.ts';
import { components } from '../components.ts';
import type { Component } from '../types.ts';
import type { Reader } from './document.ts';
import { passFlag, readDistributionArgs } from './flags.ts';
import { noAddonAsides, proxyArgAsides } from './kube-proxy.ts';
import { distributionUnit, readDistributionParts } from './parts/component-parts.ts';
import { isServerUrl } from './values/addresses.ts';
import { isTakenBy } from './values/flag-values.ts';
import { machineBoundsOf } from './values/machine-bound.ts';
import { advertised, domain, type IsTaken, path, ports } from './values/value-shapes.ts';

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
const isTakenByDistribution = (key: string, value: unknown): boolean => {
  if (!Object.hasOwn(taken, key)) return true;
  const values: readonly unknown[] = [value].flat();
  // A list is one text with commas to it. @see k3s-io/k3s pkg/util/net.go, SplitStringSlice
  return values.every(isScalar) && taken[key]?.(values.join(',')) === true;
};

/** Keys of k3s and RKE2 that start fewer or other components, or taint nodes. */
const doubtfulKey =
  /^(?:(?:etcd|kube-scheduler)-arg|disable-(?:controller-manager|apiserver|scheduler|etcd)|node-taint|rootless)\+?$/;

const saysNothing = (value: unknown): boolean =>
  value === null || value === false || (Array.isArray(value) && value.length === 0);

/** Reads the configuration file of k3s and RKE2: `<component>-arg`, each a list, and keys of its own. @returns its title */
export const readDistribution = (reader: Reader, document: Mapping): string => {
  for (const [key, value] of Object.entries(document)) {
    const component = components.find((name) => key.replace(/\+$/, '') === `${name}-arg`);
    if (component !== undefined) {
      readDistributionArgs(reader, component, [key], value);
      if (key.endsWith('+') && !saysNothing(value)) {
        reader.leaveUnread([key], `${key} adds to what files before this one say, which are not read`);
      }
    } else if (key === 'protect-kernel-defaults') {
      for (const bound of machineBoundsOf(key, String(value))) reader.bound('kubelet', bound, [key]);
    } else if (/^node-label\+?$/.test(key) && !saysNothing(value)) {
      // It is the kubelet's --node-labels.
      passFlag(reader, 'kubelet', 'node-labels', [value].flat().join(','), [key]);
    } else if (/^v(?:module)?\+?$/.test(key) && !saysNothing(value)) {
      // All components are one process, or get it one by one. @see k3s pkg/cli/cmds/log.go, pkg/daemons/control/server.go
      passFlag(reader, 'kubelet', key.replace(/\+$/, ''), [value].flat().join(','), [key]);
    } else if (/^disable\+?$/.test(key)) {
      const names = [value].flat().flatMap((each) => String(each).split(','));
      // RKE2 packaged kube-proxy as a chart in its first minors.
      const skipPhases = names.flatMap((name) => {
        const [, addon] = /^(?:rke2-)?(coredns|kube-proxy)$/.exec(name.trim()) ?? [];
        return addon === undefined ? [] : [`addon/${addon}`];
      });
      for (const aside of noAddonAsides({ skipPhases })) reader.aside(aside, [key]);
    } else if (/^kube-proxy-arg\+?$/.test(key)) {
      for (const aside of proxyArgAsides(value)) reader.aside(aside, [key]);
    } else if (doubtfulKey.test(key) && !saysNothing(value)) {
      reader.leaveUnread([key], `${key} may change what is predicted, and is not read`);
    } else if (!saysNothing(value) && !isTakenByDistribution(key.replace(/\+$/, ''), value)) {
      const received = `received ${describeValue(value, true)}`;
      reader.leaveUnread([key], `whether it starts with ${key}, and runs as predicted, is not known: ${received}`);
    }
  }
  readDistributionParts(reader, document);
  reader.entire(distributionUnit);
  return distributionUnit;
};

/** Keys that no other kind of file without apiVersion and kind has; each may stand alone. */
const distributionKey =
  /^(?:write-kubeconfig(?:-mode)?|tls-san|cluster-init|(?:agent-)?token(?:-file)?|node-(?:label|taint|name|ip)|flannel-backend|disable-(?:cloud-controller|kube-proxy|network-policy)|secrets-encryption|datastore-endpoint|system-default-registry|protect-kernel-defaults|etcd-expose-metrics)\+?$/;

/** Whether a document is the configuration file of k3s or RKE2, which has neither apiVersion nor kind. */
export const isDistribution = (document: Mapping): boolean =>
  document.kind === undefined &&
  document.apiVersion === undefined &&
  Object.keys(document).some((key) => /-arg\+?$/.test(key) || distributionKey.test(key));
