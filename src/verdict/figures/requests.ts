import { entrancesOf, type Plan } from '../../plan/index.ts';
import {
  type RequestOutcome,
  type RequestRecord,
  requestOutcomes,
  reusedPortCode,
  shortages,
} from '../../timeline/index.ts';
import type { OutcomeCounts, Quantiles, RunDocument } from '../document.ts';
import { type MeasurementWindow, within } from '../measurement-window.ts';
import { createDurationHistogram, type DurationHistogram, quantilesOf, sumBeyond } from './quantiles.ts';

export type RequestCounters = {
  readonly add: (record: RequestRecord) => void;
  /** Of no request every outcome is null: nobody asked. */
  /** How long those took that were answered, all of these together. */
  readonly answered: readonly DurationHistogram[];
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

type PhaseCounters = { readonly span: { readonly name: string }; readonly counters: RequestCounters };

/** `requests.slowSeconds`; null: nobody asked in one of the recoveries. */
const slowSecondsOf = (
  recoveries: readonly PhaseCounters[],
  byPhase: RunDocument['requests']['byPhase'],
): number | null => {
  if (recoveries.some(({ span }) => byPhase[span.name]?.offered === 0)) return null;
  return Math.round(sumBeyond(minSlowMs, ...recoveries.flatMap(({ counters }) => counters.answered))) / 1000;
};

/** Requests that ended in none of the named ways; null where that is not known. */
export const otherOutcomes = (counts: OutcomeCounts, named: readonly RequestOutcome[]): number | null => {
  const others = requestOutcomes.filter((outcome) => !named.includes(outcome)).map((outcome) => counts[outcome]);
  return others.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
};

/** Whether a request that was sent got no answer. */
const isLost = ({ outcome, sentMs }: RequestRecord): boolean =>
  outcome !== 'ok' && outcome !== 'httpError' && sentMs !== null;

export type RequestFigures = {
  readonly requests: RunDocument['requests'];
  /** When the last request was due; null: there was none. */
  readonly lastDueMs: number | null;
  /** Requests that this machine did not send, by the errno that says what it lacked. */
  readonly shortages: ReadonlyMap<string, number>;
  /** When the client saw the first and the last refusal since `countFromMs`; null where it saw none. */
  readonly firstRefusedMs: number | null;
  readonly lastRefusedMs: number | null;
  /** Those that were due since `countFromMs`, were sent and got no answer. */
  readonly lost: number;
};

/** Requests, one by one or, where they have to be waited for, some at once. */
export type RequestSource = Iterable<RequestRecord> | AsyncIterable<readonly RequestRecord[]>;

const forEach = async (requests: RequestSource, see: (record: RequestRecord) => void): Promise<void> => {
  if (Symbol.iterator in requests) for (const record of requests) see(record);
  else for await (const batch of requests) for (const record of batch) see(record);
};

/**
 * One pass over the requests, in bounded memory. A request belongs to the phase in which it was due; one due outside
 * every phase counts in the totals alone.
 * @param onRequest called for each, with the node through which it entered
 */
export const requestFigures = async (
  requests: RequestSource,
  plan: Plan,
  window: MeasurementWindow,
  onRequest: (request: RequestRecord, entrance: string) => void,
): Promise<RequestFigures> => {
  const entrances = new Map(entrancesOf(plan).map((node) => [node, createRequestCounters()]));
  // An older skipbeat wrote no entrance, and had but one.
  const [onlyEntrance = ''] = entrances.keys();
  const total = createRequestCounters();
  const phases = window.phases.map((span) => ({ span, counters: createRequestCounters() }));
  const lateness = createDurationHistogram();
  const countFromMs = window.countFromMs ?? Number.POSITIVE_INFINITY;
  let firstRefusedMs: number | null = null;
  let lastRefusedMs: number | null = null;
  let lastDueMs: number | null = null;
  let reusedPort = 0;
  let lost = 0;
  const lacked = new Map<string, number>();
  await forEach(requests, (record) => {
    const { code, dueMs, entrance = onlyEntrance } = record;
    onRequest(record, entrance);
    total.add(record);
    entrances.get(entrance)?.add(record);
    phases.find(({ span }) => within(record.dueMs, span))?.counters.add(record);
    lastDueMs = Math.max(lastDueMs ?? dueMs, dueMs);
    if (code === reusedPortCode) reusedPort += 1;
    if (code !== null && Object.hasOwn(shortages, code)) lacked.set(code, (lacked.get(code) ?? 0) + 1);
    if (record.sentMs !== null) lateness.add(record.sentMs - record.dueMs);
    if (isLost(record) && dueMs >= countFromMs) lost += 1;
    if (record.outcome === 'refused' && record.endedMs >= countFromMs) {
      firstRefusedMs = Math.min(firstRefusedMs ?? record.endedMs, record.endedMs);
      lastRefusedMs = Math.max(lastRefusedMs ?? record.endedMs, record.endedMs);
    }
  });
  const { latencyMs, allLatencyMs, ...counts } = total.result();
  const recoveries = new Set(plan.phases.flatMap(({ kind, name }) => (kind === 'recover' ? [name] : [])));
  const planned = phases.filter(({ span }) => !recoveries.has(span.name));
  const byPhase = Object.fromEntries(phases.map(({ span, counters }) => [span.name, counters.result()]));
  return {
    requests: {
      ...counts,
      byPhase,
      byEntrance: Object.fromEntries([...entrances].map(([node, counters]) => [node, counters.result()])),
      latencyMs,
      plannedLatencyMs: quantilesOf(...planned.flatMap(({ counters }) => counters.answered)),
      slowSeconds: slowSecondsOf(
        phases.filter(({ span }) => recoveries.has(span.name)),
        byPhase,
      ),
      allLatencyMs,
      latenessMs: quantilesOf(lateness),
      reusedPort: window.knowsPorts ? reusedPort : null,
    },
    lastDueMs,
    shortages: lacked,
    firstRefusedMs,
    lastRefusedMs,
    lost,
  };
};
