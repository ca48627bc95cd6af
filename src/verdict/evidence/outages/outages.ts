import { connectionsOf, entrancesOf, type Plan, proxyFollowsMs } from '../../../plan/index.ts';
import { ofType, type RequestRecord, type TimelineEvent } from '../../../timeline/index.ts';
import type { MeasurementWindow } from '../../measurement-window.ts';
import { type BlindTime, blindWatches } from '../blind-times.ts';
import {
  answerQuestions,
  judgedEntrances,
  minSeenMs,
  type OpenQuestion,
  outageText,
  type PossibleOutage,
} from './open-question.ts';
import { partialHitQuestions, underFaults } from './partial-hits.ts';

// Whether the load could see what clients may have felt is judged by the record: times in which harm was possible are in
// it, and so is when requests were sent. Kubernetes and the model write the same events, so that one rule holds for both.

/** From the first fault on to the end of the last phase, with which the load stops. */
const countedTime = ({ countFromMs, measuredToMs, phases }: MeasurementWindow) => {
  const endMs = Math.min(measuredToMs ?? Number.NEGATIVE_INFINITY, phases.at(-1)?.endMs ?? Number.POSITIVE_INFINITY);
  return countFromMs === null || endMs <= countFromMs ? null : { startMs: countFromMs, endMs };
};

/**
 * kube-proxy follows each change at its next sync, so that what clients felt may have begun and ended so much later; a
 * short time without endpoints may have been no outage at all, or one as long as a sync waits.
 */
const withoutEndpoints = (plan: Plan, events: readonly TimelineEvent[], endMs: number): readonly PossibleOutage[] => {
  const followsMs = proxyFollowsMs(plan);
  const numbers = ofType(events, 'endpoints');
  // Before the first sight nobody knows how many there were.
  const states = [{ atMs: Number.NEGATIVE_INFINITY, ready: null }, ...numbers];
  const isEmpty = (ready: number | null | undefined): boolean => ready === null || ready === 0;
  return states.flatMap(({ atMs, ready }, index) => {
    if (!isEmpty(ready) || (index > 0 && isEmpty(states[index - 1]?.ready))) return [];
    const backMs = states.find((one, later) => later > index && !isEmpty(one.ready))?.atMs ?? endMs;
    const what =
      index === 0 && !numbers.some((one) => one.ready === 0)
        ? 'nobody saw the endpoints of the Service'
        : 'the Service had no ready endpoint';
    return [{ fromMs: atMs, beginsByMs: atMs + followsMs, endsFromMs: backMs, toMs: backMs + followsMs, what }];
  });
};

/** A watch that lost events may hide that no endpoint was left for as long as it was blind. */
const blindToEndpoints = (
  events: readonly TimelineEvent[],
  window: MeasurementWindow,
  endMs: number,
): readonly PossibleOutage[] =>
  blindWatches(events, window)
    .filter(({ source, late }) => source === 'endpointslices' && !late)
    .map(({ fromMs, toMs }) => ({
      fromMs,
      beginsByMs: fromMs,
      endsFromMs: toMs ?? endMs,
      toMs: toMs ?? endMs,
      what: 'the watch on endpointslices was blind',
    }));

type Connection = RequestRecord['connection'];

const lineOf = (connection: Connection, entrance: string): string => `${connection} ${entrance}`;

type Time = { readonly startMs: number; readonly endMs: number };

/** Those that reach into a time, and what of them lies in it. */
const inTime = <T extends PossibleOutage>(outages: readonly T[], { startMs, endMs }: Time): readonly T[] => {
  const counted = (ms: number): number => Math.min(Math.max(ms, startMs), endMs);
  return outages
    .filter(({ fromMs, endsFromMs }) => fromMs < endMs && endsFromMs > startMs)
    .map((outage) => ({
      ...outage,
      fromMs: counted(outage.fromMs),
      beginsByMs: counted(outage.beginsByMs),
      endsFromMs: counted(outage.endsFromMs),
      toMs: counted(outage.toMs),
    }));
};

