import type { EventBody, RequestOutcome } from '../../../timeline/index.ts';
import type { NodeObject, NodeState, Pod } from './state.ts';

/** How a request ended, and how long after it was due. */
export type Ending = {
  readonly outcome: RequestOutcome;
  readonly status: number | null;
  readonly code: string | null;
  readonly afterUs: number;
};

/** Requests in a row that ended alike: `firstSeq`, `firstSeq + stride` … */
export type RequestRun = {
  readonly firstSeq: number;
  readonly count: number;
  readonly stride: number;
  readonly connection: 'fresh' | 'keep-alive';
  readonly entrance: string;
  readonly ending: Ending;
  readonly dueUs: (seq: number) => number;
};

export type PodChange = 'seen' | 'ready' | 'notReady' | 'deleting' | 'gone';

/** Endpoints of the Service by what they are. */
export type EndpointCounts = { readonly ready: number; readonly notReady: number; readonly terminating: number };

/** `beganUs`: the pass that found it. */
export type PassWorkUs = {
  readonly node: string;
  readonly beganUs: number;
  readonly updateUs: number;
  readonly waitedUs: number;
  readonly answeredUs: number;
};

/** Receives everything that the observer of a real cluster would see, when it would. Must not throw. */
export type ModelSink = {
  readonly lease: (atUs: number, node: NodeState, renewUs: number) => void;
  /**
   * Who has this receives only how many renewals and unchanged statuses there were of nodes that nothing happened
   * to, by the time of each step; `lease` and `node` leave them out. Such a simulation is many times faster. null: nobody asks
   * how many, either.
   */
  readonly heartbeats?: ((renewals: number, posts: number) => void) | null;
  /** Of those that were left out the last of a node whenever something happens to it, when it came; perhaps once more. */
  readonly lastRenewal?: (atUs: number, node: NodeState, renewUs: number) => void;
  /**
   * Who has this gets no event of a single node, which may be thousands: what was read of its processes and settings, how a
   * fault was proved there, and what its clock said.
   */
  readonly withoutNodeEvents?: true;
  /**
   * What a pass took for a node with which it had to do more than look at it; of that, how long its PUTs waited for the rate limiter, and
   * for their answers then. A real controller manager counts as much.
   */
  readonly passWork?: (atUs: number, work: PassWorkUs) => void;
  /** `before` null at first sight. */
  readonly node: (atUs: number, node: NodeState, before: NodeObject | null, after: NodeObject) => void;
  readonly pod: (atUs: number, pod: Pod, change: PodChange) => void;
  readonly endpoints: (atUs: number, counts: EndpointCounts) => void;
  readonly requests: (run: RequestRun) => void;
  /** Everything else: steps, faults, load, Event objects, notes. */
  readonly event: (atUs: number, body: EventBody) => void;
};
