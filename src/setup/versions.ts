import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { triedPatches } from '../common/kubernetes/version-range.ts';

/** What was asked for: a minor ("v1.34") leaves the patch open, an exact version ("v1.34.4") insists on it. */
export type KubernetesRequest =
  | { readonly kind: 'minor'; readonly minor: string }
  | { readonly kind: 'exact'; readonly minor: string; readonly version: string };

/** What `npm run setup` provides where nothing else is asked for. */
export const defaultKubernetes = 'v1.34';

/** What the tests run beside it: the oldest, where `--pod-eviction-timeout` is still heeded. */
export const testKubernetes = 'v1.20.2';

/** A node image that kind's project publishes. `digest` is the manifest list's, for amd64 and arm64 alike. */
export type PublishedImage = { readonly minor: string; readonly version: string; readonly digest: string };

/**
 * Each by the release of kind that goes with its minor here: v0.33.0 for v1.37, v0.30.0 for the rest.
 * @see https://github.com/kubernetes-sigs/kind/releases "Images pre-built for this release"
 */
export const publishedImages: readonly PublishedImage[] = [
  {
    minor: 'v1.37',
    version: 'v1.37.0',
    digest: 'sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5',
  },
  {
    minor: 'v1.34',
    version: 'v1.34.0',
    digest: 'sha256:7416a61b42b1662ca6ca89f02028ac133a309a2a30ba309614e8ec94d976dc5a',
  },
  {
    minor: 'v1.33',
    version: 'v1.33.4',
    digest: 'sha256:25a6018e48dfcaee478f4a59af81157a437f15e6e140bf103f85a2e7cd0cbbf2',
  },
  {
    minor: 'v1.32',
    version: 'v1.32.8',
    digest: 'sha256:abd489f042d2b644e2d033f5c2d900bc707798d075e8186cb65e3f1367a9d5a1',
  },
  {
    minor: 'v1.31',
    version: 'v1.31.12',
    digest: 'sha256:0f5cc49c5e73c0c2bb6e2df56e7df189240d83cf94edfa30946482eb08ec57d2',
  },
];

/** The patch of each minor that node-image/ has been seen to build. */
export const buildableVersions: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(triedPatches).map(([minor, patch]) => [minor, `${minor}.${patch}`]),
);

/**
 * The one that is built from Debian's source package, by Debian's Go: today's Go does not compile what it vendors. All
 * others are built from Go modules.
 */
export const debianSourceVersion = 'v1.20.2';

/** The name a published image is pulled and run by: tag for people, digest for certainty. */
export const publishedReference = (image: PublishedImage): string => `kindest/node:${image.version}@${image.digest}`;

/** The name a built image is kept under. */
export const builtReference = (version: string): string => `skipbeat/node:${version}`;

/** Where an image for a request can come from; null where that way does not lead to it. */
export type ImageSources = { readonly published: PublishedImage | null; readonly buildable: string | null };

export const imageSources = (request: KubernetesRequest): ImageSources => {
  const fits = (version: string): boolean => request.kind === 'minor' || request.version === version;
  const buildable = buildableVersions[request.minor] ?? null;
  return {
    published: publishedImages.find((image) => image.minor === request.minor && fits(image.version)) ?? null,
    buildable: buildable !== null && fits(buildable) ? buildable : null,
  };
};

/** One line a way, for messages: which versions can be pulled and which can be built. */
export const availableText = (): string =>
  `${publishedImages.map((image) => image.version).join(', ')} can be pulled; ` +
  `${Object.values(buildableVersions).join(', ')} can be built here`;

/**
 * Reads "v1.34", "1.34", "v1.34.4" or "1.34.4".
 * @throws SkipbeatError KUBERNETES_VERSION_INVALID, exit 64, for any other text
 */
export const parseKubernetes = (text: string): KubernetesRequest => {
  const found = /^v?(\d+)\.(\d+)(?:\.(\d+))?$/.exec(text);
  if (found === null) {
    throw new SkipbeatError(
      'KUBERNETES_VERSION_INVALID',
      `--kubernetes: expected a version such as v1.34 or v1.34.4, received "${text}". ${availableText()}.`,
      { exitCode: exitCodes.usage, next: skipbeat('setup --kubernetes v1.34') },
    );
  }
  const minor = `v${found[1]}.${found[2]}`;
  return found[3] === undefined ? { kind: 'minor', minor } : { kind: 'exact', minor, version: `${minor}.${found[3]}` };
};

/** How the request was written, normalised: "v1.34" or "v1.34.4". */
export const requestText = (request: KubernetesRequest): string =>
  request.kind === 'minor' ? request.minor : request.version;

/** "v1.34" or "v1.34.4" → 34. */
export const minorNumber = (version: string): number => Number(version.split('.')[1]);

/** @returns negative, zero or positive as version a is older than, equal to or newer than b ("v1.34.4") */
export const compareVersions = (a: string, b: string): number => {
  const numbers = (version: string): number[] => version.replace(/^v/, '').split('.').map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let index = 0; index < 3; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};

/** @throws SkipbeatError KUBERNETES_VERSION_UNKNOWN, exit 64, where no way leads to an image of that version */
export const requireAvailable = (request: KubernetesRequest): ImageSources => {
  const sources = imageSources(request);
  if (sources.published === null && sources.buildable === null) {
    throw new SkipbeatError(
      'KUBERNETES_VERSION_UNKNOWN',
      `No node image is known for Kubernetes ${requestText(request)}: ${availableText()}.`,
      { exitCode: exitCodes.usage, next: skipbeat('setup --kubernetes v1.34') },
    );
  }
  return sources;
};
