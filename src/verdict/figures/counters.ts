import { type RequestOutcome, type RequestRecord, requestOutcomes } from '../../timeline/index.ts';
import type { OutcomeCounts, Quantiles } from '../document.ts';
import { createDurationHistogram, type DurationHistogram, quantilesOf, sumBeyond } from './quantiles.ts';

export type RequestCounters = {
  readonly add: (record: RequestRecord) => void;
  /** How long those took that were answered, all of these together. */
  readonly answered: readonly DurationHistogram[];
  /** Of no request every outcome is null: nobody asked. */
  readonly result: () => OutcomeCounts & { readonly latencyMs: Quantiles; readonly allLatencyMs: Quantiles };
};

/**
 * Counts outcomes, and the latency, from the due time, of what was answered (ok and httpError): a refusal comes back at
 * once and a time-out when the client pleases, and neither says how fast the service was. Beside it that of everything
 * sent: a service that answers only what is fast must not look fast.
 */
export const createRequestCounters = (): RequestCounters => {
  const counts = new Map<RequestOutcome, number>();
  // Each duration is recorded once, for that takes longer than all else: most are among both latencies.
  const sentAndAnswered = createDurationHistogram();
  const onlyAnswered = createDurationHistogram();
  const onlySent = createDurationHistogram();
  const answered = [sentAndAnswered, onlyAnswered];
  let offered = 0;
  return {
    add: ({ outcome, dueMs, sentMs, endedMs }) => {
      offered += 1;
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      const isAnswered = outcome === 'ok' || outcome === 'httpError';
      if (isAnswered) (sentMs === null ? onlyAnswered : sentAndAnswered).add(endedMs - dueMs);
      else if (sentMs !== null) onlySent.add(endedMs - dueMs);
    },
    answered,
    result: () => ({
      offered,
      ...(Object.fromEntries(
        requestOutcomes.map((outcome) => [outcome, offered === 0 ? null : (counts.get(outcome) ?? 0)]),
      ) as Record<RequestOutcome, number | null>),
      latencyMs: quantilesOf(...answered),
      allLatencyMs: quantilesOf(sentAndAnswered, onlySent),
    }),
  };
};

/** A healthy answer of a cluster takes a millisecond or two, on a busy machine some more; this nobody calls slow. */
const minSlowMs = 20;

/** How long answers took beyond that, all of these together. */
export const slowSecondsIn = (...counters: readonly RequestCounters[]): number =>
  Math.round(sumBeyond(minSlowMs, ...counters.flatMap(({ answered }) => answered))) / 1000;
