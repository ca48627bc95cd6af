import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { newestMinor, oldestMinor } from '../common/kubernetes/version-range.ts';

/** An exact Kubernetes version; the major is always 1. */
export type Version = { readonly minor: number; readonly patch: number };

/** What is expected where a version is asked for, for error texts. */
export const versionRange = `v1.${oldestMinor} to v1.${newestMinor}`;

/** Every minor in that range, oldest first. */
export const knownMinors: readonly number[] = Array.from(
  { length: newestMinor - oldestMinor + 1 },
  (_, index) => oldestMinor + index,
);

/**
 * Reads an exact version, `v1.34.4`.
 * @throws SkipbeatError VERSION_UNSUPPORTED (exit 64), naming the range, when it is no such version or outside of it
 */
export const exactVersion = (text: string): Version => {
  const parts = /^v1\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const version = { minor: Number(parts?.[1]), patch: Number(parts?.[2]) };
  if (parts === null || !knownMinors.includes(version.minor)) {
    throw new SkipbeatError(
      'VERSION_UNSUPPORTED',
      `kubernetesVersion: expected an exact version from ${versionRange}, such as v1.34.4, received ${JSON.stringify(text)}`,
      { exitCode: exitCodes.usage, next: skipbeat('list') },
    );
  }
  return version;
};

/** Whether `version` is 1.`minor`.`patch` or later. */
export const atLeast = (version: Version, minor: number, patch = 0): boolean =>
  version.minor > minor || (version.minor === minor && version.patch >= patch);
