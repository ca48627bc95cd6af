import { readTable } from '../../tables/minor-ranges.ts';
import type { ConfigFiles } from '../../types.ts';
import type { StartFault } from './fault.ts';

/**
 * Minors whose kubeadm reads a version of its configuration; `asked`: those that do where they are asked to.
 * @see kubernetes cmd/kubeadm/app/util/config/common.go, validateSupportedVersion; apis/kubeadm
 */
const kubeadmApis: Readonly<
  Record<string, { readonly first: number; readonly last: number; readonly asked: readonly number[] }>
> = {
  v1beta1: { first: 13, last: 21, asked: [] },
  v1beta2: { first: 15, last: 26, asked: [] },
  v1beta3: { first: 22, last: 36, asked: [] },
  v1beta4: { first: 31, last: Number.POSITIVE_INFINITY, asked: [28, 29, 30] },
};

const isNamed = ({ versions }: ConfigFiles, minor: number): boolean =>
  versions.some(({ version }) => version.split('.')[1] === String(minor));

/**
 * A kubeadm sets up its own minor and the one before. Where the files name no version, or another one, nobody knows that
 * it is this kubeadm which is to read them.
 */
export const kubeadmFaults = (configFiles: ConfigFiles, minor: number): readonly StartFault[] =>
  configFiles.kubeadmApis.flatMap(({ api, origin }): readonly StartFault[] => {
    const known = kubeadmApis[api];
    if (known === undefined || (minor >= known.first && minor <= known.last)) return [];
    const { first, last, asked } = known;
    const others = Number.isFinite(last) ? `v1.${first} to v1.${last} do` : `v1.${first} and later do`;
    const isOpen = [minor, minor + 1].some((each) => asked.includes(each)) || minor + 1 === first;
    const text = `kubeadm v1.${minor} does not read kubeadm.k8s.io/${api}${isOpen ? ' by itself' : ''}: those of ${others}`;
    return [{ origin, isKnown: isNamed(configFiles, minor) && !isOpen, text }];
  });

/** @see kubernetes cmd/kubeadm/app/features/features.go, InitFeatureGates, of each minor */
const kubeadmGates = readTable(`
  11-12: Auditing DynamicKubeletConfig HighAvailability SelfHosting StoreCertsInSecrets
  11-17: CoreDNS
  16-23: IPv6DualStack
  18-36: PublicKeysECDSA
  22-37: RootlessControlPlane
  23-25: UnversionedKubeletConfigMap
  27-32: EtcdLearnerMode
  28-30: UpgradeAddonsBeforeControlPlane
  30-34: WaitForAllControlPlaneComponents
  31-35: ControlPlaneKubeletLocalMode
  32-36: NodeLocalCRISocket
`);

/** A gate that kubeadm does not know is "not a valid feature name"; the kubeadm may be one minor ahead. */
export const kubeadmGateFaults = (configFiles: ConfigFiles, minor: number): readonly StartFault[] =>
  configFiles.kubeadmGates.flatMap(({ name, origin }): readonly StartFault[] => {
    const has = (each: number): boolean => (kubeadmGates.get(name)?.(each) ?? null) !== null;
    if (has(minor)) return [];
    const text = `kubeadm v1.${minor} has no feature gate ${name}: it ends with "not a valid feature name"`;
    return [{ origin, isKnown: isNamed(configFiles, minor) && !has(minor + 1), text }];
  });
