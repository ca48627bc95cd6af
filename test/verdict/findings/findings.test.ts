import { describe, expect, test } from 'vitest';
import { judge } from '../../../src/verdict/index.ts';
import {
  at,
  changed,
  defaultPlan,
  defaultRun,
  event,
  load,
  type Run,
  ready,
  tightPlan,
  tightRun,
} from '../timeline-builder.ts';

const partsOf = ({ plan, events, requests }: Run) => [plan, events, requests] as const;
const findingsOf = async (run: Run) => (await judge(...partsOf(run))).findings;

describe('findings', () => {
  test('a flap before the fault says which node, how long, and when', async () => {
    const flap = [ready(at.fault - 12_300, 'worker2', 'Unknown'), ready(at.fault - 9100, 'worker2', 'True')];
    expect(await findingsOf(tightRun(flap))).toEqual([
      'worker2 went NotReady for 3.2 s, 12.3 s before the fault began; counted apart',
    ]);
  });

  test('harm before the fault that no expectation counts is said, whoever did it', async () => {
    const evictedAt = (atMs: number, pod: string) =>
      event(atMs, {
        ...{ type: 'pod', pod, uid: pod, node: 'worker2', change: 'deleting', evicted: true },
        deletionTimestamp: null,
      } as const);
    const expecting = (...figures: readonly string[]): Run => ({
      ...defaultRun([evictedAt(at.steady - 50, 'web-0'), evictedAt(at.fault - 9000, 'early')]),
      plan: {
        ...defaultPlan,
        expectations: figures.map((figure) => ({ figure, min: null, max: 10, equals: null })),
      },
      requests: load((dueMs) => dueMs >= at.steady + 200 && dueMs < at.steady + 300),
    });
    const run = await judge(...partsOf(expecting('requests.byPhase.fault.refused')));
    expect([run.verdict, run.findings]).toEqual([
      'inconclusive',
      [
        '1 pod was evicted before anything was counted, and is in no figure',
        '1 pod was evicted before the fault began; counted apart',
        '5 requests of 1,500 failed in steady, before any fault (5 refused), of which no expectation speaks',
      ],
    ]);
    const counted = ['requests.refused', 'pods.evicted', 'pods.evictedBeforeFault'];
    expect(await findingsOf(expecting(...counted))).toEqual([
      '1 pod was evicted before anything was counted, and is in no figure',
    ]);
  });

  test('what files say and the run had not comes first', async () => {
    const notInRun = [{ at: 'kubeadm.yaml:9:12', text: 'kube-apiserver --request-timeout=300s' }];
    const run = { ...tightRun(), plan: { ...tightPlan, profile: { ...tightPlan.profile, notInRun } } };
    expect(await findingsOf(run)).toEqual([
      'not in this run: kubeadm.yaml:9:12: kube-apiserver --request-timeout=300s',
    ]);
  });

  test('a first NotReady outside its predicted window is one, half a second at its edge is not', async () => {
    const within = (earliestMs: number, latestMs: number): Run => ({
      ...tightRun(),
      plan: { ...tightPlan, prediction: { ...tightPlan.prediction, notReadyAfterMs: [earliestMs, latestMs] } },
    });
    expect(await findingsOf(within(0, 1000))).toEqual([
      'first node NotReady 2.7 s after the fault began, outside the predicted 0.0 … 1.7 s',
    ]);
    expect(await findingsOf(within(4000, 9000))).toEqual([
      'first node NotReady 2.7 s after the fault began, outside the predicted 3.5 … 9.7 s',
    ]);
    expect(await findingsOf(within(0, 2100))).toEqual([]);
    expect(await findingsOf(within(3100, 9000))).toEqual([]);
  });

  test('NotReady where the plan called it impossible is one, and none where it called it certain', async () => {
    expect(await findingsOf(defaultRun([ready(at.fault + 9100, 'worker', 'Unknown')]))).toEqual([
      'worker went NotReady 9.1 s after the fault began; predicted: impossible',
    ]);
    const { notReadyByKubelet: _, ...prediction } = defaultPlan.prediction;
    const unpredicted = defaultRun([ready(at.fault + 27_700, 'worker', 'False')]);
    expect(await findingsOf({ ...unpredicted, plan: { ...defaultPlan, prediction } })).toEqual([
      'worker reported itself NotReady, 27.7 s after the fault began: by its own word, not for want of heartbeats, ' +
        'as a kubelet may that was frozen for over 25 s',
    ]);
    const run = { ...defaultRun(), plan: { ...tightPlan, expectations: [] } };
    expect(await findingsOf(run)).toEqual([
      '0 requests got no answer since the fault began, outside the predicted 63 … 2,429',
      'no targeted node went NotReady; predicted: certain',
    ]);
  });

  test('a kubelet’s own NotReady is reported as such, with its predicted chance, once a node, and also where none came', async () => {
    const own = (changes: Parameters<typeof defaultRun>[0], chance: readonly [number, number] | null): Run => {
      const run = defaultRun(changes);
      const notReadyByKubelet =
        chance === null
          ? null
          : { chance, chanceEach: chance, heldMs: [10_000, 10_400] as const, evictionAfterUndoMs: null };
      return {
        ...run,
        plan: {
          ...run.plan,
          prediction: { ...run.plan.prediction, flap: 'possible', flapByController: 'impossible', notReadyByKubelet },
        },
      };
    };
    const twice = [
      ready(at.fault + 20_000, 'worker', 'False'),
      ready(at.fault + 24_000, 'worker', 'True'),
      ready(at.fault + 27_700, 'worker', 'False'),
      ready(at.fault + 37_800, 'worker', 'True'),
    ];
    expect(await findingsOf(own(twice, [0.49, 0.681]))).toEqual([
      'all nodes Ready again 37.8 s after the fault began, outside the predicted 33.8 … 36.4 s',
      'worker reported itself NotReady 2 times for up to 10.1 s, first 20.0 s after the fault began: by its own word, ' +
        'not for want of heartbeats, as a kubelet may that stood still: predicted in 49 % to 69 % of such runs',
    ]);
    expect(await findingsOf(own([], [0.9997, 1]))).toEqual([
      'no kubelet reported itself NotReady; predicted in over 99 % of such runs',
    ]);
    // The controller's is still impossible where only the kubelet's own is not.
    expect(await findingsOf(own([ready(at.fault + 9100, 'worker', 'Unknown')], [0.1, 0.2]))).toEqual([
      'worker went NotReady 9.1 s after the fault began; predicted: impossible',
    ]);
  });

  test('a node that no fault targeted went NotReady, or fell silent', async () => {
    const quiet = changed(defaultRun([ready(at.fault + 3000, 'control-plane', 'Unknown')]), (event) =>
      event.type === 'lease.renewed' && event.node === 'control-plane' && event.atMs > at.fault ? null : event,
    );
    expect(await findingsOf(quiet)).toEqual([
      'control-plane went NotReady 3.0 s after the fault began, though no fault targeted it',
      'control-plane renewed no lease for 45.0 s, though no fault targeted it',
    ]);
  });

  test('a node that no fault targeted went NotReady under a profile that needs no fault for it', async () => {
    const flap = [ready(at.fault + 3000, 'control-plane', 'Unknown'), ready(at.fault + 3300, 'control-plane', 'True')];
    expect(await findingsOf(tightRun(flap))).toEqual([
      'control-plane went NotReady 3.0 s after the fault began, though no fault targeted it: with this grace period nodes go NotReady by themselves',
    ]);
  });

  test('a gap that was resumed delayed what it hid, and one before the load is of no interest', async () => {
    const gap = (fromMs: number, untilMs: number) =>
      event(untilMs, { type: 'watch.gap', resource: 'leases', fromMs, how: 'resumed', reason: 'ECONNRESET' });
    const run = tightRun([gap(1000, 5000), gap(at.steady + 1000, at.steady + 1400)]);
    expect(await findingsOf(run)).toEqual([
      'the watch on leases was blind for 0.4 s from 25.5 s on; changes in it arrived late (ECONNRESET)',
    ]);
  });

  test('a generator that ran late is one, as far as it shows in an instant', async () => {
    const late = (byMs: number) => tightRun().requests.map((record) => ({ ...record, sentMs: record.dueMs + byMs }));
    expect(await findingsOf({ ...tightRun(), requests: late(120) })).toEqual([
      '1 % of the requests were sent 120.0 ms late or later: instants of requests are that much less exact',
    ]);
    expect(await findingsOf({ ...tightRun(), requests: late(90) })).toEqual([]);
  });

  test('a few requests that could not be sent are one', async () => {
    const requests = tightRun().requests.map((record) =>
      record.seq === 5 ? { ...record, outcome: 'dropped' as const, sentMs: null } : record,
    );
    const { plan, events } = tightRun();
    expect(await judge(plan, events, requests)).toMatchObject({
      verdict: 'pass',
      findings: ['the load generator could not send 1 of 3,370 requests'],
    });
  });
});
