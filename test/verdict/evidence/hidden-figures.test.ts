import { describe, expect, test } from 'vitest';
import { figureRegistry } from '../../../src/figures/index.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import type { WatchedResource } from '../../../src/timeline/index.ts';
import { figureAt, judge, judgeRepeats, milestoneLabels } from '../../../src/verdict/index.ts';
import { at, defaultPlan, defaultRun, event, inOrder, type Run, tightPlan, tightRun } from '../timeline-builder.ts';

const judged = ({ plan, events, requests }: Run) => judge(plan, events, requests);

const gap = (resource: WatchedResource, fromMs: number, untilMs: number, how: 'resumed' | 'relisted' = 'relisted') =>
  event(untilMs, { type: 'watch.gap', resource, fromMs, how, reason: '410 Gone' });

const lost = (resource: WatchedResource, atMs: number) =>
  event(atMs, { type: 'watch.lost', resource, reason: 'ECONNREFUSED' });

const expecting = (figure: string, run: Run): Run => ({
  ...run,
  plan: { ...run.plan, expectations: [{ figure, min: null, max: 1e9, equals: null }] },
});

/** A fault that explains an API server which is away, so that no abort condition names the watch before the figures do. */
const underApiServerPause = (run: Run): Run => ({
  ...run,
  plan: {
    ...run.plan,
    phases: run.plan.phases.map((phase) =>
      phase.kind === 'fault'
        ? {
            ...phase,
            inject: [
              ...phase.inject,
              { id: 'etcd-pause-1', kind: 'etcd-pause' as const, targets: ['control-plane'], occurrences: [] },
            ],
          }
        : phase,
    ),
  },
});

