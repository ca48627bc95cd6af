import type { Difference } from './differences.ts';
import type { ReleaseChange } from './release.ts';

/** What stands beside the settings of a side, held against another one's. */
export type Beside = {
  /** What it has otherwise, and nobody knows what that does. */
  readonly differences: readonly Difference[];
  /** null: both are of one version. */
  readonly release: ReleaseChange | null;
};

export const nothingBeside: Beside = { differences: [], release: null };
