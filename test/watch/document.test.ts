import { describe, expect, test } from 'vitest';
import { documentOf, type Known } from '../../src/watch/document.ts';
import type { Sighting } from '../../src/watch/seen/sighting.ts';
import { watchDocumentShape } from '../../src/watch/shapes.ts';
import { minuteLine, notableLine, watchText } from '../../src/watch/text.ts';
import {
  at,
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
  startMs,
} from './sightings.ts';

/** null: nobody says it. */
type Changes = Partial<Known> & { readonly graceSeconds?: number | null };

const unknownGrace: Changes = {
  graceSeconds: null,
  missing: [
    {
      what: 'the settings of kube-controller-manager',
      verb: 'list',
      resource: 'pods in kube-system',
      reason: 'HTTP 403',
    },
  ],
};

const stable: readonly Sighting[] = [
  at(0, { type: 'nodes', nodes: [node('a')] }),
  at(0, { type: 'leases', leases: [lease('a', 0)] }),
  ...renewals('a', 10, 90),
];

const judged = (sightings: readonly Sighting[], { graceSeconds = 50, ...changes }: Changes = {}, toSeconds = 95) => {
  const said = graceSeconds === null ? saysNothing(0, 'HTTP 403') : saysGrace(0, graceSeconds);
  const document = documentOf(known(changes), play([said, ...sightings], toSeconds).state);
  expect(watchDocumentShape.parse(document)).toEqual(document);
  return document;
};

describe('the verdict', () => {
  test('pass: all of the time was seen, the grace is known, and no node came nearer than the margin', () => {
    expect(judged(stable)).toMatchObject({ verdict: 'pass', reasons: [], nearMisses: { overMs: 25_000, count: 0 } });
  });

  test('fail: a silence beyond the margin, though the node stayed Ready', () => {
    const late = [...stable.slice(0, -4), at(95, { type: 'lease', lease: lease('a', 95) })];
    const { verdict, reasons, nearMisses, longestSilences } = judged(late);
    expect([verdict, nearMisses.count]).toEqual(['fail', 1]);
    expect(reasons).toEqual(['1 silence was longer than 25.0 s of the grace of 50.0 s; the longest 45.0 s']);
    expect(longestSilences[0]).toMatchObject({
      node: 'a',
      ms: 45_000,
      shareOfGrace: 0.9,
      endedBy: 'lease',
      notReady: false,
    });
  });

  test('fail: a silence beyond the margin that still lasts at the end', () => {
    const { verdict, nearMisses, longestSilences } = judged(stable, {}, 120);
    expect([verdict, nearMisses.count]).toEqual(['fail', 1]);
    expect(longestSilences[0]).toMatchObject({ ms: 30_000, endedBy: null });
  });

  test('another margin is another verdict', () => {
    expect(judged(stable, { margin: 0.6 }, 110).verdict).toBe('pass');
    expect(judged(stable, { margin: 0.7 }, 110).verdict).toBe('fail');
  });

  test('fail: NotReady by silence, whatever else is not known; the grace is inferred from it', () => {
    const down = [...stable, ...leads('one', 5, 135), at(143, { type: 'node', node: silent('a') })];
    const document = judged(down, unknownGrace, 150);
    expect(document.verdict).toBe('fail');
    expect(document.settings).toMatchObject({
      nodeMonitorGracePeriod: { ms: 42_000, source: 'inferred' },
      inferredGrace: { n: 1, atLeastMs: 42_000, atMostMs: 54_000, contradictory: false },
    });
    expect(document.notReadyTimes).toMatchObject([{ cause: 'silence', silentMs: 53_000, notReadyMs: 7000 }]);
  });

  test('inconclusive: the grace is not known', () => {
    expect(judged(stable, unknownGrace)).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['nodeMonitorGracePeriod is not known: --grace says it'],
      nearMisses: { overMs: null, count: null },
    });
  });

  test('inconclusive: blind time, however short', () => {
    const blind = [
      ...stable,
      at(91, { type: 'blind', source: 'api', reason: 'no answer' }),
      at(93, { type: 'sighted', source: 'api' }),
    ];
    expect(judged(blind)).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['nothing was seen for 2.0 s; no answer'],
      watchedMs: 93_000,
    });
  });

  test('inconclusive: a node of which no two renewals were seen, and no node at all', () => {
    const other = [...stable, at(90, { type: 'node', node: node('b') })];
    expect(judged(other).reasons).toEqual(['no two renewals in a row were seen of b']);
    // What a node says of itself is no heartbeat: it may be long dead, and nobody says so.
    const unready = node('b', { ready: 'False', reason: 'KubeletNotReady' });
    expect(judged([...stable, at(10, { type: 'node', node: unready })])).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['no two renewals in a row were seen of b'],
    });
    expect(judged([]).reasons).toEqual(['no node was seen']);
  });

  test('inconclusive: what is said of the grace is not what was seen', () => {
    const down = [...stable, ...leads('one', 5, 135), at(143, { type: 'node', node: silent('a') })];
    const { reasons } = judged(
      down,
      { graceSeconds: null, statedGrace: { ms: 20_000, source: 'given', from: '--grace' } },
      150,
    );
    expect(reasons.at(-1)).toBe(
      'nodeMonitorGracePeriod is 20.0 s by what says it, and 42.0 s to 54.0 s by what was seen',
    );
  });

  test('what was seen of two graces contradicts itself, and none is inferred', () => {
    const twice = [
      ...stable,
      ...leads('one', 5, 135),
      at(143, { type: 'node', node: silent('a') }),
      at(300, { type: 'lease', lease: lease('a', 300) }),
      at(301, { type: 'node', node: node('a', { heartbeat: stampOf(301), transition: stampOf(301) }) }),
      ...leads('one', 395),
      at(400, { type: 'node', node: silent('a') }),
    ];
    const document = judged(twice, unknownGrace, 410);
    expect(document.settings).toMatchObject({
      nodeMonitorGracePeriod: { ms: null },
      inferredGrace: { n: 2, contradictory: true },
    });
    expect(document.reasons).toEqual([
      'a node was NotReady by silence 2 times',
      'nodeMonitorGracePeriod is not known, and what was seen contradicts itself',
    ]);
  });
});

