import { describe, expect, test } from 'vitest';
import { readyChanges } from '../../../src/figures/index.ts';
import type { EventOf, TimelineEvent } from '../../../src/timeline/index.ts';
import { passesOf } from '../../../src/verdict/detection/passes.ts';
import { failed, inOrder, reading, stormPlan } from './support.ts';

type Reading = EventOf<'controlPlane.counted'>;

const ready = (node: string, atMs: number, status: 'True' | 'Unknown'): TimelineEvent => ({
  ...{ atMs, type: 'node.ready', node, status, reason: 'x', lastTransitionTime: null, resourceVersion: '1' },
});

const plan = stormPlan({ nodes: 24 });

/** For each loss, in order, when the pass began that found it, or why that is not known. */
const passesAt = (lossesMs: readonly number[], readings: readonly Reading[]) => {
  const events = inOrder([
    ...lossesMs.flatMap((atMs, index) => [
      ready(`hollow-${index + 1}`, 100, 'True'),
      ready(`hollow-${index + 1}`, atMs, 'Unknown'),
    ]),
    ...readings,
  ]);
  const passOf = passesOf(plan, events, readyChanges(events), 10_000);
  return lossesMs.map((atMs) => {
    const { beganMs, why } = passOf({ atMs });
    return beganMs ?? why ?? 'a budget may have made the gap';
  });
};

const timedOut = "the controller manager's metrics could not be read: control-plane: curl: (28) timed out";

describe('a reading that failed', () => {
  // Three passes find two nodes each.
  const lossesMs = [50_000, 50_500, 56_000, 56_500, 62_000, 62_500] as const;
  const all = [
    reading('start', 10_000, 2),
    reading('first', 50_100, 10),
    reading('median', 56_100, 11),
    reading('last', 62_600, 12),
  ] as const;
  const without = (moment: Reading['moment']) => all.map((one) => (one.moment === moment ? failed(one) : one));
  const [first, second, third] = [50_000, 56_000, 62_000];

  test('takes nothing where there is none', () => {
    expect(passesAt(lossesMs, all)).toEqual([first, first, second, second, third, third]);
  });

  test.each([
    ['start', [timedOut, timedOut, second, second, third, third]],
    ['first', [timedOut, timedOut, timedOut, timedOut, third, third]],
    ['median', [first, first, timedOut, timedOut, timedOut, timedOut]],
    ['last', [first, first, second, second, timedOut, timedOut]],
  ] as const)('takes the passes between the readings around it, and no others: %s', (moment, expected) => {
    expect(passesAt(lossesMs, without(moment))).toEqual(expected);
  });

  test('takes all of them where no two readings are left', () => {
    expect(passesAt(lossesMs, [all[0], ...all.slice(1).map(failed)])).toEqual(lossesMs.map(() => timedOut));
    expect(passesAt(lossesMs, [all[0]])).toEqual(
      lossesMs.map(() => 'passes were not counted: the control plane was not asked twice'),
    );
  });

  test('hides no contradiction of the readings around it', () => {
    const fewer = [all[0], all[1], failed(all[2]), reading('last', 62_600, 10)];
    expect(new Set(passesAt(lossesMs, fewer))).toEqual(
      new Set(['fewer passes were counted than losses seem to begin']),
    );
  });

  test('may have shown answers that took as long as the gap that ends after it', () => {
    // Between the first and the median reading one write took 20 s on average, until just before the gap's end.
    const slow = [
      reading('start', 10_000, 2),
      reading('first', 50_100, 10),
      reading('median', 61_900, 11, { answerMs: 2000 }),
      reading('last', 62_600, 12, { answerMs: 1900 }),
    ];
    expect(passesAt(lossesMs, slow).at(-1)).toBe('a budget may have made the gap');
    const hidden = slow.map((one) => (one.moment === 'first' ? failed(one) : one));
    expect(passesAt(lossesMs, hidden).at(-1)).not.toBe(third);
  });

  test('is no other than a controller manager that was started anew in between', () => {
    const anew = [
      all[0],
      all[1],
      reading('median', 56_100, 3, { startedS: 52 }),
      reading('last', 62_600, 4, { startedS: 52 }),
    ];
    const why = 'the controller manager of control-plane was started anew meanwhile, and its counters with it';
    expect(passesAt(lossesMs, anew)).toEqual([first, first, why, why, third, third]);
  });
});

test('a pass that would have begun after the last reading is not borne out by those before', () => {
  const readings = [reading('start', 10_000, 2), reading('undoing', 51_000, 10)];
  expect(passesAt([50_000, 58_000], readings)).toEqual([
    50_000,
    'passes were not counted as it would have begun: the control plane was asked only before, or only after',
  ]);
});

test('whatever reading fails, what is known of a pass is what all of them say, and what lies apart from it stays known', () => {
  let state = 7;
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };
  for (let trial = 0; trial < 300; trial += 1) {
    const lossesMs = [50_000];
    while (lossesMs.length < 12) lossesMs.push((lossesMs.at(-1) ?? 0) + 50 + random(random(3) === 0 ? 9000 : 900));
    const at = (index: number): number => (lossesMs[index] ?? 0) + 20;
    const counts = [at(0), at(5), at(11)].map((atMs) => 2 + Math.round(atMs / (5000 + random(3000))));
    const readings = [
      reading('start', 10_000, 2),
      ...(['first', 'median', 'last'] as const).map((moment, index) =>
        reading(moment, at([0, 5, 11][index] ?? 0), counts.toSorted((one, other) => one - other)[index] ?? 0),
      ),
    ];
    const said = passesAt(lossesMs, readings);
    for (const [index, one] of readings.entries()) {
      const [fromMs, toMs] = [readings[index - 1]?.atMs ?? 0, readings[index + 1]?.atMs ?? Number.POSITIVE_INFINITY];
      const left = passesAt(lossesMs, readings.with(index, failed(one)));
      // Of what only this one contradicted the others say what they count.
      const isWrong = said.some((pass) => typeof pass === 'string' && pass.startsWith('fewer'));
      for (const [loss, pass] of left.entries()) {
        const was = said[loss];
        if (typeof pass === 'number') {
          expect(pass > fromMs && pass <= toMs).toBe(false);
          if (!isWrong) expect(pass).toBe(was);
        } else if (typeof was === 'number' && (was <= fromMs || was > toMs + 300))
          // 250 ms are the longest answer that the others counted.
          expect([trial, index, pass]).toEqual([trial, index, was]);
      }
    }
  }
});
