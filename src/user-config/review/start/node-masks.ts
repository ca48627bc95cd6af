import { type Network, networksIn } from '../../read/values/addresses.ts';
import type { ConfigFiles } from '../../types.ts';
import type { StartFault } from './fault.ts';

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
