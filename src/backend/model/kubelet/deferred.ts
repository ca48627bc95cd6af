import { RandomGenerator } from '../../../common/random.ts';
import type { Clock } from '../engine/clock.ts';
import { commitUs, readUs, requestDownUs, requestUpUs, watchUs } from '../engine/constants.ts';
import type { ModelSettings } from '../engine/settings.ts';
import type { Behaviour } from '../engine/versions.ts';
import type { Deferred } from './deferred-node.ts';

/** How long after a request was sent a write has taken effect, has been answered, and watches have brought it. */
export const committedAfterUs = requestUpUs + commitUs;
export const answeredAfterUs = committedAfterUs + requestDownUs;
export const notifiedAfterUs = committedAfterUs + watchUs;
/** A read and its answer. */
export const readAfterUs = requestUpUs + readUs + requestDownUs;

/** Largest pause beyond its interval that each loop draws. */
export const leaseJitterUs = ({ leaseRenewUs, leaseJitter }: ModelSettings): number =>
  Math.round(leaseRenewUs * leaseJitter);
export const statusJitterUs = ({ statusUpdateUs, statusJitter }: ModelSettings): number =>
  Math.round(statusUpdateUs * statusJitter);

/** Stamps of the last renewal that watches have brought, and of the next. */
export type LastAndNext = { lastUs: number; nextUs: number };

/** A place in the order of all that happens: when it is due, and what was asked for earlier comes first. */
export type Moment = { readonly timeUs: number; readonly askedUs: number };

/** The present one: the same object while nothing else happens, for it is asked for thousands of times then. */
export const createPresent = ({ now, askedUs }: Pick<Clock, 'now' | 'askedUs'>): (() => Moment) => {
  let last: Moment = { timeUs: 0, askedUs: 0 };
  return () => {
    if (last.timeUs !== now() || last.askedUs !== askedUs()) last = { timeUs: now(), askedUs: askedUs() };
    return last;
  };
};

const isPast = (timeUs: number, askedUs: number, at: Moment): boolean =>
  timeUs < at.timeUs || (timeUs === at.timeUs && askedUs < at.askedUs);

export type DeferredSteps = ReturnType<typeof createDeferredSteps>;

