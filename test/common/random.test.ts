import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, test } from 'vitest';
import { createKeyedGenerators, jump, RandomGenerator } from '../../src/common/random.ts';

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

test('a generator that follows another draws what that one will, and shifts nothing of it', () => {
  for (const seed of seeds) {
    const [first, same] = [0, 0].map(() => new RandomGenerator(Int32Array.from(xoroshiro128plus(seed).getState())));
    const follower = new RandomGenerator(new Int32Array(4));
    for (let draws = 0; draws < 50; draws += 1) {
      follower.follow(first as RandomGenerator);
      const ahead = Array.from({ length: draws }, () => follower.below(1000));
      expect(Array.from({ length: draws }, () => first?.below(1000))).toEqual(ahead);
      expect(Array.from({ length: draws }, () => same?.below(1000))).toEqual(ahead);
    }
  }
});

describe('generators by what they are for', () => {
  test('are the same for the same numbers, whatever was asked for before, and others for another seed', () => {
    const draws = (seed: number, before: readonly [number, number][]): readonly number[] => {
      const keyed = createKeyedGenerators(seed);
      for (const [one, other] of before) keyed.of(one, other).next();
      const own = keyed.of(7, 3);
      return Array.from({ length: 20 }, () => own.next());
    };
    const wanted = draws(5, []);
    expect(
      draws(5, [
        [7, 2],
        [8, 3],
        [7, 3],
      ]),
    ).toEqual(wanted);
    expect(draws(6, [])).not.toEqual(wanted);
  });

  test('draw first what is drawn once of them, whichever else is asked for in between', () => {
    for (const seed of seeds) {
      const keyed = createKeyedGenerators(seed);
      for (const limit of [1, 2, 1000, 2 ** 31, 2 ** 32]) {
        for (let place = 0; place < 200; place += 1) {
          const own = keyed.of(place, 4);
          keyed.of(place + 1, 2);
          expect(keyed.firstBelow(place, 4, limit)).toBe(own.below(limit));
        }
      }
    }
  });

  test('share no numbers: not those of neighbours, nor of one place for two purposes', () => {
    const keyed = createKeyedGenerators(1);
    const firsts = new Set<string>();
    const places = 5000;
    for (let place = 0; place < places; place += 1) {
      for (let purpose = 0; purpose < 16; purpose += 1) {
        const own = keyed.of(place, purpose);
        firsts.add(`${own.next()} ${own.next()}`);
      }
    }
    expect(firsts.size).toBe(places * 16);
  });

  test('are even, and tell nothing of each other', () => {
    const count = 20_000;
    const bins = 20;
    for (const seed of [1, 2, 77]) {
      const keyed = createKeyedGenerators(seed);
      for (const purpose of [0, 1]) {
        const numbers = Array.from({ length: count }, (_, place) => keyed.of(place, purpose).next());
        const seen = new Array<number>(bins).fill(0);
        for (const number of numbers) seen[Math.floor(number * bins)] = (seen[Math.floor(number * bins)] ?? 0) + 1;
        const chi = seen.reduce((sum, found) => sum + (found - count / bins) ** 2 / (count / bins), 0);
        // 19 degrees of freedom: one of 100,000 is beyond 58.
        expect(chi).toBeLessThan(58);
        // The mean product of what is left of two even numbers beyond their mean has a deviation of 1/12 by the root of their count.
        const withNeighbour = numbers.map((number, place) => (number - 0.5) * ((numbers[place + 1] ?? 0.5) - 0.5));
        const withOther = numbers.map((number, place) => (number - 0.5) * (keyed.of(place, purpose + 1).next() - 0.5));
        for (const products of [withNeighbour, withOther]) {
          const mean = products.reduce((sum, product) => sum + product, 0) / count;
          expect(Math.abs(mean)).toBeLessThan((5 / 12) * Math.sqrt(1 / count));
        }
      }
    }
  });
});
