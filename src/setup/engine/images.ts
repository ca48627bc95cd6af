import { succeeded } from '../../common/command.ts';
import { kindFor, kindReleases } from '../kind/kind-releases.ts';
import { labels } from '../node-image/labels.ts';
import {
  builtReference,
  compareVersions,
  type KubernetesRequest,
  parseKubernetes,
  publishedImages,
  publishedReference,
  requireAvailable,
} from '../versions.ts';
import { type ProbeOptions, probeWith } from './context.ts';
import { workloadReference, workloadSource } from './workload-image.ts';

/** A node image that this machine's engine holds. */
export type NodeImage = {
  /** What `kind create cluster --image` takes. */
  readonly reference: string;
  readonly imageId: string;
  /** Exact: "v1.34.4". What the name says; whether it holds that version is for `assertVersion` to see. */
  readonly kubernetesVersion: string;
  readonly source: 'built' | 'pulled';
  /** The test server's image to name in pods: inside a built node already, loaded into a published one. */
  readonly workloadImage: string;
  /** The hash of the recipe that built it; null for a pulled one. */
  readonly recipe: string | null;
  /** The image that its kind puts before several control planes, where the engine holds it; else null. */
  readonly loadBalancerImage: string | null;
};

/** What `docker image inspect` prints, as far as it is read here. */
type Inspected = {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null;
  readonly RepoDigests?: readonly string[] | null;
  readonly Config?: { readonly Labels?: Readonly<Record<string, string>> | null } | null;
};

/** The images that the engine holds and kind can use. */
export type KindImages = {
  /** Newest version first. */
  readonly nodes: readonly NodeImage[];
  /** Names of the load balancers that are there, as kind names them. */
  readonly loadBalancers: readonly string[];
  /** Whether the workload's image is there for nodes that do not hold it. */
  readonly workload: boolean;
};

/** Every node image the engine holds: ours by name and label, kind's by digest or by tag. None where none answers. */
export const listNodeImages = async (options: ProbeOptions = {}): Promise<KindImages> => {
  const probe = probeWith(options);
  const listed = await probe(['docker', 'images', '--no-trunc', '--format', '{{.ID}} {{.Repository}}:{{.Tag}}']);
  const rows = succeeded(listed) ? listed.stdout.split('\n').map((line) => line.split(' ')) : [];
  const named = rows.flatMap(([id, name]) => (id === undefined || name === undefined ? [] : [{ id, name }]));
  const loadBalancers = kindReleases
    .map(({ loadBalancer }) => loadBalancer.reference)
    .filter((reference) => named.some(({ name }) => reference === `docker.io/${name}`));
  const ids = named.filter(({ name }) => /^(skipbeat|kindest)\/node:/.test(name)).map(({ id }) => id);
  // What was pulled by digest has no tag, and clients from 29 on do not list it: it is looked up by its name.
  const pulled = publishedImages.map(publishedReference);
  const inspected = await probe(['docker', 'image', 'inspect', ...new Set([...ids, ...pulled, workloadSource])]);
  const there = readInspected(inspected.stdout);
  return { nodes: readNodeImages(there, loadBalancers), loadBalancers, workload: there.some(isWorkload) };
};

/** By its digest and by our name for it: whatever else bears that name is not taken for it. */
export const isWorkload = ({ RepoDigests, RepoTags }: Inspected): boolean => {
  const [repository, digest] = workloadSource.split(/:[^:@]+@/);
  return (
    RepoDigests?.includes(`${repository}@${digest}`) === true &&
    RepoTags?.some((tag) => workloadReference.endsWith(`/${tag}`)) === true
  );
};

/** Pure: `docker image inspect` prints those that are there, each as often as it was asked for, and fails for the others. */
export const readInspected = (stdout: string): readonly Inspected[] => {
  const start = stdout.indexOf('[');
  const all = start === -1 ? [] : (JSON.parse(stdout.slice(start)) as readonly Inspected[]);
  return [...new Map(all.map((image) => [image.Id, image])).values()];
};

/**
 * The pure half of `listNodeImages`: `docker image inspect` output to node images, newest first, pulled before built.
 * @param loadBalancers names of those that are there
 */
export const readNodeImages = (
  inspected: readonly Inspected[],
  loadBalancers: readonly string[],
): readonly NodeImage[] => {
  const images = inspected.flatMap((image): NodeImage[] => {
    const entry = (
      reference: string,
      kubernetesVersion: string,
      more: Pick<NodeImage, 'source' | 'workloadImage' | 'recipe'>,
    ): NodeImage => {
      const { loadBalancer } = kindFor(kubernetesVersion);
      const loadBalancerImage = loadBalancers.find((there) => there === loadBalancer.reference) ?? null;
      return { reference, imageId: image.Id, kubernetesVersion, loadBalancerImage, ...more };
    };
    const labelled = image.Config?.Labels ?? {};
    const workloadImage = labelled[labels.agnhost];
    const recipe = labelled[labels.recipe] ?? null;
    const tags = image.RepoTags ?? [];
    const built = tags.flatMap((tag) => {
      const version = /^skipbeat\/node:(v\d+\.\d+\.\d+)$/.exec(tag)?.[1];
      if (version === undefined || workloadImage === undefined) return [];
      return [entry(builtReference(version), version, { source: 'built', workloadImage, recipe })];
    });
    if (built.length > 0) return built;
    const published = publishedImages.find((known) =>
      image.RepoDigests?.some((digest) => digest.endsWith(`kindest/node@${known.digest}`)),
    );
    const tag = tags.find((name) => /(^|\/)kindest\/node:v\d+\.\d+\.\d+$/.test(name));
    const reference = published === undefined ? tag : publishedReference(published);
    const kubernetesVersion = published?.version ?? tag?.slice(tag.lastIndexOf(':') + 1);
    if (reference === undefined || kubernetesVersion === undefined) return [];
    return [entry(reference, kubernetesVersion, { source: 'pulled', workloadImage: workloadReference, recipe: null })];
  });
  return images.sort(
    (a, b) =>
      compareVersions(b.kubernetesVersion, a.kubernetesVersion) ||
      (a.source === b.source ? 0 : a.source < b.source ? 1 : -1),
  );
};

/** The newest of some images that fits a request, or null. */
export const chooseNodeImage = (images: readonly NodeImage[], request: KubernetesRequest): NodeImage | null =>
  images.find((image) =>
    request.kind === 'exact'
      ? image.kubernetesVersion === request.version
      : image.kubernetesVersion.startsWith(`${request.minor}.`),
  ) ?? null;

/**
 * The node image for a minor ("v1.34": the newest patch there is) or an exact version ("v1.34.4") among what this
 * machine's engine holds, else null.
 * @throws SkipbeatError KUBERNETES_VERSION_INVALID, exit 64, where the text is no version
 */
export const findNodeImage = async (kubernetes: string, options: ProbeOptions = {}): Promise<NodeImage | null> =>
  chooseNodeImage((await listNodeImages(options)).nodes, parseKubernetes(kubernetes));

/**
 * Resolves where an image is here or can be had.
 * @throws SkipbeatError (exit 64) KUBERNETES_VERSION_INVALID, or KUBERNETES_VERSION_UNKNOWN, which lists those that can
 */
export const requireServed = async (kubernetes: string, options: ProbeOptions = {}): Promise<void> => {
  if ((await findNodeImage(kubernetes, options)) === null) requireAvailable(parseKubernetes(kubernetes));
};
