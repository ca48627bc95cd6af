import type { ExpectedSetting } from '../../../profile/index.ts';
import type { ClientLoad } from '../network/client.ts';
import type { ModelSettings } from './settings.ts';
import type { ModelVersion } from './versions.ts';

/** Which way a fault of the network bites, as seen from the node. */
export type Direction = 'egress' | 'ingress' | 'both';

/** In how many equal steps something grows to its full strength over its time; at once where it is left out. */
type Growing = { readonly rampSteps?: number };

/** A message takes `delayUs` and up to `jitterUs` more; `loss`, from 0 to 1, of them has to be sent again. */
type Slower = Growing & {
  readonly delayUs: number;
  readonly jitterUs?: number;
  readonly loss?: number;
  readonly direction: Direction;
};

type SlowServer = Growing & { readonly delayUs: number; readonly jitterUs?: number };

/** One time that a fault stands, from the start of its phase. */
export type ModelOccurrence = { readonly id: string; readonly startUs: number; readonly endUs: number };

/** What each kind of fault takes beyond its targets; µs. */
export type ModelFaultOptions = {
  readonly 'kubelet-pause': unknown;
  readonly 'kubelet-stop': unknown;
  readonly 'node-pause': unknown;
  readonly 'node-stop': unknown;
  /** `rejects`: with a reset instead of silence. `allTraffic`: what clients ask through a control plane is cut too. */
  readonly partition: { readonly direction: Direction; readonly rejects?: boolean; readonly allTraffic?: boolean };
  readonly latency: Slower;
  readonly netem: Slower;
  readonly 'apiserver-pause': unknown;
  readonly 'apiserver-latency': SlowServer;
  readonly 'etcd-pause': unknown;
  readonly 'etcd-latency': SlowServer;
  readonly 'etcd-disk-latency': { readonly delayUs: number };
  readonly 'controller-manager-pause': unknown;
  readonly 'controller-manager-kill': unknown;
  readonly 'cpu-pressure': { readonly loops: number };
};

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
  readonly controlPlanes: number;
  readonly workers: number;
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
