import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { jumped, type RandomState } from './jumps.ts';

/** Hands out numbers from 0 to below 1. Integer arithmetic alone: the same on every machine. */
export type Random = () => number;

const range = 2 ** 32;

/** Hands out sources of random numbers, 2^64 numbers apart, in the order of asking: what one draws shifts no other. */
export const createRandoms = (seed: number): (() => Random) => {
  let state = xoroshiro128plus(seed | 0).getState() as RandomState;
  return () => {
    // The first states of neighbouring seeds differ in a few bits only; a jump mixes them.
    state = jumped(state);
    const own = xoroshiro128plusFromState(state);
    return () => (own.next() >>> 0) / range;
  };
};

/** Numbers that follow from the seed alone. */
export const randomFrom = (seed: number): Random => createRandoms(seed)();

/** The seed of one repeat: the seed itself for the first (0), an independent draw from it for each that follows. */
export const seedOfRepeat = (seed: number, repeat: number): number => {
  if (repeat === 0) return seed;
  const random = randomFrom(seed);
  for (let count = 1; count < repeat; count += 1) random();
  return random() * range;
};

const mixed = (hash: number): number => {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
};

/**
 * A 32-bit seed that follows from what it is for, so that a trial is the same whichever thread, shard or machine runs
 * it, and whatever else is swept over.
 * @see FNV-1a, with the finalizer of MurmurHash3, which spreads neighbours apart
 */
export const seedFor = (parts: readonly (string | number)[]): number => {
  let hash = 0x811c9dc5;
  for (const character of parts.join('/')) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return mixed(hash);
};
