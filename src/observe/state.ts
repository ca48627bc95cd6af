import type { ReadyStatus } from '../timeline/index.ts';

export type ObservedNode = {
  readonly ready: ReadyStatus;
  readonly reason: string;
  readonly heartbeat: string | null;
  /** `key:effect` of every taint. */
  readonly taints: ReadonlySet<string>;
};

export type ObservedEndpoints = { readonly ready: number; readonly notReady: number; readonly terminating: number };

export type ObservedPod = {
  readonly name: string;
  readonly ready: boolean;
  readonly deleting: boolean;
  readonly node: string | null;
};

/** The cluster as the watches have it now. A map without an entry: not seen yet, or gone. */
export type Observed = {
  readonly nodes: ReadonlyMap<string, ObservedNode>;
  /** Newest renewTime by node. */
  readonly leases: ReadonlyMap<string, string>;
  /** Writes of leases that are no node's since the first list. */
  readonly otherLeasesSeen: number;
  /** null until the first list. */
  readonly endpoints: ObservedEndpoints | null;
  /** Workload pods by uid. */
  readonly pods: ReadonlyMap<string, ObservedPod>;
  /** Pods of hollow nodes by uid; empty where they are not watched. */
  readonly hollowPods: ReadonlyMap<string, ObservedPod>;
};
