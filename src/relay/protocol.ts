import type { Delays } from './delay.ts';
import type { DirectionCounts } from './direction-counters.ts';

/** Where one port of a relay leads to. */
export type Route = {
  readonly target: { readonly host: string; readonly port: number };
  /** Addresses of those who may use it; anybody else is reset. null: anybody. */
  readonly clients: readonly string[] | null;
};

export type PortRange = { readonly from: number; readonly count: number };

/** All that a relay's thread is given at its start. */
export type RelayPlan = {
  /** The address to listen on; each route gets a free port there. */
  readonly host: string;
  readonly routes: readonly [Route, ...Route[]];
  readonly delays: Delays;
  readonly seed: number;
  /** Ports of this machine that its own connections to the target come from, in turn; any free one where it is left out. */
  readonly localPorts?: PortRange;
  /** What waits in one direction of one connection, at most (and the little that was read last). */
  readonly bufferBytes: number;
  readonly maxConnections: number;
};

export type RelayCounts = {
  /** Connections that were taken since the start, and those open now. */
  readonly accepted: number;
  readonly open: number;
  /** Turned away: not one of the clients, or more than `maxConnections`. */
  readonly turnedAway: number;
  /** Connections for which the target could not be reached. */
  readonly unreachable: number;
  readonly up: DirectionCounts;
  readonly down: DirectionCounts;
  /** Who is connected now, `address:port` as the relay sees it. */
  readonly clients: readonly string[];
  /** Bytes that a drain could not pass on, because their connection was already at its end or out of time. */
  readonly lostBytes: number;
  /** Connections that a drain or a close had to reset. */
  readonly reset: number;
};

/** What the thread posts: `listening` once and first, `ended` once and last; `failed` instead of the first. */
export type FromWorker =
  | { readonly type: 'listening'; readonly ports: readonly number[] }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'counts'; readonly id: number; readonly counts: RelayCounts }
  | { readonly type: 'ended'; readonly counts: RelayCounts };

export type ToWorker =
  | { readonly type: 'delays'; readonly delays: Delays }
  | { readonly type: 'release' }
  | { readonly type: 'count'; readonly id: number }
  /** `withinMs: 0` resets whatever is open. */
  | { readonly type: 'end'; readonly quietMs: number; readonly withinMs: number };
