import type { ProfileCost } from './measure.ts';

/** cost.json: what heartbeats cost under each profile, as real control planes counted it. */
export type CostDocument = {
  readonly schemaVersion: 1;
  readonly predicted: false;
  readonly startedAt: string;
  readonly hollow: number;
  readonly forMs: number;
  readonly profiles: readonly ProfileCost[];
};
