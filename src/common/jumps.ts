import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** The state of a xoroshiro128+ generator: four words of 32 bits, in the order in which pure-rand has them. */
export type RandomState = readonly [number, number, number, number];

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
        for (const [word, own] of jumped.entries()) {
          const lower = table[(byte * 256 + value - (1 << bit)) * stateLength + word] as number;
          table[(byte * 256 + value) * stateLength + word] = lower ^ own;
        }
      }
    }
  }
  return table;
};

let table: Int32Array | null = null;

/**
 * The state 2^64 numbers further on, as pure-rand's `jump` makes it in 128 steps. A jump is linear: what it makes of a state
 * is the sum, without carry, of what it makes of each of its bytes, which a table holds.
 * @see https://prng.di.unimi.it, jump of xoroshiro128+
 */
export const jumped = (state: RandomState): RandomState => {
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
  return [first, second, third, fourth];
};
