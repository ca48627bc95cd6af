import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/index.ts';
import { junitXml, summaryText } from '../../src/report/index.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';
import { judge } from '../../src/verdict/index.ts';
import {
  at,
  changed,
  defaultPlan,
  defaultRun,
  event,
  inOrder,
  load,
  type Run,
  ready,
  tightPlan,
  tightRun,
} from './timeline-builder.ts';

const judged = ({ plan, events, requests }: Run) => judge(plan, events, requests);

const without = (run: Run, is: (event: TimelineEvent) => boolean): Run => changed(run, (one) => (is(one) ? null : one));

const reasonsOf = async (run: Run): Promise<readonly string[]> => {
  const { verdict, reasons } = await judged(run);
  expect(verdict).toBe('inconclusive');
  return reasons;
};

describe('every node of the plan is to be seen', () => {
  test('one that the record has nothing of', async () => {
    const run = without(defaultRun(), (one) => one.type === 'node.ready' && one.node === 'worker2');
    expect(await reasonsOf(run)).toEqual(['of worker2 nothing was seen before the load began']);
  });

  test('one that is first seen when it is lost: what was before is not known', async () => {
    const run = without(
      defaultRun([ready(at.fault + 50, 'worker2', 'Unknown')]),
      (one) => one.type === 'node.ready' && one.node === 'worker2' && one.atMs < at.steady,
    );
    expect((await reasonsOf(run))[0]).toBe('of worker2 nothing was seen before the load began');
  });

  test('one that was NotReady from the first', async () => {
    const run = without(
      defaultRun(),
      (one) => one.type === 'node.ready' && one.node === 'worker2' && one.status === 'True',
    );
    expect((await reasonsOf(run))[0]).toBe('worker2 was NotReady when the load began');
  });

  test('one that is NotReady when the run ends, of which nobody knows what follows', async () => {
    const again: Plan['phases'] = [...defaultPlan.phases, { kind: 'steady', name: 'steady-2', durationMs: 10_000 }];
    const expectations = ['pods.evicted', 'nodes.notReadyTransitions'].map((figure) => ({
      ...{ figure, min: null, max: 1, equals: null },
    }));
    const run = defaultRun([ready(at.loadEnded - 100, 'worker2', 'Unknown')]);
    expect(await reasonsOf({ ...run, plan: { ...defaultPlan, phases: again, expectations } })).toEqual([
      'worker2 was NotReady when the run ended: what that brings later is not known; end the phases with recover',
    ]);
  });

  test('one that its own settings lose as the run ends is open only where harm is bounded from above', async () => {
    const again: Plan['phases'] = [...tightPlan.phases, { kind: 'steady', name: 'steady-2', durationMs: 10_000 }];
    const ending = (expectation: Plan['expectations'][number]) => ({
      ...tightRun([ready(at.loadEnded - 100, 'worker2', 'Unknown')]),
      plan: { ...tightPlan, phases: again, expectations: [expectation] },
    });
    expect(await reasonsOf(ending({ figure: 'pods.evicted', min: null, max: 3, equals: null }))).toEqual([
      'worker2 was NotReady when the run ended: what that brings later is not known; end the phases with recover',
      'pods.evicted holds, and requests failed (1,470 refused), of which no expectation speaks: expect requests.refused besides',
      'pods.evicted holds, and worker and worker2 went NotReady (3 transitions), of which no expectation speaks: expect nodes.notReadyTransitions besides',
      'pods.evicted holds, and replicas were missing for 56.7 replica-seconds, of which no expectation speaks: expect pods.unavailableSeconds besides',
    ]);
    expect(await judged(ending({ figure: 'pods.evicted', min: 1, max: null, equals: null }))).toMatchObject({
      verdict: 'pass',
    });
  });

  test('the settings of each of its processes are read back', async () => {
    const run = without(defaultRun(), (one) => one.type === 'setting.read' && one.node === 'worker2');
    expect(await reasonsOf(run)).toEqual([
      'not read back from the running processes: kubelet nodeStatusUpdateFrequency on worker2, kubelet nodeStatusReportFrequency on worker2 and kubelet nodeLeaseDurationSeconds on worker2',
    ]);
  });

  test('a setting that is called the same and is not, is a difference', async () => {
    const run = changed(defaultRun(), (one) =>
      one.type === 'setting.read' && one.setting === 'node-monitor-period' ? { ...one, observed: '7s' } : one,
    );
    expect((await reasonsOf(run))[0]).toBe(
      'kube-controller-manager on control-plane runs with node-monitor-period 7s, not unset',
    );
  });
});

