import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { type EnvironmentCheck, notReady } from './check.ts';
import type { ProbeOptions } from './engine/context.ts';
import type { NodeImage } from './engine/images.ts';
import { probeEnvironment } from './inspect.ts';
import type { KindProgram } from './kind/kind.ts';
import { assertVersion } from './kind/version-file.ts';

/** Everything that the kind backend needs, found; `kind` is the release that goes with the image's version. */
export type KindEnvironment = {
  readonly engine: {
    readonly name: 'docker';
    readonly version: string;
    readonly id: string;
    readonly cgroupVersion: number;
  };
  readonly kind: KindProgram;
  readonly nodeImage: NodeImage;
};

/**
 * Gives what the kind backend needs for a Kubernetes version.
 * @param kubernetes "v1.34" or "v1.34.4"
 * @param fromContainer the load is asked to come from a container: whoever asks knows a way to the API server
 * @throws SkipbeatError ENVIRONMENT_NOT_READY (exit 75) naming the first thing that is not ready and the command that
 *   fixes it, NODE_IMAGE_MISNAMED (75) where the image holds another version; KUBERNETES_VERSION_INVALID or KUBERNETES_VERSION_UNKNOWN (exit 64)
 */
export const requireKind = async (
  kubernetes: string,
  { fromContainer = false, ...probe }: ProbeOptions & { readonly fromContainer?: boolean } = {},
): Promise<KindEnvironment> => {
  const { engine, kind, nodeImage, checks } = await probeEnvironment({ ...probe, kubernetes });
  const failed = checks.find(
    ({ name, requiredFor, state }) =>
      requiredFor === 'kind' && state !== 'ready' && !(name === 'reach' && fromContainer),
  );
  if (engine !== null && kind !== null && nodeImage !== null && failed === undefined) {
    await assertVersion(nodeImage, probe);
    const { name, version, id, cgroupVersion } = engine;
    return { engine: { name, version, id, cgroupVersion }, kind, nodeImage };
  }
  throw environmentNotReady(failed ?? notReady('kind', 'missing', 'not found', skipbeat('setup')));
};

const environmentNotReady = ({ name, state, found, problem, fix }: EnvironmentCheck): SkipbeatError => {
  const seen = found === null || name === 'kind' ? '' : `${found}; `;
  return new SkipbeatError('ENVIRONMENT_NOT_READY', `${name} is ${state}: ${seen}${problem?.replace(/\.$/, '')}.`, {
    exitCode: exitCodes.environment,
    next: fix ?? skipbeat('setup'),
  });
};

/** @returns what was found, in words @throws SkipbeatError ENVIRONMENT_NOT_READY (exit 75) */
export const requireReady = (check: EnvironmentCheck): string => {
  if (check.state !== 'ready') throw environmentNotReady(check);
  return check.found ?? '';
};
