import { maxRetransmitUs, retransmitUs } from '../engine/constants.ts';

/**
 * Linux' estimate of a round trip: the mean, four times the mean deviation, and the largest of these lately, which is
 * 200 ms at least. The pause before a retransmission is the mean and that.
 */
export type RoundTrips = {
  readonly meanUs: number;
  readonly deviationUs: number;
  readonly maxUs: number;
  readonly variationUs: number;
  /** What has to be acknowledged until the variation may shrink. */
  readonly round: number;
};

/** Of a connection that has been there for long, on which every round trip took the same. */
export const steadyRoundTrips = (meanUs: number): RoundTrips => ({
  meanUs,
  deviationUs: 0,
  maxUs: retransmitUs,
  variationUs: retransmitUs,
  round: 0,
});

/** @see Linux net/ipv4/tcp_input.c, tcp_rtt_estimator and tcp_set_rto; an improvement counts less than a change for the worse */
export const measured = (before: RoundTrips, sampleUs: number, acknowledged: number, next: number): RoundTrips => {
  const offUs = sampleUs - before.meanUs;
  const overUs = Math.abs(offUs) - before.deviationUs / 4;
  const deviationUs = before.deviationUs + (offUs < 0 && overUs > 0 ? overUs / 8 : overUs);
  const maxUs = Math.max(before.maxUs, deviationUs);
  const variationUs = Math.max(before.variationUs, maxUs);
  const after = { meanUs: before.meanUs + offUs / 8, deviationUs, maxUs, variationUs, round: before.round };
  if (acknowledged <= before.round) return after;
  const shrunkUs = variationUs - Math.max(0, variationUs - maxUs) / 4;
  return { ...after, variationUs: shrunkUs, maxUs: retransmitUs, round: next };
};

/** Before the first retransmission (RTO). */
export const pauseOf = ({ meanUs, variationUs }: RoundTrips): number =>
  Math.min(maxRetransmitUs, Math.round(meanUs + variationUs));
