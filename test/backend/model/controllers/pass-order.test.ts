import { describe, expect, test } from 'vitest';
import { createPassOrder } from '../../../../src/backend/model/controllers/passes/pass-order.ts';
import { createRngSource } from '../../../../src/backend/model/engine/random.ts';

const orderOf = (size: number, seed = 1) => createPassOrder(size, createRngSource(seed).next());

describe('the order of a pass', () => {
  test('has every node once, in another order each time', () => {
    const order = orderOf(1000);
    const seen = new Set<string>();
    for (let pass = 0; pass < 20; pass += 1) {
      order.next();
      const nodes = [...order.all()];
      expect(nodes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
      seen.add(nodes.join());
    }
    expect(seen.size).toBe(20);
  });

  test('is asked for by nobody where nothing depends on it', () => {
    expect([...orderOf(5).any()]).toEqual([0, 1, 2, 3, 4]);
  });

  test('is the same for some of the nodes as for all, and for those that come after one', () => {
    for (const size of [1, 2, 16, 17, 500]) {
      const order = orderOf(size);
      for (let pass = 0; pass < 5; pass += 1) {
        order.next();
        const all = [...order.all()];
        for (const share of [2, 3, 50]) {
          const some = Int32Array.from(all.filter((index) => index % share === 0)).sort();
          order.sort(some);
          expect([...some]).toEqual(all.filter((index) => index % share === 0));
        }
        for (const place of [0, size >> 1, size - 1])
          expect([...order.after(all[place] as number)]).toEqual(all.slice(place + 1));
      }
    }
  });

  test('follows from the number of the pass, whether anybody asked for those before it or not', () => {
    const [asked, unasked] = [orderOf(100), orderOf(100)];
    for (let pass = 0; pass < 7; pass += 1) {
      asked.next();
      asked.all();
      unasked.next();
    }
    expect([...unasked.all()]).toEqual([...asked.all()]);
  });

  test('gives each node each place as often, and each of two comes first as often, from pass to pass and from seed to seed', () => {
    const size = 20;
    const passes = 200;
    const seeds = 100;
    const counts = new Int32Array(size * size);
    const before = new Int32Array(size * size);
    let repeated = 0;
    for (let seed = 0; seed < seeds; seed += 1) {
      const order = orderOf(size, seed);
      let last = -1;
      for (let pass = 0; pass < passes; pass += 1) {
        order.next();
        const nodes = order.all();
        nodes.forEach((node, place) => {
          counts[node * size + place] = (counts[node * size + place] as number) + 1;
          for (const later of nodes.subarray(place + 1))
            before[node * size + later] = (before[node * size + later] as number) + 1;
        });
        repeated += Number(nodes[0] === last);
        last = nodes[0] as number;
      }
    }
    // 1,000 each, with a standard deviation of 31; 10,000 each, with one of 71; 995 with one of 31: 5 of them at the most.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(155);
    for (let node = 0; node < size; node += 1) {
      for (let later = 0; later < size; later += 1)
        if (later !== node) expect(Math.abs((before[node * size + later] as number) - 10_000)).toBeLessThan(355);
    }
    expect(Math.abs(repeated - 995)).toBeLessThan(155);
  });
});
