// What a comparison gives, for whoever reads it. The index reaches the code that runs and reads clusters; these types do not,
// so that who imports the package needs no types of its dependencies.
import type { Comparison } from './compare.ts';
import type { ConditionDifference } from './conditions/conditions.ts';
import type { DetectionPower } from './power.ts';

export type { ConditionName } from './conditions/conditions.ts';

/** What `compare --json` prints. */
export type ComparisonDocument = Comparison & {
  readonly schemaVersion: 1;
  /** The two sides, as they were named. */
  readonly base: string;
  readonly candidate: string;
  readonly differs: readonly ConditionDifference[];
  /** Evidence that nothing proves to be as its run left it, and why: no good news rests on it. */
  readonly unsealed: readonly string[];
  readonly notes: readonly string[];
  readonly tells: DetectionPower;
};
