import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { counterStateShape } from '../../src/watch/seen/counters-state.ts';
import { type NodeSight, nodeSight, type Sighting } from '../../src/watch/seen/sighting.ts';
import { at, inOrder, leads, lease, node, play, renewals, saysGrace, silent, stampOf, startMs } from './sightings.ts';

const listed = (...names: readonly string[]): readonly Sighting[] => [
  at(0, { type: 'nodes', nodes: names.map((name) => node(name)) }),
  at(0, { type: 'leases', leases: names.map((name) => lease(name, 0)) }),
];

const of = (played: ReturnType<typeof play>, name: string) => {
  const found = played.state.nodes.find((each) => each.node === name);
  if (found === undefined) throw new Error(`no node ${name}`);
  return found;
};

describe('renewals', () => {
  test('the first gap counts by its stamps alone, for nobody saw the renewal of the list come', () => {
    const played = play([...listed('a'), ...renewals('a', 10, 30)], 30);
    const { gaps, renewals: count, late } = of(played, 'a');
    expect([count, late]).toEqual([3, 0]);
    expect(gaps.renewTime.map(([, times]) => times)).toEqual([3]);
    expect(gaps.arrival.map(([, times]) => times)).toEqual([2]);
    expect([gaps.longestRenewTimeMs, gaps.longestArrivalMs]).toEqual([10_000, 10_000]);
  });

  test('one that comes after more than two periods is late, and is recorded with both clocks', () => {
    const late = [...renewals('a', 10, 20), at(45, { type: 'lease', lease: lease('a', 44) })] as const;
    const played = play([...listed('a'), ...late], 45);
    expect(of(played, 'a').late).toBe(1);
    expect(played.notes).toEqual([
      { type: 'renewal.late', node: 'a', byRenewTimeMs: 24_000, byArrivalMs: 25_000, periodMs: 10_000 },
    ]);
  });

  test('the period is that of configz where it was read, and of the oldest kubelets the fixed one', () => {
    const sightings = [
      ...listed('a'),
      at(1, {
        type: 'kubelet',
        node: 'a',
        settings: {
          nodeStatusUpdateFrequencyMs: 10_000,
          nodeStatusReportFrequencyMs: 300_000,
          nodeLeaseDurationSeconds: 20,
        },
      }),
      ...renewals('a', 10, 10),
      at(21, { type: 'lease', lease: lease('a', 21) }),
    ];
    expect(play(sightings, 21).notes.map(({ type }) => type)).toEqual(['renewal.late']);
    const old = [
      at(0, { type: 'nodes', nodes: [node('a', { kubeletVersion: 'v1.14.0' })] }),
      ...renewals('a', 10, 10),
      at(31, { type: 'lease', lease: lease('a', 31, { durationSeconds: 400 }) }),
    ];
    expect(play(old, 31).notes.map(({ type }) => type)).toEqual(['renewal.late']);
  });

  test('a clock of a node that is set forward makes no late renewal, and is recorded', () => {
    const moved = [...renewals('a', 10, 20), at(30, { type: 'lease', lease: lease('a', 3630) })];
    const played = play([...listed('a'), ...moved], 30);
    expect(of(played, 'a').late).toBe(0);
    expect(of(played, 'a').longestSilenceMs).toBe(10_000);
    expect(played.notes.map(({ type }) => type)).toEqual(['node.clockMoved']);
  });

  test('a renewal with an older stamp is none, as it is none to the controller: the silence goes on', () => {
    const back = [20, 30, 40].map((second) => at(second, { type: 'lease', lease: lease('a', second - 100) }));
    const played = play([...listed('a'), ...renewals('a', 10, 10), ...back, ...renewals('a', 50, 50)], 50);
    expect(of(played, 'a')).toMatchObject({ renewals: 2, backwards: 3, longestSilenceMs: 40_000 });
  });

  test.each([
    ['long before it', 40, 600, 0, [], null],
    ['with it', 599, 600, 0, [1], 11_000],
  ] as const)(
    'of a Lease that came %s, a node that is new has its own renewals alone',
    (_, leaseAt, nodeAt, late, counts, maxMs) => {
      const played = play(
        [
          ...listed('a', 'b'),
          ...renewals('b', 10, 30),
          at(35, { type: 'nodeGone', node: 'b' }),
          // The kubelet of a node that was deleted makes its Lease once more, and nobody takes that away.
          at(leaseAt, { type: 'lease', lease: lease('b', leaseAt, { uid: 'again' }) }),
          at(nodeAt, { type: 'node', node: node('b', { uid: 'new', heartbeat: stampOf(nodeAt) }) }),
          at(605, { type: 'node', node: node('b', { uid: 'new', heartbeat: stampOf(605) }) }),
          at(610, { type: 'lease', lease: lease('b', 610, { uid: 'again' }) }),
        ],
        615,
      );
      const { gaps, late: found } = of(played, 'b');
      expect([found, gaps.renewTime.map(([, times]) => times), gaps.longestRenewTimeMs]).toEqual([late, counts, maxMs]);
      expect(played.notes.filter(({ type }) => type === 'renewal.late')).toEqual([]);
    },
  );

  test('a status post is a sign of life, and no renewal', () => {
    const posted = at(25, { type: 'node', node: node('a', { heartbeat: stampOf(25) }) });
    const played = play([...listed('a'), ...renewals('a', 10, 10), posted, ...renewals('a', 40, 40)], 40);
    expect(of(played, 'a')).toMatchObject({ statusPosts: 1, longestSilenceMs: 15_000 });
    expect(of(played, 'a').gaps.longestArrivalMs).toBe(30_000);
  });
});

