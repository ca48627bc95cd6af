import type { Plan, Prediction } from '../plan/index.ts';
import type { RequestOutcome, StepKind } from '../timeline/index.ts';
import type { Conditions } from './conditions.ts';
import type { RepeatResult } from './repeat.ts';

/** Milliseconds; each null when there was nothing to take it from. */
export type Quantiles = {
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly max: number | null;
};

/** Where no request was offered, or none in a phase from the first fault on, nobody knows: each outcome is null, not 0. */
export type OutcomeCounts = { readonly offered: number } & Readonly<Record<RequestOutcome, number | null>>;

/** Of some of the requests: how they ended and how long they took. */
export type AskedCounts = OutcomeCounts & { readonly latencyMs: Quantiles; readonly allLatencyMs?: Quantiles };

export type ExpectationResult = {
  readonly figure: string;
  /** As a person reads it: `≥ 1`, `0`, `1 … 3`. */
  readonly expected: string;
  /** null: the figure was not observed. */
  readonly observed: number | null;
  readonly held: boolean;
  /** Of a count that is not known, so much of it was seen all the same that the expectation cannot hold. */
  readonly atLeast?: number;
};

export type SettingDifference = {
  readonly component: string;
  readonly node: string;
  readonly setting: string;
  readonly expected: string | null;
  readonly observed: string | null;
};

export type FaultResult = {
  readonly id: string;
  readonly kind: string;
  readonly targets: readonly string[];
  /** When the injection began; everything "since the fault" counts from the first of these. */
  readonly startMs: number | null;
  /** When it was completely in place. */
  readonly injectedMs: number | null;
  readonly endMs: number | null;
  readonly attested: boolean;
  readonly evidence: readonly string[];
  readonly undone: boolean;
  /** For how long it was asked to stand; null where that is not for skipbeat to choose. Not in older documents, as below. */
  readonly askedMs?: number | null;
  /** For how long it stood on each node, by the node's own monotonic clock; null: not measured. */
  readonly heldMs?: Readonly<Record<string, number | null>>;
  /** The last step that a growing fault came to, of how many; null where it does not grow. */
  readonly grown?: { readonly step: number; readonly steps: number } | null;
};

export type NodeFigures = {
  /** Like the others, null where the time that they count in never came, or the watch on nodes was blind. */
  readonly notReadyTransitions: number | null;
  /** Of these, by the kubelet's own word. Not in documents that an older skipbeat wrote. */
  readonly notReadyByKubelet?: number | null;
  readonly notReadySeconds: number | null;
  readonly firstNotReadyMs: number | null;
  readonly lastReadyMs: number | null;
};

export type StepResult = {
  readonly name: string;
  readonly kind: StepKind;
  readonly startMs: number;
  readonly endMs: number | null;
  readonly outcome: 'done' | 'timedOut' | 'failed' | 'interrupted' | null;
  readonly detail: string;
  /** Most nodes NotReady at one moment of the step; null where no node was seen in it, or some may have been missed. */
  readonly maxNotReady: number | null;
};

/** Writes between two readings of the API servers' counters, control plane and workers together. null: a watch was blind. */
export type CountedWrites = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly leasePerNodeMinute: number | null;
  readonly statusPerNodeMinute: number;
  /** `counted` by the API servers (leases: those of nodes, what is known to be others' taken off), `seen` by the watches. */
  readonly leases: { readonly counted: number | null; readonly seen: number | null };
  readonly statuses: { readonly counted: number; readonly seen: number | null };
  /** As far as the two may be apart: writes just when the counters were read may be in either. */
  readonly tolerance: number | null;
};

/** A figure that is null because what it rests on told nothing, or may have missed something, in the figure's own time. */
export type UnknownFigure = {
  /** Dotted, as in this document; `steps.fault.maxNotReady` of a step, `milestones.notReady` of a link of `calibration`. */
  readonly figure: string;
  /** `the watch on pods was blind for 2.0 s from 61.5 s on` */
  readonly why: string;
  /** Of a count: so much of it was seen all the same. Left out where nothing was. */
  readonly atLeast?: number;
};

/** A milestone: the events of a disturbance, of which one leads to the next. */
export type ChainLink =
  | 'lastLease'
  | 'notReady'
  | 'lastNotReady'
  | 'tainted'
  | 'endpointLost'
  | 'endpointsEmpty'
  | 'refused'
  | 'evicted'
  | 'replaced'
  | 'allReady'
  | 'lastRefused';

export type Window = readonly [number, number];

