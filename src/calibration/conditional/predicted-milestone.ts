import type { ConditionalMilestone, ConditionalMilestoneName } from '../../verdict/index.ts';
import { type Distribution, momentOf, shareBefore } from './distribution.ts';

/** What there is to know of a milestone beyond its name. */
type Traits = {
  /** As for windows by formula: half a second for each program between cause and sight. */
  readonly slackMs: number;
  /**
   * Whether what is predicted lies over more time than a machine's pace, so that ranks tell of the prediction alone. The
   * others come at once, or at once after a whole period.
   */
  readonly isSpread: boolean;
};

const traits: Readonly<Record<ConditionalMilestoneName, Traits>> = {
  notReady: { slackMs: 500, isSpread: true },
  // The pods' writes, and the slice.
  endpointLost: { slackMs: 1000, isSpread: false },
  // The rules of kube-proxy, and the client.
  refused: { slackMs: 1000, isSpread: false },
  tainted: { slackMs: 500, isSpread: false },
  evicted: { slackMs: 500, isSpread: false },
  ready: { slackMs: 500, isSpread: false },
  podReady: { slackMs: 1000, isSpread: true },
  lastRefused: { slackMs: 1000, isSpread: false },
};

/** Least and most of what a machine may add to any milestone; ms. */
export const slackRangeMs: readonly [number, number] = [
  Math.min(...Object.values(traits).map(({ slackMs }) => slackMs)),
  Math.max(...Object.values(traits).map(({ slackMs }) => slackMs)),
];

/** A write that was under way when the controller decided may be seen just before its decision is. */
export const underWayMs = 250;

type Case = Pick<ConditionalMilestone, 'link' | 'of' | 'given' | 'chance' | 'observedMs'>;

const isWider = (distribution: Distribution, ms: number): boolean =>
  (distribution.at(-1)?.toMs ?? 0) - (distribution[0]?.fromMs ?? 0) > ms;

/**
 * A milestone with its prediction, and how what was observed fares by it.
 * @param ranking what ranks tell of, where the prediction knows more: that which is known of every milestone of its name alike;
 *   null where the prediction only holds it, and says nothing of how likely what lies in it is
 * @param hasLate whether the last hundredth is unlikely all the same
 */
export const predictedMilestone = (
  one: Case,
  distribution: Distribution,
  ranking: Distribution | null = distribution,
  hasLate: boolean = ranking !== null,
): ConditionalMilestone => {
  const { observedMs, link: milestone } = one;
  const [p1Ms, p5Ms, p50Ms, p95Ms, p99Ms] = [0.01, 0.05, 0.5, 0.95, 0.99].map((share) =>
    momentOf(distribution, share),
  ) as [number, number, number, number, number];
  const { slackMs, isSpread } = traits[milestone];
  const isRanked = observedMs !== null && isSpread && ranking !== null && isWider(ranking, slackMs);
  // Where it is not known how likely what lies in it is, no hundredth at its ends is unlikely.
  const lowMs = ranking === null ? Number.NEGATIVE_INFINITY : p1Ms;
  const highMs = hasLate ? p99Ms : Number.POSITIVE_INFINITY;
  // Between two parts of a prediction nothing is predicted.
  const isInside =
    observedMs !== null &&
    distribution.some(
      ({ fromMs, toMs, share }) =>
        share > 0 && observedMs >= Math.max(fromMs, lowMs) - slackMs && observedMs <= Math.min(toMs, highMs) + slackMs,
    );
  return {
    ...one,
    ...{ p1Ms, p5Ms, p50Ms, p95Ms, p99Ms },
    rank: isRanked ? shareBefore(ranking, observedMs) : null,
    fit: observedMs === null ? null : isInside ? 'inside' : 'outside',
  };
};
