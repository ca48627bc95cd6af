import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/index.ts';
import { judge } from '../../src/verdict/index.ts';
import { at, changed, defaultRun, event, inOrder, ready, tightPlan, tightRun } from '../verdict/timeline-builder.ts';

const nodesOf = async ({ plan, events, requests }: ReturnType<typeof tightRun>) =>
  (await judge(plan, events, requests)).nodes;

describe('node figures', () => {
  test('both paused workers count once each, and what happened while the cluster came up is not counted', async () => {
    expect(await nodesOf(tightRun())).toEqual({
      notReadyTransitions: 2,
      notReadyByKubelet: 0,
      notReadyTransitionsBeforeFault: 0,
      maxNotReady: 2,
      notReadyNodeSeconds: 60.8,
      unrecovered: 0,
      byNode: {
        'control-plane': {
          notReadyTransitions: 0,
          notReadyByKubelet: 0,
          notReadySeconds: 0,
          firstNotReadyMs: null,
          lastReadyMs: null,
        },
        worker: {
          notReadyTransitions: 1,
          notReadyByKubelet: 0,
          notReadySeconds: 32.3,
          firstNotReadyMs: 57_200,
          lastReadyMs: 89_500,
        },
        worker2: {
          notReadyTransitions: 1,
          notReadyByKubelet: 0,
          notReadySeconds: 28.5,
          firstNotReadyMs: 62_200,
          lastReadyMs: 90_700,
        },
      },
    });
  });

  test('a flap before the fault is counted apart, and its seconds still are NotReady seconds', async () => {
    const flap = [ready(at.fault - 12_300, 'worker2', 'Unknown'), ready(at.fault - 9100, 'worker2', 'True')];
    const nodes = await nodesOf(defaultRun(flap));
    expect(nodes).toMatchObject({ notReadyTransitions: 0, notReadyTransitionsBeforeFault: 1, maxNotReady: 0 });
    expect(nodes.notReadyNodeSeconds).toBeCloseTo(3.2, 9);
  });

  test('a node that is still NotReady from a flap when the fault begins counts as NotReady, not as a new transition', async () => {
    const flap = [ready(at.fault - 1000, 'control-plane', 'Unknown'), ready(at.fault + 4000, 'control-plane', 'True')];
    expect(await nodesOf(defaultRun(flap))).toMatchObject({
      notReadyTransitions: 0,
      notReadyTransitionsBeforeFault: 1,
      maxNotReady: 1,
      notReadyNodeSeconds: 5,
    });
  });

  test('False is NotReady like Unknown, and going from one to the other is no second transition', async () => {
    const nodes = await nodesOf(
      defaultRun([
        ready(at.fault + 1000, 'worker', 'False'),
        ready(at.fault + 2000, 'worker', 'Unknown'),
        ready(at.fault + 3000, 'worker', 'True'),
      ]),
    );
    expect(nodes).toMatchObject({ notReadyTransitions: 1, maxNotReady: 1, notReadyNodeSeconds: 2 });
  });

  test('NotReady by a kubelet’s own word is counted among all and by itself, and not where nobody could see it', async () => {
    const own = [ready(at.fault + 27_000, 'worker', 'False'), ready(at.fault + 37_000, 'worker', 'True')];
    const silent = [ready(at.fault + 20_000, 'worker2', 'Unknown'), ready(at.fault + 25_000, 'worker2', 'False')];
    const nodes = await nodesOf(defaultRun([...own, ...silent]));
    expect(nodes).toMatchObject({ notReadyTransitions: 2, notReadyByKubelet: 1 });
    expect(nodes.byNode).toMatchObject({ worker: { notReadyByKubelet: 1 }, worker2: { notReadyByKubelet: 0 } });
    const gap = event(at.fault + 9000, {
      type: 'watch.gap',
      resource: 'nodes',
      fromMs: at.fault + 1000,
      how: 'relisted',
      reason: 'expired',
    });
    const blind = await nodesOf(defaultRun([...own, gap]));
    expect([blind.notReadyByKubelet, blind.byNode.worker?.notReadyByKubelet]).toEqual([null, null]);
  });

  test('where the plan has no fault, everything from the start of the load on counts', async () => {
    const plan: Plan = { ...tightPlan, phases: [{ kind: 'steady', name: 'steady', durationMs: 30_000 }] };
    const run = changed(tightRun([ready(at.steady + 500, 'worker', 'Unknown')]), (event) =>
      event.type.startsWith('fault.') || (event.type === 'node.ready' && event.atMs > at.fault) ? null : event,
    );
    const nodes = await nodesOf({ ...run, plan });
    expect(nodes).toMatchObject({ notReadyTransitions: 1, notReadyTransitionsBeforeFault: 0, maxNotReady: 1 });
  });

  test('a node that never comes back is NotReady to the end of the measured time, not into the undoing of the cluster', async () => {
    const run = changed(tightRun(), (event) =>
      event.type === 'node.ready' && event.node === 'worker2' && event.atMs > at.recover ? null : event,
    );
    const { byNode } = await nodesOf(run);
    expect(byNode.worker2).toEqual({
      notReadyTransitions: 1,
      notReadyByKubelet: 0,
      notReadySeconds: (at.loadEnded - at.fault - 7700) / 1000,
      firstNotReadyMs: at.fault + 7700,
      lastReadyMs: null,
    });
  });

  test('a node that is not Ready when the observation ends is unrecovered, whatever comes after it', async () => {
    const run = changed(tightRun([ready(at.undo + 100, 'worker2', 'True')]), (event) =>
      event.type === 'node.ready' && event.node === 'worker2' && event.atMs > at.recover && event.atMs < at.undo
        ? null
        : event,
    );
    expect((await nodesOf(run)).unrecovered).toBe(1);
  });

  test('who is unrecovered is not known where the watch on nodes or the API server was blind at the end', async () => {
    const lost = event(at.loadEnded - 2000, { type: 'watch.lost', resource: 'nodes', reason: 'closed' });
    const back = event(at.loadEnded + 500, {
      type: 'watch.gap',
      resource: 'nodes',
      fromMs: at.loadEnded - 2100,
      how: 'resumed',
      reason: 'closed',
    });
    const silent = event(at.loadEnded - 1000, { type: 'api.silent', fromMs: at.loadEnded - 2000, reason: 'timeout' });
    for (const blind of [[lost], [lost, back], [back], [silent]]) {
      expect((await nodesOf(tightRun(blind))).unrecovered).toBeNull();
    }
    const inTime = [lost, { ...back, atMs: at.loadEnded - 500 }];
    expect((await nodesOf(tightRun(inTime))).unrecovered).toBe(0);
    const unended = changed(tightRun(), (one) => (one.type === 'run.ended' ? null : one));
    expect((await nodesOf(unended)).unrecovered).toBeNull();
  });

  test('what goes NotReady while the cluster is taken down is not counted', async () => {
    const late = defaultRun([ready(at.undo + 100, 'worker', 'Unknown')]);
    const unended = changed(late, (event) => (event.type === 'load.ended' ? null : event));
    for (const run of [late, unended]) {
      expect(await nodesOf(run)).toMatchObject({ notReadyTransitions: 0, notReadyNodeSeconds: 0 });
    }
  });

  test('figures are null where no node was seen, and where the planned fault never began', async () => {
    const unseen = changed(tightRun(), (event) => (event.type === 'node.ready' ? null : event));
    expect(await nodesOf(unseen)).toEqual({
      notReadyTransitions: null,
      notReadyByKubelet: null,
      notReadyTransitionsBeforeFault: null,
      maxNotReady: null,
      notReadyNodeSeconds: null,
      unrecovered: null,
      byNode: {},
    });
    const cut = { ...tightRun(), events: inOrder(tightRun().events.filter(({ atMs }) => atMs < at.fault - 5000)) };
    expect(await nodesOf(cut)).toMatchObject({
      notReadyTransitions: null,
      notReadyTransitionsBeforeFault: 0,
      maxNotReady: null,
      notReadyNodeSeconds: 0,
    });
  });

  test('nodes stand in the order a person counts them in', async () => {
    const run = defaultRun([ready(9000, 'worker10', 'True'), ready(9001, 'worker9', 'True')]);
    expect(Object.keys((await nodesOf(run)).byNode)).toEqual([
      'control-plane',
      'worker',
      'worker2',
      'worker9',
      'worker10',
    ]);
  });

  test('each step knows how many nodes were NotReady at once, one that began before it included', async () => {
    const { plan, events, requests } = tightRun();
    const { steps } = await judge(plan, events, requests);
    expect(steps.map(({ name, maxNotReady }) => [name, maxNotReady])).toEqual([
      ['cluster', 3],
      ['workload', 0],
      ['steady', 0],
      ['fault', 2],
      ['recover', 2],
      ['undo', 0],
    ]);
  });
});
