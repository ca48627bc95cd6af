// Ways in which a watch could be made to say more than it saw, or less.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { documentOf, type Known } from '../../src/watch/document.ts';
import { counterStateShape } from '../../src/watch/seen/counters-state.ts';
import type { Sighting } from '../../src/watch/seen/sighting.ts';
import { watchDocumentShape } from '../../src/watch/shapes.ts';
import {
  at,
  inOrder,
  known,
  leads,
  lease,
  node,
  play,
  renewals,
  saysGrace,
  saysNothing,
  silent,
  stampOf,
} from './sightings.ts';

const listed = (...names: readonly string[]): readonly Sighting[] => [
  at(0, { type: 'nodes', nodes: names.map((name) => node(name)) }),
  at(0, { type: 'leases', leases: names.map((name) => lease(name, 0)) }),
];

const renewed = (name: string, seconds: number, stamp = seconds): Sighting =>
  at(seconds, { type: 'lease', lease: lease(name, stamp) });

const judged = (sightings: readonly Sighting[], toSeconds: number, changes: Partial<Known> = {}) => {
  const document = documentOf(known(changes), play([saysGrace(0, 50), ...sightings], toSeconds).state);
  expect(watchDocumentShape.parse(document)).toEqual(document);
  return document;
};

const blind = (from: number, to: number | null, source: 'api' | 'leases' | 'process' | 'unwatched') => [
  at(from, { type: 'blind', source, reason: 'no answer' }),
  ...(to === null ? [] : [at(to, { type: 'sighted', source })]),
];

