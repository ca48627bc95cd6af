import type { Injector } from '../../agent/index.ts';
import type { ClusterAccess } from '../../cluster/index.ts';
import type { ClusterJournal, ClusterSurvey, Guards, Hold, NodeChoice, ServicePlace } from '../../guard/index.ts';
import type { RequestForm } from '../../load/index.ts';
import type { PhasePlace, PhaseRun } from '../phases/context.ts';
import type { NetworkReader } from './network.ts';

/** A generator's pod: its name, the Node that it is on, and the plan's name of that. */
export type PlacedGenerator = { readonly pod: string; readonly node: string; readonly entrance: string };

/** A load from inside the cluster, on a workload that the run brings or on a Service that stands there. */
export type OwnLoad = {
  /** Of the generator, with Node.js in it. */
  readonly image: string;
  /** Of the workload, where one is brought. */
  readonly workloadImage: string;
  /** null: the workload is brought. */
  readonly service: ServicePlace | null;
  /** What is asked of a Service that stands there; of a workload a plain GET. */
  readonly form: RequestForm;
  /** At least one, each on a Node of its own. */
  readonly generators: readonly PlacedGenerator[];
  /** The Nodes that the pods of the workload may run on; none where none is brought. */
  readonly workloadNodes: readonly string[];
};

/** What the backend of somebody's cluster is passed beside the plan. */
export type OwnClusterOptions = {
  readonly access: ClusterAccess;
  /** As it was when the nodes were chosen. */
  readonly survey: ClusterSurvey;
  /** By what they were chosen: they have to be such until their faults begin. */
  readonly choice: NodeChoice;
  /** The run's name. */
  readonly run: string;
  /** Makes the ids of its acts unique in the cluster: `[a-z0-9]+`. */
  readonly tail: string;
  /** The Node of each node of the plan. */
  readonly nodeOf: ReadonlyMap<string, string>;
  readonly agentImage: string;
  /** Who makes the faults. */
  readonly injector: Injector;
  /** `--max-duration`. */
  readonly maxMs: number;
  /** null: none is sent, and no workload is brought. */
  readonly load: OwnLoad | null;
};

export type OwnClusterRun = PhaseRun & {
  readonly options: OwnClusterOptions;
  readonly hold: Hold;
  readonly journal: ClusterJournal;
  readonly guards: Guards;
  readonly readNetwork: NetworkReader;
};

export type OwnClusterPlace = PhasePlace & {
  /** When each node last renewed its lease, by arrival, on the run's clock. */
  readonly renewedMs: ReadonlyMap<string, number>;
  /** When the workload was last seen to have come to no ready endpoint, on the run's clock; null: never. */
  readonly emptiedMs: () => number | null;
};