describe('a fault is proved by what was seen', () => {
  test('not by leases that nobody saw', async () => {
    const run = without(defaultRun(), (one) => one.type === 'lease.renewed');
    expect((await reasonsOf(run))[0]).toBe(
      'kubelet-pause on worker and worker2 is not proved: no lease of worker and worker2 was ever seen',
    );
  });

  test('nor is a lease said not to have been renewed while the watch on leases was blind', async () => {
    const gap = {
      type: 'watch.gap',
      resource: 'leases',
      fromMs: at.fault + 5000,
      how: 'relisted',
      reason: '410',
    } as const;
    const { faults } = await judged(defaultRun([event(at.fault + 9000, gap)]));
    expect(faults[0]?.evidence.some((line) => line.startsWith('no lease of'))).toBe(false);
  });

  test('nor while it was mute: it emitted nothing of any other node either', async () => {
    const notified = async (run: ReturnType<typeof defaultRun>): Promise<readonly string[]> => {
      const { faults } = await judged(run);
      return faults[0]?.evidence.filter((line) => line.startsWith('no lease of')) ?? [];
    };
    expect(await notified(defaultRun())).toEqual([
      'no lease of worker and worker2 was renewed, while those of others were: control-plane',
    ]);
    const mute = without(
      defaultRun(),
      (one) => one.type === 'lease.renewed' && one.atMs > at.fault && one.atMs < at.fault + 25_000,
    );
    expect(await notified(mute)).toEqual([]);
  });

  test('a fault on a leader hit one', async () => {
    const plan: Plan = {
      ...defaultPlan,
      phases: defaultPlan.phases.map((phase) =>
        phase.kind === 'fault'
          ? { ...phase, inject: phase.inject.map((fault) => ({ ...fault, leaderOf: 'kube-scheduler' as const })) }
          : phase,
      ),
    };
    const run = changed(defaultRun(), (one) => {
      if (one.type === 'fault.attested') return null;
      return one.type === 'fault.injecting' ? { ...one, targets: [] } : one;
    });
    expect(await reasonsOf({ ...run, plan })).toEqual([
      'kubelet-pause on  is not proved: expected one of worker and worker2 to be hit, found none',
    ]);
  });
});

describe('requests of a run', () => {
  test('that are far fewer than were due in a phase are a doubt, though the load counted no more', async () => {
    const kept = load().filter(({ dueMs }) => dueMs < at.fault + 1000);
    const run = changed({ ...defaultRun(), requests: kept }, (one) =>
      one.type === 'load.ended' ? { ...one, offered: kept.length } : one,
    );
    expect(await reasonsOf(run)).toEqual([
      'fault has 50 requests on record, 1,249 were due in it',
      'recover has 0 requests on record, 619 were due in it',
      'the load ended 36.4 s before recover did: what the service did after it is not known',
      'requests.refused is not known: no request was due from 79.5 s to 91.9 s, after a fault had begun',
    ]);
  });

  test('that are too far apart to see an outage show nothing, and plan says so', async () => {
    const plan: Plan = { ...defaultPlan, load: { ...defaultPlan.load, ratePerSecond: 0.1 } };
    const kept = load().filter(({ seq }) => seq % 500 === 0);
    const run = changed({ plan, events: defaultRun().events, requests: kept }, (one) =>
      one.type === 'load.ended' ? { ...one, offered: kept.length } : one,
    );
    expect(await reasonsOf(run)).toEqual([
      'requests.refused is not known: a request was due every 10.0 s only: an outage may fall between two of them',
    ]);
    const byPhase = [{ figure: 'requests.byPhase.fault.refused', min: null, max: 0, equals: null }];
    expect((await judged({ ...run, plan: { ...plan, expectations: byPhase } })).verdict).toBe('inconclusive');
  });

  test('a phase that is shorter than they are apart needs none', async () => {
    const instant = [
      event(at.recover, { type: 'step.started', name: 'steady-2', kind: 'steady', budgetMs: 0 }),
      event(at.recover + 0.5, { type: 'step.ended', name: 'steady-2', kind: 'steady', outcome: 'done', detail: '' }),
    ] as const;
    const kept = load().map((one) => ({ ...one, dueMs: one.dueMs + 5 }));
    const { requests } = await judged({
      ...defaultRun(),
      events: inOrder([...defaultRun().events, ...instant]),
      requests: kept,
    });
    expect(requests).toMatchObject({ refused: 0 });
  });
});

/** From 20 s after the fault on, for a second. */
const podsBlindLater = event(at.fault + 21_000, {
  type: 'watch.gap',
  resource: 'pods',
  fromMs: at.fault + 20_000,
  how: 'relisted',
  reason: '410',
});

