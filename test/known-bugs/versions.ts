import type { ModelVersion } from '../../src/backend/model/index.ts';
import { version } from '../backend/model/support/clusters.ts';

/**
 * Versions whose real controllers are asked about all known bugs: on either side of as many fixes as can be, oldest first.
 * Each takes minutes to compile where it is not there yet.
 */
export const measuredVersions: readonly ModelVersion[] = [
  version(18, 8),
  version(20, 4),
  version(28, 15),
  version(31, 0),
  version(34, 4),
  version(37, 2),
];
