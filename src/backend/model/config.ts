import type { ExpectedSetting } from '../../profile/index.ts';
import type { ClientLoad } from './client.ts';
import type { ModelSettings } from './settings.ts';
import type { ModelVersion } from './versions.ts';

/** Which way a fault of the network bites, as seen from the node. */
export type Direction = 'egress' | 'ingress' | 'both';

/** What each kind of fault takes beyond its targets; µs. */
export type ModelFaultOptions = {
  readonly 'kubelet-pause': unknown;
  readonly 'kubelet-stop': unknown;
  readonly 'node-pause': unknown;
  readonly 'node-stop': unknown;
  readonly partition: { readonly direction: Direction };
  readonly latency: { readonly delayUs: number; readonly direction: Direction };
  /** `loss` runs from 0 to 1. */
  readonly netem: {
    readonly delayUs: number;
    readonly jitterUs: number;
    readonly loss: number;
    readonly direction: Direction;
  };
  readonly 'apiserver-pause': unknown;
  readonly 'apiserver-latency': { readonly delayUs: number };
  readonly 'etcd-pause': unknown;
  readonly 'etcd-latency': { readonly delayUs: number };
  readonly 'controller-manager-pause': unknown;
  readonly 'controller-manager-kill': unknown;
};

export type ModelFaultKind = keyof ModelFaultOptions;

export type ModelFault = {
  readonly [K in ModelFaultKind]: {
    readonly id: string;
    readonly kind: K;
    readonly targets: readonly string[];
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
  /** What a real run would read back; told as read. */
  readonly expectedSettings: readonly ExpectedSetting[];
};