describe('clocks', () => {
  test('a node’s clock is written beside the API server’s, as a bound', () => {
    const hourAhead = [
      at(0, { type: 'nodes', nodes: [node('a')] }),
      at(1, { type: 'date', askedMs: startMs + 900, dateMs: startMs + 1000 }),
      at(10, { type: 'lease', lease: lease('a', 3610) }),
    ];
    const document = judged(hourAhead);
    expect(document.serverClockAheadMs).toEqual({ atLeastMs: 0, atMostMs: 1100 });
    // The request may have been under way for 10 s, and the watch for one.
    expect(document.byNode[0]?.clockAheadMs).toEqual({ atLeastMs: 3_598_900, atMostMs: 3_611_000 });
  });
});

describe('what a person reads', () => {
  const down = [
    ...stable,
    ...leads('one', 5, 135),
    at(143, { type: 'node', node: silent('a', { zone: 'eu/1', unschedulable: true }) }),
  ];

  test('is no wider than 80 columns, and names verdict, cause and what could not be read', () => {
    const text = watchText(judged(down, unknownGrace, 150), { columns: 80, folder: 'runs/x' });
    expect(text.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
    expect(text).toBe(`  FAIL
    - a node was NotReady by silence 1 time

    watched           3 min of staging, 1 node, 9 renewals
    blind             never
    grace             42.0 s to 54.0 s, inferred from 1 that fell silent
    nearest           10.0 s = 24 % of a grace of 42.0 s to 54.0 s, inferred, a
                      at 2026-01-01T00:00:00
    near misses       0, silent for more than 21.0 s
    NotReady          1 by silence, 0 by kubelets, 0 otherwise

  NotReady
    2026-01-01T00:02:23  a: silence (NodeStatusUnknown), 53.0 s after its last
                         renewal; still NotReady; cordoned

  renewals, by when they came (s)
       period   p50   p99   max  silent  late
    a    10.0  10.0  10.0  10.0    10.0     0

  not read
    - the settings of kube-controller-manager (list pods in kube-system): HTTP
      403

  Evidence  runs/x/  (watch.json, events.ndjson)
`);
  });

  test('a NotReady that may have been Ready meanwhile is marked, and keeps the verdict from more', () => {
    const first = at(143, { type: 'node', node: node('a', { ready: 'False', reason: 'KubeletNotReady' }) });
    const moved = { ready: 'False', reason: 'KubeletNotReady', transition: stampOf(146) } as const;
    const document = judged(
      [...stable, ...renewals('a', 100, 140), first, at(147, { type: 'node', node: node('a', moved) })],
      {},
      150,
    );
    expect([document.verdict, document.reasons]).toEqual(['inconclusive', ['Ready changed and back unseen 1 time']]);
    expect(document.notReadyTimes).toMatchObject([{ unseenTransitions: 1 }]);
    expect(watchText(document, { columns: 200, folder: 'x' })).toBe(`  INCONCLUSIVE
    - Ready changed and back unseen 1 time

    watched           3 min of staging, 1 node, 14 renewals
    blind             never
    grace             50s, manifest (pod kube-controller-manager-cp)
    nearest           10.0 s = 20 % of 50s, a at 2026-01-01T00:00:00
    near misses       0, silent for more than 25.0 s
    NotReady          0 by silence, 1 by kubelets, 0 otherwise

  NotReady
    2026-01-01T00:02:23  a: its kubelet said KubeletNotReady; still NotReady; with changes unseen

  renewals, by when they came (s)
       period   p50   p99   max  silent  late
    a    10.0  10.0  10.0  10.0    10.0     0

  Evidence  x/  (watch.json, events.ndjson)
`);
  });

  test.each([
    [0, '1 node, 0 renewals'],
    [1, '1 node, 1 renewal'],
    [2, '1 node, 2 renewals'],
  ])('%i renewals are counted as one says it', (count, counted) => {
    const text = watchText(judged(stable.slice(0, 2 + count)), { columns: 80, folder: 'x' });
    expect(text.split('\n').filter((line) => line.startsWith('    watched'))).toEqual([
      `    watched           95 s of staging, ${counted}`,
    ]);
  });

  test('escape sequences that a cluster sends do not reach a terminal', () => {
    const bad = node('a\u001b[2J', { ready: 'False', reason: 'Kubelet\u001b]0;x\u0007', message: 'a\nb\u202e' });
    const document = judged([at(0, { type: 'nodes', nodes: [bad] })]);
    const text = `${watchText(document, { columns: 80, folder: 'x' })}${minuteLine(document, { columns: 80 })}`;
    expect(/[\p{Cc}\u202e]/u.test(text.replaceAll('\n', ''))).toBe(false);
  });

  test.each([-600, 0, 600])('a node’s clock %i s off makes no silence of the line that says NotReady', (off) => {
    const line = (...sightings: readonly Sighting[]) => {
      const { notes } = play([at(0, { type: 'nodes', nodes: [node('a')] }), ...sightings], 70);
      const [found] = notes.filter(({ type }) => type === 'node.notReady');
      if (found === undefined) throw new Error('a is NotReady');
      return notableLine(found, startMs + 62_000, { columns: 80 });
    };
    const listed = at(0, { type: 'leases', leases: [lease('a', off - 20)] });
    const down = at(62, { type: 'node', node: silent('a') });
    expect(line(listed, down)).toBe('00:01:02  a NotReady by silence: NodeStatusUnknown');
    const live = at(10, { type: 'lease', lease: lease('a', off + 10) });
    expect(line(listed, live, down)).toBe('00:01:02  a NotReady, silent for 52.0 s');
  });

  test('a node that never reported is named so, without a reason that nobody gave', () => {
    const never = node('b', { ready: 'Unknown', reason: '', hasReady: false, heartbeat: null, transition: null });
    const sightings = [...stable, at(91, { type: 'node', node: never })];
    const { notes } = play(sightings, 95);
    const lines = notes.map((note) => notableLine(note, startMs + 91_000, { columns: 80 }));
    expect(lines.filter((line) => line !== null)).toEqual(['00:01:31  b NotReady: neverReported']);
    expect(watchText(judged(sightings), { columns: 80, folder: 'x' })).toBe(`  INCONCLUSIVE
    - a node never reported 1 time

    watched           95 s of staging, 2 nodes, 9 renewals
    blind             never
    grace             50s, manifest (pod kube-controller-manager-cp)
    nearest           10.0 s = 20 % of 50s, a at 2026-01-01T00:00:00
    near misses       0, silent for more than 25.0 s
    NotReady          0 by silence, 0 by kubelets, 1 otherwise

  NotReady
    2026-01-01T00:01:31  b: neverReported; still NotReady; new

  renewals, by when they came (s)
       period   p50   p99   max  silent  late
    a    10.0  10.0  10.0  10.0    10.0     0
    b       –     –     –     –       –     0

  Evidence  x/  (watch.json, events.ndjson)
`);
  });

  test('the line of a minute says how near, how many, and what was not seen', () => {
    expect(minuteLine(judged(stable), { columns: 80 })).toBe(
      '00:01:35  Ready 1 of 1  silent ≤ 10.0 s (20 %)  NotReady 0×  blind 0 s',
    );
  });
});