describe('harm that was seen is a fail, whatever is not known besides', () => {
  const refusing: Run = {
    ...tightRun(),
    plan: { ...tightPlan, expectations: [{ figure: 'requests.refused', min: null, max: 0, equals: null }] },
  };
  const unasked: Run = {
    ...refusing,
    plan: {
      ...refusing.plan,
      phases: [...tightPlan.phases, { kind: 'steady', name: 'steady-2', durationMs: 200 }],
    },
    events: inOrder([
      ...refusing.events,
      event(at.loadEnded - 200, { type: 'step.started', name: 'steady-2', kind: 'steady', budgetMs: 200 }),
      event(at.loadEnded - 159, { type: 'step.ended', name: 'steady-2', kind: 'steady', outcome: 'done', detail: '' }),
    ]),
  };

  test('refusals, though no request was due in a later phase', async () => {
    const document = await judged(unasked);
    expect(document.requests).toMatchObject({ refused: null });
    expect(document).toMatchObject({
      verdict: 'fail',
      reasons: ['requests.refused: expected ≤ 0, observed at least 1,470'],
      expectations: [{ observed: null, held: false, atLeast: 1470 }],
    });
    expect(document.unknown?.find(({ figure }) => figure === 'requests.refused')).toMatchObject({ atLeast: 1470 });
  });

  test('evictions, though the watch on pods was blind later', async () => {
    const run = tightRun([podsBlindLater]);
    const expectations = [
      { figure: 'pods.evicted', min: null, max: 0, equals: null },
      { figure: 'timing.firstEvictionMs', min: 1, max: null, equals: null },
    ];
    const document = await judged({ ...run, plan: { ...tightPlan, expectations } });
    expect(document).toMatchObject({
      verdict: 'fail',
      reasons: [
        'pods.evicted: expected ≤ 0, observed at least 1',
        'timing.firstEvictionMs is not known: the watch on pods was blind for 1.0 s from 74.5 s on',
      ],
    });
    const xml = junitXml(document).split('\n');
    expect(xml[1]).toBe('<testsuites name="skipbeat" tests="4" failures="1" errors="1" time="92.200">');
    expect(xml.slice(xml.findIndex((line) => line.startsWith('    <testcase')))).toEqual([
      '    <testcase classname="skipbeat.tight-grace" name="the evidence is valid" time="92.200"/>',
      '    <testcase classname="skipbeat.tight-grace" name="nothing is left open" time="0.000">',
      '      <error type="INCONCLUSIVE" message="inconclusive: timing.firstEvictionMs is not known: the watch on pods was blind for 1.0 s from 74.5 s on">timing.firstEvictionMs is not known: the watch on pods was blind for 1.0 s from 74.5 s on</error>',
      '    </testcase>',
      '    <testcase classname="skipbeat.tight-grace" name="pods.evicted ≤ 0" time="0.000">',
      '      <failure type="NOT_HELD" message="expected ≤ 0, observed at least 1">pods.evicted: expected ≤ 0, observed at least 1</failure>',
      '    </testcase>',
      '    <testcase classname="skipbeat.tight-grace" name="timing.firstEvictionMs ≥ 1" time="0.000">',
      '      <skipped message="inconclusive: expected ≥ 1, observed –, which proves nothing"/>',
      '    </testcase>',
      '    <system-out>pods.evicted: expected ≤ 0, observed at least 1',
      'timing.firstEvictionMs is not known: the watch on pods was blind for 1.0 s from 74.5 s on',
      'the watch on pods was blind for 1.0 s from 74.5 s on; changes in it may be lost (410)</system-out>',
      '  </testsuite>',
      '</testsuites>',
      '',
    ]);
    const text = summaryText(document, tightPlan, { columns: 100, colour: false, folder: 'runs/x', again: null });
    expect(text.split('\n').slice(0, 7)).toEqual([
      '  FAIL  2 of 2 expectations not met',
      '    - timing.firstEvictionMs is not known: the watch on pods was blind for 1.0 s from 74.5 s on',
      '',
      '                             expected     observed',
      '  ✗ pods.evicted                  ≤ 0   at least 1',
      '  ? timing.firstEvictionMs        ≥ 1            –',
      '',
    ]);
  });

  test('but less than is allowed decides nothing', async () => {
    const expectations = [{ figure: 'pods.evicted', min: null, max: 3, equals: null }];
    const run = { ...tightRun([podsBlindLater]), plan: { ...tightPlan, expectations } };
    expect((await judged(run)).verdict).toBe('inconclusive');
  });

  test('though nothing waited for a recovery', async () => {
    const phases: Plan['phases'] = tightPlan.phases.filter(({ kind }) => kind !== 'recover');
    const document = await judged({ ...refusing, plan: { ...refusing.plan, phases } });
    expect(document.verdict).toBe('fail');
    expect(document.reasons).toHaveLength(2);
  });

  test('a recovery that came late, though a later fault was then never begun', async () => {
    const second = defaultPlan.phases.flatMap((phase) =>
      phase.kind === 'fault'
        ? [
            {
              ...phase,
              name: 'fault-2',
              inject: phase.inject.map((one) => ({
                ...one,
                id: 'x',
                occurrences: one.occurrences.map((own) => ({ ...own, id: 'x' })),
              })),
            },
          ]
        : [],
    );
    const detail = 'not recovered within 90.0 s: worker2 NotReady';
    const run = changed(defaultRun(), (one) =>
      one.type === 'step.ended' && one.name === 'recover' ? { ...one, outcome: 'timedOut', detail } : one,
    );
    const phases: Plan['phases'] = [
      ...defaultPlan.phases,
      ...second,
      { kind: 'recover', name: 'recover-2', withinMs: 1 },
    ];
    expect(await judged({ ...run, plan: { ...defaultPlan, phases } })).toMatchObject({
      verdict: 'fail',
      reasons: [`recover: ${detail}`],
    });
  });
});
