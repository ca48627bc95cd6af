import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** Hands out numbers from 0 to below 1. Integer arithmetic alone: the same on every machine. */
export type Random = () => number;

const range = 2 ** 32;

/** The state of a xoroshiro128+ generator: four words of 32 bits, in the order in which pure-rand has them. */
export type RandomState = Int32Array;

const below = (bits: number, limit: number): number => Math.floor(((bits >>> 0) / range) * limit);

/**
 * xoroshiro128+, number for number as pure-rand has it: a simulation draws from thousands, each of them one object.
 * @see https://prng.di.unimi.it
 */
export class RandomGenerator {
  #s01: number;
  #s00: number;
  #s11: number;
  #s10: number;

  constructor(state: RandomState) {
    this.#s01 = state[0] as number;
    this.#s00 = state[1] as number;
    this.#s11 = state[2] as number;
    this.#s10 = state[3] as number;
  }

  /** A whole number of 32 bits: it is handed on as it is, where a fraction would be an object in memory each time. */
  #draw(): number {
    const s01 = this.#s01;
    const s00 = this.#s00;
    const s11 = this.#s11;
    const s10 = this.#s10;
    const a0 = s10 ^ s00;
    const a1 = s11 ^ s01;
    this.#s00 = (s00 << 24) ^ (s01 >>> 8) ^ a0 ^ (a0 << 16);
    this.#s01 = (s01 << 24) ^ (s00 >>> 8) ^ a1 ^ ((a1 << 16) | (a0 >>> 16));
    this.#s10 = (a1 << 5) ^ (a0 >>> 27);
    this.#s11 = (a0 << 5) ^ (a1 >>> 27);
    return (s00 + s10) | 0;
  }

  /** Draws from here on what another one does from where it stands. */
  follow(other: RandomGenerator): void {
    this.#s01 = other.#s01;
    this.#s00 = other.#s00;
    this.#s11 = other.#s11;
    this.#s10 = other.#s10;
  }

  /** From 0 to below 1. */
  next(): number {
    return (this.#draw() >>> 0) / range;
  }

  /** An integer from 0 to `limit` - 1; 0 where `limit` is less than 1. */
  below(limit: number): number {
    return below(this.#draw(), limit);
  }
}

const stateLength = 4;
const bytes = 4 * stateLength;

const jumpedOne = (word: number, bits: number): readonly number[] => {
  const generator = xoroshiro128plusFromState(
    Array.from({ length: stateLength }, (_, index) => (index === word ? bits : 0)),
  );
  generator.jump();
  return generator.getState();
};

/** What a jump makes of each value of each byte alone. */
const tableOfJumps = (): Int32Array => {
  const table = new Int32Array(bytes * 256 * stateLength);
  for (let byte = 0; byte < bytes; byte += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const jumped = jumpedOne(byte >> 2, 1 << (8 * (byte & 3) + bit));
      // Those whose highest bit this is: the lower ones are there.
      for (let value = 1 << bit; value < 2 << bit; value += 1) {
        const place = (byte * 256 + value) * stateLength;
        const lower = place - (stateLength << bit);
        for (let word = 0; word < stateLength; word += 1) {
          table[place + word] = (table[lower + word] as number) ^ (jumped[word] as number);
        }
      }
    }
  }
  return table;
};

let table: Int32Array | null = null;

/**
 * Brings a state 2^64 numbers further on, as pure-rand's `jump` does in 128 steps. A jump is linear: what it makes of a state
 * is the sum, without carry, of what it makes of each of its bytes, which a table holds.
 * @see https://prng.di.unimi.it, jump of xoroshiro128+
 */
export const jump = (state: RandomState): void => {
  table ??= tableOfJumps();
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let byte = 0; byte < bytes; byte += 1) {
    const value = ((state[byte >> 2] as number) >>> (8 * (byte & 3))) & 255;
    const place = (byte * 256 + value) * stateLength;
    first ^= table[place] as number;
    second ^= table[place + 1] as number;
    third ^= table[place + 2] as number;
    fourth ^= table[place + 3] as number;
  }
  state[0] = first;
  state[1] = second;
  state[2] = third;
  state[3] = fourth;
};

/** Hands out generators, 2^64 numbers apart, in the order of asking: what one draws shifts no other. */
export const createGenerators = (seed: number): (() => RandomGenerator) => {
  const state = Int32Array.from(xoroshiro128plus(seed | 0).getState());
  return () => {
    // The first states of neighbouring seeds differ in a few bits only; a jump mixes them.
    jump(state);
    return new RandomGenerator(state);
  };
};

/** Every number of 32 bits becomes another one: the finalizer of MurmurHash3. */
export const mixed = (hash: number): number => {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
};

/** 2^32 by the golden ratio: multiples of it lie evenly among the numbers of 32 bits, no two of them alike. */
export const golden = 0x9e3779b9;

/** A generator for any two integers, the second of them from 0 to 15: the same for the same two, whatever was asked for before. */
export type KeyedGenerators = {
  readonly of: (one: number, other: number) => RandomGenerator;
  /** The first number of that generator, for those of which no other is ever asked for: an integer from 0 to `limit` - 1. */
  readonly firstBelow: (one: number, other: number, limit: number) => number;
};

/**
 * Generators by what each is for. Each word of their first states is another for each pair; two of 10^8 generators have one and the
 * same with a chance of about 10^-23.
 */
export const createKeyedGenerators = (seed: number): KeyedGenerators => {
  const key = Int32Array.from(xoroshiro128plus(seed | 0).getState());
  jump(key);
  const state = new Int32Array(stateLength);
  const setState = (one: number, other: number): void => {
    const place = Math.imul(16 * one + other + 1, golden);
    for (let word = 0; word < stateLength; word += 1) {
      state[word] = mixed((key[word] as number) ^ mixed(place + Math.imul(word, 0x85ebca6b)));
    }
  };
  return {
    of: (one, other) => {
      setState(one, other);
      return new RandomGenerator(state);
    },
    firstBelow: (one, other, limit) => {
      setState(one, other);
      return below((state[1] as number) + (state[3] as number), limit);
    },
  };
};

/** Hands out sources of random numbers, as `createGenerators` does. */
export const createRandoms = (seed: number): (() => Random) => {
  const next = createGenerators(seed);
  return () => {
    const own = next();
    return () => own.next();
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
