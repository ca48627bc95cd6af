import { expect, onTestFinished } from 'vitest';
import { type Load, type LoadOptions, type LoadSummary, startLoad } from '../../../src/load/index.ts';
import { dueOnRunClockMs } from '../../../src/load/schedule.ts';
import type { RequestOutcome, RequestRecord } from '../../../src/timeline/index.ts';

export type Recording = {
  readonly load: Load;
  readonly records: readonly RequestRecord[];
  /** Resolves once the records so far satisfy `condition`; rejects if the load fails first. */
  readonly until: (condition: (records: readonly RequestRecord[]) => boolean) => Promise<void>;
};

const defaults = {
  ratePerSecond: 200,
  connection: 'fresh',
  timeoutMs: 20_000,
  maxDurationMs: 60_000,
} as const;

/** Starts a load on a port of loopback that keeps what it is sent; stopped when the test ends. */
export const record = async (
  port: number,
  options: Partial<Omit<LoadOptions, 'onBatch'>> & { readonly host?: string } = {},
): Promise<Recording> => {
  const records: RequestRecord[] = [];
  const waiting = new Set<() => void>();
  const { host = '127.0.0.1', ...rest } = options;
  const load = await startLoad({
    ...defaults,
    runStartNs: process.hrtime.bigint(),
    targets: [{ host, port, path: '/' }],
    ...rest,
    onBatch: (batch) => {
      expect(batch.length).toBeGreaterThan(0);
      records.push(...batch);
      for (const probe of waiting) probe();
    },
  });
  onTestFinished(async () => {
    await Promise.allSettled([load.stop()]);
  });
  const until: Recording['until'] = (condition) => {
    const met = new Promise<void>((resolve) => {
      const probe = (): void => {
        if (!condition(records)) return;
        waiting.delete(probe);
        resolve();
      };
      waiting.add(probe);
      probe();
    });
    return Promise.race([met, load.failed]);
  };
  return { load, records, until };
};

export const countOf = (records: readonly RequestRecord[], outcome: RequestOutcome): number =>
  records.filter((record) => record.outcome === outcome).length;

/** Each offered request is there exactly once, at its place in the schedule, and nothing else is. */
export const expectConserved = (
  records: readonly RequestRecord[],
  summary: LoadSummary,
  ratePerSecond: number,
): void => {
  const bySeq = records.toSorted((a, b) => a.seq - b.seq);
  expect(bySeq.map((record) => record.seq)).toEqual(Array.from({ length: summary.offered }, (_, seq) => seq));
  for (const { seq, dueMs, sentMs, endedMs } of bySeq) {
    expect(dueMs).toBe(dueOnRunClockMs(summary.startedAtMs, seq, ratePerSecond));
    expect(dueMs).toBeLessThan(summary.endedAtMs);
    expect(sentMs ?? dueMs).toBeGreaterThanOrEqual(dueMs);
    expect(endedMs).toBeGreaterThanOrEqual(sentMs ?? dueMs);
  }
  // Every request that was due was offered: the next one is due only at the end or after it.
  expect(dueOnRunClockMs(summary.startedAtMs, summary.offered, ratePerSecond)).toBeGreaterThanOrEqual(
    summary.endedAtMs,
  );
  const endings = records.map((record) => record.endedMs);
  expect(endings).toEqual(endings.toSorted((a, b) => a - b));
};
