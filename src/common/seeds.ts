import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const range = 2 ** 32;

/** Numbers from 0 to below 1 that follow from the seed alone: integer arithmetic, the same on every machine. */
export const randomFrom = (seed: number): (() => number) => {
  const own = xoroshiro128plus(seed | 0);
  // The first state of neighbouring seeds differs in a few bits only; a jump mixes them.
  own.jump();
  return () => (own.next() >>> 0) / range;
};

/** The seed of one repeat: the seed itself for the first (0), an independent draw from it for each that follows. */
export const seedOfRepeat = (seed: number, repeat: number): number => {
  if (repeat === 0) return seed;
  const root = xoroshiro128plus(seed | 0);
  root.jump();
  let drawn = 0;
  for (let count = 0; count < repeat; count += 1) drawn = root.next() >>> 0;
  return drawn;
};
