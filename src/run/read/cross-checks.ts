import { messageOf } from '../../common/errors.ts';
import { counted } from '../../common/text/counted.ts';
import { entrancesOf, type Plan, replan } from '../../plan/index.ts';
import { entranceOf, type RequestRecord, type TimelineEvent } from '../../timeline/index.ts';
import { differingPaths } from './differing-paths.ts';
import { eventProblems, named } from './event-problems.ts';

// What the files of a run folder say of each other. A file that was changed together with its sum in manifest.json is
// found only where it then contradicts another one.

/** Whether plan.json is the plan that scenario.yaml makes, on a cluster of somebody's as far as that does not decide; in words where it is not. */
export const planProblems = (
  plan: Plan,
  scenarioYaml: string | null,
  { isOwnCluster }: { readonly isOwnCluster: boolean },
): readonly string[] => {
  if (scenarioYaml === null) {
    return ['scenario.yaml: expected this file, found none: nothing says what plan.json was made of'];
  }
  let expected: Plan;
  try {
    expected = JSON.parse(JSON.stringify(replan(scenarioYaml, plan, { isOwnCluster }))) as Plan;
  } catch (thrown) {
    return [`scenario.yaml: expected the scenario of plan.json, found ${messageOf(thrown).split('\n').at(-1)}`];
  }
  const paths = differingPaths(expected, plan);
  return paths.length === 0
    ? []
    : [
        `plan.json: expected the plan that this skipbeat makes of scenario.yaml, found another ${named(paths)}; another version of skipbeat made it, or it was edited`,
      ];
};

/** What is kept of the requests, as they pass, to be held against the rest. */
export type RequestTrace = {
  readonly add: (record: RequestRecord) => void;
  readonly result: () => {
    readonly count: number;
    readonly lastSeq: number;
    /** When request 0 was due by the seq and the due time of each, the earliest and the latest of all; ms. */
    readonly zeroMs: readonly [number, number];
    readonly lastDueMs: number;
    readonly wrongConnections: number;
    readonly wrongEntrances: number;
    /** Sent before they were due, or with an outcome that their status and code are not of. */
    readonly impossible: number;
  };
};

/** Due times are written to the microsecond. */
const scheduleSlackMs = 0.01;

/** A response has a status and no code, whatever else came of a request has a code. */
const isPossible = ({ dueMs, sentMs, outcome, status, code }: RequestRecord): boolean => {
  if (sentMs !== null && sentMs < dueMs - scheduleSlackMs) return false;
  if (outcome === 'ok') return code === null && status !== null && status >= 200 && status < 400;
  if (outcome === 'httpError') return code === null && status !== null && (status < 200 || status >= 400);
  return code !== null && (outcome === 'refused') === (code === 'ECONNREFUSED');
};

export const traceRequests = (plan: Plan): RequestTrace => {
  const { load } = plan;
  const entrances = entrancesOf(plan);
  let [count, lastSeq, earliest, latest] = [0, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [lastDueMs, wrongConnections, wrongEntrances, impossible] = [Number.NEGATIVE_INFINITY, 0, 0, 0];
  return {
    add: (record) => {
      const { seq, dueMs, connection, entrance } = record;
      const zeroMs = dueMs - (seq * 1000) / load.ratePerSecond;
      const expected = load.connection === 'both' ? (seq % 2 === 0 ? 'fresh' : 'keep-alive') : load.connection;
      count += 1;
      lastSeq = Math.max(lastSeq, seq);
      earliest = Math.min(earliest, zeroMs);
      latest = Math.max(latest, zeroMs);
      lastDueMs = Math.max(lastDueMs, dueMs);
      if (connection !== expected) wrongConnections += 1;
      const inTurn = entrances[entranceOf(seq, load.connection, entrances.length)];
      // An older skipbeat had but one, and did not say which.
      if (entrance === undefined ? entrances.length > 1 : entrance !== inTurn) wrongEntrances += 1;
      if (!isPossible(record)) impossible += 1;
    },
    result: () => ({
      count,
      lastSeq,
      zeroMs: [earliest, latest],
      lastDueMs,
      wrongConnections,
      wrongEntrances,
      impossible,
    }),
  };
};

const requestProblems = (
  { load }: Plan,
  events: readonly TimelineEvent[],
  {
    count,
    lastSeq,
    zeroMs,
    lastDueMs,
    wrongConnections,
    wrongEntrances,
    impossible,
  }: ReturnType<RequestTrace['result']>,
): readonly string[] => {
  if (count === 0) return [];
  const started = events.find((event) => event.type === 'load.started');
  const ended = events.find((event) => event.type === 'load.ended');
  const file = 'requests.ndjson.gz';
  return [
    ...(started === undefined ? [`${file}: expected none before events.ndjson has the start of the load`] : []),
    ...(started !== undefined && started.ratePerSecond !== load.ratePerSecond
      ? [
          `events.ndjson: expected a load of ${counted(load.ratePerSecond, 'request')} a second, found ${started.ratePerSecond}`,
        ]
      : []),
    ...(ended !== undefined && lastSeq >= ended.offered
      ? [
          `${file}: expected ${counted(ended.offered, 'request')}, as events.ndjson counts them, found number ${lastSeq + 1}`,
        ]
      : []),
    ...(zeroMs[1] - zeroMs[0] > scheduleSlackMs
      ? [
          `${file}: expected each request when ${load.ratePerSecond} a second are due, found some off by ${(zeroMs[1] - zeroMs[0]).toFixed(2)} ms`,
        ]
      : []),
    ...(started !== undefined && zeroMs[0] < started.atMs - 1
      ? [
          `${file}: expected the first request after the load began at ${started.atMs} ms, found it due at ${zeroMs[0]} ms`,
        ]
      : []),
    ...(ended !== undefined && lastDueMs > ended.atMs + 1
      ? [`${file}: expected no request after the load ended at ${ended.atMs} ms, found one due at ${lastDueMs} ms`]
      : []),
    ...(wrongConnections > 0
      ? [`${file}: expected connections as plan.json has them, found ${counted(wrongConnections, 'other')}`]
      : []),
    ...(wrongEntrances > 0
      ? [
          `${file}: expected requests through the nodes that plan.json has, in turn, found ${counted(wrongEntrances, 'other')}`,
        ]
      : []),
    ...(impossible > 0
      ? [
          `${file}: expected requests that no sooner went than they were due, each with a code of its outcome, found ${counted(impossible, 'other')}`,
        ]
      : []),
  ];
};

/**
 * Where the record contradicts its plan or itself.
 * @param events in the order in which they stand in the file
 */
export const recordProblems = (
  plan: Plan,
  events: readonly TimelineEvent[],
  requests: ReturnType<RequestTrace['result']>,
): readonly string[] => [...eventProblems(plan, events), ...requestProblems(plan, events, requests)];
