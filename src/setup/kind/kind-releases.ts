import { newestMinor } from '../../common/kubernetes/version-range.ts';
import { minorNumber } from '../versions.ts';

/** A release of kind that clusters are made with here. */
export type KindRelease = {
  readonly version: string;
  /** The newest Kubernetes minor, 1.x, whose clusters it makes. */
  readonly newestMinor: number;
  /** What it runs before several control planes. `buildable`: set-up can make that image where it cannot be pulled. */
  readonly loadBalancer: { readonly reference: string; readonly buildable: boolean };
  /** The Go that its module asks for. */
  readonly go: string;
  /** SHA-256 of the programs that kind's project publishes, by platform; none: it is always built from its module. */
  readonly checksums: Readonly<Record<string, string>>;
};

/**
 * Which kind goes with which Kubernetes. The first serves all it can: it puts haproxy, which can be built from Debian
 * packages, before several control planes. From v0.32 on that is envoy, which can only be pulled. kubeadm 1.37 takes
 * v1beta4 configuration alone, which kind writes from v0.32 on.
 * @see kind pkg/cluster/internal/loadbalancer/const.go at each tag; https://github.com/kubernetes-sigs/kind/releases
 */
const oldest: KindRelease = {
  version: 'v0.30.0',
  newestMinor: 36,
  loadBalancer: { reference: 'docker.io/kindest/haproxy:v20230606-42a2262b', buildable: true },
  go: '1.24',
  checksums: {
    'linux-amd64': '517ab7fc89ddeed5fa65abf71530d90648d9638ef0c4cde22c2c11f8097b8889',
    'linux-arm64': '7ea2de9d2d190022ed4a8a4e3ac0636c8a455e460b9a13ccf19f15d07f4f00eb',
  },
};

const newest: KindRelease = {
  version: 'v0.33.0',
  newestMinor,
  loadBalancer: { reference: 'docker.io/envoyproxy/envoy:v1.36.2', buildable: false },
  go: '1.24',
  checksums: {},
};

export const kindReleases: readonly KindRelease[] = [oldest, newest];

/** The release whose base files every node image is built with, and whose load balancer can be built. */
export const baseRelease = oldest;

/**
 * The release that makes clusters of a Kubernetes minor.
 * @param minor "v1.34", or a version of it ("v1.34.4"); one that nobody knows gets the newest release
 */
export const kindFor = (minor: string): KindRelease =>
  kindReleases.find((release) => minorNumber(minor) <= release.newestMinor) ?? newest;

/** In words, for `doctor`. */
export const kindReleasesText = (): string => {
  const upTo = `kind ${oldest.version} goes with Kubernetes to v1.${oldest.newestMinor}`;
  return `${upTo}, kind ${newest.version} with v1.${newest.newestMinor}`;
};
