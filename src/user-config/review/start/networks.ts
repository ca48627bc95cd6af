import { distributionUnit } from '../../read/parts/component-parts.ts';
import { networksIn, overlap } from '../../read/values/addresses.ts';
import type { ConfigFiles } from '../../types.ts';
import type { StartFault } from './fault.ts';

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
