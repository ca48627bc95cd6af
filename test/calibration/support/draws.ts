import { randomFrom } from '../../../src/common/random.ts';

export type Random = {
  readonly among: <T>(choices: readonly T[]) => T;
  /** An integer from `min` to `max`. */
  readonly integer: (min: number, max: number) => number;
};

export const drawsOf = (seed: number): Random => {
  const next = randomFrom(seed);
  return {
    among: (choices) => choices[Math.floor(next() * choices.length)] as never,
    integer: (min, max) => min + Math.floor(next() * (max - min + 1)),
  };
};