describe('a silence', () => {
  test('that lasts at the end is not known to be a short one', () => {
    const { verdict, reasons } = judged([...listed('a'), ...renewals('a', 10, 90)], 112);
    expect([verdict, reasons]).toEqual([
      'inconclusive',
      ['silent at the end, and nobody saw for how long: a (22.0 s)'],
    ]);
    expect(judged([...listed('a'), ...renewals('a', 10, 90)], 110).verdict).toBe('pass');
  });

  test('before the first renewal that was seen counts from the list on', () => {
    const late = [...listed('a'), renewed('a', 41), ...renewals('a', 50, 90)];
    const { verdict, longestSilences } = judged(late, 95);
    expect(verdict).toBe('fail');
    expect(longestSilences[0]).toMatchObject({ ms: 41_000, exact: false, endedBy: 'lease' });
  });

  test('of a node that joins counts from its first sight on, as it does to the controller', () => {
    const joins = at(20, { type: 'node', node: node('b') });
    const late = inOrder(...listed('a'), ...renewals('a', 10, 90), joins, renewed('b', 61), ...renewals('b', 70, 90));
    const { verdict, longestSilences } = judged(late, 95);
    expect(verdict).toBe('fail');
    expect(longestSilences[0]).toMatchObject({ node: 'b', ms: 41_000, exact: false, endedBy: 'lease' });
    expect(judged(inOrder(...listed('a'), ...renewals('a', 10, 90), joins), 65).verdict).toBe('fail');
  });

  test('that ended while nobody could see counts as far as it was seen', () => {
    const before = [...listed('a'), ...renewals('a', 10, 20), ...blind(60, 70, 'leases').slice(0, 1)];
    const after = [at(70, { type: 'leases', leases: [lease('a', 68)] }), at(70, { type: 'sighted', source: 'leases' })];
    const { verdict, longestSilences } = judged([...before, ...after, ...renewals('a', 78, 98)], 100);
    expect(verdict).toBe('fail');
    expect(longestSilences[0]).toMatchObject({ ms: 40_000, exact: false, endedBy: null });
  });

  test('is not made by blind time that still lasts at the end, nor by what has not been caught up with', () => {
    const stable = [...listed('a'), ...renewals('a', 10, 90)];
    const open = judged([...stable, ...blind(95, null, 'api')], 300);
    expect([open.verdict, open.nearMisses.count]).toEqual(['inconclusive', 0]);
    expect(open.byNode[0]).toMatchObject({ silentMs: 5000, longestSilenceMs: 10_000 });
    expect(judged([...stable, ...blind(95, 300, 'api')], 300.5).byNode[0]?.silentMs).toBe(5000);
    const again = [...stable, ...blind(95, 300, 'api'), ...blind(300.5, null, 'leases')];
    expect(judged(again, 400).byNode[0]?.silentMs).toBe(5000);
  });

  test.each(['process', 'unwatched'] as const)(
    'is not made by %s time, in which the clock may have been set',
    (source) => {
      const slept = [
        ...listed('a'),
        ...renewals('a', 10, 90),
        ...blind(93, 3693, source),
        ...renewals('a', 3700, 3720),
      ];
      const { verdict, reasons, byNode } = judged(slept, 3725);
      expect([verdict, reasons]).toEqual(['inconclusive', ['nothing was seen for 3600.0 s; no answer']]);
      expect(byNode[0]?.gapsByArrival.maxMs).toBe(10_000);
    },
  );

  test('of a node that is deleted in it counts', () => {
    const gone = inOrder(
      ...listed('a', 'b'),
      ...renewals('a', 10, 90),
      ...renewals('b', 10, 30),
      at(75, { type: 'nodeGone', node: 'b' }),
    );
    const { verdict, longestSilences } = judged(gone, 95);
    expect(verdict).toBe('fail');
    expect(longestSilences[0]).toMatchObject({ node: 'b', ms: 45_000, endedBy: 'deleted', exact: true });
  });

  describe('that ended as the controller said that the node is silent', () => {
    const raced = (renewedAt: number, markedAt: number) => [
      ...listed('a'),
      ...renewals('a', 10, 20),
      renewed('a', renewedAt),
      at(markedAt, { type: 'node', node: silent('a', { transition: stampOf(72) }) }),
      at(markedAt + 5, { type: 'node', node: node('a', { heartbeat: stampOf(77), transition: stampOf(77) }) }),
      ...renewals('a', 90, 130),
    ];

    test.each([
      ['with the news', 71.5, 72],
      ['shortly before', 75, 78],
    ])('%s, is the NotReady, and no near miss beside it', (_, renewedAt, markedAt) => {
      const { verdict, reasons, nearMisses, longestSilences } = judged(raced(renewedAt, markedAt), 135);
      expect([verdict, reasons, nearMisses.count]).toEqual(['fail', ['a node was NotReady by silence 1 time'], 0]);
      expect(longestSilences[0]).toMatchObject({ ms: (renewedAt - 20) * 1000, notReady: true, endedBy: 'lease' });
    });

    test('is a near miss as long as nobody says so, and after another renewal', () => {
      const begun = raced(71.5, 72).slice(0, -7);
      for (const [sightings, seconds] of [
        [begun, 71.6],
        [[...begun, ...renewals('a', 81.5, 121.5)], 125],
      ] as const) {
        const { verdict, nearMisses, longestSilences } = judged(sightings, seconds);
        expect([verdict, nearMisses.count]).toEqual(['fail', 1]);
        expect(longestSilences[0]).toMatchObject({ ms: 51_500, notReady: false, endedBy: 'lease' });
      }
    });

    test('is the same one where the watch was ended and went on between', () => {
      const [begun, rest] = [raced(71.5, 72).slice(0, -7), raced(71.5, 72).slice(-7)];
      const first = play([saysGrace(0, 50), ...begun], 71.6);
      const kept = counterStateShape.parse(JSON.parse(JSON.stringify(first.state)));
      expect(play(rest, 135, kept).state).toEqual(play([saysGrace(0, 50), ...begun, ...rest], 135).state);
    });
  });

  test('of a Ready node is not displaced by those of nodes that are down', () => {
    const down = at(10, { type: 'node', node: node('b', { ready: 'False', reason: 'KubeletNotReady' }) });
    const slow = Array.from({ length: 25 }, (_, index) => renewed('b', 10 + 45 * (index + 1)));
    const near = [...renewals('a', 10, 100), renewed('a', 130), ...renewals('a', 140, 1200)];
    const { verdict, nearMisses } = judged(inOrder(...listed('a', 'b'), down, ...slow, ...near), 1200);
    expect([verdict, nearMisses.count]).toEqual(['fail', 1]);
  });
});