describe('NotReady', () => {
  const falls = [...listed('a', 'b'), ...renewals('a', 10, 20), at(72, { type: 'node', node: silent('a') })];

  test('by silence: since when, what else fell with it, and for how long', () => {
    const back = node('a', { heartbeat: stampOf(90), transition: stampOf(90) });
    const played = play(
      [...falls, at(91, { type: 'lease', lease: lease('a', 90) }), at(91.5, { type: 'node', node: back })],
      100,
    );
    expect(played.state.episodes).toMatchObject([
      {
        node: 'a',
        cause: 'silence',
        reason: 'NodeStatusUnknown',
        isStartSeen: true,
        silentMs: 52_000,
        sinceRenewTimeMs: 52_000,
        lastSign: 'lease',
        endedBy: 'ready',
        togetherInZone: 1,
        isNew: false,
      },
    ]);
    expect(of(played, 'a')).toMatchObject({ notReadyMs: 19_500, longestSurvivedMs: 10_000, longestSilenceMs: 71_000 });
    expect(played.state.notReady).toEqual({ silence: 1, kubelet: 0, neverReported: 0, other: 0 });
    expect(played.state.zones).toMatchObject([{ zone: null, maxNotReady: 1, ofNodes: 2 }]);
  });

  test('a renewal that came with the news came too late: the silence before it counts', () => {
    const played = play(
      [
        ...falls.slice(0, -1),
        ...leads('one', 5, 65),
        at(71.9, { type: 'lease', lease: lease('a', 71.8) }),
        at(72, { type: 'node', node: silent('a') }),
      ],
      80,
    );
    expect(played.state.episodes[0]?.silentMs).toBe(52_000);
    expect(played.state.grace).toEqual({ n: 1, atLeastMs: 41_000, atMostMs: 53_000 });
  });

  test('of a renewal that came with the news, and of which nobody saw what was before, nobody knows how long it was silent', () => {
    const raced = [
      at(49, { type: 'lease', lease: lease('a', 49) }),
      at(49.5, { type: 'node', node: silent('a') }),
    ] as const;
    const played = play([...listed('a'), ...leads('one', 1, 41), ...raced], 60);
    expect(played.state.episodes).toMatchObject([{ cause: 'silence', silentMs: null, lastSign: null }]);
    expect(played.state.grace).toEqual({ n: 0, atLeastMs: null, atMostMs: null });
    const posted = at(49.3, { type: 'node', node: node('a', { heartbeat: stampOf(49) }) });
    const both = play([...listed('a'), raced[0], posted, raced[1]], 60);
    expect(both.state.episodes).toMatchObject([{ silentMs: null }]);
  });

  test('a renewal that came shortly before the news, after a silence that is a better reason, bounds no grace', () => {
    const played = play(
      [
        ...falls.slice(0, -1),
        at(75, { type: 'lease', lease: lease('a', 75) }),
        at(78, { type: 'node', node: silent('a') }),
      ],
      80,
    );
    expect(played.state.episodes).toMatchObject([{ cause: 'silence', silentMs: null }]);
    expect(played.state.grace.n).toBe(0);
    // After so long a renewal was late: that silence is one of its own.
    const later = play(
      [
        ...falls.slice(0, -1),
        at(75, { type: 'lease', lease: lease('a', 75) }),
        at(98, { type: 'node', node: silent('a') }),
      ],
      100,
    );
    expect(later.state.episodes).toMatchObject([{ silentMs: 23_000 }]);
    expect(later.state.grace).toMatchObject({ n: 1, atMostMs: 24_000 });
  });

  test('a crowd bounds the grace on neither side', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const crowd = inOrder(
      ...names.flatMap((name) => renewals(name, 10, 20)),
      ...names.slice(0, 4).map((name, index) => at(72 + index, { type: 'node', node: silent(name) })),
      at(30, { type: 'lease', lease: lease('e', 30) }),
      at(77, { type: 'node', node: silent('e') }),
    );
    const played = play([...listed(...names), ...crowd], 80);
    expect(played.state.episodes.map(({ silentMs }) => silentMs)).toEqual([52_000, 53_000, 54_000, 55_000, 47_000]);
    expect(played.state.grace).toEqual({ n: 3, atLeastMs: null, atMostMs: 53_000 });
  });

  test('another controller that took over meanwhile gave the whole grace anew: the lower bound is left out', () => {
    const [news] = falls.slice(-1);
    if (news === undefined) throw new Error('a falls last');
    const before = [...leads('one', 1), ...falls.slice(0, -1)];
    expect(play([...before, ...leads('one', 61), news], 80).state.grace.atLeastMs).toBe(41_000);
    const changed = play([...before, ...leads('two', 61), news], 80);
    expect(changed.state.grace).toEqual({ n: 1, atLeastMs: null, atMostMs: 53_000 });
    expect(changed.state.leader).toMatchObject({ holder: 'two', changes: 1 });
    expect(changed.notes[0]).toEqual({ type: 'leader.changed', holder: 'two' });
    const after = [...leads('one', 1), ...leads('two', 5), ...falls.slice(0, -1), ...leads('two', 61), news];
    expect(play(after, 80).state.grace.atLeastMs).toBe(41_000);
  });

  test('by the kubelet’s own word is another cause, and says nothing of the grace', () => {
    const down = node('a', {
      ready: 'False',
      reason: 'KubeletNotReady',
      message: 'container runtime is down',
      heartbeat: stampOf(25),
      transition: stampOf(25),
    });
    const played = play([...falls.slice(0, -1), at(25, { type: 'node', node: down })], 30);
    expect(played.state.episodes).toMatchObject([{ cause: 'kubelet', message: 'container runtime is down' }]);
    expect(played.state.grace.n).toBe(0);
  });

  test('a new node, one that never reported, one that rebooted and one that was deleted are told apart', () => {
    const fresh = node('c', { ready: 'False', reason: 'KubeletNotReady', message: 'cni not ready' });
    const never = silent('d', { reason: 'NodeStatusNeverUpdated' });
    const booted = node('a', { heartbeat: stampOf(200), transition: stampOf(200), bootId: 'boot-2' });
    const played = play(
      [
        ...falls,
        at(80, { type: 'node', node: fresh }),
        at(81, { type: 'node', node: never }),
        at(200, { type: 'node', node: booted }),
        at(210, { type: 'nodeGone', node: 'd' }),
      ],
      220,
    );
    const byNode = Object.fromEntries(played.state.episodes.map((each) => [each.node, each]));
    expect(byNode.a).toMatchObject({ rebooted: true, endedBy: 'ready', isNew: false });
    expect(byNode.c).toMatchObject({ cause: 'kubelet', isNew: true, untilMs: null, togetherInZone: 2 });
    expect(byNode.d).toMatchObject({ cause: 'neverReported', endedBy: 'deleted' });
    expect(played.state.gone).toBe(1);
    expect(played.notes.filter(({ type }) => type === 'node.added')).toHaveLength(2);
  });

  test('a reboot that is first seen by what the kubelet says when it comes up is one', () => {
    const news: Partial<NodeSight> = {
      ready: 'False',
      reason: 'KubeletNotReady',
      bootId: 'boot-2',
      kubeletVersion: 'v1.34.5',
      heartbeat: stampOf(45),
      transition: stampOf(45),
    };
    const played = play([...falls.slice(0, -1), at(45, { type: 'node', node: node('a', news) })], 50);
    expect(played.state.episodes).toMatchObject([{ cause: 'kubelet', rebooted: true, kubeletChanged: true }]);
    expect(of(played, 'a').reboots).toBe(1);
    const same = { ...news, bootId: 'boot-1', kubeletVersion: 'v1.34.4' };
    const other = play([...falls.slice(0, -1), at(45, { type: 'node', node: node('a', same) })], 50);
    expect(other.state.episodes).toMatchObject([{ rebooted: false, kubeletChanged: false }]);
  });

  test('a reboot in an episode that an earlier sitting had seen begin is one', () => {
    const first = play(falls, 80);
    const kept = counterStateShape.parse(JSON.parse(JSON.stringify(first.state)));
    const news = { bootId: 'boot-2', kubeletVersion: 'v1.34.5', heartbeat: stampOf(120), transition: stampOf(120) };
    const second = play(
      [
        at(80, { type: 'blind', source: 'unwatched', reason: 'nobody watched' }),
        at(81, { type: 'nodes', nodes: [silent('a'), node('b')] }),
        at(81, { type: 'sighted', source: 'unwatched' }),
        at(120, { type: 'node', node: node('a', news) }),
      ],
      130,
      kept,
    );
    expect(second.state.episodes).toMatchObject([{ endedBy: 'ready', rebooted: true, kubeletChanged: true }]);
  });

  describe('of a node as the API server sends it', () => {
    type Condition = { readonly reason: string; readonly status: string; readonly lastHeartbeatTime: string };
    const sent = (...conditions: readonly Condition[]) =>
      nodeSight({
        metadata: { name: 'n', uid: 'uid-n' },
        status: { conditions: conditions.map((each) => ({ ...each, type: 'Ready', message: 'said so' })) },
      } as unknown as Parameters<typeof nodeSight>[0]);
    // As node_lifecycle_controller.go writes it: the heartbeat is the node's creationTimestamp.
    const never = { status: 'Unknown', reason: 'NodeStatusNeverUpdated', lastHeartbeatTime: stampOf(5) };
    const posted = { status: 'True', reason: 'KubeletReady', lastHeartbeatTime: stampOf(90) };

    test('without a Ready condition it never reported, and what the controller then writes is no sign of life', () => {
      const played = play(
        [...listed('a'), at(5, { type: 'node', node: sent() }), at(66, { type: 'node', node: sent(never) })],
        70,
      );
      expect(played.state.notReady).toEqual({ silence: 0, kubelet: 0, neverReported: 1, other: 0 });
      expect(played.state.episodes).toMatchObject([{ cause: 'neverReported', isNew: true, silentMs: null }]);
      expect(of(played, 'n')).toMatchObject({ statusPosts: 0, sign: { isSeen: false }, unseenTransitions: 0 });
    });

    test('its first own post is a sign of life', () => {
      const seen = [at(5, { type: 'node', node: sent() }), at(66, { type: 'node', node: sent(never) })] as const;
      const played = play([...listed('a'), ...seen, at(90, { type: 'node', node: sent(posted) })], 95);
      expect(of(played, 'n')).toMatchObject({ statusPosts: 1, sign: { atMs: startMs + 90_000, isSeen: true } });
      expect(played.state.episodes).toMatchObject([{ cause: 'neverReported', endedBy: 'ready' }]);
    });

    test('a Ready condition that somebody took away from a node that had been Ready is another cause', () => {
      const played = play([at(0, { type: 'nodes', nodes: [sent(posted)] }), at(5, { type: 'node', node: sent() })], 10);
      expect(played.state.episodes).toMatchObject([{ cause: 'other', isNew: false }]);
    });
  });

  test('nodes of one zone that are down at once are counted by zone', () => {
    const zoned = (name: string, zone: string) => node(name, { zone });
    const nodes = [zoned('a', 'r/1'), zoned('b', 'r/1'), zoned('c', 'r/2')];
    const played = play(
      [
        at(0, { type: 'nodes', nodes }),
        at(60, { type: 'node', node: silent('a', { zone: 'r/1' }) }),
        at(61, { type: 'node', node: silent('c', { zone: 'r/2' }) }),
        at(62, { type: 'node', node: silent('b', { zone: 'r/1' }) }),
      ],
      70,
    );
    expect(played.state.zones).toEqual([
      { zone: 'r/1', maxNotReady: 2, atMs: startMs + 62_000, ofNodes: 2 },
      { zone: 'r/2', maxNotReady: 1, atMs: startMs + 61_000, ofNodes: 1 },
    ]);
  });

  test('what was so at the first list was not seen to come', () => {
    const played = play([at(0, { type: 'nodes', nodes: [silent('a')] })], 10);
    expect(played.state.episodes).toMatchObject([{ isStartSeen: false, silentMs: null, cause: 'silence' }]);
    expect(played.state.grace.n).toBe(0);
  });

  test('a Ready whose stamp moved in blind time was something else meanwhile', () => {
    const played = play(
      [
        ...listed('a'),
        at(10, { type: 'blind', source: 'nodes', reason: 'lost' }),
        at(100, { type: 'nodes', nodes: [node('a', { transition: stampOf(60) })] }),
        at(100, { type: 'sighted', source: 'nodes' }),
      ],
      110,
    );
    expect(played.state.unseenTransitions).toBe(1);
  });

  test('a NotReady whose stamp moved in blind time may have been Ready meanwhile, and is marked', () => {
    const again = (transition: number) => silent('a', { transition: stampOf(transition), heartbeat: stampOf(300) });
    const relisted = (transition: number) =>
      play(
        [
          ...falls.slice(0, -1),
          at(72, { type: 'node', node: silent('a', { transition: stampOf(72) }) }),
          at(80, { type: 'blind', source: 'nodes', reason: 'lost' }),
          at(400, { type: 'nodes', nodes: [again(transition), node('b')] }),
          at(400, { type: 'sighted', source: 'nodes' }),
        ],
        410,
      );
    const moved = relisted(390);
    expect(moved.state.episodes).toMatchObject([{ untilMs: null, unseenTransitions: 1 }]);
    expect([moved.state.unseenTransitions, of(moved, 'a').unseenTransitions]).toEqual([1, 1]);
    expect(moved.notes).toContainEqual({ type: 'node.notReadyUnseen', node: 'a', transition: stampOf(390) });
    const stayed = relisted(72);
    expect([stayed.state.unseenTransitions, stayed.state.episodes[0]?.unseenTransitions]).toEqual([0, undefined]);
  });
});