/** What deferred heartbeats come to, on a way that takes as long each time. */
export const createDeferredSteps = (
  settings: ModelSettings,
  { leases, statusFromInformer }: Pick<Behaviour, 'leases' | 'statusFromInformer'>,
) => {
  const leasePutUs = leases === 'get-put' ? readAfterUs : 0;
  const leaseDoneUs = leasePutUs + answeredAfterUs;
  const compareUs = statusFromInformer ? 0 : readAfterUs;
  const leaseLimit = leaseJitterUs(settings) + 1;
  const statusLimit = statusJitterUs(settings) + 1;
  const { leaseRenewUs, statusUpdateUs } = settings;

  const isPost = ({ lastPostUs, reportUs, statusAtUs }: Deferred): boolean =>
    statusAtUs + compareUs - lastPostUs >= reportUs;

  // Each loop draws from numbers of its own, so that neither asks where the other stands. An hour has hundreds of turns of each of
  // thousands of nodes.

  const goOnLease = (deferred: Deferred, at: Moment): void => {
    const { leaseDraws } = deferred.node;
    let { leaseAtUs, leaseAskedUs, renewals, renewUs, earlierRenewUs } = deferred;
    let overUs = leaseAtUs + leaseDoneUs;
    while (isPast(overUs, overUs - requestDownUs, at)) {
      earlierRenewUs = renewUs;
      renewUs = leaseAtUs + leasePutUs;
      renewals += 1;
      leaseAskedUs = overUs;
      leaseAtUs = overUs + leaseRenewUs + leaseDraws.below(leaseLimit);
      overUs = leaseAtUs + leaseDoneUs;
    }
    if (renewals > deferred.renewals) deferred.lastFrameUs = Math.max(deferred.lastFrameUs, leaseAskedUs);
    deferred.leaseAtUs = leaseAtUs;
    deferred.leaseAskedUs = leaseAskedUs;
    deferred.renewals = renewals;
    deferred.renewUs = renewUs;
    deferred.earlierRenewUs = earlierRenewUs;
    deferred.leaseOverUs = overUs;
  };

  const goOnStatus = (deferred: Deferred, at: Moment): void => {
    const { statusDraws } = deferred.node;
    let { statusAtUs, statusAskedUs, posts, lastPostUs, earlierPostUs, reportUs, lastFrameUs } = deferred;
    let overUs: number;
    for (;;) {
      const comparedUs = statusAtUs + compareUs;
      const isPost = comparedUs - lastPostUs >= reportUs;
      overUs = isPost ? comparedUs + answeredAfterUs : comparedUs;
      const isAsked = isPost || compareUs > 0;
      if (!isPast(overUs, isAsked ? overUs - requestDownUs : statusAskedUs, at)) break;
      if (isPost) {
        earlierPostUs = lastPostUs;
        lastPostUs = comparedUs;
        reportUs = settings.statusReportUs;
        posts += 1;
      }
      if (isAsked) lastFrameUs = Math.max(lastFrameUs, overUs);
      statusAskedUs = overUs;
      statusAtUs = overUs + statusUpdateUs + statusDraws.below(statusLimit);
    }
    deferred.statusAtUs = statusAtUs;
    deferred.statusAskedUs = statusAskedUs;
    deferred.posts = posts;
    deferred.lastPostUs = lastPostUs;
    deferred.earlierPostUs = earlierPostUs;
    deferred.reportUs = reportUs;
    deferred.lastFrameUs = lastFrameUs;
    deferred.statusOverUs = overUs;
  };

  const renewalUs = (deferred: Deferred, count: number): number => {
    if (count > deferred.renewals) return deferred.leaseAtUs + leasePutUs;
    if (count === 0) return deferred.firstRenewUs;
    return count === deferred.renewals ? deferred.renewUs : deferred.earlierRenewUs;
  };
  /** Longest from one renewal to the next, and from one status to the next. */
  const renewalGapUs = leaseDoneUs + leaseRenewUs + leaseJitterUs(settings);
  const postGapUs = ({ reportUs }: Deferred): number =>
    Math.max(reportUs, settings.statusReportUs) +
    compareUs +
    answeredAfterUs +
    statusUpdateUs +
    statusJitterUs(settings);
  const isSeen = (sentUs: number, at: Moment): boolean =>
    isPast(sentUs + notifiedAfterUs, sentUs + committedAfterUs, at);

  const isNextSeen = ({ leaseAtUs }: Deferred, at: Moment): boolean => isSeen(leaseAtUs + leasePutUs, at);
  /** Draws what a lease's loop will, and leaves that as it is. */
  const ahead = new RandomGenerator(new Int32Array(4));

  return {
    leasePutUs,
    compareUs,
    /** Longest from one sign of life that the controller counts by to the next: of renewals, where there are leases. */
    signGapUs: (deferred: Deferred): number => (leases === 'none' ? postGapUs(deferred) : renewalGapUs),
    /** Whether watches will have brought one by a moment, of those since they were deferred; not stepped to it yet. */
    hasSignBy: ({ leaseAtUs, lastPostUs, posts, renewals, renewUs }: Deferred, timeUs: number): boolean => {
      if (leases === 'none') return posts > 0 && lastPostUs + notifiedAfterUs < timeUs;
      return (renewals > 0 ? renewUs : leaseAtUs + leasePutUs) + notifiedAfterUs < timeUs;
    },
    /** Goes on until a moment. */
    stepTo: (deferred: Deferred, at: Moment): void => {
      if (deferred.leaseOverUs <= at.timeUs) goOnLease(deferred, at);
      if (deferred.statusOverUs <= at.timeUs) goOnStatus(deferred, at);
    },
    /** Renewals that have taken effect, one whose answer is on the way with them. */
    renewalsAt: ({ leaseAtUs, renewals }: Deferred, at: Moment): number => {
      const sentUs = leaseAtUs + leasePutUs;
      return renewals + Number(isPast(sentUs + committedAfterUs, sentUs, at));
    },
    postsAt: (deferred: Deferred, at: Moment): number => {
      const sentUs = deferred.statusAtUs + compareUs;
      return deferred.posts + Number(isPost(deferred) && isPast(sentUs + committedAfterUs, sentUs, at));
    },
    /** Whether watches have brought a write that was sent then. */
    isSeen,
    /** Renewals that watches have brought. */
    seenRenewalsAt: ({ renewals, renewUs }: Deferred, at: Moment): number =>
      renewals > 0 && !isSeen(renewUs, at) ? renewals - 1 : renewals,
    /** Whether they have brought the next renewal after those that it was stepped to. */
    isNextSeen,
    /** Where that is so, looks for the last that they have brought, and the one after that; it stays where it was stepped to. */
    lookAhead: ({ leaseAtUs, node }: Deferred, at: Moment, found: LastAndNext): void => {
      found.nextUs = leaseAtUs + leasePutUs;
      ahead.follow(node.leaseDraws);
      do {
        found.lastUs = found.nextUs;
        found.nextUs += leaseDoneUs + leaseRenewUs + ahead.below(leaseLimit);
      } while (isSeen(found.nextUs, at));
    },
    /**
     * The stamp of the last renewal that watches have brought, of those that are known before it is stepped there; null: none of
     * these since they were deferred.
     */
    lastKnownUs: ({ leaseAtUs, renewals, renewUs, earlierRenewUs }: Deferred, at: Moment): number | null => {
      const sentUs = leaseAtUs + leasePutUs;
      if (isSeen(sentUs, at)) return sentUs;
      if (renewals === 0) return null;
      if (isSeen(renewUs, at)) return renewUs;
      return renewals === 1 ? null : earlierRenewUs;
    },
    seenPostsAt: ({ posts, lastPostUs }: Deferred, at: Moment): number =>
      posts > 0 && !isSeen(lastPostUs, at) ? posts - 1 : posts,
    /** The stamp of one of the last renewals. */
    renewalUs,
    postUs: ({ posts, statusAtUs, lastPostUs, earlierPostUs }: Deferred, count: number): number =>
      count > posts ? statusAtUs + compareUs : count === posts ? lastPostUs : earlierPostUs,
  };
};
