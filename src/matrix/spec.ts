import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { profileNames, userConfigName } from '../profile/index.ts';
import type { Disturbance, MatrixCell } from './types.ts';

/** As it was typed. */
export type MatrixOptionTexts = {
  /** null: none but somebody's own settings. */
  readonly profiles: string | null;
  readonly kubernetes: string;
  readonly with?: string;
  /** Whether somebody's own settings are run before the profiles. */
  readonly hasUserConfig?: boolean;
};

/** What is to be run; versions as they were asked for, a minor or exact. */
export type MatrixSpec = {
  readonly profiles: readonly string[];
  readonly versions: readonly string[];
  readonly disturbances: readonly Disturbance[];
};

/** Texts between commas, each once. */
export const textsIn = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== ''),
  ),
];

/** The profiles that `--profiles` names. */
export const profilesIn = (text: string): readonly string[] => (text === 'all' ? profileNames : textsIn(text));

const shown = (text: string): string => JSON.stringify(text);

/**
 * Reads what a matrix is to run.
 * @throws SkipbeatError MATRIX_INVALID (exit 64) with every problem, one a line
 */
export const readMatrix = ({ profiles, kubernetes, with: extra, hasUserConfig }: MatrixOptionTexts): MatrixSpec => {
  const problems: string[] = [];
  const named = profilesIn(profiles ?? '');
  if (profiles !== null && named.length === 0)
    problems.push(`--profiles: expected all or names between commas, received ${shown(profiles)}`);
  for (const name of named) {
    if (profileNames.includes(name)) continue;
    problems.push(`--profiles: expected all, ${profileNames.join(', ')}, received ${shown(name)}`);
  }
  const versions = textsIn(kubernetes);
  if (versions.length === 0) {
    problems.push(
      `--kubernetes: expected versions between commas, such as v1.34.4,v1.31, received ${shown(kubernetes)}`,
    );
  }
  const extras = textsIn(extra ?? '');
  for (const word of extras) {
    if (word !== 'dead-node') problems.push(`--with: expected dead-node, received ${shown(word)}`);
  }
  if (problems.length > 0) {
    throw new SkipbeatError('MATRIX_INVALID', problems.join('\n'), {
      exitCode: exitCodes.usage,
      next: skipbeat('matrix --profiles all --kubernetes v1.34.4'),
    });
  }
  const own = hasUserConfig === true ? [userConfigName] : [];
  return {
    profiles: [...own, ...named],
    versions,
    disturbances: ['pause', ...(extras.length > 0 ? (['dead-node'] as const) : [])],
  };
};

/** The cells in the order in which they run: a version's cluster is made once, and a profile is put into it once. */
export const cellsOf = (spec: Omit<MatrixSpec, 'versions'>, exactVersions: readonly string[]): readonly MatrixCell[] =>
  [...new Set(exactVersions)].flatMap((kubernetesVersion) =>
    spec.profiles.flatMap((profile) =>
      spec.disturbances.map((disturbance) => ({
        name: [kubernetesVersion, profile, ...(disturbance === 'pause' ? [] : [disturbance])].join('-'),
        profile,
        kubernetesVersion,
        disturbance,
      })),
    ),
  );
