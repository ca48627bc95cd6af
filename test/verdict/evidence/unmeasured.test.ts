import { describe, expect, test } from 'vitest';
import { judge } from '../../../src/verdict/index.ts';
import { at, changed, defaultRun, event, inOrder, type Run } from '../timeline-builder.ts';

const judged = ({ plan, events, requests }: Run) => judge(plan, events, requests);

const what = ['requests', 'endpointslices', 'pods', 'events', 'processes'] as const;
const said = [...what, 'settings' as const].map((one) => event(1, { type: 'unmeasured', what: one, why: `no ${one}` }));

/** What a run on somebody's cluster has on record: nodes, leases, its fault, and that it measured nothing else. */
const onContext = (run: Run, backend: 'cluster' | 'kind' = 'cluster'): Run => {
  const kept = changed(run, (one) => {
    if (one.type === 'run.started') return { ...one, backend };
    const isOthers = ['load.started', 'load.ended', 'pod', 'endpoints', 'process.read', 'leader'].includes(one.type);
    return isOthers || (one.type === 'setting.read' && one.component !== 'kubelet') ? null : one;
  });
  return { ...kept, events: inOrder([...kept.events, ...said]), requests: [] };
};

const expecting = (run: Run, figure: string): Run => ({
  ...run,
  plan: { ...run.plan, expectations: [{ figure, min: null, max: 0, equals: null }] },
});

describe('what a run on a cluster of somebody else does not measure', () => {
  test('is no reason against what it measures', async () => {
    const document = await judged(expecting(onContext(defaultRun()), 'nodes.notReadyTransitions'));
    expect([document.verdict, document.reasons]).toEqual(['pass', []]);
    expect(document.findings).toEqual(expect.arrayContaining(what.map((one) => `not measured: ${one} (no ${one})`)));
  });

  test('is null, and says why; no zero is made of it', async () => {
    const { requests, pods, timing, unknown = [] } = await judged(onContext(defaultRun()));
    expect([requests.ok, requests.refused, pods.evicted, pods.unavailableSeconds]).toEqual([null, null, null, null]);
    expect([timing.firstRefusedMs, timing.firstEvictionMs]).toEqual([null, null]);
    const why = (figure: string) => unknown.find((one) => one.figure === figure)?.why;
    expect([why('requests.refused'), why('pods.evicted')]).toEqual([
      'not measured: no requests',
      'not measured: no pods',
    ]);
  });

  test.each([
    ['requests.refused', 'requests'],
    ['pods.evicted', 'pods'],
  ])('leaves an expectation of it open: %s', async (figure, of) => {
    const { verdict, reasons } = await judged(expecting(onContext(defaultRun()), figure));
    expect([verdict, reasons]).toEqual(['inconclusive', [`${figure} is not known: not measured: no ${of}`]]);
  });

  test('is never called read back, and a setting that is shown has to be as planned', async () => {
    const hidden = await judged(onContext(defaultRun()));
    expect(hidden.settings).toMatchObject({ attested: false, differences: [] });
    const other = changed(onContext(defaultRun()), (one) =>
      one.type === 'setting.read' && one.node === 'worker' ? { ...one, observed: 'another', same: false } : one,
    );
    const { verdict, reasons } = await judged(other);
    expect([verdict, reasons]).toEqual([
      'inconclusive',
      [
        'kubelet on worker runs with nodeStatusUpdateFrequency another, not 10s',
        'kubelet on worker runs with nodeStatusReportFrequency another, not 5m0s',
        'kubelet on worker runs with nodeLeaseDurationSeconds another, not 40',
        'requests.refused is not known: not measured: no requests',
      ],
    ]);
  });

  test('counts for nothing in a run of kind, which has what it needs', async () => {
    const { verdict, reasons } = await judged(onContext(defaultRun(), 'kind'));
    expect(verdict).toBe('inconclusive');
    expect(reasons).toEqual([
      'not read back from the running processes: kube-controller-manager node-monitor-period, kube-controller-manager node-monitor-grace-period, kube-apiserver default-not-ready-toleration-seconds and kube-apiserver default-unreachable-toleration-seconds',
      'who ran before the load began is not known',
      'who ran when the load had ended is not known',
      'no request was offered',
      'requests.refused is not known: no request was due from 54.5 s to 79.5 s, after a fault had begun',
      'nodes.notReadyTransitions holds, and how many replicas were missing is not known (nobody saw it), of which no expectation speaks: expect pods.unavailableSeconds besides',
    ]);
  });
});

