import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '../plan/index.ts';
import { junitXml, openMetricsText, runJson, summaryMarkdown } from '../report/index.ts';
import { readEvents, readRequests, type TimelineEvent } from '../timeline/index.ts';
import { judge, type RunDocument } from '../verdict/index.ts';

/** A run folder as it was read and judged: all that any report is made from. */
export type JudgedRun = {
  readonly plan: Plan;
  /** In the order of their time. */
  readonly events: readonly TimelineEvent[];
  readonly document: RunDocument;
};

/**
 * Reads the timeline of a run folder once and judges it; requests are streamed, never held.
 * @throws SkipbeatError EVIDENCE_UNREADABLE
 */
export const judgeFolder = async (folder: string, plan: Plan): Promise<JudgedRun> => {
  const events: TimelineEvent[] = [];
  for await (const event of readEvents(folder)) events.push(event);
  events.sort((a, b) => a.atMs - b.atMs);
  return { plan, events, document: await judge(plan, events, readRequests(folder)) };
};

/** Each file that is made from the evidence alone, so that making it again gives the same bytes. */
const reports: Readonly<Record<string, (run: JudgedRun) => string>> = {
  'run.json': ({ document }) => runJson(document),
  'summary.md': ({ document, plan }) => summaryMarkdown(document, plan),
  'junit.xml': ({ document }) => junitXml(document),
  'openmetrics.txt': ({ document }) => openMetricsText(document),
};

/** The names of those files. */
export const reportFiles: readonly string[] = Object.keys(reports);

/** Writes them, or some of them. */
export const writeReports = (folder: string, run: JudgedRun, files: readonly string[] = reportFiles): void => {
  for (const file of files) {
    const make = reports[file];
    if (make !== undefined) writeFileSync(join(folder, file), make(run));
  }
};
