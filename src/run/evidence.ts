import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '../plan/index.ts';
import { runJson } from '../report/index.ts';
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

/** Writes every file that is made from the evidence alone, so that making it again gives the same bytes. */
export const writeReports = (folder: string, run: JudgedRun): void => {
  writeFileSync(join(folder, 'run.json'), runJson(run.document));
};
