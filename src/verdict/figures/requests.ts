import { figureRegistry } from '../../figures/index.ts';
import { entrancesOf, type Plan } from '../../plan/index.ts';
import { type RequestOutcome, type RequestRecord, requestOutcomes, shortages } from '../../timeline/index.ts';
import type { OutcomeCounts, RunDocument } from '../document.ts';
import { type MeasurementWindow, within } from '../measurement-window.ts';
import { createRequestCounters, type RequestCounters, slowSecondsIn } from './counters.ts';
import { createDurationHistogram, quantilesOf } from './quantiles.ts';
import { createWays } from './ways.ts';

type PhaseCounters = { readonly span: { readonly name: string }; readonly counters: RequestCounters };

/** `requests.slowSeconds`; null: nobody asked in one of the recoveries. */
const slowSecondsOf = (
  recoveries: readonly PhaseCounters[],
  byPhase: RunDocument['requests']['byPhase'],
): number | null => {
  if (recoveries.some(({ span }) => byPhase[span.name]?.offered === 0)) return null;
  return slowSecondsIn(...recoveries.map(({ counters }) => counters));
};

/** Those of one part of run.json, by their names in it. */
const declaredIn = (
  part: string,
  declared: ReadonlyMap<string, number | null>,
): Readonly<Record<string, number | null>> =>
  Object.fromEntries(
    [...declared].flatMap(([path, value]) => {
      const [first, name, ...deeper] = path.split('.');
      return first === part && name !== undefined && deeper.length === 0 ? [[name, value]] : [];
    }),
  );

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
  /** Of each of several load generators, by its node, how late it sent at the 99th percentile, in ms; empty where there is one. */
  readonly latenessMsByGenerator: ReadonlyMap<string, number>;
  /** Requests that this machine did not send, by the errno that says what it lacked. */
  readonly shortages: ReadonlyMap<string, number>;
  /** What is declared with how it is read from requests, by its path in run.json. */
  readonly declared: ReadonlyMap<string, number | null>;
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
  const ways = createWays(plan, [...entrances.keys()]);
  const lateness = createDurationHistogram();
  const generators = plan.load.generators === undefined ? [] : [...entrances.keys()];
  const latenessOf = new Map(generators.map((node) => [node, createDurationHistogram()]));
  const countFromMs = window.countFromMs ?? Number.POSITIVE_INFINITY;
  let lastDueMs: number | null = null;
  const readers = figureRegistry.flatMap(({ path, readRequests }) =>
    readRequests === undefined ? [] : [{ path, reader: readRequests(window) }],
  );
  let lost = 0;
  const lacked = new Map<string, number>();
  await forEach(requests, (record) => {
    const { code, dueMs, entrance = onlyEntrance } = record;
    onRequest(record, entrance);
    total.add(record);
    entrances.get(entrance)?.add(record);
    const phase = phases.find(({ span }) => within(record.dueMs, span));
    phase?.counters.add(record);
    if (phase !== undefined) ways?.add(phase.span.name, entrance, record);
    lastDueMs = Math.max(lastDueMs ?? dueMs, dueMs);
    for (const { reader } of readers) reader.see(record);
    if (code !== null && Object.hasOwn(shortages, code)) lacked.set(code, (lacked.get(code) ?? 0) + 1);
    if (record.sentMs !== null) {
      lateness.add(record.sentMs - record.dueMs);
      latenessOf.get(entrance)?.add(record.sentMs - record.dueMs);
    }
    if (isLost(record) && dueMs >= countFromMs) lost += 1;
  });
  const declared = new Map(readers.map(({ path, reader }) => [path, reader.result()]));
  const { latencyMs, allLatencyMs, ...counts } = total.result();
  const recoveries = new Set(plan.phases.flatMap(({ kind, name }) => (kind === 'recover' ? [name] : [])));
  const planned = phases.filter(({ span }) => !recoveries.has(span.name));
  const byPhase = Object.fromEntries(phases.map(({ span, counters }) => [span.name, counters.result()]));
  return {
    requests: {
      ...counts,
      ...declaredIn('requests', declared),
      byPhase,
      byEntrance: Object.fromEntries([...entrances].map(([node, counters]) => [node, counters.result()])),
      ...(ways === null ? {} : { ways: ways.result(phases.map(({ span }) => span.name)) }),
      latencyMs,
      plannedLatencyMs: quantilesOf(...planned.flatMap(({ counters }) => counters.answered)),
      slowSeconds: slowSecondsOf(
        phases.filter(({ span }) => recoveries.has(span.name)),
        byPhase,
      ),
      allLatencyMs,
      latenessMs: quantilesOf(lateness),
    },
    lastDueMs,
    latenessMsByGenerator: new Map([...latenessOf].map(([node, own]) => [node, quantilesOf(own).p99 ?? 0])),
    shortages: lacked,
    declared,
    lost,
  };
};
