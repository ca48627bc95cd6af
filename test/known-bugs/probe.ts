import type { ModelVersion } from '../../src/backend/model/index.ts';

/** Whether the model of a version has a bug, by what it does; null where that cannot be seen on the version. */
export type Probe = (version: ModelVersion) => boolean | null;
