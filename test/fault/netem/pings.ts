import { expect } from 'vitest';
import type { Pings, Stood } from '../../user-mode-linux/result.ts';
import { median } from '../../user-mode-linux/statistics.ts';

/** What the lab saw under a fault of that name. */
export const stoodIn = <T>(all: Readonly<Record<string, Stood<T>>>, name: string): Stood<T> => {
  const found = all[name];
  if (found === undefined) throw new Error(`the lab did not do ${name}`);
  return found;
};

/** By how many ms each round trip was longer than those without a fault. */
export const addedTo = (idle: Pings, { replies }: Pings): readonly number[] => {
  const idleMs = median(idle.replies.map(({ ms }) => ms));
  return replies.map(({ ms }) => ms - idleMs);
};

export const first = ({ replies }: Pings): Pings['replies'] => replies.filter(({ again }) => !again);

export const answeredShare = (pings: Pings): number => first(pings).length / pings.sent;

export const within = (value: number, [low, high]: readonly [number, number]): void => {
  expect(value).toBeGreaterThan(low);
  expect(value).toBeLessThan(high);
};