describe('NotReady', () => {
  const said = node('a', {
    ready: 'False',
    reason: 'KubeletNotReady',
    transition: stampOf(25),
    heartbeat: stampOf(25),
  });

  test('by silence counts, though its kubelet had said NotReady before', () => {
    const { verdict, notReady, notReadyTimes } = judged(
      [
        ...listed('a'),
        ...renewals('a', 10, 30),
        at(25, { type: 'node', node: said }),
        at(85, { type: 'node', node: silent('a', { heartbeat: stampOf(25), transition: stampOf(85) }) }),
      ],
      90,
    );
    expect([verdict, notReady.silence, notReady.kubelet]).toEqual(['fail', 1, 1]);
    expect(notReadyTimes).toMatchObject([{ cause: 'kubelet', bySilence: true }]);
  });

  test('by silence counts each time, though its kubelet spoke in between and the node was never Ready', () => {
    const word = (second: number) => ({ heartbeat: stampOf(second), transition: stampOf(second) });
    const { notReady, byNode, notReadyTimes } = judged(
      [
        ...listed('a'),
        ...renewals('a', 10, 30),
        at(85, { type: 'node', node: silent('a', { transition: stampOf(85) }) }),
        at(100, { type: 'node', node: { ...said, ...word(100) } }),
        at(155, { type: 'node', node: silent('a', { heartbeat: stampOf(100), transition: stampOf(155) }) }),
        at(170, { type: 'node', node: { ...said, ...word(170) } }),
        at(225, { type: 'node', node: silent('a', { heartbeat: stampOf(170), transition: stampOf(225) }) }),
      ],
      230,
    );
    expect([notReady.silence, notReady.kubelet, byNode[0]?.notReady.silence]).toEqual([3, 0, 3]);
    expect(notReadyTimes).toMatchObject([{ cause: 'silence', bySilence: true }]);
  });

  test.each([
    ['SomebodyElse', 'a node was Unknown for another reason than silence 1 time'],
    ['NodeStatusNeverUpdated', 'a node never reported 1 time'],
  ])('%s keeps it from being well, however much happened since', (reason, caveat) => {
    const odd = [
      at(11, { type: 'node', node: silent('a', { reason }) }),
      at(12, { type: 'node', node: node('a', { transition: stampOf(12) }) }),
    ];
    const texts = Array.from({ length: 210 }, (_, index) => [
      at(13 + index / 10, { type: 'node', node: { ...said, node: 'b', transition: stampOf(index), heartbeat: null } }),
      at(13.05 + index / 10, { type: 'node', node: node('b', { transition: stampOf(1000 + index), heartbeat: null }) }),
    ]).flat();
    const both = ['a', 'b'].flatMap((name) => renewals(name, 10, 90));
    const { verdict, reasons } = judged(inOrder(...listed('a', 'b'), ...both, ...odd, ...texts), 95);
    expect([verdict, reasons]).toEqual(['inconclusive', [caveat]]);
  });
});

describe('time', () => {
  test('between two sittings is not seen, though the clock was set back and it has no length', () => {
    const two = [...listed('a'), ...renewals('a', 10, 90), ...blind(95, 95, 'unwatched'), ...renewals('a', 100, 130)];
    const { verdict, reasons } = judged(two, 135);
    expect([verdict, reasons]).toEqual(['inconclusive', ['nothing was seen for 0.0 s; no answer']]);
  });
});

describe('blind time', () => {
  test('is said with why, of several times with that of the longest', () => {
    const two = [
      ...listed('a'),
      ...renewals('a', 10, 50),
      at(51, { type: 'blind', source: 'api', reason: 'GET /readyz: HTTP 500' }),
      at(52, { type: 'sighted', source: 'api' }),
      ...renewals('a', 60, 80),
      at(81, { type: 'blind', source: 'leases', reason: 'the watch of leases hangs' }),
      at(82, { type: 'blind', source: 'leases', reason: 'HTTP 403' }),
      at(86, { type: 'sighted', source: 'leases' }),
      ...renewals('a', 90, 90),
    ];
    expect(judged(two, 95).reasons).toEqual([
      'nothing was seen 2 times, for 6.0 s together; the longest: the watch of leases hangs; HTTP 403',
    ]);
  });
});

