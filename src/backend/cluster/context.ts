import type { ClusterAccess } from '../../cluster/index.ts';
import type { ClusterJournal, ClusterSurvey, Guards, Hold } from '../../guard/index.ts';
import type { PhasePlace, PhaseRun } from '../phases/context.ts';

/** What the backend of somebody's cluster is passed beside the plan. */
export type OwnClusterOptions = {
  readonly access: ClusterAccess;
  /** As it was when the nodes were chosen. */
  readonly survey: ClusterSurvey;
  /** The run's name. */
  readonly run: string;
  /** Makes the ids of its acts unique in the cluster: `[a-z0-9]+`. */
  readonly tail: string;
  /** The Node of each node of the plan. */
  readonly nodeOf: ReadonlyMap<string, string>;
  readonly agentImage: string;
  /** `--max-duration`. */
  readonly maxMs: number;
};

export type OwnClusterRun = PhaseRun & {
  readonly options: OwnClusterOptions;
  readonly hold: Hold;
  readonly journal: ClusterJournal;
  readonly guards: Guards;
};

export type OwnClusterPlace = PhasePlace & {
  /** When each node last renewed its lease, by arrival, on the run's clock. */
  readonly renewedMs: ReadonlyMap<string, number>;
};