describe('of a Service that stood there before the run', () => {
  const why = 'not the run’s';
  const endpoints = 'how many endpoints Service shop/web is to have is not known: it stood there before the run';
  const existingService = { namespace: 'shop', name: 'web', port: 80, path: '/' } as const;
  const onService = (): Run => {
    const run = defaultRun();
    const kept = changed(run, (one) => {
      if (one.type === 'run.started') return { ...one, backend: 'cluster' };
      return one.type === 'pod' ? null : one;
    });
    const left = (['pods', 'events', 'processes'] as const).map((one) =>
      event(1, { type: 'unmeasured', what: one, why }),
    );
    const plan = { ...run.plan, workload: { replicas: run.plan.workload.replicas, existingService } };
    return { ...kept, plan, events: inOrder([...kept.events, ...left]) };
  };

  test('requests and endpoints are measured; its pods, and how many there are to be, are null and say why', async () => {
    const { requests, pods, unknown = [], conditions, findings } = await judged(onService());
    expect([requests.ok, requests.refused]).toEqual([3370, 0]);
    expect(unknown.map(({ figure }) => figure)).toEqual([
      'pods.evicted',
      'pods.unavailableSeconds',
      'pods.stuckTerminating',
      'pods.evictedBeforeFault',
      'timing.firstEvictionMs',
      'timing.firstReplacementReadyMs',
      'milestones.evicted',
      'milestones.replaced',
    ]);
    expect(pods).toMatchObject({ evicted: null, unavailableSeconds: null, stuckTerminating: null });
    const whyOf = (figure: string) => unknown.find((one) => one.figure === figure)?.why;
    expect([whyOf('pods.evicted'), whyOf('pods.unavailableSeconds')]).toEqual([`not measured: ${why}`, endpoints]);
    expect(conditions?.workload).toEqual({ replicas: 2, existingService });
    expect(findings).toEqual([`not measured: pods, events, processes (${why})`]);
  });

  test.each([
    ['pods.evicted', `not measured: ${why}`],
    ['pods.unavailableSeconds', endpoints],
    ['pods.stuckTerminating', `not measured: ${why}`],
  ])('an expectation of its pods is left open: %s', async (figure, because) => {
    const { verdict, reasons } = await judged(expecting(onService(), figure));
    expect([verdict, reasons]).toEqual(['inconclusive', [`${figure} is not known: ${because}`]]);
  });
});

describe('the clocks of somebody else', () => {
  /** Every stamp of a worker's own is ahead, or behind, by so much. */
  const skewed = (run: Run, byMs: number): Run =>
    changed(run, (one) =>
      one.type === 'lease.renewed' && one.node === 'worker'
        ? { ...one, renewTime: new Date(Date.parse(one.renewTime) + byMs).toISOString() }
        : one,
    );
  const renewal = (atMs: number, byMs: number) => {
    const renewTime = new Date(Date.parse('2026-11-24T08:03:11.000Z') + atMs + byMs).toISOString();
    return event(atMs, { type: 'lease.renewed', node: 'worker', renewTime });
  };

  test.each([5000, -5000])('excuse no heartbeat of a paused kubelet, and accuse none: off by %i ms', async (byMs) => {
    const silent = await judged(skewed(onContext(defaultRun()), byMs));
    expect(silent.faults.map(({ attested }) => attested)).toEqual([true]);
    const run = skewed(onContext(defaultRun()), byMs);
    const alive = await judged({ ...run, events: inOrder([...run.events, renewal(at.fault + 12_000, byMs)]) });
    expect(alive.faults.map(({ attested }) => attested)).toEqual([false]);
  });
});
