import { createRandoms } from '../../../common/random.ts';

/** Independent random numbers for one actor, so that what one draws never shifts another's. */
export type Stream = {
  /** A whole number from 0 to `limit` - 1; 0 where `limit` is less than 1. */
  readonly below: (limit: number) => number;
};

/** Hands out streams 2^64 numbers apart, in the order of asking. Integer arithmetic alone: the same on every machine. */
export type Streams = { readonly next: () => Stream };

export const createStreams = (seed: number): Streams => {
  const next = createRandoms(seed);
  return {
    next: () => {
      const random = next();
      return { below: (limit) => Math.floor(random() * limit) };
    },
  };
};

/** Puts a list into a random order, in place. */
export const shuffle = <T>(list: T[], stream: Stream): void => {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = stream.below(last + 1);
    const kept = list[last] as T;
    list[last] = list[other] as T;
    list[other] = kept;
  }
};
