import type { NodeState } from '../engine/state.ts';
import type { ApiClient } from '../network/apiserver.ts';

/** A loop that waits for its next turn; `dueUs` null while it does not. */
export type Waiting = { dueUs: number | null; askedUs: number };
export type WaitingLease = Waiting & { base: number | null };
export type WaitingStatus = Waiting & {
  readonly client: ApiClient;
  lastPostUs: number;
  reportUs: number;
  /** Whether the loop, which has it, would say Ready now. */
  readonly saysReady: (loop: WaitingStatus) => boolean;
};

/** How a loop goes on one by one from where it stands. */
export type Going<L> = {
  /** The loop of a kubelet whose heartbeats were deferred from its start on; null where it has none. */
  readonly make: (node: NodeState) => L | null;
  /** Its turn comes at a moment, or came then and its request is under way. */
  readonly goOn: (loop: L, atUs: number, askedUs: number) => void;
  /** Its turn came while its kubelet was frozen. */
  readonly late: (loop: L) => void;
};
export type GoingStatus = Going<WaitingStatus> & {
  /** It came then, and it is known whether it finds the container runtime down. */
  readonly lateWith: (loop: WaitingStatus, isDown: boolean) => void;
  /** Asked as one comes that was held back: whether it does. */
  readonly findsDown: (node: NodeState) => boolean;
};

/** How loops go on, and by which client where one was made. */
export type Goings = {
  readonly lease: Going<WaitingLease>;
  readonly status: GoingStatus;
  readonly knownClientOf: (node: NodeState) => ApiClient | null;
};

/** The two loops of each kubelet; null: it has none of that kind. Those that were deferred from their start on are made when they are first asked for. */
export type LoopsOfNodes = {
  readonly leaseOf: (node: NodeState) => WaitingLease | null;
  readonly statusOf: (node: NodeState) => WaitingStatus | null;
  /** null: it has not been made. */
  readonly knownLease: (node: NodeState) => WaitingLease | null;
  readonly knownStatus: (node: NodeState) => WaitingStatus | null;
  readonly setLease: (node: NodeState, loop: WaitingLease | null) => void;
  readonly setStatus: (node: NodeState, loop: WaitingStatus | null) => void;
  /** By which they ask; null where nobody has made it. */
  readonly clientOf: (node: NodeState) => ApiClient | null;
  readonly goings: () => Goings | null;
  /** Set once. */
  readonly onGoOn: (goings: Goings) => void;
};

/** @param isDeferred whether the heartbeats of a node are */
export const createLoops = (isDeferred: (node: NodeState) => boolean): LoopsOfNodes => {
  /** By index. */
  const leases: (WaitingLease | null | undefined)[] = [];
  const statuses: (WaitingStatus | null | undefined)[] = [];
  let goings: Goings | null = null;
  return {
    leaseOf: (node) => {
      const { index } = node;
      let loop = leases[index];
      if (loop === undefined) {
        loop = goings !== null && isDeferred(node) ? goings.lease.make(node) : null;
        leases[index] = loop;
      }
      return loop;
    },
    statusOf: (node) => {
      const { index } = node;
      let loop = statuses[index];
      if (loop === undefined) {
        loop = goings !== null && isDeferred(node) ? goings.status.make(node) : null;
        statuses[index] = loop;
      }
      return loop;
    },
    knownLease: ({ index }) => leases[index] ?? null,
    knownStatus: ({ index }) => statuses[index] ?? null,
    setLease: ({ index }, loop) => {
      leases[index] = loop;
    },
    setStatus: ({ index }, loop) => {
      statuses[index] = loop;
    },
    clientOf: (node) => {
      const status = statuses[node.index];
      return status === undefined ? (goings?.knownClientOf(node) ?? null) : (status?.client ?? null);
    },
    goings: () => goings,
    onGoOn: (how) => {
      goings = how;
    },
  };
};
