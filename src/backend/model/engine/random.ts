import { createGenerators, nextOf, type RandomGenerator } from '../../../common/random.ts';

/** Independent random numbers for one actor, so that what one draws never shifts another's. */
export type Rng = {
  /** An integer from 0 to `limit` - 1; 0 where `limit` is less than 1. */
  readonly below: (limit: number) => number;
};

/** Hands out generators 2^64 numbers apart, in the order of asking. Integer arithmetic alone: the same on every machine. */
export type RngSource = { readonly next: () => Rng };

export const createRngSource = (seed: number): RngSource => {
  const next = createGenerators(seed);
  return { next: () => new Numbers(next()) };
};

/** Every node has several: they share what they do. */
class Numbers implements Rng {
  readonly #generator: RandomGenerator;

  constructor(generator: RandomGenerator) {
    this.#generator = generator;
  }

  below(limit: number): number {
    return Math.floor(nextOf(this.#generator) * limit);
  }
}

/** Numbers of which others may have been left to be drawn before the next. */
export class NumbersInTurn implements Rng {
  readonly #rng: Rng;
  readonly #index: number;
  readonly #drawDue: (index: number) => void;

  /** @param drawDue draws what was left, of the one with that index */
  constructor(rng: Rng, index: number, drawDue: (index: number) => void) {
    this.#rng = rng;
    this.#index = index;
    this.#drawDue = drawDue;
  }

  below(limit: number): number {
    this.#drawDue(this.#index);
    return this.#rng.below(limit);
  }
}

/** Puts a list into a random order, in place. */
export const shuffle = <T>(list: T[], rng: Rng): void => {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = rng.below(last + 1);
    const kept = list[last] as T;
    list[last] = list[other] as T;
    list[other] = kept;
  }
};