describe('blind time', () => {
  const blind = (from: number, to: number): readonly [Sighting, Sighting] => [
    at(from, { type: 'blind', source: 'leases', reason: 'lost' }),
    at(to, { type: 'sighted', source: 'leases' }),
  ];

  test('is counted once, whatever was blind in it, and from its beginning on', () => {
    const played = play(
      [
        ...listed('a'),
        at(15, { type: 'blind', source: 'api', reason: 'no answer' }),
        at(12, { type: 'blind', source: 'leases', reason: 'lost' }),
        at(20, { type: 'sighted', source: 'api' }),
        at(30, { type: 'sighted', source: 'leases' }),
      ],
      40,
    );
    expect(played.state.blind).toMatchObject({ totalMs: 18_000, count: 1 });
    expect(played.notes.map(({ type }) => type)).toEqual(['blind.began', 'blind.ended']);
  });

  test('a gap of the watch itself is no gap, however long', () => {
    const [lost, back] = blind(25, 300);
    const relisted = at(300, { type: 'leases', leases: [lease('a', 298)] });
    const played = play(
      [...listed('a'), ...renewals('a', 10, 20), lost, relisted, back, ...renewals('a', 308, 330)],
      330,
    );
    expect(of(played, 'a')).toMatchObject({ unseenGaps: 1, longestSilenceMs: 10_000, late: 0 });
    expect(of(played, 'a').gaps.longestRenewTimeMs).toBe(10_000);
  });

  test('a lease that stood still all the time did so seen or not: the silence is as long as it is', () => {
    const [lost, back] = blind(25, 40);
    const relisted = at(40, { type: 'leases', leases: [lease('a', 20)] });
    const played = play([...listed('a'), ...renewals('a', 10, 20), lost, relisted, back, ...renewals('a', 55, 55)], 55);
    expect(of(played, 'a')).toMatchObject({ unseenGaps: 0, longestSilenceMs: 35_000 });
  });

  test('what was held back comes at once when it is over, and says nothing of when it was sent', () => {
    const [lost, back] = blind(25, 60);
    const late = [30, 40, 50].map((second) => at(60.5, { type: 'lease', lease: lease('a', second) }));
    const played = play([...listed('a'), ...renewals('a', 10, 20), lost, back, ...late, ...renewals('a', 70, 80)], 80);
    expect(of(played, 'a').gaps.arrival.reduce((sum, [, times]) => sum + times, 0)).toBe(2);
    expect(of(played, 'a').longestSilenceMs).toBe(10_000);
  });
});

