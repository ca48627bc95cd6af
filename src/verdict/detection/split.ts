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

/**
 * When the pass began in which each was lost, by the first that was: by the time of the loss. null: which pass it was is not known, for a
 * gap before it may be the end of one as well as a wait within it.
 * @param losses in the order of their time
 * @param budgetMs how long the client's budget may keep the workers of one pass between two losses
 */
export const passStarts = (
  losses: readonly Pick<Loss, 'atMs'>[],
  { periodMs, budgetMs }: { readonly periodMs: number; readonly budgetMs: number },
): ReadonlyMap<number, number | null> => {
  const starts = new Map<number, number | null>();
  let startMs: number | null = null;
  let beforeMs = Number.NEGATIVE_INFINITY;
  for (const { atMs } of losses) {
    const gapMs = atMs - beforeMs;
    if (gapMs > periodMs * pauseShare) startMs = gapMs > budgetMs ? atMs : null;
    beforeMs = atMs;
    starts.set(atMs, startMs);
  }
  return starts;
};

/** What a loss waited for, ms; their sum is how late it was. null: not known. */
export type WaitedFor = {
  readonly graceMs: number;
  readonly passesMs: number | null;
  readonly withinPassMs: number | null;
};

/** How late a watch may bring a sign of life; longer, and what was seen does not explain the loss. */
const watchLateMs = 1000;

/**
 * @param lossMs of the node, `passMs` when the pass began that found it, `signMs` its last sign of life
 * @param startMs when the fault began
 * @returns null where it was lost before its grace was over by that sign
 */
export const waitedFor = (
  { lossMs, passMs, signMs }: { readonly lossMs: number; readonly passMs: number | null; readonly signMs: number },
  { startMs, graceMs }: { readonly startMs: number; readonly graceMs: number },
): WaitedFor | null => {
  if (lossMs < signMs + graceMs - watchLateMs) return null;
  // A sign of life is seen a little later than it was given: then the grace is over a little later than it was found to be. A long pass
  // may have begun before: it comes to each node at a time of its own, and judges by that.
  const overMs = Math.max(startMs, Math.min(lossMs, signMs + graceMs));
  if (passMs === null) return { graceMs: overMs - startMs, passesMs: null, withinPassMs: null };
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
  /** Whether writes of others are among them. */
  readonly isByHost: boolean;
};

const noUpdates =
  'this version does not count what passes take for a node (node_collector_update_node_health_duration_seconds)';

const noTime = 'passes took no time by what was counted';

const contradictory = 'more time was counted for writes than passes took for nodes';

/** Rounding of sums of seconds. */
const isMore = (one: number, other: number): boolean => one > other * (1 + 1e-9);

/** Shares of what passes took for nodes, or why there are none. */
export const sharesOf = ({
  updates,
  writes,
  rateLimiter,
  priorityLevel,
  isByHost,
}: PassWork): PassShares | { readonly why: string } => {
  if (updates === null) return { why: noUpdates };
  if (updates === 0) return { why: noTime };
  const waited = (rateLimiter ?? 0) + (priorityLevel ?? 0);
  if (isMore(waited, updates) || (!isByHost && (isMore(writes, updates) || isMore(waited, writes))))
    return { why: contradictory };
  const isKnown = rateLimiter !== null && priorityLevel !== null;
  return {
    rateLimiter: rateLimiter === null ? null : rateLimiter / updates,
    priorityLevel: priorityLevel === null ? null : priorityLevel / updates,
    // PUTs of others are among those by host alone: of the rest nobody knows what is an answer's.
    requests: isKnown ? Math.max(0, (isByHost ? updates : writes) - waited) / updates : null,
    controller: isByHost ? null : Math.max(0, updates - writes) / updates,
  };
};
