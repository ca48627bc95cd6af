import { createGenerators, createKeyedGenerators, type RandomGenerator } from '../../../common/random.ts';

/** Independent random numbers for one actor, so that what one draws never shifts another's: integers from 0 to `limit` - 1. */
export type Rng = Pick<RandomGenerator, 'below'>;

/**
 * What nodes draw for, each from numbers of its own: what one loop of a kubelet draws shifts nothing of the other, whichever comes
 * first. New ones go to the end, for the order is part of what a seed means.
 */
const purposes = ['lease', 'status', 'checks', 'podTick', 'runtimeCheck', 'other'] as const;
export type Purpose = (typeof purposes)[number];

const placeOf = Object.fromEntries(purposes.map((purpose, place) => [purpose, place])) as Record<Purpose, number>;

/** Integer arithmetic alone: the same on every machine. */
export type RngSource = {
  /** Hands out generators 2^64 numbers apart, in the order of asking. */
  readonly next: () => Rng;
  /** Of a node, by its index: the same whenever it is asked for. */
  readonly ofNode: (index: number, purpose: Purpose) => RandomGenerator;
  /** The first number of these alone, for what is drawn once: from 0 to `limit` - 1. */
  readonly onceOfNode: (index: number, purpose: Purpose, limit: number) => number;
};

export const createRngSource = (seed: number): RngSource => {
  const keyed = createKeyedGenerators(seed);
  return {
    next: createGenerators(seed),
    ofNode: (index, purpose) => keyed.of(index, placeOf[purpose]),
    onceOfNode: (index, purpose, limit) => keyed.firstBelow(index, placeOf[purpose], limit),
  };
};
