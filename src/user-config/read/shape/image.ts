import { maxPatchOf } from '../../../common/kubernetes/patches.ts';
import { isRepository } from '../kubeadm/shapes.ts';

const isPlain = (digits: string): boolean => /^(?:0|[1-9]\d*)$/.test(digits);

/** Whether there may be a release v1.MINOR.PATCH: digits as they are written, without zeros before them. */
export const isRelease = (minor: string, patch: string): boolean =>
  isPlain(minor) && isPlain(patch) && Number(patch) <= maxPatchOf(minor);

/** Where Kubernetes itself publishes images, whose tags are its versions and nothing else. */
const upstream = /^(?:registry\.k8s\.io|(?:[a-z]+\.)?k8s\.gcr\.io|(?:[a-z]+\.)?gcr\.io\/google[_-]containers)\//;

const parts = /^([^@]*?)(?::([^/@:]*))?(?:@(.*))?$/s;

/**
 * Why there is no image by a name, or nobody knows of one; null where there may be. A tag that is like a version has to be
 * that of a release, those of builds by others (`v1.30.4-rke2r1`) likewise.
 * @see github.com/distribution/reference
 */
export const imageFault = (image: string): string | null => {
  const [, name = '', tag, digest] = parts.exec(image) ?? [];
  if (!isRepository(name)) return 'is no name of an image';
  if (digest !== undefined && !/^sha256:[\da-f]{64}$/.test(digest)) return 'has a digest that is none';
  if (tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag)) return 'has a tag that is none';
  if (tag === undefined) return digest === undefined ? 'has neither tag nor digest: it may be any version' : null;
  const [version, v = '', minor = '', patch = '', rest = ''] = /^(v?)1\.(\d+)\.(\d+)(.*)$/.exec(tag) ?? [];
  if (version === undefined) return null;
  if (!isRelease(minor, patch)) return 'has the tag of no release of Kubernetes';
  if (!upstream.test(image)) return null;
  return v === 'v' && /^(?:-(?:alpha|beta|rc)\.\d+)?$/.test(rest) ? null : 'has a tag that Kubernetes gives no image';
};
