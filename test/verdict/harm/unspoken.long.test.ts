import { describe, expect, test } from 'vitest';
import { hasValidEvidence } from '../../../src/verdict/index.ts';
import { at, defaultRun, event, load, type Run, ready, stamp, tightRun } from '../timeline-builder.ts';
import { atLeast, atMost, type Expected, evictedAt, expecting, judged, reasonsOf } from './expecting.ts';

// A run passes only where an expectation speaks of every harm that it did. tightRun: 1,470 refused (850 in the fault, 620 in
// the recovery), worker and worker2 lost once each, one pod evicted, 56.7 replica-seconds missing.

const refused = atMost('requests.refused', 1500);
const lost = atMost('nodes.notReadyTransitions', 2);
const evicted = atMost('pods.evicted', 1);
const missing = atMost('pods.unavailableSeconds', 60);

const unspoken = (figure: string, harm: string, besides: string): string =>
  `${figure} holds, and ${harm}, of which no expectation speaks: expect ${besides} besides`;

test('a run of which every harm is bounded passes', async () => {
  expect(await judged(expecting(tightRun(), refused, lost, evicted, missing))).toMatchObject({
    verdict: 'pass',
    reasons: [],
  });
});

test.each([
  [[lost, evicted, missing], 'requests failed (1,470 refused)', 'requests.refused'],
  [[refused, evicted, missing], 'worker and worker2 went NotReady (2 transitions)', 'nodes.notReadyTransitions'],
  [[refused, lost, evicted], 'replicas were missing for 56.7 replica-seconds', 'pods.unavailableSeconds'],
])('one harm of which nobody speaks is no pass: %#', async (expectations, harm, besides) => {
  const figure = expectations[0]?.figure ?? '';
  expect(await reasonsOf(expecting(tightRun(), ...expectations))).toEqual([unspoken(figure, harm, besides)]);
});

test('what is no harm, or holds whatever harm there was, speaks of none', async () => {
  for (const one of [
    atLeast('requests.offered', 1),
    atLeast('durationMs', 1),
    atLeast('requests.latencyMs.p50', 0.1),
    atLeast('writes.leasePerNodeMinute', 1),
    atMost('nodes.unrecovered', 0),
    atMost('nodes.maxNotReady', 2),
    atMost('requests.latencyMs.max', 3),
    atMost('requests.slowSeconds', 1),
    atMost('requests.latenessMs.max', 900),
    atMost('timing.lastReadyMs', 100_000),
    atMost('timing.firstNotReadyMs', 100_000),
    atLeast('timing.firstNotReadyMs', at.fault + 1),
    atLeast('timing.lastReadyMs', 0),
    atMost('timing.firstEvictionMs', 100_000),
  ]) {
    expect(await reasonsOf(expecting(tightRun(), one))).toEqual([
      unspoken(one.figure, 'requests failed (1,470 refused)', 'requests.refused'),
      unspoken(one.figure, 'worker and worker2 went NotReady (2 transitions)', 'nodes.notReadyTransitions'),
      unspoken(one.figure, '1 pod was evicted', 'pods.evicted'),
      unspoken(one.figure, 'replicas were missing for 56.7 replica-seconds', 'pods.unavailableSeconds'),
    ]);
  }
});

test('where all that is expected is that there is harm, nobody takes the pass for the lack of another', async () => {
  for (const one of [
    atLeast('requests.refused', 1),
    atLeast('nodes.notReadyTransitions', 1),
    atLeast('pods.evicted', 1),
    atLeast('nodes.unrecovered', 0.1),
    atLeast('timing.firstRefusedMs', 0),
    atLeast('timing.firstNotReadyMs', 0),
  ]) {
    const { verdict } = await judged(expecting(tightRun(), one));
    expect([one.figure, verdict]).toEqual([one.figure, one.figure === 'nodes.unrecovered' ? 'fail' : 'pass']);
  }
});

