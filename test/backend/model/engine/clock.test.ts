import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createClock } from '../../../../src/backend/model/engine/clock.ts';
import { createRngSource } from '../../../../src/backend/model/engine/random.ts';

describe('virtual time', () => {
  test('things happen in the order of their time, those of one moment in the order of asking, wherever they wait', () => {
    const asks = fc.array(fc.record({ queue: fc.integer({ min: 0, max: 3 }), atUs: fc.integer({ min: 0, max: 20 }) }), {
      maxLength: 2000,
    });
    fc.assert(
      fc.property(asks, (asked) => {
        const clock = createClock();
        const queues = [3, 5, 7].map((delayUs) => ({ delayUs, after: clock.after(delayUs) }));
        const seen: { dueUs: number; order: number }[] = [];
        let order = 0;
        const happen = (one: { dueUs: number; order: number }): void => {
          expect(clock.now()).toBe(one.dueUs);
          seen.push(one);
        };
        for (const { queue, atUs } of asked) {
          const chosen = queues[queue];
          if (chosen === undefined) clock.at(atUs, happen, { dueUs: atUs, order });
          else chosen.after(happen, { dueUs: chosen.delayUs, order });
          order += 1;
        }
        while (clock.advance(100));
        expect(seen).toHaveLength(asked.length);
        expect(seen).toEqual(seen.toSorted((a, b) => a.dueUs - b.dueUs || a.order - b.order));
      }),
      { seed: 9 },
    );
  });

  test('thousands that wait for the same delay keep their order while they come and go', () => {
    const clock = createClock();
    const after = clock.after(1000);
    let lastUs = 0;
    const happened: number[] = [];
    let asked = 0;
    const ask = (): void => {
      after((order: number) => happened.push(order), asked);
      lastUs = clock.now() + 1000;
      asked += 1;
    };
    // Between none and 3,000 wait at a time.
    for (let atUs = 0; atUs < 20_000; atUs += 1) {
      const each = Math.floor(atUs / 2500) % 2 === 0 ? 3 : 0;
      for (let one = 0; one < each; one += 1) clock.at(atUs, ask, undefined);
    }
    while (clock.advance(100));
    expect(asked).toBe(30_000);
    expect(happened).toEqual(Array.from({ length: asked }, (_, order) => order));
    expect(clock.now()).toBe(lastUs);
  });

  test('nothing can be set for the past, nor for a part of a microsecond', () => {
    const clock = createClock();
    clock.at(10, () => undefined, null);
    clock.advance(1);
    expect(() => clock.at(9, () => undefined, null)).toThrow('Virtual time is at 10 µs: nothing can be set for 9 µs.');
    expect(() => clock.at(10.5, () => undefined, null)).toThrow(RangeError);
    expect(() => clock.at(Number.NaN, () => undefined, null)).toThrow(RangeError);
    expect(() => clock.after(-1)).toThrow(RangeError);
  });

  test('stops where it is asked to, with what was left undone', () => {
    const clock = createClock();
    clock.at(1, () => clock.stop(), null);
    clock.at(2, () => undefined, null);
    expect([clock.advance(10), clock.now(), clock.happened()]).toEqual([false, 1, 1]);
  });
});

describe('random numbers', () => {
  test('are the same on every machine', () => {
    const rngs = createRngSource(42);
    const [first, second] = [rngs.next(), rngs.next()];
    const drawn = [first, second].map((rng) => Array.from({ length: 4 }, () => rng.below(1000)));
    expect(drawn).toEqual([
      [442, 545, 969, 650],
      [968, 522, 620, 622],
    ]);
  });

  test('lie below their limit, evenly, and seeds next to each other do not resemble each other', () => {
    const firsts = Array.from({ length: 4000 }, (_, seed) => createRngSource(seed).next().below(10));
    const counts = Array.from({ length: 10 }, (_, digit) => firsts.filter((one) => one === digit).length);
    // 400 each; a standard deviation is 19.
    for (const count of counts) expect(Math.abs(count - 400)).toBeLessThan(80);
    expect(createRngSource(1).next().below(0)).toBe(0);
  });
});
