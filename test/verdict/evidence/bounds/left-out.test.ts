import { describe, expect, test } from 'vitest';
import { hasValidEvidence } from '../../../../src/verdict/index.ts';
import { at, defaultPlan, defaultRun, inOrder, type Run, ready, tightPlan, tightRun } from '../../timeline-builder.ts';
import { atLeast, atMost, type Expected, evictedAt, judged, lossesAsked, reasonsOf, refusalsAsked } from './bounds.ts';

describe('an upper bound that no run could exceed', () => {
  const expecting = (run: Run, ...expectations: readonly Expected[]): Run => ({
    ...run,
    plan: { ...run.plan, expectations },
  });
  const spoken = [atLeast('requests.refused', 1), atLeast('nodes.notReadyTransitions', 1)];
  const maxMs = tightPlan.phases.reduce(
    (sum, phase) => sum + (phase.kind === 'recover' ? phase.withinMs : phase.durationMs),
    0,
  );

  test.each([
    ['requests.refused', (50 * maxMs) / 1000],
    ['requests.byPhase.fault.refused', 1250],
    ['timing.lastRefusedMs', maxMs],
    ['timing.lastReadyMs', maxMs],
    ['nodes.maxNotReady', 3],
    ['nodes.notReadyNodeSeconds', (3 * maxMs) / 1000],
    ['nodes.byNode.worker.notReadySeconds', maxMs / 1000],
  ])('of %s, as %d is, is no pass beside harm, and one of a little less is judged', async (figure, bound) => {
    const holds = new RegExp(
      `^${figure.replaceAll('.', '\\.')} ≤ [\\d,.]+ holds whatever happens, for .+: expect less of it$`,
    );
    expect(await reasonsOf(expecting(tightRun(), atMost(figure, bound), ...spoken))).toEqual([
      expect.stringMatching(holds),
    ]);
    const less = atMost(figure, bound - 1);
    expect(await judged(expecting(tightRun(), less, ...spoken))).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  test('is one where there was no harm', async () => {
    const bounds = [atMost('requests.refused', 1e9), atMost('nodes.maxNotReady', 1e9)];
    expect(await judged(expecting(defaultRun(), ...bounds))).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  test.each([
    ['requests.httpError', 1e6],
    ['requests.byPhase.steady.refused', 1e6],
    ['timing.lastRefusedMs', 1e9],
  ])('does not speak of other harm: of %s ≤ %d nobody reads how many were refused', async (figure, bound) => {
    const nodes = atMost('nodes.notReadyTransitions', 2);
    expect(await reasonsOf(expecting(tightRun(), nodes, atMost(figure, bound)))).toContainEqual(
      expect.stringMatching(/holds whatever happens|requests failed|1,470 refused/),
    );
  });
});

describe('what is no harm says nothing of harm', () => {
  test.each([
    atLeast('requests.offered', 1),
    atLeast('requests.byPhase.steady.offered', 1),
    atLeast('durationMs', 1),
    atLeast('requests.latencyMs.p50', 0.1),
    atLeast('writes.leasePerNodeMinute', 1),
    atMost('nodes.unrecovered', 0),
  ])('$figure', async (expected) => {
    const reasons = await reasonsOf({ ...tightRun(), plan: { ...tightPlan, expectations: [expected] } });
    expect(reasons).toEqual([
      `${expected.figure} holds, and requests failed (1,470 refused), of which no expectation speaks: expect requests.refused besides`,
      `${expected.figure} holds, and nodes went NotReady (2 transitions), of which no expectation speaks: expect nodes.notReadyTransitions besides`,
    ]);
  });

  test.each([atLeast('nodes.notReadyTransitions', 1), atLeast('pods.evicted', 1), atLeast('timing.lastReadyMs', 1)])(
    'that there is to be harm ($figure) is taken by nobody for the lack of another',
    async (expected) => {
      const run = { ...tightRun(), plan: { ...tightPlan, expectations: [expected] } };
      expect(await judged(run)).toMatchObject({ verdict: 'pass', reasons: [] });
    },
  );
});

test('pods that were evicted from nodes that stayed Ready are no pass of bounds that say nothing of pods', async () => {
  const evicted = evictedAt(at.fault + 9000);
  const expecting = (...expectations: readonly Expected[]): Run => ({
    ...defaultRun(),
    events: inOrder([...defaultRun().events, evicted]),
    plan: { ...defaultPlan, expectations },
  });
  const bound = atMost('nodes.notReadyTransitions', 0);
  expect(await reasonsOf(expecting(bound, atMost('pods.stuckTerminating', 0)))).toEqual([
    'nodes.notReadyTransitions holds, and 1 pod was evicted from nodes that were Ready, of which no expectation speaks: expect pods.evicted besides',
  ]);
  expect(await judged(expecting(bound, atMost('pods.evicted', 1)))).toMatchObject({ verdict: 'pass', reasons: [] });
  // Whatever becomes of another node.
  const lost = [ready(at.fault + 12_000, 'worker', 'Unknown'), ready(at.fault + 14_000, 'worker', 'True')];
  const beside = expecting(atMost('nodes.notReadyTransitions', 1));
  expect(await reasonsOf({ ...beside, events: inOrder([...beside.events, ...lost]) })).toEqual([
    expect.stringContaining('1 pod was evicted from nodes that were Ready'),
  ]);
});

test('a run of which a harm is not spoken is inconclusive, and its evidence counts all the same', async () => {
  const open = { ...tightRun(), plan: { ...tightPlan, expectations: [atMost('pods.stuckTerminating', 5)] } };
  const document = await judged(open);
  expect([document.verdict, document.evidenceValid, hasValidEvidence(document)]).toEqual(['inconclusive', true, true]);
  const cut = await judged({ ...open, events: open.events.filter(({ type }) => type !== 'run.ended') });
  expect([cut.verdict, cut.evidenceValid, hasValidEvidence(cut)]).toEqual(['inconclusive', undefined, false]);
  expect(hasValidEvidence(await judged(tightRun()))).toBe(true);
});

describe('what speaks of a part of a harm', () => {
  const expecting = (run: Run, ...expectations: readonly Expected[]): Run => ({
    ...run,
    plan: { ...run.plan, expectations },
  });
  const bound = atMost('pods.stuckTerminating', 5);

  test('is no word of the nodes beside it', async () => {
    const one = atLeast('nodes.byNode.worker.notReadyTransitions', 1);
    expect(await reasonsOf(expecting(tightRun(), bound, one, refusalsAsked))).toEqual([
      'pods.stuckTerminating holds, and nodes went NotReady (1 transition), of which no expectation speaks: expect nodes.notReadyTransitions besides',
    ]);
    expect(await judged(expecting(tightRun(), bound, ...lossesAsked, refusalsAsked))).toMatchObject({
      verdict: 'pass',
    });
  });

  test('is no word of requests in other phases', async () => {
    const phase = (name: string) => atLeast(`requests.byPhase.${name}.refused`, 1);
    const [first = '', ...others] = Object.entries((await judged(tightRun())).requests.byPhase).flatMap(
      ([name, { refused }]) => ((refused ?? 0) > 0 ? [name] : []),
    );
    expect(others).not.toEqual([]);
    expect(await reasonsOf(expecting(tightRun(), bound, phase(first), ...lossesAsked))).toEqual([
      expect.stringMatching(
        /^pods\.stuckTerminating holds, and requests failed \([\d,]+ refused\), of which no expectation speaks/,
      ),
    ]);
    const all = [first, ...others].map(phase);
    expect(await judged(expecting(tightRun(), bound, ...all, ...lossesAsked))).toMatchObject({ verdict: 'pass' });
  });
});

test('a node that was NotReady before the fault is harm of which bounds on pods say nothing', async () => {
  const flap = [ready(at.fault - 12_300, 'worker2', 'Unknown'), ready(at.fault - 9100, 'worker2', 'True')];
  const run = (...besides: readonly Expected[]): Run => ({
    ...tightRun(flap),
    plan: {
      ...tightPlan,
      expectations: [atMost('pods.stuckTerminating', 5), refusalsAsked, ...lossesAsked, ...besides],
    },
  });
  expect(await reasonsOf(run())).toEqual([
    'pods.stuckTerminating holds, and nodes went NotReady (1 transition), of which no expectation speaks: expect nodes.notReadyTransitions besides',
  ]);
  expect(await judged(run(atLeast('nodes.notReadyTransitionsBeforeFault', 1)))).toMatchObject({ verdict: 'pass' });
});

test('a pod that goes from a node which was lost and is Ready again goes by another harm, once its taint is gone', async () => {
  const [lostMs, backMs] = [at.fault + 1000, at.fault + 2000];
  const lost = [ready(lostMs, 'worker2', 'Unknown'), ready(backMs, 'worker2', 'True')];
  const run = (evictedMs: number): Run => ({
    ...defaultRun(),
    events: inOrder([...defaultRun().events, ...lost, evictedAt(evictedMs)]),
    plan: { ...defaultPlan, expectations: [atMost('nodes.notReadyTransitions', 1)] },
  });
  const from = 'evicted from nodes that were Ready';
  const reasonsAt = async (evictedMs: number) =>
    (await judged(run(evictedMs))).reasons.filter((why) => why.includes(from));
  expect(await reasonsAt(backMs + 3000)).toEqual([]);
  expect(await reasonsAt(backMs + 15_000)).toHaveLength(1);
});

test('a run that is refuted and ended too early is failed, and no valid evidence', async () => {
  const { events, ...run } = tightRun();
  const phases = run.plan.phases.filter(({ kind }) => kind !== 'recover');
  const plan = { ...run.plan, phases, expectations: [atMost('requests.refused', 0)] };
  const document = await judged({ ...run, plan, events });
  expect([document.verdict, document.evidenceValid, hasValidEvidence(document)]).toEqual(['fail', false, false]);
});
