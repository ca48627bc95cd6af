import { describe, expect, test } from 'vitest';
import type { CommandResult } from '../../../src/common/command.ts';
import {
  canaryWaitSeconds,
  movedAsAsked,
  queueText,
  readCanary,
  roundTripText,
} from '../../../src/fault/netem/measure.ts';
import { differences, markedNetem, readQueues } from '../../../src/fault/netem/read.ts';
import { chance, delayOf, nothing } from './settings.ts';

const printed = (stdout: string): CommandResult => ({
  node: 'c-worker',
  command: 'canary',
  ended: 'exited',
  exitCode: 0,
  stdout,
  stderr: '',
  durationMs: 1,
});
const trip = (medianMs: number | null, answered = 15) => ({ medianMs, answered, tried: 15 });

describe('a canary', () => {
  test('is read as the median of the handshakes that came about', () => {
    expect(readCanary(printed('200100\n300\n200300\n'))).toEqual(trip(200.1, 3));
    expect(readCanary(printed('100\n300'))).toEqual(trip(0.2, 2));
    expect(readCanary(printed(''))).toEqual(trip(null, 0));
    expect(readCanary({ ...printed('200100\n'), exitCode: 124 })).toEqual(trip(200.1, 1));
    expect(readCanary({ ...printed('100'), exitCode: 127 })).toBeNull();
  });

  test('waits for a second and a third try of a packet that was lost, however long the way', () => {
    expect(canaryWaitSeconds(nothing, 'both')).toBe(4);
    expect(canaryWaitSeconds({ ...nothing, delay: delayOf(1000, 250) }, 'both')).toBe(12);
  });

  const fixed = { ...nothing, delay: delayOf(200) };
  const jittered = { ...nothing, delay: delayOf(200, 50) };
  test.each([
    ['as asked', fixed, 'to', 200.3, true],
    ['more, on a slow machine', fixed, 'to', 450, true],
    ['less than asked', fixed, 'to', 150, false],
    ['not at all', fixed, 'to', 0.4, false],
    ['one way of two', fixed, 'both', 200.3, false],
    ['both ways', fixed, 'both', 401, true],
    ['within its jitter', jittered, 'both', 280, true],
    ['by less than its jitter allows', jittered, 'both', 240, false],
    ['where no delay was asked', { ...nothing, loss: chance(5) }, 'both', 0.3, true],
    ['where nothing comes through, though nothing is to be lost', fixed, 'both', null, false],
    ['where nothing comes through, and much is to be lost', { ...fixed, loss: chance(90) }, 'both', null, true],
  ] as const)('has moved: %s', (_, amounts, direction, nowMs, moved) => {
    expect(movedAsAsked(trip(0.3), trip(nowMs), amounts, direction)).toBe(moved);
  });

  test('is printed beside what was asked', () => {
    expect(roundTripText(trip(0.31), trip(400.72, 13), fixed, 'both')).toBe(
      'round trip 400.7 ms, before 0.3 ms: asked + 400.0 ms, measured + 400.4 ms, 2 of 15 unanswered',
    );
    expect(roundTripText(trip(0.31), trip(null, 0), { ...nothing, loss: chance(100) }, 'to')).toBe(
      'round trip none, before 0.3 ms: asked + 0.0 ms, measured nothing, 15 of 15 unanswered',
    );
    expect(roundTripText(trip(0.52), trip(0.41), { ...nothing, loss: chance(5) }, 'to')).toBe(
      'round trip 0.4 ms, before 0.5 ms: asked + 0.0 ms, measured - 0.1 ms',
    );
  });
});

