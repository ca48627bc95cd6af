import { createGenerators, type RandomGenerator } from '../../../common/random.ts';

/** Independent random numbers for one actor, so that what one draws never shifts another's: integers from 0 to `limit` - 1. */
export type Rng = Pick<RandomGenerator, 'below'>;

/** Hands out generators 2^64 numbers apart, in the order of asking. Integer arithmetic alone: the same on every machine. */
export type RngSource = { readonly next: () => Rng };

export const createRngSource = (seed: number): RngSource => ({ next: createGenerators(seed) });

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

/** Puts numbers into a random order, in place. */
export const shuffle = (list: { readonly length: number; [index: number]: number }, rng: Rng): void => {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = rng.below(last + 1);
    const kept = list[last] as number;
    list[last] = list[other] as number;
    list[other] = kept;
  }
};
