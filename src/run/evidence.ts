import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, messageOf, SkipbeatError } from '../common/errors.ts';
import type { Plan } from '../plan/index.ts';
import { htmlReport, junitXml, openMetricsText, runJson, summaryMarkdown } from '../report/index.ts';
import { type LineCheck, type RequestRecord, readEvents, readRequests, type TimelineEvent } from '../timeline/index.ts';
import { createRequestSeries, judge, type RequestSeries, type RunDocument } from '../verdict/index.ts';
import { writeWhole } from './write-whole.ts';

/** A run folder as it was read and judged: all that any report is made from. */
export type JudgedRun = {
  readonly plan: Plan;
  /** In the order of their time. */
  readonly events: readonly TimelineEvent[];
  readonly document: RunDocument;
  readonly series: RequestSeries;
  /** null where the folder has no scenario.yaml. */
  readonly scenarioYaml: string | null;
  /** What speaks against the files of the folder; nothing where a run has just written them. */
  readonly doubts: readonly string[];
};

/** What lines of the record must be like to be believed, where they may have come from anywhere. */
export type RecordChecks = { readonly events: LineCheck; readonly requests: LineCheck };

const readScenario = (folder: string): string | null => {
  try {
    return readFileSync(join(folder, 'scenario.yaml'), 'utf8');
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return null;
    throw thrown;
  }
};

/** Hands every request on as it comes, so that one reading serves two. */
async function* shared(requests: AsyncIterable<RequestRecord>, see: (record: RequestRecord) => void) {
  for await (const record of requests) {
    see(record);
    yield record;
  }
}

/**
 * Reads the timeline of a run folder once and judges it; requests are streamed, never held.
 * @throws SkipbeatError EVIDENCE_UNREADABLE
 */
export const judgeFolder = async (folder: string, plan: Plan, checks?: RecordChecks): Promise<JudgedRun> => {
  const events: TimelineEvent[] = [];
  for await (const event of readEvents(folder, checks?.events)) events.push(event);
  events.sort((a, b) => a.atMs - b.atMs);
  const series = createRequestSeries(events.find(({ type }) => type === 'load.started')?.atMs ?? 0);
  const document = await judge(plan, events, shared(readRequests(folder, checks?.requests), series.add));
  return { plan, events, document, series: series.result(), scenarioYaml: readScenario(folder), doubts: [] };
};

/** Files that are made from the evidence alone, so that making them again gives the same bytes, by their format. */
const reports = {
  json: { file: 'run.json', make: ({ document }: JudgedRun) => runJson(document) },
  markdown: { file: 'summary.md', make: ({ document, plan }: JudgedRun) => summaryMarkdown(document, plan) },
  junit: { file: 'junit.xml', make: ({ document }: JudgedRun) => junitXml(document) },
  html: { file: 'report.html', make: (run: JudgedRun) => htmlReport(run) },
  openmetrics: { file: 'openmetrics.txt', make: ({ document }: JudgedRun) => openMetricsText(document) },
} as const;

export type ReportFormat = keyof typeof reports;

export const reportFormats = Object.keys(reports) as readonly ReportFormat[];

/** The names of those files. */
export const reportFiles: readonly string[] = Object.values(reports).map(({ file }) => file);

/**
 * Writes them, or some of them; one that cannot be made does not keep the others from being.
 * @returns their names @throws SkipbeatError REPORT_BROKEN (exit 70), when all the others are written
 */
export const writeReports = (
  folder: string,
  run: JudgedRun,
  formats: readonly ReportFormat[] = reportFormats,
): readonly string[] => {
  const broken: { readonly file: string; readonly thrown: unknown }[] = [];
  for (const format of formats) {
    const { file, make } = reports[format];
    try {
      writeWhole(join(folder, file), make(run));
    } catch (thrown) {
      broken.push({ file, thrown });
    }
  }
  if (broken.length > 0) {
    const words = broken.map(({ file, thrown }) => `${file} (${messageOf(thrown)})`).join(', ');
    throw new SkipbeatError('REPORT_BROKEN', `${folder}: not written: ${words}; the evidence itself is whole.`, {
      cause: broken[0]?.thrown,
      next: `npm run skipbeat -- report ${folder}`,
    });
  }
  return formats.map((format) => reports[format].file);
};
