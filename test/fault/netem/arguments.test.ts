import { describe, expect, test } from 'vitest';
import { type NetemAmounts, netemArguments, rampOf } from '../../../src/fault/netem/arguments.ts';
import { amountsText } from '../../../src/fault/netem/verify.ts';
import { chance, delayOf, nothing } from './settings.ts';

const normal = { ...delayOf(200, 50), distribution: 'normal' as const };

const table: readonly (readonly [string, Partial<NetemAmounts>, string, string])[] = [
  ['a delay', { delay: delayOf(100) }, 'limit 20000 delay 100ms', 'delay 100 ms'],
  ['less than a millisecond', { delay: delayOf(0.25) }, 'limit 20000 delay 0.25ms', 'delay 0.25 ms'],
  ['jitter', { delay: delayOf(100, 20) }, 'limit 20000 delay 100ms 20ms', 'delay 100 ms ± 20 ms'],
  [
    'jitter that depends on the packet before',
    { delay: { ...delayOf(100, 20), correlationPercent: 25 } },
    'limit 20000 delay 100ms 20ms 25%',
    'delay 100 ms ± 20 ms (correlation 25 %)',
  ],
  [
    'a distribution',
    { delay: normal },
    'limit 20000 delay 200ms 50ms distribution normal',
    'delay 200 ms ± 50 ms normal',
  ],
  [
    'a distribution and a correlation',
    { delay: { ...normal, distribution: 'paretonormal', correlationPercent: 10 } },
    'limit 20000 delay 200ms 50ms 10% distribution paretonormal',
    'delay 200 ms ± 50 ms paretonormal (correlation 10 %)',
  ],
  [
    'reordering with a gap',
    { delay: { ...delayOf(50), reorder: { ...chance(25, 50), gap: 5 } } },
    'limit 20000 delay 50ms reorder 25% 50% gap 5',
    'delay 50 ms, reorder 25 % (correlation 50 %) gap 5',
  ],
  ['loss', { loss: chance(5) }, 'limit 20000 loss random 5%', 'loss 5 %'],
  ['rare loss', { loss: chance(0.001) }, 'limit 20000 loss random 0.001%', 'loss 0.001 %'],
  ['correlated loss', { loss: chance(5, 25) }, 'limit 20000 loss random 5% 25%', 'loss 5 % (correlation 25 %)'],
  [
    'the Gilbert-Elliott chain: tc takes what is lost, a scenario what comes through',
    { loss: { gemodel: { p: 1, r: 50, h: 10, k: 99.9 } } },
    'limit 20000 loss gemodel 1% 50% 90% 0.1%',
    'loss in bursts, p 1 % r 50 % h 10 % k 99.9 %',
  ],
  ['duplicates', { duplicate: chance(1, 10) }, 'limit 20000 duplicate 1% 10%', 'duplicate 1 % (correlation 10 %)'],
  ['corruption', { corrupt: chance(0.5) }, 'limit 20000 corrupt 0.5%', 'corrupt 0.5 %'],
  ['a rate', { rateBitsPerSecond: 1_500_000 }, 'limit 1000 rate 1500000bit', 'rate 1.5 Mbit/s'],
  [
    'slots',
    { slot: { minDelayMs: 10, maxDelayMs: 20, packets: null, bytes: null } },
    'limit 20000 slot 10ms 20ms',
    'slots of 10 to 20 ms',
  ],
  [
    'slots with bounds',
    { slot: { minDelayMs: 10, maxDelayMs: 20, packets: 4, bytes: 6000 } },
    'limit 20000 slot 10ms 20ms packets 4 bytes 6000',
    'slots of 10 to 20 ms',
  ],
  [
    'everything at once',
    {
      delay: normal,
      loss: chance(5),
      duplicate: chance(1),
      corrupt: chance(2),
      rateBitsPerSecond: 1e6,
      slot: { minDelayMs: 1, maxDelayMs: 2, packets: null, bytes: null },
    },
    'limit 1000 delay 200ms 50ms distribution normal loss random 5% corrupt 2% duplicate 1% rate 1000000bit slot 1ms 2ms',
    'delay 200 ms ± 50 ms normal, loss 5 %, corrupt 2 %, duplicate 1 %, rate 1 Mbit/s, slots of 1 to 2 ms',
  ],
];

describe("netem's arguments", () => {
  test.each(table)('%s', (_, asked, expected, message) => {
    const amounts = { ...nothing, ...asked };
    expect(netemArguments(amounts)).toEqual(expected.split(' '));
    expect(amountsText(amounts)).toBe(message);
  });

  test('leave out a distribution without jitter, which tc would refuse', () => {
    expect(netemArguments({ ...nothing, delay: { ...delayOf(100), distribution: 'normal' } })).toEqual(
      'limit 20000 delay 100ms'.split(' '),
    );
  });
});

describe('a ramp', () => {
  test('is the full strength alone where it has one step', () => {
    expect(rampOf({ ...nothing, delay: delayOf(100) }, 1)).toEqual([expect.objectContaining({ delay: delayOf(100) })]);
  });

  test('grows delays and chances in equal steps, and lowers a rate, to what was asked', () => {
    const asked = {
      ...nothing,
      delay: delayOf(100, 20),
      loss: chance(8, 25),
      duplicate: chance(4),
      corrupt: chance(2),
      rateBitsPerSecond: 1e6,
      slot: { minDelayMs: 10, maxDelayMs: 20, packets: 4, bytes: null },
    };
    const steps = rampOf(asked, 4);
    expect(steps.map(({ delay, loss, rateBitsPerSecond }) => [delay?.delayMs, loss, rateBitsPerSecond])).toEqual([
      [25, chance(2, 25), 4e6],
      [50, chance(4, 25), 2e6],
      [75, chance(6, 25), 1e6 / 0.75],
      [100, chance(8, 25), 1e6],
    ]);
    expect(steps[0]).toMatchObject({ duplicate: { percent: 1 }, corrupt: { percent: 0.5 }, slot: { minDelayMs: 2.5 } });
    expect(netemArguments(steps[3] ?? nothing)).toEqual(netemArguments(asked));
  });

  test('makes the bad times of the Gilbert-Elliott chain more frequent, and no worse', () => {
    const asked = { ...nothing, loss: { gemodel: { p: 4, r: 25, h: 0, k: 100 } } };
    expect(rampOf(asked, 2).map(({ loss }) => loss)).toEqual([
      { gemodel: { p: 2, r: 25, h: 0, k: 100 } },
      { gemodel: { p: 4, r: 25, h: 0, k: 100 } },
    ]);
  });
});