describe('a queue that was read back', () => {
  // As iproute2 6.1 prints it, and what 7.0 adds.
  const line =
    '[{"kind":"prio","handle":"5b5b:","root":true,"refcnt":2,"options":{"bands":2}},' +
    '{"kind":"netem","handle":"8002:","parent":"5b5b:2","options":{"limit":20000,"delay":{"delay":0.2,"jitter":0.05,"correlation":0},' +
    '"loss-random":{"loss":0.05,"correlation":0},"ecn":false,"gap":0},"bytes":4210,"packets":38,"drops":2,"qlen":0}]';
  const queue = markedNetem(readQueues(line), '5b5b:');
  const asked = { ...nothing, delay: delayOf(200, 50), loss: chance(5) };

  test('is found by its mark alone', () => {
    expect(queue?.handle).toBe('8002:');
    expect(markedNetem(readQueues(line), '5b5c:')).toBeNull();
    expect(markedNetem(readQueues(''), '5b5b:')).toBeNull();
  });

  test('is as asked, or says in what it differs', () => {
    if (queue === null) throw new Error('not found');
    expect(differences(queue, asked)).toEqual([]);
    expect(differences(queue, { ...asked, delay: delayOf(100, 50), rateBitsPerSecond: 8e6 })).toEqual([
      'delay: expected 0.1, found 0.2',
      'rate: expected 1000000, found 0',
    ]);
  });

  /** All that can be asked but the Gilbert-Elliott chain, as iproute2 7.2 prints it. */
  const complete = readQueues(
    '[{"kind":"netem","handle":"4a21:","root":true,"options":{"limit":20000,"delay":{"delay":0.2,"jitter":0.05,"correlation":0.25},' +
      '"loss-random":{"loss":0.05,"correlation":0.25},"duplicate":{"duplicate":0.01,"correlation":0.1},' +
      '"reorder":{"reorder":0.25,"correlation":0.5},"corrupt":{"corrupt":0.02,"correlation":0.2},' +
      '"rate":{"rate":1250000,"packetoverhead":0},"slot":{"min-delay":0.01,"max-delay":0.02,"packets":4,"bytes":3000},"gap":5}}]',
  )[0];
  const all = {
    ...nothing,
    delay: { ...delayOf(200, 50), correlationPercent: 25, reorder: { ...chance(25, 50), gap: 5 } },
    loss: chance(5, 25),
    duplicate: chance(1, 10),
    corrupt: chance(2, 20),
    rateBitsPerSecond: 10_000_000,
    slot: { minDelayMs: 10, maxDelayMs: 20, packets: 4, bytes: 3000 },
  };

  test.each([
    ['correlation of delay', { delay: { ...all.delay, correlationPercent: 0 } }],
    ['correlation of reorder', { delay: { ...all.delay, reorder: { ...chance(25, 40), gap: 5 } } }],
    ['gap', { delay: { ...all.delay, reorder: { ...chance(25, 50), gap: 1 } } }],
    ['correlation of loss', { loss: chance(5) }],
    ['correlation of duplicate', { duplicate: chance(1) }],
    ['correlation of corrupt', { corrupt: chance(2, 21) }],
    ['longest slot', { slot: { ...all.slot, maxDelayMs: 10 } }],
    ['packets of a slot', { slot: { ...all.slot, packets: null } }],
    ['bytes of a slot', { slot: { ...all.slot, bytes: 1 } }],
    ['gemodel p', { loss: { gemodel: { p: 5, r: 0, h: 100, k: 100 } } }],
  ])('differs in its %s alone', (name, change) => {
    if (complete === undefined) throw new Error('not read');
    expect(differences(complete, all)).toEqual([]);
    expect(differences(complete, { ...all, ...change })).toEqual([expect.stringMatching(`^${name}: expected`)]);
  });

  test('has the whole chain of its losses', () => {
    const read = readQueues(
      '[{"kind":"netem","handle":"4a21:","options":{"loss-gemodel":{"p":0.05,"r":0.25,"1-h":0.9,"1-k":0.1}}}]',
    )[0];
    if (read === undefined) throw new Error('not read');
    const loss = { gemodel: { p: 5, r: 25, h: 10, k: 90 } };
    expect(differences(read, { ...nothing, loss })).toEqual([]);
    for (const [name, value] of [
      ['r', 20],
      ['h', 0],
      ['k', 100],
    ] as const)
      expect(differences(read, { ...nothing, loss: { gemodel: { ...loss.gemodel, [name]: value } } })).toHaveLength(1);
  });

  test('says how much it did', () => {
    if (queue === null) throw new Error('not found');
    expect(queueText(queue)).toBe('40 packets, 2 dropped (5.0 %)');
    expect(queueText({ ...queue, delayed: 38, dropped: 2, corrupted: 0, duplicated: 3, reordered: 0 })).toBe(
      '40 packets, 2 dropped (5.0 %), 38 delayed, 3 duplicated',
    );
    expect(queueText({ kind: 'netem', handle: '1:' })).toBe('0 packets, 0 dropped');
  });
});
