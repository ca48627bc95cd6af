import * as z from 'zod';
import { countShape, durationShape } from './units.ts';

/** nodeMonitorPeriod where nothing says it: the default of every version since 1.11. */
export const defaultMonitorPeriodMs = 5000;

/** What may lie between a decision or a sign of life and its arrival here, and what a pass takes. */
const lagMs = 1000;

/**
 * From so many nodes at once on a pass may take long, for it writes one after another: what came meanwhile came after the
 * decision, and what was decided early comes late, so they say nothing of the grace.
 */
const crowd = 4;

export const graceShape = z.strictObject({
  n: countShape,
  atLeastMs: durationShape.nullable(),
  atMostMs: durationShape.nullable(),
});

/** What nodes that were marked NotReady by silence say of nodeMonitorGracePeriod, `n` of them. */
export type InferredGrace = z.infer<typeof graceShape>;

export const nothingInferred: InferredGrace = { n: 0, atLeastMs: null, atMostMs: null };

export type SilentNotReady = {
  /** From the arrival of the last sign of life to that of NotReady. */
  readonly silentMs: number;
  readonly lastSign: 'lease' | 'status';
  /** Nodes that were marked within a minute, itself among them. */
  readonly together: number;
  readonly monitorPeriodMs: number;
  /** false: another controller took over meanwhile, and gave every node the whole grace anew; or nobody knows. */
  readonly isSameLeader: boolean;
};

const larger = (a: number | null, b: number): number => (a === null ? b : Math.max(a, b));

/**
 * The controller marks a node in the first pass that finds it silent for longer than the grace. It has noticed the last
 * sign in a pass, too, up to a period after it came, and after a status post once more in the next one: so the silence is
 * longer than the grace, and by less than two periods, or three.
 * @see kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go, tryUpdateNodeHealth
 */
export const inferGrace = (known: InferredGrace, seen: SilentNotReady): InferredGrace => {
  if (seen.together >= crowd) return known;
  const periods = seen.lastSign === 'status' ? 3 : 2;
  const atLeastMs = Math.max(0, seen.silentMs - periods * seen.monitorPeriodMs - lagMs);
  const atMostMs = seen.silentMs + lagMs;
  return {
    n: known.n + 1,
    atLeastMs: !seen.isSameLeader ? known.atLeastMs : larger(known.atLeastMs, atLeastMs),
    atMostMs: known.atMostMs === null ? atMostMs : Math.min(known.atMostMs, atMostMs),
  };
};

/** Whether no grace explains all of them: it was changed meanwhile, or the controller was away. */
export const isContradictory = ({ atLeastMs, atMostMs }: InferredGrace): boolean =>
  atLeastMs !== null && atMostMs !== null && atLeastMs > atMostMs;

/** Whether a grace that is said to hold lies outside of what was seen. */
export const contradicts = (graceMs: number, { atLeastMs, atMostMs }: InferredGrace): boolean =>
  (atLeastMs !== null && graceMs < atLeastMs) || (atMostMs !== null && graceMs > atMostMs);
