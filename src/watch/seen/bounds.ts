import * as z from 'zod';

/** How far another clock is ahead of this machine's, in ms: somewhere between the two. */
export const boundsShape = z.strictObject({ atLeastMs: z.number(), atMostMs: z.number() });

export type Bounds = z.infer<typeof boundsShape>;

export const clockBoundsShape = z.strictObject({
  ...boundsShape.shape,
  sinceMs: z.number(),
  moved: z.number(),
});

/** What is known of another clock. `moved`: how often what was seen could not be of one offset: a clock was set. */
export type ClockBounds = z.infer<typeof clockBoundsShape>;

/** Clocks drift: what was known longer ago says nothing of now. */
const forgetAfterMs = 3_600_000;

/** @returns the same with one more sample; a sample that contradicts what was known takes its place */
export const narrow = (known: ClockBounds | null, sample: Bounds, atMs: number): ClockBounds => {
  if (known === null || atMs - known.sinceMs > forgetAfterMs) {
    return { ...sample, sinceMs: atMs, moved: known?.moved ?? 0 };
  }
  const atLeastMs = Math.max(known.atLeastMs, sample.atLeastMs);
  const atMostMs = Math.min(known.atMostMs, sample.atMostMs);
  if (atLeastMs > atMostMs) return { ...sample, sinceMs: atMs, moved: known.moved + 1 };
  return { ...known, atLeastMs, atMostMs };
};

/** A Date header is cut to whole seconds, and was written between the question and the answer. */
export const dateBounds = (askedMs: number, dateMs: number, answeredMs: number): Bounds => ({
  atLeastMs: dateMs - answeredMs,
  atMostMs: dateMs + 1000 - askedMs,
});

/**
 * A kubelet stamps a renewal before it sends it, and gives a request up after some time: it left that much before it came
 * at most, and what lies between its commit and us is allowed a second.
 * @param timeoutMs of its heartbeats: min(nodeStatusUpdateFrequency, lease duration)
 * @see kubernetes cmd/kubelet/app/server.go, heartbeatClientConfig.Timeout
 */
export const renewalBounds = (renewMs: number, atMs: number, timeoutMs: number): Bounds => ({
  atLeastMs: renewMs - atMs,
  atMostMs: renewMs - atMs + timeoutMs + 1000,
});

/** How far `one` is ahead of `other`. */
export const between = (one: Bounds, other: Bounds): Bounds => ({
  atLeastMs: one.atLeastMs - other.atMostMs,
  atMostMs: one.atMostMs - other.atLeastMs,
});