describe('a figure whose watch was blind is null, not met, and the run inconclusive', () => {
  test.each([
    ['nodes.notReadyTransitions', 'nodes'],
    ['nodes.maxNotReady', 'nodes'],
    ['nodes.byNode.worker.notReadyTransitions', 'nodes'],
    ['timing.firstNotReadyMs', 'nodes'],
    ['timing.firstEndpointLostMs', 'endpointslices'],
    ['timing.firstEndpointsEmptyMs', 'endpointslices'],
    ['timing.firstEvictionMs', 'pods'],
    ['timing.firstEvictionMs', 'events'],
    ['timing.firstReplacementReadyMs', 'pods'],
    ['pods.evicted', 'pods'],
  ] as const)('%s rests on %s', async (figure, resource) => {
    const document = await judged(expecting(figure, tightRun([gap(resource, at.fault + 7000, at.fault + 9000)])));
    expect(figureAt(document, figure)).toBeNull();
    expect(document).toMatchObject({
      verdict: 'inconclusive',
      reasons: [`${figure} is not known: the watch on ${resource} was blind for 2.0 s from 61.5 s on`],
      expectations: [{ figure, observed: null, held: false }],
    });
  });

  test('also where that was noticed only after what is measured: it counts since when the watch brought nothing', async () => {
    const figure = 'nodes.notReadyTransitions';
    const silent = event(at.loadEnded + 5, {
      ...{ type: 'watch.lost', resource: 'nodes', reason: 'nothing was received for 180 s' },
      fromMs: at.fault + 20_000,
    });
    const document = await judged(expecting(figure, underApiServerPause(tightRun([silent]))));
    expect(document).toMatchObject({
      verdict: 'inconclusive',
      reasons: [`${figure} is not known: the watch on nodes was blind from 74.5 s on and never came back`],
    });
    expect(document.findings).toContain(
      'the watch on nodes was blind from 74.5 s on and never came back; changes in it are lost (nothing was received for 180 s)',
    );
  });

  test('also where a first gap is called late, and the next says that the version was forgotten all the while', async () => {
    const figure = 'nodes.notReadyTransitions';
    const [fromMs, openMs] = [at.fault + 1000, at.fault + 4000];
    const late = gap('nodes', fromMs, openMs, 'resumed');
    expect(figureAt(await judged(expecting(figure, tightRun([late]))), figure)).not.toBeNull();
    const document = await judged(expecting(figure, tightRun([late, gap('nodes', fromMs, openMs + 100)])));
    expect(document).toMatchObject({
      verdict: 'inconclusive',
      reasons: [`${figure} is not known: the watch on nodes was blind for 3.1 s from 55.5 s on`],
    });
  });

  test('writes that the API servers counted rest on the watches by which others are taken off', async () => {
    const counted = (moment: 'start' | 'end', atMs: number, leases: number) =>
      event(atMs, {
        type: 'writes.counted',
        moment,
        fromMs: atMs - 20,
        members: 1,
        leases,
        statuses: 0,
        otherLeasesSeen: 0,
      });
    const readings = [counted('start', at.steady + 10, 0), counted('end', at.fault - 10, 9)];
    const figure = 'writes.apiServer.leasePerNodeMinute';
    const run = expecting(figure, tightRun(readings));
    const harm = ['requests.refused', 'nodes.notReadyTransitions', 'pods.evicted', 'pods.unavailableSeconds'].map(
      (one) => ({
        ...{
          figure: one,
          min: null,
          max: { 'requests.refused': 1500, 'pods.unavailableSeconds': 60 }[one] ?? 20,
          equals: null,
        },
      }),
    );
    const seen = await judged({ ...run, plan: { ...run.plan, expectations: [...run.plan.expectations, ...harm] } });
    expect(seen.verdict).toBe('pass');
    const blind = gap('leases', at.steady + 5000, at.steady + 6000);
    const document = await judged(expecting(figure, tightRun([...readings, blind])));
    expect(document.verdict).toBe('inconclusive');
    expect(document.writes).toMatchObject({
      leasePerNodeMinute: null,
      apiServer: { leasePerNodeMinute: null, leases: { counted: null, seen: null }, statusPerNodeMinute: 0 },
    });
  });

  test.each([
    [
      'kubelet-pause',
      (run: Run) => run,
      ['the API server was out of reach for 28.4 s from 63.5 s on, which no fault of the plan explains (ECONNREFUSED)'],
    ],
    ['etcd-pause', underApiServerPause, []],
  ])('a watch that is lost and never comes back, under %s', async (_, under, before) => {
    const document = await judged(under(defaultRun([lost('nodes', at.fault + 9000)])));
    expect(document.verdict).toBe('inconclusive');
    expect(document.nodes).toMatchObject({ notReadyTransitions: null, maxNotReady: null, notReadyNodeSeconds: null });
    expect(document.reasons).toEqual([
      ...before,
      'nodes.notReadyTransitions is not known: the watch on nodes was blind from 63.5 s on and never came back',
    ]);
    expect(document.findings).toEqual([
      'the watch on nodes was blind from 63.5 s on and never came back; changes in it are lost (ECONNREFUSED)',
    ]);
  });

  test('an API server that was asked to the end and never answered leaves every watch blind', async () => {
    const fromMs = at.fault + 5000;
    const silent = event(fromMs + 3000, { type: 'api.silent', fromMs, reason: 'no answer from /readyz in 3 s' });
    const document = await judged(underApiServerPause(defaultRun([silent])));
    expect(document).toMatchObject({ verdict: 'inconclusive', nodes: { maxNotReady: null }, pods: { evicted: null } });
  });

  test('one that answered again only after the measured time has held back what changed until then', async () => {
    const fromMs = at.loadEnded - 9000;
    const silent = event(fromMs + 3000, { type: 'api.silent', fromMs, reason: 'no answer from /readyz in 3 s' });
    const answered = (atMs: number) => event(atMs, { type: 'api.answered', fromMs, reason: 'HTTP 200' });
    const after = await judged(underApiServerPause(defaultRun([silent, answered(at.loadEnded + 50)])));
    expect([after.nodes.notReadyTransitions, after.pods.evicted]).toEqual([null, null]);
    expect(after.unknown?.find(({ figure }) => figure === 'nodes.notReadyTransitions')?.why).toBe(
      'the watch on nodes was blind for 9.1 s from 82.9 s on',
    );
    const before = await judged(underApiServerPause(defaultRun([silent, answered(at.loadEnded - 50)])));
    expect([before.nodes.notReadyTransitions, before.pods.evicted]).toEqual([0, 0]);
  });

  test('of two watches on pods one that comes back is not the other, which never did', async () => {
    const reason = '410 Gone';
    const both = [1, 4].map((afterMs) =>
      event(at.fault + 9000 + afterMs, { type: 'watch.lost', resource: 'pods', reason }),
    );
    const back = gap('pods', at.fault + 9001, at.fault + 9500, 'resumed');
    const document = await judged(underApiServerPause(defaultRun([...both, back])));
    expect(document.pods.evicted).toBeNull();
    expect(document.findings).toContain(
      'the watch on pods was blind from 63.5 s on and never came back; changes in it are lost (410 Gone)',
    );
  });

  test('what was emitted late is known, unless it was emitted after the time that is measured', async () => {
    const late = defaultRun([gap('nodes', at.fault + 7000, at.fault + 9000, 'resumed')]);
    expect((await judged(late)).nodes.notReadyTransitions).toBe(0);
    const after = defaultRun([gap('nodes', at.loadEnded - 2000, at.loadEnded + 100, 'resumed')]);
    expect((await judged(after)).nodes.notReadyTransitions).toBeNull();
  });

  test('only figures of the time in which it was blind are unknown', async () => {
    const document = await judged(tightRun([gap('nodes', at.steady + 1000, at.steady + 2000)]));
    expect(document.nodes).toMatchObject({
      notReadyTransitions: 2,
      notReadyTransitionsBeforeFault: null,
      notReadyNodeSeconds: null,
    });
    expect(document.steps.map(({ name, maxNotReady }) => [name, maxNotReady])).toEqual([
      ['cluster', 3],
      ['workload', 0],
      ['steady', null],
      ['fault', 2],
      ['recover', 2],
      ['undo', 0],
    ]);
  });

  test('a milestone is not held against its prediction, and a repeat is none in which it did not happen', async () => {
    const run = defaultRun([gap('nodes', at.fault + 7000, at.fault + 9000)]);
    const document = await judged({ ...run, plan: { ...defaultPlan, expectations: [] } });
    expect(document.verdict).toBe('pass');
    expect(document.calibration.find(({ link: milestone }) => milestone === 'notReady')).toMatchObject({
      observedMs: null,
      fit: null,
    });
    const { chances, nodes } = judgeRepeats({ ...defaultPlan, repeats: 1 }, [document]);
    expect(chances.nodeNotReady).toMatchObject({ seen: 0, of: 0, words: 'never tried' });
    expect(nodes.notReadyTransitions).toMatchObject({ median: null, seen: 0, of: 1 });
  });
});

