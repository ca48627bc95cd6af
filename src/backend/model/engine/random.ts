import { createRandoms } from '../../../common/random.ts';

/** Independent random numbers for one actor, so that what one draws never shifts another's. */
export type Rng = {
  /** An integer from 0 to `limit` - 1; 0 where `limit` is less than 1. */
  readonly below: (limit: number) => number;
};

/** Hands out generators 2^64 numbers apart, in the order of asking. Integer arithmetic alone: the same on every machine. */
export type RngSource = { readonly next: () => Rng };

export const createRngSource = (seed: number): RngSource => {
  const next = createRandoms(seed);
  return {
    next: () => {
      const random = next();
      return { below: (limit) => Math.floor(random() * limit) };
    },
  };
};

/** Puts a list into a random order, in place. */
export const shuffle = <T>(list: T[], rng: Rng): void => {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = rng.below(last + 1);
    const kept = list[last] as T;
    list[last] = list[other] as T;
    list[other] = kept;
  }
};
