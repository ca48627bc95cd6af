import { expect, test } from 'vitest';
import { createRngSource } from '../../../../src/backend/model/engine/random.ts';
import { createSharedPath } from '../../../../src/backend/model/network/shared-path.ts';

const rng = () => createRngSource(1).next();

test('without jitter each message takes what every message takes', () => {
  const path = createSharedPath(100_000);
  const draws = rng();
  expect([0, 10, 500_000].map((nowUs) => path.takesUs('down', nowUs, 3_000_000, 0, draws))).toEqual([
    3_000_000, 3_000_000, 3_000_000,
  ]);
});

test('under jitter none arrives before one that was sent earlier, the other way apart', () => {
  const path = createSharedPath(1_000_000_000);
  const draws = rng();
  const sent = Array.from({ length: 300 }, (_, index) => index * 7000);
  const arrives = sent.map((nowUs) => nowUs + path.takesUs('up', nowUs, 1000, 2_000_000, draws));
  expect(arrives).toEqual(arrives.toSorted((one, other) => one - other));
  for (const [index, atUs] of arrives.entries()) {
    const tookUs = atUs - (sent[index] ?? 0);
    expect(tookUs).toBeGreaterThanOrEqual(1000);
    expect(tookUs).toBeLessThan(2_001_000);
  }
  // 285 of them share the spread of the jitter: nearly all wait for one that was drawn late.
  const lateUs = arrives.slice(150).map((atUs, index) => atUs - (sent[index + 150] ?? 0));
  expect(Math.min(...lateUs)).toBeGreaterThan(1_500_000);
});

test('what watches bring between two answers holds these up, too', () => {
  const meanUs = (notifiedEveryUs: number): number => {
    const path = createSharedPath(notifiedEveryUs);
    const draws = rng();
    const took = Array.from({ length: 200 }, (_, index) =>
      path.takesUs('down', index * 2_000_000, 2_000_000, 2_000_000, draws),
    );
    return took.reduce((sum, us) => sum + us, 0) / took.length;
  };
  // Alone: the middle. With twenty in the time of the spread: close to its end.
  expect(Math.abs(meanUs(1_000_000_000) - 3_000_000)).toBeLessThan(150_000);
  expect(meanUs(100_000)).toBeGreaterThan(3_500_000);
});
