import type { EntranceChoice, HollowNodes } from '../../../plan/index.ts';
import type { ExpectedSetting } from '../../../profile/index.ts';
import type { ModelSettings } from './settings.ts';
import type { Tolerations } from './state.ts';
import type { ModelVersion } from './versions.ts';

export type ClientLoad = {
  readonly ratePerSecond: number;
  readonly connection: 'fresh' | 'keep-alive' | 'both';
  readonly timeoutUs: number;
  /** One that no fault touches where it is left out. */
  readonly through?: EntranceChoice;
  /** Left out where there is one. */
  readonly generators?: number;
};

/** What a driver takes to attach a volume to a node, and to detach it. */
export type VolumeTimes = { readonly attachUs: number; readonly detachUs: number };

export type ModelWorkload = {
  readonly kind: 'deployment' | 'statefulset';
  readonly gracePeriodUs: number;
  readonly readinessPeriodUs: number;
  /** By taint key without prefix: seconds, or for ever; of others admission's hold. */
  readonly tolerations: Tolerations;
  /** Each pod needs a ReadWriteOnce volume on its node: one of its own of a StatefulSet, of a Deployment the one of all. */
  readonly volume?: VolumeTimes;
};

/** What is simulated, exact, but for the phases of the run, and shared by every actor. */
export type SimulationConfig = {
  readonly version: ModelVersion;
  readonly settings: ModelSettings;
  readonly seed: number;
  /** 0: what runs on control planes runs on none of the nodes. */
  readonly controlPlanes: number;
  readonly workers: number;
  /** Workers without the workload's pods, kept by kwok, in zones of their own; none where it is left out. */
  readonly hollow?: HollowNodes;
  /** Names of those whose kwok reaches the API server through a relay, group by group: each has one connection. None where left out. */
  readonly relayedGroups?: readonly (readonly string[])[];
  /** Nodes are dealt out to as many zones in turn. */
  readonly zones: number;
  readonly replicas: number;
  /** Who makes its pods and how they come and go; a Deployment with what Kubernetes and admission give where it is left out. */
  readonly workload?: ModelWorkload;
  /** DaemonSet and static pods a node, which cost writes when a node goes NotReady. */
  readonly backgroundPods: { readonly controlPlane: number; readonly worker: number };
  /**
   * `fresh`: kubelets have just joined, each renewed its lease and posted its status at its start, as in a cluster that
   * was made for the run. `old`: every phase is independent, as after weeks.
   */
  readonly age: 'fresh' | 'old';
  readonly load: ClientLoad | null;
  /** The load begins so long after a heartbeat of that node: its lease, before v1.14 its status. As soon as it can where this is left out. */
  readonly startAfter?: { readonly heartbeatOf: string; readonly us: number };
  /** What a real run would read back; recorded as read. */
  readonly expectedSettings: readonly ExpectedSetting[];
};

/** How many API servers, members of etcd and controller managers there are; one, whose machine nothing hits, where no node has them. */
export const membersOf = ({ controlPlanes }: Pick<SimulationConfig, 'controlPlanes'>): number =>
  Math.max(1, controlPlanes);
