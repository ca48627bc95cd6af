import type { NodeState } from '../engine/state.ts';
import type { ApiClient } from '../network/apiserver.ts';
import type { WaitingLease, WaitingStatus } from './waiting.ts';

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
};

/** The two loops of a kubelet; null: it has none of that kind. */
export type Loops = { lease: WaitingLease | null; status: WaitingStatus | null };

/** How loops go on, and by which client where one was made. */
export type Goings = {
  readonly lease: Going<WaitingLease>;
  readonly status: GoingStatus;
  readonly knownClientOf: (node: NodeState) => ApiClient | null;
};

/** The loops of all kubelets. Those that were deferred from their start on are made when they are first asked for. */
export type LoopsOfNodes = {
  readonly of: (node: NodeState) => Loops;
  /** null: they have not been made. */
  readonly known: (node: NodeState) => Loops | null;
  /** By which they ask; null where nobody has made it. */
  readonly clientOf: (node: NodeState) => ApiClient | null;
  readonly goings: () => Goings | null;
  /** Set once. */
  readonly onGoOn: (goings: Goings) => void;
};

/** @param isDeferred whether the heartbeats of a node are */
export const createLoops = (isDeferred: (node: NodeState) => boolean): LoopsOfNodes => {
  /** By index. */
  const loops: (Loops | undefined)[] = [];
  let goings: Goings | null = null;
  const known = ({ index }: NodeState): Loops | null => loops[index] ?? null;
  return {
    known,
    of: (node) => {
      let own = known(node);
      if (own === null) {
        const isUnmade = goings !== null && isDeferred(node);
        own = isUnmade
          ? { lease: goings?.lease.make(node) ?? null, status: goings?.status.make(node) ?? null }
          : { lease: null, status: null };
        loops[node.index] = own;
      }
      return own;
    },
    clientOf: (node) => {
      const own = known(node);
      return own === null ? (goings?.knownClientOf(node) ?? null) : (own.status?.client ?? null);
    },
    goings: () => goings,
    onGoOn: (how) => {
      goings = how;
    },
  };
};
