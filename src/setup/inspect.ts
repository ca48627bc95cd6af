import { access, constants } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { skipbeat } from '../common/invocation.ts';
import { type EnvironmentCheck, notReady, ready } from './check.ts';
import { judgeConnectivity, probeConnectivity } from './engine/connectivity.ts';
import type { ProbeOptions } from './engine/context.ts';
import { diskNeeded, judgeDisk, probeDisk } from './engine/disk.ts';
import { closedEngine, type Engine, type EngineProbe, isClosed, probeEngine } from './engine/engine.ts';
import { probeCapabilities } from './engine/fix-privileged.ts';
import { chooseNodeImage, listNodeImages, type NodeImage } from './engine/images.ts';
import { judgeInotify, probeInotify } from './engine/inotify.ts';
import { runtimeName } from './engine/runtime-wrapper.ts';
import { judgeWorkloadImage } from './engine/workload-image.ts';
import { judgeKwok, kwokPath, probeKwok } from './hollow/kwok.ts';
import { type KindProgram, kindInCache, listKinds } from './kind/kind.ts';
import { type KindRelease, kindFor, kindReleasesText } from './kind/kind-releases.ts';
import { recipeHash } from './node-image/recipe.ts';
import {
  compareVersions,
  defaultKubernetes,
  type KubernetesRequest,
  parseKubernetes,
  requestText,
  requireAvailable,
} from './versions.ts';

/** Everything that was seen; `checks` judges it. */
export type Environment = {
  readonly request: KubernetesRequest;
  readonly engine: Engine | null;
  readonly kind: KindProgram | null;
  readonly nodeImage: NodeImage | null;
  readonly checks: readonly EnvironmentCheck[];
};

export type InspectOptions = ProbeOptions & {
  /** "v1.34" or "v1.34.4"; `defaultKubernetes` where it is left out. */
  readonly kubernetes?: string;
};

/**
 * What stands on this machine for the kind backend. Read-only: starts no container and writes nothing.
 * @returns one check a name, in the order of `checkNames`
 * @throws SkipbeatError (exit 64) KUBERNETES_VERSION_INVALID, or KUBERNETES_VERSION_UNKNOWN where neither this machine
 *   holds an image of that version nor setup knows a way to one
 */
export const inspectEnvironment = async (options: InspectOptions = {}): Promise<readonly EnvironmentCheck[]> =>
  (await probeEnvironment(options)).checks;

/** `inspectEnvironment` with the things found beside the checks. */
export const probeEnvironment = async ({
  kubernetes = defaultKubernetes,
  ...probe
}: InspectOptions = {}): Promise<Environment> => {
  const request = parseKubernetes(kubernetes);
  const [engineProbe, kinds, images, missing, recipe, connectivity, inotify, kwokProbe] = await Promise.all([
    probeEngine(probe),
    listKinds(probe),
    listNodeImages(probe),
    probeCapabilities(),
    recipeHash(request.minor),
    probeConnectivity(probe),
    probeInotify(),
    probeKwok(probe),
  ]);
  const release = kindFor(request.minor);
  const nodeImage = chooseNodeImage(images.nodes, request);
  if (nodeImage === null) requireAvailable(request);
  const engine = engineProbe.engine;
  const disk = await probeDisk(engine?.rootDirectory ?? null);
  const checks = [
    judgeDisk(disk, nodeImage === null ? diskNeeded.build : diskNeeded.run),
    judgeEngine(engineProbe),
    engine === null ? unseen('reach', request) : judgeConnectivity(engine, connectivity),
    judgeInotify(inotify),
    engine === null ? unseen('privileged', request) : judgePrivileged(engine, missing, await runtimeIsThere(engine)),
    judgeKind(kinds, release, request),
    engine === null ? unseen('node-image', request) : judgeNodeImage(nodeImage, request, recipe),
    engine === null
      ? unseen('workload-image', request)
      : judgeWorkloadImage(nodeImage, images.workload, setupCommand(request)),
    engine === null
      ? unseen('load-balancer-image', request)
      : judgeLoadBalancer(images.loadBalancers, release, request),
    judgeKwok(kwokProbe, kwokPath()),
  ];
  const kind = kinds.find((program) => program.version === release.version) ?? null;
  return { request, engine, kind, nodeImage, checks };
};

/** The command that fixes whatever is missing for a request. */
export const setupCommand = (request: KubernetesRequest): string =>
  requestText(request) === defaultKubernetes
    ? skipbeat('setup')
    : skipbeat(`setup --kubernetes ${requestText(request)}`);

