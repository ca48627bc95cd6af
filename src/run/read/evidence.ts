import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Calibration } from '../../calibration/index.ts';
import { errnoOf } from '../../common/errors.ts';
import type { Plan } from '../../plan/index.ts';
import {
  type LineCheck,
  type RequestBatch,
  type RequestCheck,
  type RequestRecord,
  readEvents,
  readRequests,
  type TimelineEvent,
} from '../../timeline/index.ts';
import {
  createRequestSeries,
  type HollowBand,
  judge,
  type RequestSeries,
  type RunDocument,
  withModel,
} from '../../verdict/index.ts';
import { recordProblems, traceRequests } from './cross-checks.ts';
import { readCalibration } from './read-calibration.ts';
import { type RequestSum, sumRequests } from './request-sum.ts';

/** A run folder as it was read and judged: all that any report is made from. */
export type JudgedRun = {
  readonly plan: Plan;
  /** In the order of their time. */
  readonly events: readonly TimelineEvent[];
  readonly document: RunDocument;
  readonly series: RequestSeries;
  /** What the model's runs had of its hollow nodes over time; null where calibration.json has nothing of it. */
  readonly hollowBand: HollowBand | null;
  /** null where the folder has no scenario.yaml. */
  readonly scenarioYaml: string | null;
  /** Where the record contradicts its plan or itself, in words. */
  readonly contradictions: readonly string[];
  /** The record as it stands in the files; of requests no more than their sum. */
  readonly record: { readonly events: readonly TimelineEvent[]; readonly requests: RequestSum };
  /** Of the events but for when they were: two runs that share it are one. */
  readonly fingerprint: string;
};

/** What lines of the record must be like to be believed, where they may have come from anywhere. */
export type RecordChecks = { readonly events: LineCheck; readonly requests: RequestCheck };

/** scenario.yaml of a folder; null where it has none. */
export const readScenario = (folder: string): string | null => {
  try {
    return readFileSync(join(folder, 'scenario.yaml'), 'utf8');
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return null;
    throw thrown;
  }
};

const fingerprintOf = (events: readonly TimelineEvent[]): string => {
  const hash = createHash('sha256');
  for (const event of events) if (event.type !== 'run.started') hash.update(JSON.stringify(event));
  return hash.digest('hex');
};

/** Hands the requests on as they come, so that one reading serves two. */
async function* shared(
  batches: AsyncIterable<RequestBatch>,
  see: (batch: RequestBatch) => void,
): AsyncGenerator<readonly RequestRecord[]> {
  for await (const batch of batches) {
    see(batch);
    yield batch.records;
  }
}

/** A run with what calibration.json says of it. */
export const withCalibration = (run: JudgedRun, calibration: Calibration): JudgedRun => ({
  ...run,
  document: withModel(run.document, calibration),
  hollowBand: calibration.hollow ?? null,
});

/**
 * Reads the timeline of a run folder once and judges it; requests are streamed, never held. Where the run was held against
 * the model, what speaks against the model is among its findings.
 * @throws SkipbeatError EVIDENCE_UNREADABLE
 */
export const judgeFolder = async (folder: string, plan: Plan, checks?: RecordChecks): Promise<JudgedRun> => {
  const events: TimelineEvent[] = [];
  for await (const event of readEvents(folder, checks?.events)) events.push(event);
  const asWritten = [...events];
  events.sort((a, b) => a.atMs - b.atMs);
  const series = createRequestSeries(events.find(({ type }) => type === 'load.started')?.atMs ?? 0);
  const trace = traceRequests(plan);
  // Nothing can make a real run again: its sum would be of no use.
  const isPredicted = events.some((event) => event.type === 'run.started' && event.predicted);
  const sum = sumRequests();
  const see = ({ records, lines }: RequestBatch): void => {
    for (const record of records) {
      series.add(record);
      trace.add(record);
    }
    if (!isPredicted) return;
    if (lines === null) for (const record of records) sum.add(record);
    else sum.addLines(lines, records.length);
  };
  const judged = await judge(plan, events, shared(readRequests(folder, checks?.requests), see));
  const calibration = await readCalibration(folder);
  const run: JudgedRun = {
    plan,
    events,
    document: judged,
    series: series.result(),
    hollowBand: null,
    scenarioYaml: readScenario(folder),
    fingerprint: fingerprintOf(asWritten),
    contradictions: recordProblems(plan, asWritten, trace.result()),
    record: { events: asWritten, requests: sum.result() },
  };
  return calibration === null ? run : withCalibration(run, calibration);
};
