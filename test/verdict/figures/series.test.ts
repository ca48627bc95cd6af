import { describe, expect, test } from 'vitest';
import type { RequestOutcome, RequestRecord } from '../../../src/timeline/index.ts';
import { createRequestSeries } from '../../../src/verdict/figures/series.ts';

const request = (dueMs: number, outcome: RequestOutcome = 'ok', latencyMs = 5): RequestRecord => ({
  seq: 0,
  connection: 'fresh',
  dueMs,
  sentMs: dueMs,
  endedMs: dueMs + latencyMs,
  outcome,
  status: null,
  code: null,
});

const seriesOf = (records: readonly RequestRecord[], originMs = 0) => {
  const series = createRequestSeries(originMs);
  for (const record of records) series.add(record);
  return series.result();
};

describe('requests over time', () => {
  test('count in the second in which they were due, from the origin on, whatever the order they ended in', () => {
    const series = seriesOf([request(2600), request(600), request(1599), request(700, 'refused'), request(400)], 500);
    expect(series).toMatchObject({ fromMs: -500, widthMs: 1000, spans: 4 });
    expect(series.outcomes).toEqual({ ok: [1, 1, 1, 1], refused: [0, 1, 0, 0] });
  });

  test('have latencies where something was answered, and null where nothing was', () => {
    const { latencyMs } = seriesOf([request(0, 'ok', 10), request(1, 'httpError', 20), request(1500, 'timeout', 900)]);
    expect(latencyMs.p99[0]).toBeCloseTo(20, 0);
    expect(latencyMs.p50[0]).toBeCloseTo(10, 0);
    expect(latencyMs.p50[1]).toBeNull();
  });

  test('are put into wider spans where there would be too many, and none is lost', () => {
    const hours = Array.from({ length: 20_000 }, (_, second) => request(second * 1000, second % 3 ? 'ok' : 'refused'));
    const series = seriesOf(hours.toReversed());
    expect(series.spans).toBeLessThanOrEqual(1800);
    expect(series.widthMs).toBe(16_000);
    const sum = (counts: readonly number[] = []) => counts.reduce((a, b) => a + b, 0);
    expect(sum(series.outcomes.ok) + sum(series.outcomes.refused)).toBe(20_000);
  });

  test('without a usable time are counted apart', () => {
    const series = seriesOf([request(Number.NaN), request(10)]);
    expect(series).toMatchObject({ unplaced: 1, outcomes: { ok: [1] } });
  });

  test('are none where there are none', () => {
    expect(seriesOf([])).toEqual({
      fromMs: null,
      widthMs: 1000,
      spans: 0,
      outcomes: {},
      latencyMs: { p50: [], p90: [], p99: [] },
      unplaced: 0,
    });
  });
});