/** One link of the chain, observed against predicted; ms since the fault began to be put in place. */
export type WindowCheck = {
  readonly link: ChainLink;
  /** null where it was not seen. */
  readonly observedMs: number | null;
  /** As the plan predicts it; what it counts from the undo stands at the moment at which that began. null: the plan has none. */
  readonly window: Window | null;
  /**
   * How far before and after the window still counts as inside: the machine's slack, and how long the injection (or the
   * undo) took in this run, for the fault took hold somewhere in it.
   */
  readonly slackMs: readonly [number, number];
  /** null where there is nothing to compare. */
  readonly fit: 'inside' | 'outside' | null;
};

/** A count, observed against predicted. */
export type CountCheck = {
  /** null where it is not known. */
  readonly observed: number | null;
  /** As the plan predicts it; null: the plan has none. */
  readonly window: Window | null;
  /** How much less and how much more still counts as inside. */
  readonly slack: readonly [number, number];
  /** null where there is nothing to compare. */
  readonly fit: 'inside' | 'outside' | null;
};

/** The wall clock moved against the monotonic one: it was set, or the machine slept. */
export type ClockJump = {
  /** Between these two moments of the run. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Ahead where positive, back where negative. */
  readonly byMs: number;
};

/** What is on record of the wall clock. */
export type ClockFigures = { readonly readings: number; readonly jumps: readonly ClockJump[] };

/** Whether a record is as its run left it, as far as that can be checked without a secret. */
export type Evidence = {
  readonly sealed: boolean;
  /** What speaks against it; empty where it is sealed. */
  readonly why: readonly string[];
};

export type Verdict = 'pass' | 'fail' | 'inconclusive';

export type ConditionalLinkName =
  | 'notReady'
  | 'endpointLost'
  | 'refused'
  | 'tainted'
  | 'evicted'
  | 'ready'
  | 'podReady'
  | 'lastRefused';

/** One link of one node or pod, predicted from what was seen before it; instants in ms since the run's start. */
export type ConditionalLink = {
  readonly link: ConditionalLinkName;
  /** A node's short name, a pod's name, or `clients`. */
  readonly of: string;
  /** What it is predicted from, and when that was seen. */
  readonly given: {
    readonly what: 'lease' | 'status' | 'endpointsEmpty' | 'endpointReady' | ConditionalLinkName;
    readonly atMs: number;
  };
  /**
   * Of NotReady: the chance (0 to 1) that it comes before the node is heard again, or the record ends. Of all others null:
   * they are predicted only where they were seen, for whether they come is told by the link before them.
   */
  readonly chance: number | null;
  /** null: it did not come. */
  readonly observedMs: number | null;
  readonly p1Ms: number;
  readonly p5Ms: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /**
   * The share (0 to 1) of what was predicted that lies before what was observed: evenly spread where predictions are right.
   * null where it did not come, and of links that come at once, in which nothing but a machine's pace would show.
   */
  readonly rank: number | null;
  /** Whether it was observed between p1 and p99, give or take the slack of a machine; null where it did not come. */
  readonly fit: 'inside' | 'outside' | null;
};