const unseen = (
  name: 'reach' | 'privileged' | 'node-image' | 'workload-image' | 'load-balancer-image',
  request: KubernetesRequest,
) => notReady(name, 'missing', 'cannot be seen: no engine answers', setupCommand(request));

/** Pure. */
export const judgeEngine = ({ engine, problem }: EngineProbe): EnvironmentCheck => {
  if (engine !== null) return ready('engine', `docker ${engine.version}, cgroup v${engine.cgroupVersion}`);
  return isClosed(problem)
    ? notReady('engine', 'broken', closedEngine.why, closedEngine.next)
    : notReady('engine', 'missing', problem, skipbeat('setup'));
};

/** An engine's runtime that is named by its path can be gone; one named by its word is looked up by the engine. */
const runtimeIsThere = async ({ runtimePath }: Engine): Promise<boolean> => {
  if (runtimePath === null || !isAbsolute(runtimePath)) return true;
  return access(runtimePath, constants.X_OK).then(
    () => true,
    () => false,
  );
};

/**
 * Whether a privileged container can start, from what is known without starting one: engines from version 23 ask only
 * for the capabilities they have themselves, older ones for every one the kernel knows.
 * @see moby pkg "oci/caps", GetAllCapabilities, at v20.10 and v23.0
 */
export const judgePrivileged = (
  engine: Engine,
  missing: readonly string[],
  runtimeThere: boolean,
): EnvironmentCheck => {
  if (!runtimeThere) {
    const problem = `the engine's default runtime ${engine.defaultRuntime} is not at ${engine.runtimePath}`;
    return notReady('privileged', 'broken', problem, skipbeat('setup'));
  }
  if (engine.defaultRuntime === runtimeName) return ready('privileged', `by runtime ${runtimeName}`);
  if (missing.length === 0) return ready('privileged', 'every capability can be granted');
  if (compareVersions(engine.version, 'v23.0.0') >= 0) {
    return ready('privileged', `docker ${engine.version} asks for no capability it lacks`);
  }
  const problem = `docker ${engine.version} asks for ${missing.join(', ')}, which this machine cannot grant`;
  return notReady('privileged', 'broken', problem, skipbeat('setup'));
};

/** Says which kind goes with which version, for the one that is there may serve another. */
const judgeKind = (
  kinds: readonly KindProgram[],
  release: KindRelease,
  request: KubernetesRequest,
): EnvironmentCheck => {
  const fitting = kinds.find((kind) => kind.version === release.version);
  if (fitting !== undefined) return ready('kind', `${fitting.version} at ${fitting.path} (${kindReleasesText()})`);
  const others = kinds.map((kind) => `${kind.version} at ${kind.path}`).join(', ');
  const problem =
    `expected kind ${release.version} on PATH or at ${kindInCache(release)}, found ${others === '' ? 'none' : others}; ` +
    kindReleasesText();
  return notReady('kind', 'missing', problem, setupCommand(request), others === '' ? null : others);
};

/** Pure. An image that another recipe built is used all the same; making it anew is for the user to ask for. */
export const judgeNodeImage = (
  image: NodeImage | null,
  request: KubernetesRequest,
  recipe: string,
): EnvironmentCheck => {
  if (image === null) {
    return notReady(
      'node-image',
      'missing',
      `no node image of Kubernetes ${requestText(request)}`,
      setupCommand(request),
    );
  }
  const stale = image.source === 'built' && image.recipe !== recipe;
  const found = `Kubernetes ${image.kubernetesVersion}, ${image.source}${stale ? ' by another state of node-image/' : ''}`;
  return ready('node-image', found, stale ? rebuildCommand(request) : null);
};

const rebuildCommand = (request: KubernetesRequest): string =>
  setupCommand(request) === skipbeat('setup') ? skipbeat('setup --rebuild') : `${setupCommand(request)} --rebuild`;

const judgeLoadBalancer = (
  there: readonly string[],
  { version, loadBalancer }: KindRelease,
  request: KubernetesRequest,
): EnvironmentCheck => {
  const { reference, buildable } = loadBalancer;
  if (there.includes(reference)) return ready('load-balancer-image', reference);
  const how = buildable ? '' : `, which kind ${version} needs and which can only be pulled`;
  return notReady('load-balancer-image', 'missing', `no ${reference}${how}`, setupCommand(request));
};