/** Whether an outage, as long as one is to be seen, fits between two of these moments: nobody asked while it lasted. */
const fitsBetween = ({ fromMs, beginsByMs, endsFromMs, toMs }: PossibleOutage, sentMs: readonly number[]): boolean => {
  const moments = [Number.NEGATIVE_INFINITY, ...sentMs.toSorted((a, b) => a - b), Number.POSITIVE_INFINITY];
  return moments.some((before, index) => {
    const after = moments[index + 1];
    if (after === undefined || before >= beginsByMs || after <= endsFromMs) return false;
    return Math.min(after, toMs) - Math.max(before, fromMs) > minSeenMs;
  });
};

/**
 * Each line, which is an entrance and a kind of connection, has to have been asked while an outage lasted, whenever it began
 * and ended. @param entrance whose figures it is about, and whose lines these are; null: of all
 */
const questionOf = (
  outage: PossibleOutage,
  entrance: string | null,
  lines: readonly string[],
  ofNewConnections: boolean,
): OpenQuestion => {
  const { fromMs, beginsByMs, endsFromMs, toMs } = outage;
  const unasked = new Map(lines.map((line): [string, number[]] => [line, []]));
  return {
    entrance,
    times: [outage],
    ofNewConnections,
    isAnswered: ({ sentMs, connection }, through) => {
      const line = lineOf(connection, through);
      const isInside = sentMs >= beginsByMs && sentMs <= endsFromMs;
      if (isInside) unasked.delete(line);
      else unasked.get(line)?.push(sentMs);
      return unasked.size === 0;
    },
    unseen: () =>
      [...unasked.values()].some((sentMs) => fitsBetween(outage, sentMs))
        ? [
            {
              source: 'requests',
              fromMs,
              toMs,
              late: false,
              ...(entrance === null ? {} : { entrance }),
              outage: `${outageText(outage)}, and no request${entrance === null ? '' : ` through ${entrance}`} tells what clients felt then`,
            },
          ]
        : [],
  };
};

export type OutageWatch = {
  /** A request, by the node through which it entered; in any order. */
  readonly add: (request: RequestRecord, entrance: string) => void;
  /** Times of which no request tells what clients felt. */
  readonly unseen: () => readonly BlindTime[];
};

/**
 * Holds requests against the times in which clients may have been harmed. One that failed in such a time tells of it; else
 * each entrance, which may have an outage of its own, must have been asked while it lasted, whenever it began and ended,
 * and on each kind of connection: a kept one goes on to its pod where a new one is refused. Of an entrance's own figures
 * only what came through it tells.
 * Memory grows with those times: of a long one no request is kept.
 */
export const watchOutages = (plan: Plan, events: readonly TimelineEvent[], window: MeasurementWindow): OutageWatch => {
  const entrances = entrancesOf(plan);
  const linesOf = (entrance: string | null, kinds: readonly Connection[]): readonly string[] =>
    kinds.flatMap((kind) => (entrance === null ? entrances : [entrance]).map((one) => lineOf(kind, one)));
  const time = countedTime(window);
  // Every time from the first fault on in which clients may have been harmed, as the record has them.
  const within = <T extends PossibleOutage>(find: (endMs: number) => readonly T[]): readonly T[] =>
    time === null ? [] : inTime(find(time.endMs), time);
  const faults = within((endMs) => underFaults(plan, events, endMs));
  const emptied = within((endMs) => [
    ...withoutEndpoints(plan, events, endMs),
    ...blindToEndpoints(events, window, endMs),
  ]);
  const asked = connectionsOf(plan.load);
  // Where no endpoint is left, kept connections go on to their pods: of clients that connect anew only those tell that do.
  const connecting: readonly Connection[] = [...new Set<Connection>([...asked, 'fresh'])];
  return answerQuestions([
    ...judgedEntrances(entrances).flatMap((entrance) => [
      ...emptied.map((outage) => questionOf(outage, entrance, linesOf(entrance, connecting), true)),
      ...faults.map((outage) => questionOf(outage, entrance, linesOf(entrance, asked), false)),
    ]),
    ...partialHitQuestions(plan, events, faults),
  ]);
};