/** `run.json`. Names are fixed: added to, never renamed. Times in `timing` and `steps` count from the run's start. */
export type RunDocument = {
  readonly schemaVersion: 1;
  readonly scenario: string;
  readonly title: string;
  readonly profile: { readonly name: string; readonly reading: 'literal' | 'equivalent' };
  /** null, like `startedAt`: the record was cut off before its first event. */
  readonly backend: 'kind' | 'model' | null;
  readonly predicted: boolean;
  readonly kubernetesVersion: string;
  readonly topology: {
    readonly name: string;
    /** Nodes; 0 where the control plane is managed by others. */
    readonly controlPlanes: number;
    readonly workers: number;
    /** Left out where there is one. */
    readonly zones?: number;
    /** On each node beside the workload. Left out where there are none. */
    readonly podsPerNode?: number;
    /** Simulated as after weeks; left out where it was made for the run. */
    readonly age?: 'old';
    /** Left out where there are none. */
    readonly hollow?: Plan['topology']['hollow'];
  };
  readonly seed: number;
  readonly startedAt: string | null;
  /** null where the run's end is not on record. */
  readonly durationMs: number | null;
  readonly verdict: Verdict;
  /** Why the verdict is not `pass`; empty where it is. */
  readonly reasons: readonly string[];
  /** What a reader should know although it decides nothing: a flap before the fault, a gap in a watch. */
  readonly findings: readonly string[];
  /** Not in documents that an older skipbeat wrote. */
  readonly evidence?: Evidence;
  readonly expectations: readonly ExpectationResult[];
  /** Where null is not "never happened". Empty where all was told. Not in documents that an older skipbeat wrote. */
  readonly unknown?: readonly UnknownFigure[];
  readonly settings: {
    readonly attested: boolean;
    readonly read: number;
    readonly differences: readonly SettingDifference[];
  };
  readonly faults: readonly FaultResult[];
  readonly steps: readonly StepResult[];
  readonly nodes: {
    /** Transitions into NotReady (False or Unknown) since the first fault began; the whole run where there is no fault. */
    readonly notReadyTransitions: number | null;
    /**
     * Of these, the ones that a kubelet reported itself (Ready=False); the others are the controller's, for want of
     * heartbeats (Unknown). Not in documents that an older skipbeat wrote.
     */
    readonly notReadyByKubelet?: number | null;
    /** Those between the start of the load and the first fault, counted apart. */
    readonly notReadyTransitionsBeforeFault: number | null;
    /** Most nodes NotReady at one moment, over the same time as `notReadyTransitions`. */
    readonly maxNotReady: number | null;
    /** From the start of the load to its end, flaps before the fault included. */
    readonly notReadyNodeSeconds: number | null;
    /**
     * Nodes that were not Ready when the observation ended. null where the end was not seen: the watch on nodes was blind
     * then, or the record has no end. Not in documents that an older skipbeat wrote.
     */
    readonly unrecovered?: number | null;
    readonly byNode: Readonly<Record<string, NodeFigures>>;
  };
  readonly requests: OutcomeCounts & {
    readonly byPhase: Readonly<Record<string, AskedCounts>>;
    /**
     * By the node through which they entered, under its short name. A request that is not answered there may have been
     * lost behind it. Not in documents that an older skipbeat wrote.
     */
    readonly byEntrance?: Readonly<Record<string, AskedCounts>>;
    /** Of answers (ok, httpError), from when the request was due. */
    readonly latencyMs: Quantiles;
    /**
     * Of everything sent, from when it was due to its end, whatever that was: a time-out with its full time. Not in
     * documents that an older skipbeat wrote, there and by phase.
     */
    readonly allLatencyMs?: Quantiles;
    /** Of everything sent: how long after it was due. */
    readonly latenessMs: Quantiles;
    /**
     * Time-outs of connections from a source port on which an earlier one of this load was left unanswered: conntrack may
     * have sent them to the same pod, though it was gone. null: not told. Not in documents that an older skipbeat wrote.
     */
    readonly reusedPort?: number | null;
  };
  readonly pods: {
    /** Since the first fault began; the whole run where there is no fault. */
    readonly evicted: number | null;
    /**
     * Those between the start of the load and the first fault, counted apart: settings that lose nodes by themselves evict
     * then, too. Not in documents that an older skipbeat wrote.
     */
    readonly evictedBeforeFault?: number | null;
    /**
     * Ready endpoints that the workload lacked of its replicas, times the seconds for which it did, from the start of the
     * load to its end. null where nobody saw how many there were at the start. Not in older documents, as below.
     */
    readonly unavailableSeconds?: number | null;
    /**
     * Pods that began to be deleted since the first fault began and were still there 10 s after their grace was over, as on
     * a node whose kubelet cannot be reached.
     */
    readonly stuckTerminating?: number | null;
  };
  /** First and last since the first fault began; since the start of the load where the plan has no fault. */
  readonly timing: {
    readonly faultStartMs: number | null;
    readonly firstNotReadyMs: number | null;
    /** The first time that the Service had fewer ready endpoints than before. */
    readonly firstEndpointLostMs: number | null;
    readonly firstEndpointsEmptyMs: number | null;
    readonly firstRefusedMs: number | null;
    readonly firstEvictionMs: number | null;
    /** The first pod that was seen first after an eviction, Ready. */
    readonly firstReplacementReadyMs: number | null;
    readonly lastReadyMs: number | null;
    readonly lastRefusedMs: number | null;
  };
  /** Seen in the undisturbed time before the first fault. */
  readonly writes: {
    readonly leasePerNodeMinute: number | null;
    readonly statusPerNodeMinute: number | null;
    /** By the API servers' own counters, with what the watches saw in the same time; null where they were not read twice. */
    readonly apiServer: CountedWrites | null;
  };
  /** `conditional`: each link per node and pod, predicted from what was seen before it; in real runs with a fault. */
  readonly prediction: Prediction & { readonly conditional?: readonly ConditionalLink[] };
  /** The chain from the last lease to the last refusal, observed against `prediction`; empty where the run has no fault. */
  readonly calibration: readonly WindowCheck[];
  /**
   * Requests without an answer, of those due since the first fault and sent, observed against `prediction`; null where the run
   * has no fault. Not in documents that an older skipbeat wrote.
   */
  readonly requestsLost?: CountCheck | null;
  /** null where the wall clock was not read, as in a prediction. Not in documents that an older skipbeat wrote. */
  readonly clock?: ClockFigures | null;
  /** Not in documents that an older skipbeat wrote. */
  readonly conditions?: Conditions;
  /** Only in one repeat of several. */
  readonly repeat?: RepeatResult;
};
