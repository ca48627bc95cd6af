import type { NodeObject, NodeState } from '../engine/state.ts';

/** Where the two loops of a frozen kubelet stand: when each comes due, and when that was asked for. */
export type Frozen = Readonly<Pick<Deferred, 'leaseAtUs' | 'leaseAskedUs' | 'statusAtUs' | 'statusAskedUs'>> & {
  readonly deferred: Deferred;
};

/**
 * The heartbeats of a node that nothing happens to, as numbers: they follow from where its two loops stand and from the random
 * numbers of each. Counts are of what has been answered since they were deferred; µs.
 */
export class Deferred {
  readonly node: NodeState;
  on = false;
  /** The lease's alone: its status happens by itself, and is never due here. */
  leaseAlone = false;
  /** What its loops wait for while its kubelet is frozen; `leaseAtUs` and `statusAtUs` are then infinite. */
  frozen: Frozen | null = null;
  /** The object before the last of the posts that are in `node.object`. */
  earlierObject: NodeObject | null = null;

  /** When the lease's loop comes due, or came where its request is under way, and when that was asked for; never without leases. */
  leaseAtUs = 0;
  leaseAskedUs = 0;
  renewals = 0;
  /** The stamps of the last two renewals. */
  renewUs = 0;
  earlierRenewUs = 0;
  statusAtUs = 0;
  statusAskedUs = 0;
  posts = 0;
  lastPostUs = 0;
  earlierPostUs = 0;
  reportUs = 0;
  /** The turn of each loop that is under way, or comes next, is not over before then. */
  leaseOverUs = 0;
  statusOverUs = 0;
  /** When the last answer came. */
  lastFrameUs = 0;
  /** When its kubelet went on last, after it stood still; 0: it never did. */
  wentOnUs = 0;
  /** The lease's revision and the last renewal when they were deferred. */
  firstRevision = 0;
  firstRenewUs = 0;
  /** How many posts are in `node.object`. */
  objectPosts = 0;
  /** What the sink knows of already. */
  countedRenewals = 0;
  countedPosts = 0;

  constructor(node: NodeState) {
    this.node = node;
  }
}