describe('a renewal counts as it does to the controller', () => {
  test('a Lease that was made anew with an older stamp is no sign of life', () => {
    const anew = [30, 40, 50].map((second) =>
      at(second, { type: 'lease', lease: lease('a', second - 100, { uid: 'other' }) }),
    );
    const { verdict, byNode } = judged(
      [...listed('a'), ...renewals('a', 10, 20), ...anew, ...renewals('a', 60, 90)],
      95,
    );
    expect([verdict, byNode[0]?.renewTimeWentBack, byNode[0]?.longestSilenceMs]).toEqual(['fail', 3, 40_000]);
  });

  test.each([
    ['a status post', [at(35, { type: 'node', node: node('a', { heartbeat: stampOf(35) }) })]],
    ['another controller', leads('two', 35)],
  ])('%s makes it forget the lease: a clock that was set back is taken from then on', (_, forgets) => {
    const back = [30, 40, 50, 60, 70, 80, 90].map((second) => renewed('a', second, second - 3600));
    const { verdict, byNode } = judged(
      inOrder(...listed('a'), ...leads('one', 1), ...renewals('a', 10, 20), ...forgets, ...back),
      95,
    );
    expect([verdict, byNode[0]?.renewTimeWentBack]).toEqual(['pass', 1]);
    expect(byNode[0]?.longestSilenceMs).toBeLessThanOrEqual(20_000);
  });
});

describe('the leading controller', () => {
  const falls = [...listed('a'), ...renewals('a', 10, 20), at(72, { type: 'node', node: silent('a') })];
  const bound = (...leaders: readonly Sighting[]) =>
    judged(inOrder(...leaders, ...falls), 80).settings.inferredGrace.atLeastMs;

  test('of which no leader was known may have been another: the grace has no lower bound by that', () => {
    expect(bound()).toBeNull();
    expect(bound(...leads('one', 1, 31))).toBeNull();
    expect(bound(...leads('one', 41, 71))).toBeNull();
    expect(bound(...leads('one', 1, 61))).toBe(41_000);
  });

  test('that is the same after answers that did not come led all the time', () => {
    expect(bound(...leads('one', 1), ...leads('one', 61))).toBe(41_000);
    expect(bound(...leads('one', 1), ...leads('two', 61))).toBeNull();
  });

  test('is not said to be the same where it was not known at the end', () => {
    expect(judged([...falls, ...leads('one', 75)], 80).leaderChanges).toBe(0);
    expect(judged([...leads('one', 1), ...falls], 80).leaderChanges).toBeNull();
  });

  test('that leaves its lease alone marks nobody: what was seen meanwhile is no pass', () => {
    const stable = [...listed('a'), ...renewals('a', 10, 90)];
    const { verdict, reasons, leaderSilences } = judged(
      inOrder(...stable, ...leads('one', 1, 21), ...leads('one', 31, 61, 'still'), ...leads('one', 71, 91)),
      95,
    );
    expect([verdict, leaderSilences]).toEqual(['inconclusive', { count: 1, longestMs: 30_000 }]);
    expect(reasons).toEqual([
      'the leading kube-controller-manager was silent 1 time, for 30.0 s at least: nobody marked a node meanwhile',
    ]);
    expect(judged(inOrder(...stable, ...leads('one', 1, 91)), 95)).toMatchObject({
      ...{ verdict: 'pass', leaderSilences: { count: 0, longestMs: null } },
    });
    // Not answered at the end: of what was not seen nobody says that it was never.
    expect(judged(inOrder(...stable, ...leads('one', 1, 61)), 95)).not.toHaveProperty('leaderSilences');
    const early = inOrder(...stable, ...leads('one', 1, 31, 'still'));
    expect(judged(early, 95).leaderSilences).toEqual({ count: 1, longestMs: 30_000 });
  });
});

