/**
 * What happened, as one union. `atMs` is milliseconds since the run started, on this process's monotonic clock: for
 * anything that came over a watch it is the moment of arrival. Stamps that Kubernetes objects carry are kept beside it
 * as text, for they come from four different clocks and are cut to whole seconds.
 */
export type TimelineEvent = { readonly atMs: number } & EventBody;

/** What a figure depends on beside the cluster: two machines that agree in all but `cpu` are of one class. */
export type Machine = {
  /** Node's name for it: `x64`, `arm64`. */
  readonly architecture: string;
  readonly cpus: number;
  readonly memoryGib: number;
  /** As the CPU calls itself. */
  readonly cpu: string;
};

/** The phases a person writes, and the steps around them that every run has. */
export type StepKind = 'cluster' | 'workload' | 'steady' | 'fault' | 'recover' | 'undo';

export type ReadyStatus = 'True' | 'False' | 'Unknown';

export type WatchedResource = 'nodes' | 'leases' | 'endpointslices' | 'pods' | 'events';

/** By the node's short name. */
export type NodeClocks = Readonly<Record<string, number | null>>;

export type EventBody =
  | {
      readonly type: 'run.started';
      readonly scenario: string;
      readonly backend: 'kind' | 'model';
      readonly predicted: boolean;
      /** Wall clock, RFC 3339; null for a prediction, which happens at no time. */
      readonly startedAt: string | null;
    }
  /** Facts about the place of the run, known once it stands: for the first lines and the manifest. */
  | {
      readonly type: 'run.place';
      readonly target: string;
      readonly versions: Readonly<Record<string, string>>;
      /** The machine under the cluster; not there where nothing is run. */
      readonly machine?: Machine;
    }
  | {
      readonly type: 'run.ended';
      readonly outcome: 'completed' | 'interrupted' | 'failed';
      readonly reason: string | null;
    }
  /** `name` is unique in the run; `budgetMs` is how long the step may take (a phase of fixed length: its length). */
  | { readonly type: 'step.started'; readonly name: string; readonly kind: StepKind; readonly budgetMs: number }
  | {
      readonly type: 'step.ended';
      readonly name: string;
      readonly kind: StepKind;
      /** `timedOut`: the condition that the step waited for did not come within the budget. */
      readonly outcome: 'done' | 'timedOut' | 'failed' | 'interrupted';
      readonly detail: string;
    }
  /** One setting of one process as it was read back. `expected: null` = the flag is not to be passed at all. */
  | {
      readonly type: 'setting.read';
      readonly component: 'kube-controller-manager' | 'kube-apiserver' | 'kubelet';
      readonly node: string;
      readonly setting: string;
      readonly expected: string | null;
      readonly observed: string | null;
      readonly same: boolean;
    }
  /** The Ready condition of a node, at first sight and whenever status or reason changes. */
  | {
      readonly type: 'node.ready';
      readonly node: string;
      readonly status: ReadyStatus;
      readonly reason: string;
      readonly lastTransitionTime: string | null;
      readonly resourceVersion: string;
    }
  /** The kubelet wrote its node's status: the heartbeat stamp of the Ready condition moved. */
  | { readonly type: 'node.statusPosted'; readonly node: string; readonly lastHeartbeatTime: string }
  | { readonly type: 'lease.renewed'; readonly node: string; readonly renewTime: string }
  /**
   * What the API servers' own counters said (`apiserver_request_total`, all members together): successful writes since
   * they started. A write in the time from `fromMs` to `atMs` may be in them or not.
   */
  | {
      readonly type: 'writes.counted';
      readonly moment: 'start' | 'end';
      readonly fromMs: number;
      readonly members: number;
      /** Of every lease, those of leaders and API servers among them. */
      readonly leases: number;
      /** Of node statuses, by PATCH: the kubelets' way. */
      readonly statuses: number;
      /** Renewals of leases that are no node's, as the watch has seen them since it began. */
      readonly otherLeasesSeen: number;
    }
  | {
      readonly type: 'node.taint';
      readonly node: string;
      readonly change: 'added' | 'removed';
      readonly key: string;
      readonly effect: string;
      readonly timeAdded: string | null;
    }
  /** The Service's endpoints, all slices together, at first sight and whenever a number changes. */
  | { readonly type: 'endpoints'; readonly ready: number; readonly notReady: number; readonly terminating: number }
  | {
      readonly type: 'pod';
      readonly pod: string;
      readonly uid: string;
      readonly node: string | null;
      /** `evicted`: a DELETE that the eviction controller announced (condition DisruptionTarget, or its event). */
      readonly change: 'seen' | 'ready' | 'notReady' | 'deleting' | 'gone';
      readonly evicted: boolean;
      readonly deletionTimestamp: string | null;
    }
  /** An Event object of Kubernetes: best effort, never the only evidence of anything. */
  | {
      readonly type: 'kubernetes.event';
      readonly reason: string;
      readonly object: string;
      readonly source: string;
      readonly message: string;
    }
  /** The stream of this watch has ended, and it is being opened anew. The `watch.gap` that follows says for how long it was blind. */
  | { readonly type: 'watch.lost'; readonly resource: WatchedResource; readonly reason: string }
  /** From `fromMs` to `atMs` this watch saw nothing live. `resumed`: changes in between arrived late; `relisted`: some may be lost. */
  | {
      readonly type: 'watch.gap';
      readonly resource: WatchedResource;
      readonly fromMs: number;
      readonly how: 'resumed' | 'relisted';
      readonly reason: string;
    }
  /**
   * The API server has not said that it is ready (`/readyz`) since it was asked at `fromMs`: it hangs, is gone, or lacks
   * a part. It is asked once a second, and the `api.answered` with the same `fromMs` says when it did again.
   */
  | { readonly type: 'api.silent'; readonly fromMs: number; readonly reason: string }
  | { readonly type: 'api.answered'; readonly fromMs: number; readonly reason: string }
  | {
      readonly type: 'fault.injecting';
      readonly fault: string;
      readonly kind: string;
      readonly targets: readonly string[];
    }
  /**
   * In place on every node. `clockMs`: what each node's own monotonic clock said then, in ms since its kernel booted (for
   * what is switched on this machine, this process's clock); null: it could not be read. Its difference to the one of
   * `fault.undone` is how long the fault stood there. Not there in what an older skipbeat wrote.
   */
  | { readonly type: 'fault.injected'; readonly fault: string; readonly clockMs?: NodeClocks }
  /** A fault that grows has come to this one of its steps, from 2 on, on every node. */
  | { readonly type: 'fault.grown'; readonly fault: string; readonly step: number; readonly steps: number }
  /** A proof read back from one node. `moment`: just after the injection, or just before the undo. */
  | {
      readonly type: 'fault.attested';
      readonly fault: string;
      readonly node: string;
      readonly moment: 'start' | 'end';
      readonly state: 'present' | 'absent' | 'unreadable';
      readonly evidence: string;
    }
  | { readonly type: 'fault.undoing'; readonly fault: string }
  | {
      readonly type: 'fault.undone';
      readonly fault: string;
      readonly undone: boolean;
      readonly evidence: string;
      readonly clockMs?: NodeClocks;
    }
  /**
   * The node through which the load enters, just before and just after it. `heldBack`: ICMP errors that its kernel did
   * not send for its own limits since it booted; null: it does not count them. `limitsRefusals`: a refusal is among what
   * it limits.
   */
  | {
      readonly type: 'entrance.icmp';
      readonly moment: 'start' | 'end';
      readonly node: string;
      readonly heldBack: number | null;
      readonly limitsRefusals: boolean;
    }
  /**
   * Connections to the Service from before that conntrack of that node was made to forget, so that none of the load
   * follows them; `unanswered`: those of them that led to a pod which never answered.
   */
  | {
      readonly type: 'entrance.forgot';
      readonly node: string;
      readonly connections: number;
      readonly unanswered: number;
    }
  /** `offered` was counted by the generator itself, apart from the records, so that conservation can be checked. */
  | {
      readonly type: 'load.started';
      readonly target: string;
      readonly ratePerSecond: number;
      /** Not in what an older skipbeat or the model wrote. */
      readonly from?: 'host' | 'container';
    }
  /**
   * The clock of a load generator in a container beside that of this process, just before the load and just before its
   * end. `shared`: one kernel, one clock. Else `offsetMs` was taken off, and may be wrong by `errorMs`.
   */
  | {
      readonly type: 'load.clock';
      readonly moment: 'start' | 'end';
      readonly shared: boolean;
      readonly offsetMs: number;
      readonly errorMs: number;
    }
  | { readonly type: 'load.ended'; readonly offered: number }
  /**
   * This machine's wall clock, ms since 1970, at `atMs`; nodes of kind share it. At the start and the end of a run, every
   * few seconds, and just before and after it moved against the monotonic clock: it was set, or the machine slept.
   */
  | { readonly type: 'clock'; readonly unixMs: number }
  /** Something a person should know that is no figure: printed once and kept. */
  | { readonly type: 'note'; readonly text: string };