describe('of requests that failed', () => {
  const bounds = [lost, evicted, missing];
  /** 100 refused in the fault, of 1,250. */
  const some = { ...tightRun(), requests: load((dueMs) => dueMs >= at.fault + 8000 && dueMs < at.fault + 10_000) };

  test.each([
    ['how many there may be', [refused]],
    ['that there are to be some', [atLeast('requests.refused', 1)]],
    ['its only phase by itself', [atMost('requests.byPhase.fault.refused', 900)]],
    ['how many are to be answered', [atLeast('requests.ok', 2745)]],
    ['and of their entrance', [atMost('requests.byEntrance.control-plane.refused', 2000)]],
  ] as const)('speaks %s', async (_, expectations) => {
    expect(await judged(expecting(some, ...bounds, ...expectations))).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  test.each([
    ['another kind', [atMost('requests.timeout', 5)]],
    ['when the last was', [atMost('timing.lastRefusedMs', 120_000)]],
    ['when the first was', [atMost('timing.firstRefusedMs', 120_000)]],
    ['when the last failed', [atMost('timing.lastFailedMs', 120_000)]],
    ['that one is answered', [atLeast('requests.ok', 1)]],
    ['how many are answered at most', [atMost('requests.ok', 3300)]],
    ['less than half of those at risk', [atLeast('requests.ok', 2744)]],
    ['a phase without any', [atMost('requests.byPhase.steady.refused', 0)]],
  ] as const)('does not: %s', async (_, expectations) => {
    expect(await reasonsOf(expecting(some, ...bounds, ...expectations))).toEqual([
      unspoken('nodes.notReadyTransitions', 'requests failed (100 refused)', 'requests.refused'),
    ]);
  });

  test('of one phase it names the other one', async () => {
    const fault = atMost('requests.byPhase.fault.refused', 900);
    expect(await reasonsOf(expecting(tightRun(), ...bounds, fault))).toEqual([
      unspoken(lost.figure, 'requests failed (620 refused in recover)', 'requests.byPhase.recover.refused'),
    ]);
  });

  test('of one entrance it names the other one', async () => {
    const run = tightRun();
    const plan = { ...run.plan, load: { ...run.plan.load, through: 'every' as const } };
    const entrances = ['control-plane', 'worker', 'worker2'];
    const requests = load((dueMs) => dueMs >= at.fault + 8000 && dueMs < at.fault + 8060).map((one) => ({
      ...one,
      entrance: entrances[one.seq % 3] ?? '',
    }));
    const one = atMost('requests.byEntrance.worker.refused', 5);
    expect(await reasonsOf(expecting({ ...run, plan, requests }, ...bounds, one))).toEqual([
      unspoken(
        lost.figure,
        'requests failed (1 refused through control-plane and 1 refused through worker2)',
        'requests.byEntrance.control-plane.refused and requests.byEntrance.worker2.refused',
      ),
    ]);
  });

  test('several kinds are named each', async () => {
    const { plan, events, requests } = defaultRun();
    const first = requests.findIndex(({ dueMs }) => dueMs >= at.fault);
    const failed = requests.map((one, index) =>
      index >= first && index < first + 5
        ? { ...one, outcome: index % 2 === 0 ? ('timeout' as const) : ('reset' as const), status: null, code: 'X' }
        : one,
    );
    const run = { plan, events, requests: failed };
    const counts = first % 2 === 0 ? '2 reset and 3 timeout' : '3 reset and 2 timeout';
    const [reason] = await reasonsOf(expecting(run, atMost('requests.refused', 0)));
    expect(reason).toBe(
      `requests.refused holds, and requests failed (${counts}), of which no expectation speaks: expect requests.reset and requests.timeout besides`,
    );
  });
});

describe('answers that came after most clients are gone', () => {
  const slow = (answeredMs: number): Run => {
    const { plan, events, requests } = defaultRun();
    const first = requests.findIndex(({ dueMs }) => dueMs >= at.fault + 1000);
    const late = requests.map((one, index) => (index === first ? { ...one, endedMs: one.dueMs + answeredMs } : one));
    return { plan: { ...plan, load: { ...plan.load, timeoutMs: 30_000 } }, events, requests: late };
  };
  const none = atMost('requests.timeout', 0);

  test('are a harm', async () => {
    expect(await reasonsOf(expecting(slow(12_000), none))).toEqual([
      unspoken('requests.timeout', 'answers took up to 12,000.0 ms', 'requests.latencyMs.max'),
    ]);
    expect(await judged(expecting(slow(1990), none))).toMatchObject({ verdict: 'pass' });
  });

  test('before the first fault, too', async () => {
    const { plan, events, requests } = slow(1);
    const first = requests.findIndex(({ dueMs }) => dueMs >= at.steady + 1000);
    const late = requests.map((one, index) => (index === first ? { ...one, endedMs: one.dueMs + 9000 } : one));
    expect(await reasonsOf(expecting({ plan, events, requests: late }, none))).toEqual([
      unspoken('requests.timeout', 'answers took up to 9,000.0 ms', 'requests.latencyMs.max'),
    ]);
  });

  test.each([
    ['requests.latencyMs.max', 15_000, 'pass'],
    ['requests.byPhase.fault.latencyMs.max', 15_000, 'pass'],
    ['requests.byPhase.recover.latencyMs.max', 15_000, 'inconclusive'],
    ['requests.latencyMs.p50', 15_000, 'inconclusive'],
    ['requests.latencyMs.p99', 100, 'inconclusive'],
    ['requests.latencyMs.p99', 3000, 'inconclusive'],
    ['requests.latencyMs.max', 30_000, 'inconclusive'],
  ])('%s ≤ %d: %s', async (figure, max, verdict) => {
    expect(await judged(expecting(slow(12_000), none, atMost(figure, max)))).toMatchObject({ verdict });
  });
});

describe('of nodes that were lost', () => {
  const bounds = [refused, evicted, missing];

  test.each([
    ['how often', [lost]],
    ['for how long', [atMost('nodes.notReadyNodeSeconds', 100)]],
    ['each node by itself', ['worker', 'worker2'].map((node) => atMost(`nodes.byNode.${node}.notReadyTransitions`, 1))],
  ])('speaks %s', async (_, expectations) => {
    expect(await judged(expecting(tightRun(), ...bounds, ...expectations))).toMatchObject({ verdict: 'pass' });
  });

  test('one node by itself says nothing of the other, nor does who reports it', async () => {
    const one = atMost('nodes.byNode.worker.notReadyTransitions', 1);
    expect(await reasonsOf(expecting(tightRun(), ...bounds, one))).toEqual([
      unspoken(refused.figure, 'worker2 went NotReady (1 transition)', 'nodes.notReadyTransitions'),
    ]);
    expect(await reasonsOf(expecting(tightRun(), ...bounds, atMost('nodes.notReadyByKubelet', 0)))).toEqual([
      unspoken(refused.figure, 'worker and worker2 went NotReady (2 transitions)', 'nodes.notReadyTransitions'),
    ]);
  });

  test('that it is to happen speaks of nodes that a fault hits, under settings that lose none by themselves', async () => {
    const lostOne = [ready(at.fault + 3000, 'worker', 'Unknown'), ready(at.fault + 9000, 'worker', 'True')];
    const asked = [atLeast('nodes.notReadyTransitions', 1), atMost('requests.refused', 0)];
    expect(await judged(expecting(defaultRun(lostOne), ...asked))).toMatchObject({ verdict: 'pass', reasons: [] });
    const flapping = [...bounds, atLeast('nodes.notReadyTransitions', 1)];
    expect(await reasonsOf(expecting(tightRun(), ...flapping))).toEqual([
      unspoken(
        refused.figure,
        'worker and worker2 went NotReady (2 transitions)',
        'a max of nodes.notReadyTransitions',
      ),
    ]);
  });

  test('and is no word of a node that no fault hits', async () => {
    const other = [ready(at.fault + 3000, 'control-plane', 'Unknown'), ready(at.fault + 9000, 'control-plane', 'True')];
    const each = ['worker', 'worker2'].map((node) => atMost(`nodes.byNode.${node}.notReadyTransitions`, 1));
    const asked = [...bounds, ...each, atLeast('nodes.notReadyTransitions', 1)];
    expect(await reasonsOf(expecting(tightRun(other), ...asked))).toEqual([
      unspoken(
        refused.figure,
        'control-plane went NotReady (1 transition), though no fault hits them',
        'a max of nodes.notReadyTransitions',
      ),
    ]);
    const bounded = [...asked, atMost('nodes.notReadyTransitions', 3)];
    expect(await judged(expecting(tightRun(other), ...bounded))).toMatchObject({ verdict: 'pass' });
    // Under settings that lose nodes by themselves naming it is not enough.
    const named = [...asked, atLeast('nodes.byNode.control-plane.notReadyTransitions', 1)];
    expect(await reasonsOf(expecting(tightRun(other), ...named))).toHaveLength(1);
  });

  test('a least that is met by such a node alone is no pass, whatever else is expected', async () => {
    const run = defaultRun([
      ready(at.fault + 3000, 'control-plane', 'Unknown'),
      ready(at.fault + 9000, 'control-plane', 'True'),
    ]);
    expect(await reasonsOf(expecting(run, atLeast('nodes.notReadyTransitions', 1)))).toEqual([
      'control-plane went NotReady, which no fault of the plan explains: none targets it or the control plane, and the profile does not flap by itself',
      'nodes.notReadyTransitions ≥ 1 holds by what no fault did (1 of 1): expect it of a node, or choose settings that keep nodes Ready without a fault',
    ]);
  });

  test('before the first fault is another time, of which a bound of the time since says nothing', async () => {
    const flap = [ready(at.fault - 12_300, 'worker2', 'Unknown'), ready(at.fault - 9100, 'worker2', 'True')];
    const before = 'nodes.notReadyTransitionsBeforeFault';
    const run = (...besides: readonly Expected[]) => expecting(tightRun(flap), ...bounds, lost, ...besides);
    expect(await reasonsOf(run())).toEqual([
      unspoken(refused.figure, 'nodes went NotReady before the first fault (1 transition)', before),
    ]);
    expect(await reasonsOf(run(atMost('timing.lastReadyMs', 100_000)))).toHaveLength(1);
    for (const one of [atMost(before, 1), atLeast(before, 1), atMost('nodes.notReadyNodeSeconds', 100)]) {
      expect(await judged(run(one))).toMatchObject({ verdict: 'pass' });
    }
    // Nor does a bound of that time say anything of the time since.
    const early = expecting(tightRun(), ...bounds, atMost(before, 0));
    expect(await reasonsOf(early)).toEqual([
      unspoken(refused.figure, 'worker and worker2 went NotReady (2 transitions)', 'nodes.notReadyTransitions'),
    ]);
  });

  test('nobody may have seen it: that is a harm where nothing speaks of it', async () => {
    const blind = event(at.fault - 9000, {
      type: 'watch.gap',
      resource: 'nodes',
      fromMs: at.fault - 12_000,
      how: 'relisted',
      reason: 'ECONNREFUSED',
    });
    const why = 'the watch on nodes was blind for 3.0 s from 42.5 s on';
    expect(await reasonsOf(expecting(tightRun([blind]), ...bounds, lost))).toEqual([
      unspoken(
        refused.figure,
        `how many nodes were NotReady before the first fault is not known (${why})`,
        'nodes.notReadyTransitionsBeforeFault',
      ),
    ]);
    expect(await judged(defaultRun([blind]))).toMatchObject({ verdict: 'pass' });
  });
});

describe('an ask for losses reaches as far as its faults do', () => {
  /** A fault of its own plan beside the pause of both workers, or in place of it. */
  const withFault = (kind: string, beside: boolean): Run => {
    const run = defaultRun([
      ready(at.fault + 3000, 'worker', 'Unknown'),
      ready(at.fault + 9000, 'worker', 'True'),
      ready(at.fault + 4000, 'worker2', 'Unknown'),
      ready(at.fault + 9000, 'worker2', 'True'),
    ]);
    const phases = run.plan.phases.map((phase) => {
      if (phase.kind !== 'fault') return phase;
      const [pause] = phase.inject;
      if (pause === undefined) throw new Error('expected a pause');
      const other = { ...pause, id: 'other', kind, targets: ['control-plane'], occurrences: [] } as typeof pause;
      return { ...phase, inject: beside ? [{ ...pause, targets: ['worker'] }, other] : [other] };
    });
    return { ...run, plan: { ...run.plan, phases } };
  };
  const asked = [atLeast('nodes.notReadyTransitions', 1), atMost('requests.refused', 0)];
  const elsewhere = unspoken(
    'requests.refused',
    'worker2 went NotReady (1 transition), though no fault hits them',
    'a max of nodes.notReadyTransitions',
  );

  test.each([
    ['etcd-pause', true, true],
    ['kubelet-pause', true, true],
    ['kubelet-pause', false, true],
    ['etcd-pause', false, false],
  ])('%s on the control plane, beside another fault: %j; leaves the loss of another node out: %j', async (...one) => {
    const [kind, beside, isLeft] = one;
    const { reasons } = await judged(expecting(withFault(kind, beside), ...asked));
    const left = reasons.filter(
      (reason) => reason.includes('worker2 went') && reason.includes('of which no expectation'),
    );
    const both = unspoken(
      'requests.refused',
      'worker and worker2 went NotReady (2 transitions), though no fault hits them',
      'a max of nodes.notReadyTransitions',
    );
    expect(left).toEqual(isLeft ? [beside ? elsewhere : both] : []);
  });
});

describe('of pods that were evicted', () => {
  test.each([
    ['how many', evicted],
    ['for how long replicas may lack', atMost('pods.unavailableSeconds', 100)],
  ])('speaks %s', async (_, expectation) => {
    expect(await judged(expecting(tightRun(), refused, lost, missing, expectation))).toMatchObject({ verdict: 'pass' });
  });

  test('that it is to happen is no word of one that goes from a node which stayed Ready', async () => {
    const run = (...expectations: readonly Expected[]) =>
      expecting(defaultRun([evictedAt(at.fault + 9000)]), atMost('nodes.notReadyTransitions', 0), ...expectations);
    const from = '1 pod was evicted from nodes that no fault had lost';
    for (const some of [[], [atLeast('pods.evicted', 1)], [atMost('pods.stuckTerminating', 0)]]) {
      expect(await reasonsOf(run(...some))).toContainEqual(
        unspoken('nodes.notReadyTransitions', from, 'a max of pods.evicted'),
      );
    }
    expect(await judged(run(atMost('pods.evicted', 1)))).toMatchObject({ verdict: 'pass' });
  });

  test('one that goes from a node which is Ready again goes by its loss until its taint is gone', async () => {
    const [lostMs, backMs] = [at.fault + 1000, at.fault + 2000];
    const run = (evictedMs: number): Run => {
      const events = [ready(lostMs, 'worker2', 'Unknown'), ready(backMs, 'worker2', 'True'), evictedAt(evictedMs)];
      return expecting(defaultRun(events), atMost('nodes.notReadyTransitions', 1), atLeast('pods.evicted', 1));
    };
    expect(await judged(run(backMs + 3000))).toMatchObject({ verdict: 'pass' });
    expect(await reasonsOf(run(backMs + 15_000))).toHaveLength(2);
  });

  test('before the first fault is another time', async () => {
    const run = expecting(defaultRun([evictedAt(at.fault - 9000)]), atMost('pods.evicted', 0));
    expect(await reasonsOf(run)).toEqual([
      unspoken('pods.evicted', '1 pod was evicted before the first fault', 'pods.evictedBeforeFault'),
    ]);
  });

  test('or of one that is stuck Terminating', async () => {
    const deleting = { ...evictedAt(at.fault + 1000), evicted: false, deletionTimestamp: stamp(at.fault + 2000) };
    const { plan, ...seen } = defaultRun([deleting]);
    const run = { ...seen, plan: { ...plan, workload: { ...plan.workload, terminationGracePeriodMs: 1000 } } };
    expect((await judged(run)).pods).toMatchObject({ evicted: 0, stuckTerminating: 1 });
    const bound = atMost('nodes.notReadyTransitions', 0);
    expect(await reasonsOf(expecting(run, bound))).toEqual([
      unspoken(bound.figure, '1 pod was stuck Terminating', 'pods.stuckTerminating'),
    ]);
    expect(await judged(expecting(run, bound, atMost('pods.stuckTerminating', 1)))).toMatchObject({ verdict: 'pass' });
  });
});

test('nobody may have seen which replicas were missing, or pods stuck: that is a harm', async () => {
  const blind = (resource: 'endpointslices' | 'pods') =>
    event(at.fault + 9000, {
      type: 'watch.gap',
      resource,
      fromMs: at.fault + 8800,
      how: 'relisted',
      reason: '410 Gone',
    });
  const why = 'was blind for 0.2 s from 63.3 s on';
  expect(await reasonsOf(expecting(tightRun([blind('endpointslices')]), lost, evicted, refused))).toEqual([
    unspoken(
      lost.figure,
      `how many replicas were missing is not known (the watch on endpointslices ${why})`,
      missing.figure,
    ),
  ]);
  expect(await reasonsOf(expecting(tightRun([blind('pods')]), lost, refused))).toEqual([
    unspoken(lost.figure, `how many pods were evicted is not known (the watch on pods ${why})`, evicted.figure),
    'nodes.notReadyTransitions holds, and replicas were missing for 56.7 replica-seconds, of which no expectation speaks: expect pods.unavailableSeconds besides',
  ]);
  const quiet = expecting(defaultRun([blind('endpointslices')]), atMost('nodes.notReadyTransitions', 0));
  expect(await reasonsOf(quiet)).toEqual([
    'nodes.notReadyTransitions holds, and how many replicas were missing is not known (the watch on endpointslices was blind for 0.2 s from 63.3 s on), of which no expectation speaks: expect pods.unavailableSeconds besides',
  ]);
});

test('a run of which a harm is not spoken is inconclusive, and its evidence counts all the same', async () => {
  const open = expecting(tightRun(), atMost('pods.stuckTerminating', 5));
  const document = await judged(open);
  expect([document.verdict, document.evidenceValid, hasValidEvidence(document)]).toEqual(['inconclusive', true, true]);
  const cut = await judged({ ...open, events: open.events.filter(({ type }) => type !== 'run.ended') });
  expect([cut.verdict, cut.evidenceValid, hasValidEvidence(cut)]).toEqual(['inconclusive', undefined, false]);
  expect(hasValidEvidence(await judged(tightRun()))).toBe(true);
});

test('a run that is refuted and ended too early is failed, and no valid evidence', async () => {
  const { events, ...run } = tightRun();
  const phases = run.plan.phases.filter(({ kind }) => kind !== 'recover');
  const plan = { ...run.plan, phases, expectations: [atMost('requests.refused', 0)] };
  const document = await judged({ ...run, plan, events });
  expect([document.verdict, document.evidenceValid, hasValidEvidence(document)]).toEqual(['fail', false, false]);
});