describe('nodeMonitorGracePeriod', () => {
  const stable = [...listed('a'), ...renewals('a', 10, 90)];

  test('that was changed meanwhile is not known, and nothing is called near or far by either', () => {
    const near = inOrder(...listed('a'), ...renewals('a', 10, 30), saysGrace(45, 20), ...renewals('a', 45, 90));
    const { verdict, reasons, nearMisses, settings } = judged(near, 95);
    const pod = '(pod kube-controller-manager-cp)';
    expect([verdict, reasons]).toEqual([
      'inconclusive',
      [`nodeMonitorGracePeriod is not one: 50.0 s ${pod}, 20.0 s ${pod}`],
    ]);
    expect([nearMisses.count, settings.nodeMonitorGracePeriod.ms]).toEqual([null, null]);
  });

  test('that the user says is not taken against what the control plane says', () => {
    const statedGrace = { ms: 90_000, source: 'given', from: '--grace' } as const;
    expect(judged(stable, 95, { statedGrace }).reasons).toEqual([
      'nodeMonitorGracePeriod is not one: 90.0 s (--grace), 50.0 s (pod kube-controller-manager-cp)',
    ]);
    expect(judged(stable, 95, { statedGrace: { ...statedGrace, ms: 50_000 } }).verdict).toBe('pass');
  });

  test('that could not be read anew may be another by now, unless the user says it', () => {
    const refused = [...stable, saysNothing(91, 'HTTP 403')];
    expect(judged(refused, 95).reasons).toEqual([
      'nodeMonitorGracePeriod may have changed since it was read: HTTP 403',
    ]);
    expect(judged(refused, 95, { statedGrace: { ms: 50_000, source: 'given', from: '--grace' } }).verdict).toBe('pass');
    expect(judged([...refused, saysGrace(93, 50)], 95).verdict).toBe('pass');
  });
});

/** Renewals of nodes that stay Ready, and at most one time in which nobody could see, with the lists that end it. */
const truths = fc.record({
  nodes: fc.array(
    fc.record({
      gaps: fc
        .constantFrom(12, 25, 40)
        .chain((max) => fc.array(fc.integer({ min: 1, max }), { minLength: 5, maxLength: 30 })),
      offsetSeconds: fc.integer({ min: -5000, max: 5000 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  blind: fc.option(
    fc.record({
      source: fc.constantFrom('leases', 'process', 'unwatched'),
      from: fc.integer({ min: 1, max: 200 }),
      length: fc.integer({ min: 0, max: 100 }),
    }),
  ),
});

test('whatever the truth is: harm is said only where there was some, and all is called well only where there was none', () => {
  fc.assert(
    fc.property(truths, ({ nodes, blind: unseen }) => {
      const lives = nodes.map(({ gaps, offsetSeconds }, index) => {
        const name = `n${index}`;
        let second = 0;
        const seconds = gaps.map((gap) => {
          second += gap;
          return second;
        });
        return { name, seconds, stampAt: (second: number) => lease(name, second + offsetSeconds) };
      });
      const end = 1 + Math.min(...lives.map(({ seconds }) => seconds.at(-1) ?? 0));
      const isUnseen = (second: number): boolean =>
        unseen !== null && second >= unseen.from && second <= unseen.from + unseen.length;
      const seen = lives.flatMap(({ name, seconds, stampAt }) =>
        seconds
          .filter((second) => second < end && !isUnseen(second))
          .map((second) => ({ ...renewed(name, second), lease: stampAt(second) })),
      );
      const backAt = unseen === null ? 0 : unseen.from + unseen.length;
      const dark: Sighting[] = [];
      if (unseen !== null && unseen.from < end) {
        dark.push(at(unseen.from, { type: 'blind', source: unseen.source, reason: 'lost' }));
      }
      if (unseen !== null && backAt < end) {
        const leases = lives.map(({ seconds, stampAt }) => stampAt(seconds.findLast((each) => each <= backAt) ?? 0));
        dark.push(at(backAt, { type: 'leases', leases }), at(backAt, { type: 'sighted', source: unseen.source }));
      }
      const begun = [
        at(0, { type: 'nodes', nodes: lives.map(({ name }) => node(name)) }),
        at(0, { type: 'leases', leases: lives.map(({ stampAt }) => stampAt(0)) }),
      ];
      const { verdict, reasons, nearMisses } = judged(inOrder(...begun, ...seen, ...dark), end);
      const silences = lives.flatMap(({ seconds }) =>
        [...seconds.filter((second) => second < end), end].map(
          (second) => second - (seconds.findLast((each) => each < second) ?? 0),
        ),
      );
      const max = Math.max(...silences);
      if (nearMisses.count !== 0) expect(max).toBeGreaterThan(25);
      if (dark.length > 0) expect(verdict).not.toBe('pass');
      if (verdict === 'pass') expect(max).toBeLessThanOrEqual(25);
      if (dark.length === 0) expect(verdict === 'fail').toBe(max > 25);
      expect(verdict === 'pass').toBe(reasons.length === 0);
    }),
    { numRuns: 150 },
  );
});
