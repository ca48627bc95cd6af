import { build, type Histogram } from 'hdr-histogram-js';
import { type RequestOutcome, type RequestRecord, requestOutcomes } from '../../timeline/index.ts';

/** Requests by the moment at which they were due, in spans of one width; for a picture, as run.json has the figures. */
export type RequestSeries = {
  /** Start of the first span, ms since the run's start; null where no request can be placed. */
  readonly fromMs: number | null;
  readonly widthMs: number;
  readonly spans: number;
  /** How many requests a span; only outcomes that were seen. */
  readonly outcomes: Readonly<Partial<Record<RequestOutcome, readonly number[]>>>;
  /** Of answers (ok, httpError), at most 1 % high; null where a span has none. */
  readonly latencyMs: Readonly<Record<'p50' | 'p90' | 'p99', readonly (number | null)[]>>;
  /** Requests whose record bears no usable time: counted in run.json, not in any span. */
  readonly unplaced: number;
};

type Span = { readonly counts: Map<RequestOutcome, number>; latency: Histogram | null };

const shortestMs = 1000;
/** More than a screen has columns; past it, spans are made twice as wide. */
const maxSpans = 1800;
const maxUs = 3_600_000_000;

const newHistogram = (): Histogram =>
  build({ lowestDiscernibleValue: 1, highestTrackableValue: maxUs, numberOfSignificantValueDigits: 2 });

const absorb = (into: Span, other: Span): void => {
  for (const [outcome, count] of other.counts) into.counts.set(outcome, (into.counts.get(outcome) ?? 0) + count);
  if (other.latency === null) return;
  if (into.latency === null) into.latency = other.latency;
  else into.latency.add(other.latency);
};

/** Spans by index, half as many of twice the width. */
const widen = (spans: ReadonlyMap<number, Span>): Map<number, Span> => {
  const wider = new Map<number, Span>();
  for (const [index, span] of spans) {
    const half = Math.floor(index / 2);
    const there = wider.get(half);
    if (there === undefined) wider.set(half, span);
    else absorb(there, span);
  }
  return wider;
};

const latencyAt = (span: Span | undefined, percentile: number): number | null =>
  span?.latency == null ? null : span.latency.getValueAtPercentile(percentile) / 1000;

/**
 * One pass over any number of requests in bounded memory: spans of 1 s from `originMs` on, widened as often as needed
 * to stay below `maxSpans`.
 */
export const createRequestSeries = (
  originMs: number,
): { readonly add: (record: RequestRecord) => void; readonly result: () => RequestSeries } => {
  let spans = new Map<number, Span>();
  let widthMs = shortestMs;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let unplaced = 0;

  const add = ({ dueMs, endedMs, outcome }: RequestRecord): void => {
    if (!Number.isFinite(dueMs) || !Number.isFinite(endedMs)) {
      unplaced += 1;
      return;
    }
    const place = (): number => Math.floor((dueMs - originMs) / widthMs);
    while (Math.max(last, place()) - Math.min(first, place()) >= maxSpans) {
      spans = widen(spans);
      widthMs *= 2;
      first = Math.floor(first / 2);
      last = Math.floor(last / 2);
    }
    const index = place();
    first = Math.min(first, index);
    last = Math.max(last, index);
    const span = spans.get(index) ?? { counts: new Map<RequestOutcome, number>(), latency: null };
    spans.set(index, span);
    span.counts.set(outcome, (span.counts.get(outcome) ?? 0) + 1);
    if (outcome !== 'ok' && outcome !== 'httpError') return;
    span.latency ??= newHistogram();
    span.latency.recordValue(Math.min(maxUs, Math.max(0, Math.round((endedMs - dueMs) * 1000))));
  };

  const result = (): RequestSeries => {
    const count = spans.size === 0 ? 0 : last - first + 1;
    const inOrder = Array.from({ length: count }, (_, offset) => spans.get(first + offset));
    const seen = requestOutcomes.filter((outcome) => inOrder.some((span) => span?.counts.has(outcome)));
    const latencies = (percentile: number) => inOrder.map((span) => latencyAt(span, percentile));
    return {
      fromMs: count === 0 ? null : originMs + first * widthMs,
      widthMs,
      spans: count,
      outcomes: Object.fromEntries(
        seen.map((outcome) => [outcome, inOrder.map((span) => span?.counts.get(outcome) ?? 0)]),
      ),
      latencyMs: { p50: latencies(50), p90: latencies(90), p99: latencies(99) },
      unplaced,
    };
  };
  return { add, result };
};
