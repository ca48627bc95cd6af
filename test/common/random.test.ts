import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { expect, test } from 'vitest';
import { jump, RandomGenerator } from '../../src/common/random.ts';

const seeds = [0, 1, -1, 42, 2 ** 31 - 1, -(2 ** 31), 0x12345678];

test('a jump by the table is the jump of the generator, however many there were', () => {
  for (const seed of seeds) {
    const generator = xoroshiro128plus(seed);
    const state = Int32Array.from(generator.getState());
    for (let jumps = 0; jumps < 500; jumps += 1) {
      generator.jump();
      jump(state);
      expect([...state]).toEqual(generator.getState());
    }
  }
});

test('a generator draws the numbers of pure-rand', () => {
  for (const seed of seeds) {
    const state = Int32Array.from(xoroshiro128plus(seed).getState());
    for (let jumps = 0; jumps < 20; jumps += 1) {
      jump(state);
      const theirs = xoroshiro128plusFromState([...state]);
      const ours = new RandomGenerator(state);
      const wanted = Array.from({ length: 500 }, () => (theirs.next() >>> 0) / 2 ** 32);
      expect(wanted.map(() => ours.next())).toEqual(wanted);
    }
  }
});
