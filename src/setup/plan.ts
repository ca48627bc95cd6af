import type { CheckName, EnvironmentCheck, RequiredFor } from './check.ts';
import { workloadSource } from './engine/workload-image.ts';
import { kwok } from './hollow/kwok.ts';
import type { KindRelease } from './kind/kind-releases.ts';
import { debianSourceVersion, type ImageSources, publishedReference } from './versions.ts';

export type SetupChoices = {
  /** Build the node image again though one is there. */
  readonly rebuild: boolean;
  /** Leave out what only clusters with several control planes need. */
  readonly withoutHa: boolean;
  /** Also what clusters with hollow nodes need. */
  readonly hollow: boolean;
};

/** One step of a set-up as it would go from what was seen. */
export type PlannedStep = {
  readonly name: CheckName;
  readonly act: boolean;
  /** What is there, or what would be done. */
  readonly text: string;
};

const isAsked: Readonly<Record<RequiredFor, (choices: SetupChoices) => boolean>> = {
  kind: () => true,
  ha: ({ withoutHa }) => !withoutHa,
  hollow: ({ hollow }) => hollow,
};

/**
 * Pure: which steps would act, from the checks. The privileged step acts wherever an engine has to be brought up,
 * since nothing is known about it before.
 * @param release of kind, the one that goes with the version
 * @param enginePlan in words, what would be done about an engine that does not answer
 */
export const planSetup = (
  checks: readonly EnvironmentCheck[],
  choices: SetupChoices,
  sources: ImageSources,
  enginePlan: string,
  release: KindRelease,
): readonly PlannedStep[] =>
  checks
    .filter(({ requiredFor }) => isAsked[requiredFor](choices))
    .map((check) => {
      const again = check.name === 'node-image' && choices.rebuild;
      if (check.state === 'ready' && !again) return { name: check.name, act: false, text: check.found ?? 'there' };
      return { name: check.name, act: true, text: step(check, again, sources, enginePlan, release) };
    });

const step = (
  check: EnvironmentCheck,
  again: boolean,
  sources: ImageSources,
  enginePlan: string,
  release: KindRelease,
): string => {
  const { published, buildable } = sources;
  const from = buildable === debianSourceVersion ? "Debian's source package" : 'Go modules';
  const build = buildable === null ? null : `build Kubernetes ${buildable} from ${from} (about 7 minutes on 2 cores)`;
  const pulled = published === null || again ? null : `pull ${publishedReference(published)}`;
  switch (check.name) {
    case 'disk':
    case 'inotify':
      return `stop: ${[check.found, check.problem].filter((fact) => fact !== null).join('; ')}`;
    case 'reach':
      return check.state === 'broken' ? `stop: ${check.problem}` : 'check whether this machine reaches the nodes';
    case 'engine':
      return enginePlan;
    case 'privileged':
      return 'start a privileged container; where it fails for want of capabilities, put a runtime before runc that drops them';
    case 'kind':
      return Object.keys(release.checksums).length === 0
        ? `build kind ${release.version} by go install`
        : `download kind ${release.version} and check its SHA-256, else build it by go install`;
    case 'node-image':
      return [pulled, build].filter((way) => way !== null).join(', else ') || 'stop: no way leads to this version';
    case 'workload-image':
      return `pull ${workloadSource}, where the node image does not hold it`;
    case 'load-balancer-image':
      return release.loadBalancer.buildable
        ? 'pull it by its name, else build haproxy from Debian packages'
        : `pull ${release.loadBalancer.reference}, else do without`;
    case 'kwok':
      return `build kwok ${kwok.version} by go install`;
  }
};
