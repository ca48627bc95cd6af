import type { CompiledProfile, OwnNotReady } from '../profile/index.ts';
import type { FaultOptions, HollowNodes, LeaderElected, Scenario, Workload } from '../scenario/index.ts';

/**
 * When a fault stands, from the start of its phase; several where it comes again. `id` is unique in the plan: the
 * fault's own, with a number from the second time on (`kubelet-pause-1.2`).
 */
export type Occurrence = { readonly id: string; readonly startMs: number; readonly endMs: number };

/** A fault of one kind made exact. Node names are short: `control-plane`, `worker`, `worker2`, as kind numbers them. */
export type PlannedFaultOf<K extends keyof FaultOptions> = {
  /** Unique in the plan: `kubelet-pause-1`. */
  readonly id: string;
  readonly kind: K;
  readonly targets: readonly string[];
  /** Of the targets, it hits the one whose component of this name leads when it begins. */
  readonly leaderOf?: LeaderElected;
  readonly occurrences: readonly Occurrence[];
} & FaultOptions[K];

export type PlannedFault = { readonly [K in keyof FaultOptions]: PlannedFaultOf<K> }[keyof FaultOptions];

/** `name` is unique in the plan: the kind, with a number from the second of a kind on (`fault`, `fault-2`). */
export type PlannedPhase =
  | { readonly kind: 'steady'; readonly name: string; readonly durationMs: number }
  | {
      readonly kind: 'fault';
      readonly name: string;
      readonly durationMs: number;
      readonly inject: readonly PlannedFault[];
    }
  | { readonly kind: 'recover'; readonly name: string; readonly withinMs: number };

export type Expectation = {
  /** Dotted path of a figure in run.json. */
  readonly figure: string;
  readonly min: number | null;
  readonly max: number | null;
  readonly equals: number | null;
};

/** Windows from closed formulas, in ms after the first fault starts; null where the plan has nothing that makes them. */
export type Prediction = {
  readonly notReadyAfterMs: readonly [number, number] | null;
  readonly evictionAfterMs: readonly [number, number] | null;
  /** Whether the planned disturbance makes a targeted node NotReady, by whoever's word; `certain`: or finds it so. */
  readonly flap: 'impossible' | 'possible' | 'certain';
  /**
   * Ids of faults of which no closed formula says whether they make a node NotReady; `flap` is `possible` then for want of
   * knowledge, and simulations tell how often. Left out where formulas cover all that counts.
   */
  readonly noFormula?: readonly string[];
  /**
   * Beside `noFormula`, in the run.json of a real run: in how many of so many runs of the model a node went NotReady. Left
   * out where the model was not asked.
   */
  readonly bySimulation?: { readonly runs: number; readonly notReady: number };
  /**
   * NotReady that a kubelet reports itself after it stood still, beside the controller's (`notReadyAfterMs`); null where
   * none can. Left out in plans that were written before it was.
   */
  readonly notReadyByKubelet?: OwnNotReady | null;
  /** Beside `notReadyByKubelet`: whether the controller does, for want of heartbeats. Left out where `flap` is that. */
  readonly flapByController?: Prediction['flap'];
  // What follows from that; left out in plans that were written before these were.
  /** The last of the silenced nodes that the controller gives up. */
  readonly lastNotReadyAfterMs?: readonly [number, number] | null;
  /** First NoExecute taint. */
  readonly taintedAfterMs?: readonly [number, number] | null;
  /** The Service has one ready endpoint less: the first of a lost node is gone. */
  readonly endpointLostAfterMs?: readonly [number, number] | null;
  readonly endpointsEmptyAfterMs?: readonly [number, number] | null;
  readonly refusedAfterMs?: readonly [number, number] | null;
  /** The first pod that is made after the first eviction, Ready. */
  readonly replacedAfterMs?: readonly [number, number] | null;
  /**
   * Requests without an answer, of those due since the first fault: a count, not a time. null where no formula knows how
   * long clients are without an endpoint.
   */
  readonly requestsLost?: readonly [number, number] | null;
  /** The two that follow count from the moment at which the fault begins to be undone. Every node that it hit is Ready again: */
  readonly allReadyAfterUndoMs?: readonly [number, number] | null;
  readonly lastRefusedAfterUndoMs?: readonly [number, number] | null;
};

/** Which repeat of a plan this is, and where in the heartbeat it sets its load off. */
export type PlannedRepeat = {
  /** From 1. */
  readonly number: number;
  readonly of: number;
  /** The node whose heartbeat counts: the first target of the first fault; null where the plan has no fault. */
  readonly heartbeatOf: string | null;
  /** The load begins so long after that node's lease was renewed; the first fault is later by the phases before it. */
  readonly afterRenewalMs: number | null;
};

/** A scenario made exact: everything a backend needs and nothing it must decide. */
export type Plan = {
  readonly schemaVersion: 1;
  readonly scenario: string;
  readonly title: string;
  readonly seed: number;
  readonly repeats: number;
  /** Only in the plan of one repeat of several. */
  readonly repeat?: PlannedRepeat;
  /** Exact: `v1.34.4`. */
  readonly kubernetesVersion: string;
  readonly profile: CompiledProfile;
  readonly topology: {
    readonly name: Scenario['cluster']['topology'];
    readonly controlPlanes: number;
    readonly workers: number;
    /** Port of the API server on this machine's loopback; null = any free one. */
    readonly apiServerPort: number | null;
    /** Left out where there is one; nodes are dealt out to them in turn. */
    readonly zones?: number;
    /** On each node beside the workload. Left out where there are none. */
    readonly podsPerNode?: number;
    /** Simulated as after weeks, every phase of its heartbeats independent; left out where it is made for the run. */
    readonly age?: 'old';
    /** Left out where there are none. */
    readonly hollow?: HollowNodes;
  };
  readonly workload: Workload;
  readonly load: Scenario['load'];
  readonly phases: readonly PlannedPhase[];
  readonly expectations: readonly Expectation[];
  readonly prediction: Prediction;
  /** One sentence each on the plan as a whole; the profile has its own. */
  readonly warnings: readonly string[];
};
