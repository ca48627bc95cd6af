import { expect, test } from 'vitest';
import { readTolerance } from '../../../src/compare/index.ts';
import { toleranceFor } from '../../../src/compare/statistics/tolerance.ts';

test.each(['requests.refused=5=9', '10%=5', 'a=5', 'requests.refused='])('%s is refused as a tolerance', (text) => {
  expect(() => readTolerance([text])).toThrow(expect.objectContaining({ code: 'TOLERANCE_INVALID', exitCode: 64 }));
});

test('of a share is no less than the least of the figure, unless that one figure was asked for', () => {
  const median = { path: 'requests.plannedLatencyMs.p50', minTolerance: 1 };
  const of = (texts: readonly string[], base: number | null): number =>
    toleranceFor(readTolerance(texts), median, base);
  expect([of([], 2), of([], 900), of(['50%'], 3), of([], null)]).toEqual([1, 90, 1.5, 1]);
  expect(of(['requests.plannedLatencyMs.p50=0.2'], 2)).toBe(0.2);
  expect(of(['requests.plannedLatencyMs.p50=20%'], 2)).toBe(0.4);
});