/** A cluster's life: every node renews with its own phase, some stop for a while, and the controller says so. */
const lives = fc
  .array(
    fc.record({
      phase: fc.integer({ min: 0, max: 9 }),
      delaysMs: fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 30, maxLength: 30 }),
      stopAt: fc.option(fc.integer({ min: 5, max: 15 })),
      offsetSeconds: fc.integer({ min: -5000, max: 5000 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((nodes) =>
    nodes.map(({ phase, delaysMs, stopAt, offsetSeconds }, index) => {
      const name = `n${index}`;
      const seen: Sighting[] = [];
      for (const [round, delayMs] of delaysMs.entries()) {
        if (stopAt !== null && round >= stopAt && round < stopAt + 8) continue;
        const second = 10 + phase + 10 * round;
        seen.push(at(second + delayMs / 1000, { type: 'lease', lease: lease(name, second + offsetSeconds) }));
      }
      if (stopAt !== null) {
        const last = phase + 10 * stopAt;
        const ready = node(name, { heartbeat: stampOf(last + 85), transition: stampOf(last + 85) });
        seen.push(at(last + 53, { type: 'node', node: silent(name, { transition: stampOf(last + 53) }) }));
        seen.push(at(last + 85, { type: 'node', node: ready }));
      }
      return { name, offsetSeconds, seen: seen.sort((a, b) => a.atMs - b.atMs) };
    }),
  );

const begun = (nodes: readonly { readonly name: string; readonly offsetSeconds: number }[]): readonly Sighting[] => [
  at(0, { type: 'nodes', nodes: nodes.map(({ name }) => node(name)) }),
  at(0, { type: 'leases', leases: nodes.map(({ name, offsetSeconds }) => lease(name, offsetSeconds)) }),
];

/** Each makes and keeps many histograms. */
const runs = { numRuns: 40 };

describe('whatever a cluster does', () => {
  test('what is emitted twice counts once', () => {
    fc.assert(
      fc.property(lives, (nodes) => {
        const sightings = [...begun(nodes), ...inOrder(...nodes.flatMap(({ seen }) => seen))];
        const twice = sightings.flatMap((each): readonly Sighting[] =>
          each.type === 'node' || each.type === 'lease' ? [each, each] : [each],
        );
        expect(play(twice, 400)).toEqual(play(sightings, 400));
      }),
      runs,
    );
  });

  test('what is known of one node does not depend on what others do between', () => {
    fc.assert(
      fc.property(lives, (nodes) => {
        const all = play([...begun(nodes), ...inOrder(...nodes.flatMap(({ seen }) => seen))], 400);
        for (const one of nodes) {
          const alone = play([...begun([one]), ...one.seen], 400);
          expect(of(all, one.name)).toEqual(of(alone, one.name));
        }
      }),
      runs,
    );
  });

  test('a node’s clock, wherever it stands, changes nothing but what is said of that clock', () => {
    fc.assert(
      fc.property(lives, fc.integer({ min: -100_000, max: 100_000 }), (nodes, seconds) => {
        const shift = (sighting: Sighting): Sighting => {
          if (sighting.type === 'lease' && sighting.lease.renewMs !== null) {
            return { ...sighting, lease: { ...sighting.lease, renewMs: sighting.lease.renewMs + seconds * 1000 } };
          }
          if (sighting.type !== 'leases') return sighting;
          const leases = sighting.leases.map((each) => ({ ...each, renewMs: (each.renewMs ?? 0) + seconds * 1000 }));
          return { ...sighting, leases };
        };
        const sightings = [...begun(nodes), ...inOrder(...nodes.flatMap(({ seen }) => seen))];
        const [here, there] = [play(sightings, 400), play(sightings.map(shift), 400)];
        expect(
          there.state.nodes.map(({ gaps, longestSilenceMs, late, clock }) => [
            gaps,
            longestSilenceMs,
            late,
            clock?.moved,
          ]),
        ).toEqual(
          here.state.nodes.map(({ gaps, longestSilenceMs, late, clock }) => [
            gaps,
            longestSilenceMs,
            late,
            clock?.moved,
          ]),
        );
        expect(there.state.grace).toEqual(here.state.grace);
      }),
      runs,
    );
  });

  test('a watch that ends and goes on counts as one that was blind meanwhile', () => {
    fc.assert(
      fc.property(lives, fc.integer({ min: 1, max: 300 }), fc.integer({ min: 2, max: 90 }), (nodes, cut, gone) => {
        const seen = inOrder(...nodes.flatMap((each) => each.seen));
        const before = seen.filter(({ atMs }) => atMs < startMs + cut * 1000);
        const after = seen.filter(({ atMs }) => atMs >= startMs + (cut + gone) * 1000);
        const missed = seen.filter((each) => !before.includes(each) && !after.includes(each));
        const lists: Sighting[] = [
          at(cut + gone, {
            type: 'nodes',
            nodes: nodes.map(({ name }) => {
              const last = [...before, ...missed].findLast((each) => each.type === 'node' && each.node.node === name);
              return last?.type === 'node' ? last.node : node(name);
            }),
          }),
          at(cut + gone, {
            type: 'leases',
            leases: nodes.map(({ name, offsetSeconds }) => {
              const last = [...before, ...missed].findLast((each) => each.type === 'lease' && each.lease.node === name);
              return last?.type === 'lease' ? last.lease : lease(name, offsetSeconds);
            }),
          }),
        ];
        const lost = at(cut, { type: 'blind', source: 'unwatched', reason: 'nobody watched' });
        const back = at(cut + gone, { type: 'sighted', source: 'unwatched' });
        const complete = play([...begun(nodes), ...before, lost, ...lists, back, ...after], 500);
        const first = play([...begun(nodes), ...before], cut);
        const kept = counterStateShape.parse(JSON.parse(JSON.stringify(first.state)));
        const second = play([lost, ...lists, back, ...after], 500, kept);
        expect(second.state).toEqual(complete.state);
        expect(second.state.blind.totalMs).toBe(gone * 1000);
      }),
      runs,
    );
  });

  test('every silence that became NotReady holds the true grace between its bounds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 300 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(
          fc.record({ phase: fc.double({ min: 0, max: 1, noNaN: true }), lag: fc.integer({ min: 0, max: 900 }) }),
          {
            minLength: 1,
            maxLength: 10,
          },
        ),
        (graceSeconds, periodSeconds, falls) => {
          const sightings = falls.flatMap(({ phase, lag }, index) => {
            // The controller notices a sign in the pass after it, and the silence in the first pass beyond the grace.
            const from = 1000 * (index + 1);
            const noticed = from + phase * periodSeconds;
            const decided = noticed + (Math.floor(graceSeconds / periodSeconds) + 1) * periodSeconds;
            const name = `n${index}`;
            return [
              // No silence before it that would be a better reason.
              at(from - 2, { type: 'lease', lease: lease(name, from - 2) }),
              ...leads('one', from - 1),
              at(from, { type: 'lease', lease: lease(name, from) }),
              ...leads('one', decided - 1),
              at(decided + lag / 1000, { type: 'node', node: silent(name) }),
            ];
          });
          const names = falls.map((_, index) => ({ name: `n${index}`, offsetSeconds: 0 }));
          const { grace } = play([saysGrace(0, 1, periodSeconds), ...begun(names), ...sightings], 1_000_000).state;
          expect(grace.n).toBe(falls.length);
          expect(grace.atLeastMs).toBeLessThanOrEqual(graceSeconds * 1000);
          expect(grace.atMostMs).toBeGreaterThanOrEqual(graceSeconds * 1000);
        },
      ),
      runs,
    );
  });
});
