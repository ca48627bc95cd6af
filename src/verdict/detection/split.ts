/** A node that the controller called Unknown. */
export type Loss = { readonly node: string; readonly atMs: number };

/** Of the time within passes, what went to each; together 1. null: not known. */
export type PassShares = {
  readonly rateLimiter: number | null;
  readonly priorityLevel: number | null;
  readonly requests: number | null;
  readonly controller: number | null;
};

/** The first, the median and the last of losses in the order of their time; those that are one and the same only once. */
export const threeOf = <L>(
  losses: readonly L[],
): readonly (readonly [which: 'first' | 'median' | 'last', loss: L])[] => {
  const last = losses.length - 1;
  const indices = { first: 0, median: Math.floor(last / 2), last };
  return (['first', 'median', 'last'] as const).flatMap((which) => {
    const loss = losses[indices[which]];
    const isAgain = (which !== 'first' && indices[which] === 0) || (which === 'last' && indices.median === last);
    return loss === undefined || isAgain ? [] : [[which, loss] as const];
  });
};

/**
 * The share of nodeMonitorPeriod that lies between two losses only where one pass ended and another began: from the end of one
 * to the begin of the next it is all of it (node_lifecycle_controller.go, Run: UntilWithContext), and watches bring both a
 * little late.
 */
const pauseShare = 3 / 4;

/** When the pass began in which each was lost, by the first that was. @param losses in the order of their time */
export const passStarts = (losses: readonly Loss[], periodMs: number): ReadonlyMap<string, number> => {
  const starts = new Map<string, number>();
  let startMs = Number.NaN;
  let beforeMs = Number.NEGATIVE_INFINITY;
  for (const { node, atMs } of losses) {
    if (atMs - beforeMs > periodMs * pauseShare) startMs = atMs;
    beforeMs = atMs;
    starts.set(node, startMs);
  }
  return starts;
};

/** What a loss waited for, ms; their sum is how late it was. */
export type WaitedFor = { readonly graceMs: number; readonly passesMs: number; readonly withinPassMs: number };

/**
 * @param lossMs of the node, `passMs` when the pass began that found it, `signMs` its last sign of life
 * @param startMs when the fault began
 */
export const waitedFor = (
  { lossMs, passMs, signMs }: { readonly lossMs: number; readonly passMs: number; readonly signMs: number },
  { startMs, graceMs }: { readonly startMs: number; readonly graceMs: number },
): WaitedFor => {
  // A sign of life is seen a little later than it was given: then the grace is over a little later than it was found to be. A long pass
  // may have begun before: it comes to each node at a time of its own, and judges by that.
  const overMs = Math.max(startMs, Math.min(lossMs, signMs + graceMs));
  const foundMs = Math.max(overMs, Math.min(lossMs, passMs));
  return { graceMs: overMs - startMs, passesMs: foundMs - overMs, withinPassMs: lossMs - foundMs };
};

/** Times of the workers of passes, seconds of all of them together. */
export type PassWork = {
  /** null: not counted by this version. */
  readonly updates: number | null;
  /** What their writes took, the wait for the rate limiter and in queues of the API server included. */
  readonly writes: number;
  /** Of that; null: not counted by this version. */
  readonly rateLimiter: number | null;
  /** Of that; null: not known. */
  readonly priorityLevel: number | null;
};

/** @returns null where passes took no time */
export const sharesOf = ({ updates, writes, rateLimiter, priorityLevel }: PassWork): PassShares | null => {
  // Requests of other clients are among those counted by verb and host alone, so that there may be more of them.
  const all = Math.max(updates ?? 0, writes);
  if (all === 0) return null;
  const answered = rateLimiter === null ? null : Math.max(0, writes - rateLimiter);
  const queued = priorityLevel === null ? 0 : Math.min(priorityLevel, answered ?? writes);
  return {
    rateLimiter: rateLimiter === null ? null : Math.min(rateLimiter, writes) / all,
    priorityLevel: priorityLevel === null ? null : queued / all,
    requests: answered === null ? null : (answered - queued) / all,
    controller: updates === null ? null : (all - writes) / all,
  };
};
