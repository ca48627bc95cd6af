import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { expect, test } from 'vitest';
import { jumped, type RandomState } from '../../src/common/random.ts';

test('a jump by the table is the jump of the generator, however many there were', () => {
  for (const seed of [0, 1, -1, 42, 2 ** 31 - 1, -(2 ** 31), 0x12345678]) {
    const generator = xoroshiro128plus(seed);
    let state = generator.getState() as RandomState;
    for (let jumps = 0; jumps < 500; jumps += 1) {
      generator.jump();
      state = jumped(state);
      expect(state).toEqual(generator.getState());
    }
  }
});
