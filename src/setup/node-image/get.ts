import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { diskNeeded, judgeDisk, probeDisk } from '../engine/disk.ts';
import type { Engine } from '../engine/engine.ts';
import { workloadReference, workloadSource } from '../engine/workload-image.ts';
import type { KindRelease } from '../kind/kind-releases.ts';
import { reasonOf } from '../programs/download.ts';
import { type ActOptions, attempt, shell, throwIfInterrupted } from '../shell.ts';
import {
  availableText,
  debianSourceVersion,
  type ImageSources,
  type KubernetesRequest,
  minorNumber,
  type PublishedImage,
  publishedReference,
  requestText,
} from '../versions.ts';
import { buildLoadBalancerImage } from './load-balancer.ts';
import { buildNodeImage } from './node-image.ts';

const dockerHub = 'registry-1.docker.io';

/** Null where a registry can be reached or the engine has a way of its own, else why not. Takes 4 s at most. */
const registryProblem = async (registry: string, engine: Engine, signal: AbortSignal): Promise<string | null> => {
  if (engine.pullsThroughOthers) return null;
  try {
    // Any answer will do: without credentials it is 401.
    await fetch(`https://${registry}/v2/`, {
      signal: AbortSignal.any([AbortSignal.timeout(4000), signal]),
      method: 'HEAD',
    });
    return null;
  } catch (error) {
    return reasonOf(error);
  }
};

/** A sentence for who waits for the build of that exact version. */
export type BuildHint = (kubernetesVersion: string) => Promise<string>;

/**
 * Gets a node image: the published one by its digest where images can be pulled, else built from the recipe.
 * @param sources where it may come from; `rebuild` leaves pulling out
 * @returns what was done, in words
 * @throws SkipbeatError NODE_IMAGE_UNAVAILABLE (exit 75) where neither way leads to it here
 */
export const getNodeImage = async (
  request: KubernetesRequest,
  sources: ImageSources,
  engine: Engine,
  rebuild: boolean,
  { onBuild, ...options }: ActOptions & { readonly onBuild?: BuildHint | undefined },
): Promise<string> => {
  const reasons: string[] = [];
  if (sources.published !== null && !rebuild) {
    const reference = publishedReference(sources.published);
    const problem = misfit(sources.published, engine) ?? (await pull(reference, engine, options));
    if (problem === null) return `${reference} pulled`;
    reasons.push(problem);
    options.note(`not pulled: ${problem}`);
  }
  if (sources.buildable === null) {
    reasons.push(`${requestText(request)} is not among the versions that can be built`);
    throw new SkipbeatError(
      'NODE_IMAGE_UNAVAILABLE',
      `No node image of Kubernetes ${requestText(request)} can be had here: ${reasons.join('; ')}. ${availableText()}.`,
      { exitCode: exitCodes.environment, next: skipbeat('setup --kubernetes v1.34') },
    );
  }
  await requireDisk(engine, diskNeeded.build);
  // No hint is worth a set-up that fails.
  const hint = await onBuild?.(sources.buildable).catch((thrown: unknown) => `no prediction: ${messageOf(thrown)}`);
  if (hint !== undefined) options.note(hint);
  const from = sources.buildable === debianSourceVersion ? "Debian's source package" : 'Go modules and Debian packages';
  return `${await buildNodeImage(sources.buildable, options)} built from ${from}`;
};

/** Why a published image would not run on this engine's machine; null where it would. @see kind v0.31.0 release notes */
const misfit = ({ version }: PublishedImage, { cgroupVersion }: Engine): string | null =>
  cgroupVersion === 1 && minorNumber(version) >= 35
    ? `kind's images of Kubernetes ${version} do not run on cgroup v1`
    : null;

/**
 * Gets the load balancer that a kind puts before several control planes: pulled by kind's own name, else built where
 * there is a way to. Clusters with one control plane do without.
 * @returns what was done, or why it is not to be had, in words
 */
export const getLoadBalancerImage = async (
  { version, loadBalancer: { reference, buildable } }: KindRelease,
  engine: Engine,
  options: ActOptions,
): Promise<string> => {
  const problem = await pull(reference, engine, options);
  if (problem === null) return `${reference} pulled`;
  options.note(`not pulled: ${problem}`);
  return buildable
    ? `${await buildLoadBalancerImage(options)} built from Debian packages`
    : `none: kind ${version} takes ${reference}, which can only be pulled; topology ha is not to be had with it here`;
};

/**
 * Gets the workload's image by its digest, for nodes that do not hold one, and gives it our name.
 * @returns what was done, in words
 * @throws SkipbeatError WORKLOAD_IMAGE_UNAVAILABLE (exit 75)
 */
export const getWorkloadImage = async (engine: Engine, options: ActOptions): Promise<string> => {
  const problem = await pull(workloadSource, engine, options, workloadSource.split('/')[0]);
  if (problem !== null) {
    throw new SkipbeatError('WORKLOAD_IMAGE_UNAVAILABLE', `${workloadSource} cannot be had here: ${problem}.`, {
      exitCode: exitCodes.environment,
      next: `${skipbeat('setup --rebuild')}   (a node image that is built holds one)`,
    });
  }
  const sh = shell({ timeoutMs: 60_000, signal: options.signal });
  await attempt('Naming the workload image', sh`docker tag ${workloadSource} ${workloadReference}`, options.signal);
  return `${workloadSource} pulled`;
};

/** @throws SkipbeatError DISK_TOO_FULL (exit 75) */
export const requireDisk = async (engine: Engine | null, neededBytes: number): Promise<string> => {
  const check = judgeDisk(await probeDisk(engine?.rootDirectory ?? null), neededBytes);
  if (check.state === 'ready') return check.found ?? '';
  throw new SkipbeatError(
    'DISK_TOO_FULL',
    `${[check.found, check.problem].filter((fact) => fact !== null).join('; ')}.`,
    {
      exitCode: exitCodes.environment,
      next: check.fix ?? 'df -h',
    },
  );
};

/** @returns null when the engine holds the image now, else why it does not */
const pull = async (
  reference: string,
  engine: Engine,
  options: ActOptions,
  registry = dockerHub,
): Promise<string | null> => {
  const unreachable = await registryProblem(registry, engine, options.signal);
  throwIfInterrupted(options.signal);
  if (unreachable !== null) return unreachable;
  const sh = shell({ timeoutMs: 900_000, signal: options.signal });
  try {
    await attempt(`Pulling ${reference}`, sh`docker pull --quiet ${reference}`, options.signal);
    return null;
  } catch (error) {
    throwIfInterrupted(options.signal);
    return messageOf(error);
  }
};
