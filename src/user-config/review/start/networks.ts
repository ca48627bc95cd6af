import { distributionUnit } from '../../read/parts/component-parts.ts';
import { type Network, networksIn, overlap } from '../../read/values/addresses.ts';
import type { ConfigFiles, PassedFlag } from '../../types.ts';
import type { StartFault } from './fault.ts';

/** Ports of a kubelet, by the names of their flags, with what it has where nobody says one. 0: it does not listen. */
const defaultPorts: Readonly<Record<string, number>> = { port: 10_250, 'healthz-port': 10_248, 'read-only-port': 0 };

/**
 * Ports that others of a node have: etcd, API server, controllers, scheduler, kube-proxy.
 * @see kubernetes pkg/cluster/ports/ports.go, cmd/kubeadm/app/constants/constants.go
 */
const others: readonly number[] = [2379, 2380, 2381, 6443, 10_249, 10_256, 10_257, 10_259];

/**
 * Two servers of a kubelet on one port, or one on that of another component. One of the two does not come up: without its
 * own server a kubelet ends, without the other it goes on, and which of them is first nobody knows.
 * @see kubernetes cmd/kubelet/app/server.go, run: both begin at once, "Failed to start healthz server" every 5 s;
 *   pkg/kubelet/server/server.go, ListenAndServeKubeletServer: "Failed to listen and serve", and exits
 */
export const portFaults = ({ flags, fields }: ConfigFiles): readonly StartFault[] => {
  const passed = [...flags.filter(({ component }) => component === 'kubelet'), ...fields];
  const said = passed.filter(({ name }) => Object.hasOwn(defaultPorts, name));
  const portOf = ({ value }: PassedFlag): number => Number(value ?? Number.NaN);
  const has = (name: string, port: number): boolean => {
    const own = said.filter((each) => each.name === name);
    return own.length === 0 ? defaultPorts[name] === port : own.some((each) => portOf(each) === port);
  };
  return said.flatMap((flag): readonly StartFault[] => {
    const port = portOf(flag);
    if (!(port > 0)) return [];
    const own = Object.keys(defaultPorts).find((name) => name !== flag.name && has(name, port));
    const other = others.includes(port) ? 'another component of a node' : null;
    const whose = own === undefined ? other : `its own ${own}`;
    if (whose === null) return [];
    const text = `whether a kubelet starts with ${flag.name} ${port} is not known: ${whose} has that port`;
    return [{ origin: flag.origin, isKnown: false, text }];
  });
};

const defaultMasks: Readonly<Record<Network['family'], number>> = { ipv4: 24, ipv6: 64 };

/** @see kubernetes cmd/kubeadm/app/constants/constants.go; pkg/controller/nodeipam/ipam/cidrset/cidr_set.go */
const maxBitsOfNodes = 16;

/** Networks of all pods: of a command line, of k3s, and of kubeadm, which checks a node's mask by its family alone. */
const listsOf = ({ flags, parts }: ConfigFiles) => [
  ...flags
    .filter(({ component, name }) => component === 'kube-controller-manager' && name === 'cluster-cidr')
    .map(({ value, origin }) => ({ value: value ?? '', origin, isKubeadms: false })),
  ...parts.filter(({ key }) => key === 'cluster-cidr').map((part) => ({ ...part, isKubeadms: false })),
  ...parts.filter(({ key }) => key === 'networking.podSubnet').map((part) => ({ ...part, isKubeadms: true })),
];

/**
 * The networks of single nodes have to be smaller than that of all pods, and no more than 16 bits smaller; of the flags
 * that say so the one without a family excludes the others, and networks of two families.
 * @see kubernetes cmd/kube-controller-manager/app/core.go, setNodeCIDRMaskSizes; cmd/kubeadm/app/apis/kubeadm/validation,
 *   ValidatePodSubnetNodeMask
 */
