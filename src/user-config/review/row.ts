/**
 * One figure of both sides; null where it cannot be known: a component does not start, or does what is not modelled.
 * Two that cannot be known are never the same.
 */
export type ReviewRow = {
  readonly figure: string;
  readonly base: string | null;
  readonly candidate: string | null;
  readonly verdict: 'same' | 'better' | 'worse' | 'changed' | 'unknown';
};
