import type { HollowNodes } from '../../../plan/index.ts';
import type { ExpectedSetting } from '../../../profile/index.ts';
import type { ModelFaultOptions } from '../faults.ts';
import type { ClientLoad } from '../network/client.ts';
import type { ModelSettings } from './settings.ts';
import type { ModelVersion } from './versions.ts';

/** One time that a fault stands, from the start of its phase. */
export type ModelOccurrence = { readonly id: string; readonly startUs: number; readonly endUs: number };

export type ModelFaultKind = keyof ModelFaultOptions;

export type ModelFault = {
  readonly [K in ModelFaultKind]: {
    readonly id: string;
    readonly kind: K;
    readonly targets: readonly string[];
    /** Of the targets it hits the one whose controller manager leads when it begins. */
    readonly leads?: boolean;
    /** When it stands; for the whole phase where it is left out. */
    readonly occurrences?: readonly ModelOccurrence[];
  } & ModelFaultOptions[K];
}[ModelFaultKind];

export type ModelPhase =
  | { readonly kind: 'steady'; readonly name: string; readonly durationUs: number }
  | {
      readonly kind: 'fault';
      readonly name: string;
      readonly durationUs: number;
      readonly inject: readonly ModelFault[];
    }
  | { readonly kind: 'recover'; readonly name: string; readonly withinUs: number };

/** One simulated run, exact. */
export type ModelConfig = {
  readonly version: ModelVersion;
  readonly settings: ModelSettings;
  readonly seed: number;
  /** 0: what runs on control planes runs on none of the nodes. */
  readonly controlPlanes: number;
  readonly workers: number;
  /** Workers without pods, kept by kwok, in zones of their own; none where it is left out. */
  readonly hollow?: HollowNodes;
  /** Nodes are dealt out to as many zones in turn. */
  readonly zones: number;
  readonly replicas: number;
  /** DaemonSet and static pods a node, which cost writes when a node goes NotReady. */
  readonly backgroundPods: { readonly controlPlane: number; readonly worker: number };
  /**
   * `fresh`: kubelets have just joined, each renewed its lease and posted its status at its start, as in a cluster that
   * was made for the run. `old`: every phase is independent, as after weeks.
   */
  readonly age: 'fresh' | 'old';
  readonly load: ClientLoad | null;
  readonly phases: readonly ModelPhase[];
  /** The load begins so long after a renewal of that node's lease; as soon as it can where this is left out. */
  readonly startAfter?: { readonly renewalOf: string; readonly us: number };
  /** What a real run would read back; told as read. */
  readonly expectedSettings: readonly ExpectedSetting[];
};

/** How many API servers, members of etcd and controller managers there are; one, whose machine nothing hits, where no node has them. */
export const membersOf = ({ controlPlanes }: Pick<ModelConfig, 'controlPlanes'>): number => Math.max(1, controlPlanes);
