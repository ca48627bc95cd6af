import type { NodeObject, NodeState } from '../engine/state.ts';
import { type Store, stampUs } from '../engine/store.ts';
import type { ApiClient } from '../network/apiserver.ts';
import type { DeferredSteps, Moment } from './deferred.ts';
import type { Deferred } from './deferred-node.ts';

/** Brings what everybody else has of a node up to what its deferred heartbeats have come to, which are stepped to now. */
export type Bringing = {
  readonly bring: (deferred: Deferred, now: Moment) => void;
  /** The Node object as watches have it; null: nothing since. */
  readonly seenObjectAt: (deferred: Deferred, now: Moment) => NodeObject | null;
  /** Reports how many there were since the last report. */
  readonly countOne: (deferred: Deferred, now: Moment) => void;
};

/** @param counted receives the numbers of renewals and posts; null: nobody does */
export const createBringing = (
  steps: DeferredSteps,
  store: Store,
  counted: ((renewals: number, posts: number) => void) | null,
  clientOf: (node: NodeState) => ApiClient | null,
): Bringing => {
  /** Objects differ in their stamp alone; a revision is a new one each, whichever number it has. */
  const makeObject = (deferred: Deferred, object: NodeObject, count: number): NodeObject => ({
    ...object,
    heartbeatUs: stampUs(steps.postUs(deferred, count)),
    revision: store.nextRevision(),
  });
  const bringObject = (deferred: Deferred, at: Moment): void => {
    const { node } = deferred;
    const count = steps.postsAt(deferred, at);
    if (node.object === null || count === deferred.objectPosts) return;
    const before = count - 1 > deferred.objectPosts ? makeObject(deferred, node.object, count - 1) : node.object;
    deferred.earlierObject = before;
    node.object = makeObject(deferred, before, count);
    deferred.objectPosts = count;
  };
  const seenObjectAt = (deferred: Deferred, at: Moment): NodeObject | null => {
    bringObject(deferred, at);
    const count = steps.seenPostsAt(deferred, at);
    if (count === 0) return null;
    return count === deferred.objectPosts ? deferred.node.object : deferred.earlierObject;
  };
  const countOne = (deferred: Deferred, at: Moment): void => {
    if (counted === null) return;
    const renewals = steps.seenRenewalsAt(deferred, at);
    const posts = steps.seenPostsAt(deferred, at);
    counted(renewals - deferred.countedRenewals, posts - deferred.countedPosts);
    deferred.countedRenewals = renewals;
    deferred.countedPosts = posts;
  };
  const bring = (deferred: Deferred, at: Moment): void => {
    const { node, firstRevision, lastFrameUs } = deferred;
    const renewals = steps.renewalsAt(deferred, at);
    node.lease.renewUs = steps.renewalUs(deferred, renewals);
    node.lease.revision = firstRevision + renewals;
    // Of a link or a client that nobody has asked for nobody knows: they are brought up to it once they are there.
    const { knownLink } = node;
    if (knownLink !== null) knownLink.lastFrameUs = Math.max(knownLink.lastFrameUs, lastFrameUs);
    const client = clientOf(node);
    if (client !== null) client.lastFrameUs = Math.max(client.lastFrameUs, lastFrameUs);
    const seen = steps.seenRenewalsAt(deferred, at);
    const posts = steps.seenPostsAt(deferred, at);
    const object = seenObjectAt(deferred, at);
    if (seen + posts > 0) notify(deferred, object, seen, posts);
    countOne(deferred, at);
  };
  const notify = (deferred: Deferred, object: NodeObject | null, seen: number, posts: number): void =>
    store.notifySkipped(deferred.node, {
      object,
      postUs: posts === 0 ? null : steps.postUs(deferred, posts),
      renewUs: seen === 0 ? null : steps.renewalUs(deferred, seen),
      leaseRevision: deferred.firstRevision + seen,
    });

  return { bring, seenObjectAt, countOne };
};