describe('the table of figures', () => {
  const named = (path: string): boolean =>
    figureRegistry.some((figure) =>
      new RegExp(`^${figure.path.replaceAll('.', '\\.').replace('*', '[^.]+')}$`).test(path),
    );

  test('names every milestone, and every node figure rests on the watch on nodes', () => {
    expect(Object.keys(milestoneLabels).filter((milestone) => !named(`milestones.${milestone}`))).toEqual([]);
    const nodes = figureRegistry.filter(({ path }) => path.startsWith('nodes.'));
    expect(nodes.filter(({ restsOn }) => !restsOn.includes('nodes'))).toEqual([]);
  });

  test('leaves no figure of a lost watch standing: with every watch lost, what is known came from the load', async () => {
    const all = (['nodes', 'leases', 'endpointslices', 'pods', 'events'] as const).map((one) => lost(one, at.steady));
    const document = await judged({ ...tightRun(), events: inOrder([...tightRun().events, ...all]), plan: tightPlan });
    const known = (value: unknown, path: string): readonly string[] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, inner]) => known(inner, path === '' ? key : `${path}.${key}`))
        : typeof value === 'number'
          ? [path]
          : [];
    const { nodes, pods, timing, writes } = document;
    expect(known({ nodes, pods, timing, writes }, '')).toEqual([
      'timing.faultStartMs',
      'timing.firstRefusedMs',
      'timing.lastRefusedMs',
      'timing.lastFailedMs',
    ]);
  });
});

describe('a fault that acts on the packets of clients, of which the model has none', () => {
  const slowed = (peer: 'all' | 'api-server', predicted: boolean): Run => {
    const text = `
name: slowed
profile: default
phases: [{fault: 25s, inject: [{kind: netem, target: {role: worker}, peer: ${peer}, loss: {loss: 100}}]}]
`;
    const [planned] = makePlan(checkScenario(text, 'slowed.yaml').scenario, { kubernetesVersion: 'v1.34.4' }).phases;
    if (planned?.kind !== 'fault') throw new Error('expected a fault');
    const run = expecting('requests.refused', defaultRun());
    const phases = run.plan.phases.map((phase) =>
      phase.kind === 'fault'
        ? {
            ...phase,
            inject: planned.inject.map((fault) => ({
              ...fault,
              occurrences: phase.inject.flatMap(({ occurrences }) => occurrences),
            })),
          }
        : phase,
    );
    const events = run.events.map((one) => {
      if (one.type === 'run.started') return { ...one, predicted };
      return one.type === 'fault.injecting' ? { ...one, kind: 'netem' as const } : one;
    });
    return { ...run, plan: { ...run.plan, phases }, events };
  };

  test('leaves figures of requests unknown in a prediction', async () => {
    const { requests, unknown } = await judged(slowed('all', true));
    expect([requests.refused, requests.byPhase.fault?.timeout, requests.byPhase.steady?.refused]).toEqual([
      null,
      null,
      0,
    ]);
    expect(unknown?.find(({ figure }) => figure === 'requests.refused')?.why).toBe(
      'netem on worker and worker2 acts on the packets of clients, too, which the model does not simulate',
    );
  });

  test('and those of others, and of real runs, are known', async () => {
    for (const run of [slowed('api-server', true), slowed('all', false)])
      expect((await judged(run)).requests.byPhase.fault?.refused).toBe(0);
  });
});