export const nodeMaskFaults = (configFiles: ConfigFiles): readonly StartFault[] => {
  const masks = (suffix: string): readonly number[] =>
    configFiles.flags
      .filter(
        ({ component, name }) => component === 'kube-controller-manager' && name === `node-cidr-mask-size${suffix}`,
      )
      .map(({ value }) => Number(value))
      .filter((mask) => mask !== 0);
  const ofAny = masks('');
  return listsOf(configFiles).flatMap(({ value, origin, isKubeadms }): readonly StartFault[] => {
    const networks = networksIn(value);
    const families = new Set(networks.map(({ family }) => family));
    const isForeign = (['ipv4', 'ipv6'] as const).some((each) => !families.has(each) && masks(`-${each}`).length > 0);
    const isDoubled = ofAny.length > 0 && (families.size > 1 || masks('-ipv4').length + masks('-ipv6').length > 0);
    const isOdd = ({ family, bits }: Network): boolean => {
      const own = masks(`-${family}`);
      const counted =
        own.length > 0 ? own : [...ofAny, ...(isKubeadms || ofAny.length === 0 ? [defaultMasks[family]] : [])];
      return counted.some((mask) => mask < bits || mask - bits > maxBitsOfNodes);
    };
    if (networks.length === 0 || !(isForeign || isDoubled || networks.some(isOdd))) return [];
    const text = `whether the networks of nodes (--node-cidr-mask-size) fit into ${networks.map((each) => each.text).join(',')} is not known`;
    return [{ origin, isKnown: false, text }];
  });
};

/** Networks as a file has them, in text, with commas between; and where. */
type NamedNetworks = { readonly value: string; readonly origin: string };

const ofParts = ({ parts }: ConfigFiles, key: RegExp): readonly NamedNetworks[] =>
  parts.filter((part) => key.test(part.key)).map(({ value, origin }) => ({ value, origin }));

const ofFlags = ({ flags }: ConfigFiles, flag: string): readonly NamedNetworks[] =>
  flags
    .filter(({ component, name }) => component !== 'kubelet' && name === flag)
    .map(({ value, origin }) => ({ value: value ?? '', origin }));

/**
 * What is taken where a file says nothing of it: kubeadm has no network of pods by itself.
 * @see kubernetes cmd/kubeadm/app/apis/kubeadm/v1beta1 to v1beta4, defaults.go, DefaultServicesSubnet; k3s-io/k3s
 *   pkg/util/net.go, GetDefaultAddresses, of a node that has an address of IPv4, and RKE2 the same
 */
const defaults: Readonly<Record<string, { readonly pods: string | null; readonly services: string }>> = {
  ClusterConfiguration: { pods: null, services: '10.96.0.0/12' },
  [distributionUnit]: { pods: '10.42.0.0/16', services: '10.43.0.0/16' },
};

const orDefault = (
  { completeDocuments }: ConfigFiles,
  named: readonly NamedNetworks[],
  whose: 'pods' | 'services',
): readonly NamedNetworks[] =>
  named.length > 0
    ? named
    : completeDocuments.flatMap(({ kind, origin }) => {
        const value = defaults[kind]?.[whose] ?? null;
        return value === null ? [] : [{ value, origin }];
      });

/**
 * Networks of pods that share addresses with those of Services. kubeadm and k3s take both; kube-controller-manager then gives
 * none of the shared addresses to a node, and where all are shared no node a network at all: CIDRNotAvailable.
 * @see kubernetes pkg/controller/nodeipam/ipam/range_allocator.go, filterOutServiceRange and AllocateOrOccupyCIDR;
 *   cmd/kubeadm/app/apis/kubeadm/validation/validation.go, ValidateNetworking, which does not hold one against the other
 */
export const overlapFaults = (configFiles: ConfigFiles): readonly StartFault[] => {
  const said = [
    ...ofFlags(configFiles, 'cluster-cidr'),
    ...ofParts(configFiles, /^(?:networking\.podSubnet|cluster-cidr\+?)$/),
  ];
  const pods = orDefault(configFiles, said, 'pods');
  const services = orDefault(
    configFiles,
    [
      ...ofFlags(configFiles, 'service-cluster-ip-range'),
      ...ofParts(configFiles, /^(?:networking\.serviceSubnet|service-cidr\+?)$/),
    ],
    'services',
  );
  return pods.flatMap(({ value, origin }) =>
    networksIn(value).flatMap((network) => {
      const shared = services
        .flatMap((each) => networksIn(each.value).map((other) => ({ other, origin: each.origin })))
        .find(({ other }) => overlap(network, other));
      if (shared === undefined) return [];
      const text = `the network of pods ${network.text} shares addresses with that of Services, ${shared.other.text}: whether nodes get a network of their own, and become Ready, is not known`;
      return [{ origin: said.length > 0 ? origin : shared.origin, isKnown: false, text }];
    }),
  );
};
