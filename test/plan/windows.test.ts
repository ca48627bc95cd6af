import { describe, expect, test } from 'vitest';
import { flapsByItself, makePlan } from '../../src/plan/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';

const planOf = (text: string, kubernetesVersion = 'v1.34.4') =>
  makePlan(checkScenario(text, 'x.yaml').scenario, { kubernetesVersion });

const impact = (profile: string, workers: number, replicas: number, inject: string, more = '') =>
  planOf(
    `name: a\nprofile: ${profile}\ncluster: {workers: ${workers}}\nworkload: {replicas: ${replicas}}\n${more}phases: [{fault: 60s, inject: [${inject}]}]\n`,
  ).prediction;

describe('of what follows other silences than frozen kubelets', () => {
  const on = (kind: string, more = '') => `{kind: ${kind}, target: {role: worker}${more}}`;

  test('are the same until the fault ends, and leave time to come back after', () => {
    const frozen = impact('fast', 2, 2, on('kubelet-pause'));
    for (const kind of ['kubelet-stop', 'node-stop', 'node-pause', 'partition']) {
      const { lastNotReadyAfterMs, endpointLostAfterMs, endpointsEmptyAfterMs, refusedAfterMs } = frozen;
      expect(impact('fast', 2, 2, on(kind))).toMatchObject({
        ...{ lastNotReadyAfterMs, endpointLostAfterMs, endpointsEmptyAfterMs, refusedAfterMs },
      });
    }
    expect(impact('fast', 2, 2, on('kubelet-stop')).allReadyAfterUndoMs).toEqual([0, 14_160]);
    // And a machine to boot.
    expect(impact('fast', 2, 2, on('node-stop')).lastRefusedAfterUndoMs).toEqual([0, 72_180]);
  });

  test('are none where the end of the fault may lose endpoints before the silence has', () => {
    const short = (kind: string) =>
      planOf(`name: a\nprofile: fast\nphases: [{fault: 20s, inject: [${on(kind)}]}]\n`).prediction;
    expect(short('kubelet-pause').endpointLostAfterMs).toEqual([11_680, 24_500]);
    expect(short('partition').endpointLostAfterMs).toEqual([11_680, 24_500]);
    for (const kind of ['kubelet-stop', 'node-stop', 'node-pause'])
      expect(short(kind)).toMatchObject({
        endpointLostAfterMs: null,
        endpointsEmptyAfterMs: null,
        refusedAfterMs: null,
      });
  });

  test('know how long a cut connection takes to come back from v1.20 on, and as long as the cut was at most', () => {
    const cut = (seconds: number, version: string, by = 'drop') =>
      planOf(
        `name: a\nprofile: fast\ncluster: {kubernetes: ${version}}\nphases: [{fault: ${seconds}s, inject: [${on('partition', `, by: ${by}`)}]}]\n`,
        `${version}.0`,
      ).prediction.allReadyAfterUndoMs;
    expect(cut(22, 'v1.34')).toEqual([0, 26_160]);
    expect(cut(60, 'v1.34')).toEqual([0, 14_160]);
    // What the API server sends again once it is over puts off that the connection is given up 45 s after the cut began.
    expect(cut(30, 'v1.34')).toEqual([0, 34_160]);
    // Frames that come in put off that a connection is given up on which none go out.
    expect(cut(60, 'v1.34', 'drop, direction: to')).toEqual([0, 49_160]);
    expect(cut(22, 'v1.34', 'reject')).toEqual([0, 14_160]);
    expect(cut(22, 'v1.19')).toBeNull();
    expect(cut(22, 'v1.19', 'reject')).toEqual([0, 14_000]);
  });

  test('a node that is cut off may be lost after it, for its kubelet may be silent for as long again', () => {
    const flapOf = (seconds: number, by: string) =>
      planOf(
        `name: a\nprofile: {nodeMonitorGracePeriod: 35s, nodeMonitorPeriod: 1s}\nphases: [{fault: ${seconds}s, inject: [${on('partition', `, by: ${by}`)}]}]\n`,
      ).prediction.flap;
    // The longest silence that the grace bears is 24.5 s; simulations of a cut of 13.3 s lost a node in 51 of 1,500 runs.
    expect([flapOf(12, 'drop'), flapOf(13.3, 'drop'), flapOf(13.3, 'reject')]).toEqual([
      'impossible',
      'possible',
      'impossible',
    ]);
  });

  test('losses that follow one another soon add up, for what was lost in one waits into the next', () => {
    const flapAfter = (steady: number) => {
      const latency = `{fault: 9872ms, inject: [${on('latency', ', delay: 1s, loss: 60')}]}`;
      const cut = `{fault: 9872ms, inject: [${on('partition')}]}`;
      return planOf(
        `name: a\nprofile: {nodeStatusUpdateFrequency: 4s, nodeMonitorGracePeriod: 34s, nodeMonitorPeriod: 1s}\ncluster: {kubernetes: v1.27}\nphases: [${latency}, {steady: ${steady}ms}, ${cut}]\n`,
        'v1.27.9',
      ).prediction.flap;
    };
    // Simulations lost a node in 3 of 40 runs.
    expect(flapAfter(1821)).toBe('possible');
  });

  test('a control plane that bears no pod of the workload has no window of an eviction, by whoever’s word', () => {
    const evictions = (kind: string, workers: number, version = 'v1.34.4') => {
      const { evictionAfterMs, notReadyByKubelet, notReadyAfterMs } = planOf(
        `name: a\nprofile: {nodeMonitorGracePeriod: 20s, evictionAfter: 3s}\ncluster: {kubernetes: ${version}, workers: ${workers}, topology: ha}\nphases: [{fault: 90s, inject: [{kind: ${kind}, target: {nodes: [control-plane]}}]}]\n`,
        version,
      ).prediction;
      expect(notReadyAfterMs).not.toBeNull();
      return [evictionAfterMs, notReadyByKubelet?.evictionAfterUndoMs ?? null].map((window) => window !== null);
    };
    for (const kind of ['kubelet-pause', 'kubelet-stop']) {
      expect(evictions(kind, 2)).toEqual([false, false]);
      expect(evictions(kind, 0)[0]).toBe(true);
    }
    expect(evictions('kubelet-stop', 2, 'v1.30.4')).toEqual([false, false]);
    expect(evictions('kubelet-stop', 0, 'v1.30.4')).toEqual([true, true]);
  });

  test('are none where nodes flap by themselves at nearly every heartbeat', () => {
    const graced = (seconds: number) =>
      planOf(
        `name: a\nprofile: {nodeMonitorGracePeriod: ${seconds}s}\nphases: [{fault: 60s, inject: [${on('kubelet-pause')}]}]\n`,
      ).prediction;
    const windows = ({ flap, notReadyByKubelet: _, ...rest }: ReturnType<typeof graced>) => [
      flap,
      Object.values(rest).some(Array.isArray),
    ];
    // One that is NotReady already when the fault begins does not become so.
    expect(windows(graced(5))).toEqual(['possible', false]);
    expect(windows(graced(10))).toEqual(['certain', true]);
  });

  test('are none of refusals where requests take a way that the fault cuts', () => {
    for (const inject of [on('partition', ', traffic: all'), on('node-stop')]) {
      const through = inject.includes('node-stop') ? 'load: {through: target}\n' : '';
      expect(impact('fast', 2, 2, inject, through)).toMatchObject({ refusedAfterMs: null, requestsLost: null });
    }
  });
});

describe('of requests without an answer', () => {
  test('are none where nobody is lost, and at least what is due while surely no endpoint is left', () => {
    const all = '{kind: kubelet-pause, target: {role: worker}}';
    expect(impact('medium', 2, 2, all).requestsLost).toEqual([0, 0]);
    // 60 s less 25.5 s until the last rule is gone; 60 s and 12.2 s less 11.7 s.
    expect(impact('fast', 2, 2, all).requestsLost).toEqual([1723, 3025]);
    expect(impact('fast', 2, 2, all, 'load: {connection: both}\n').requestsLost).toBeNull();
  });

  test('are not known of a cut that is as good as over for its nodes, and too long for the controller', () => {
    const lost = (seconds: number) =>
      planOf(
        `name: a\nprofile: default\ncluster: {kubernetes: v1.30}\nphases: [{fault: ${seconds}s, inject: [{kind: partition, target: {role: worker}}]}]\n`,
        'v1.30.14',
      ).prediction.requestsLost;
    // 28 s and up to 28 s more until a node renews: 7 of 40 runs of the model refuse up to 388 requests.
    expect([lost(5), lost(28)]).toEqual([[0, 0], null]);
  });

  test('are all of them while every node that can hold a pod is off', () => {
    const [min] = impact('fast', 2, 2, '{kind: node-stop, target: {role: worker}}').requestsLost ?? [0];
    expect(min).toBe(59 * 50 - 1);
  });

  test('are not known where another fault follows, a recovery between them or none', () => {
    const lost = (...phases: readonly string[]) =>
      planOf(`name: a\nprofile: default\nphases: [${phases.join(', ')}]\n`).prediction.requestsLost;
    const fault = (kind: string, lasts: string): string =>
      `{fault: ${lasts}, inject: [{kind: ${kind}, target: {role: worker}}]}`;
    const recover = '{recover: {within: 90s}}';
    expect(lost(fault('kubelet-pause', '10s'), recover)).toEqual([0, 0]);
    expect(lost(fault('kubelet-pause', '10s'), recover, fault('node-stop', '60s'), recover)).toBeNull();
    expect(lost(fault('kubelet-pause', '10s'), fault('node-pause', '10s'), recover)).toBeNull();
  });

  test('are few where other nodes have endpoints', () => {
    const some = '{kind: kubelet-pause, target: {role: worker, count: 2}}';
    expect(impact('fast', 4, 3, some).requestsLost).toEqual([0, 151]);
  });
});

test('of a replacement leave a node out that may be frozen and not yet given up', () => {
  const one = (count: number, lasts: string) =>
    planOf(
      `name: a\nprofile: fast\ncluster: {workers: 4}\nphases: [{fault: ${lasts}, inject: [{kind: kubelet-pause, target: {role: worker, count: ${count}}}]}]\n`,
    ).prediction;
  const { evictionAfterMs, replacedAfterMs } = one(1, '5m');
  expect(replacedAfterMs).toEqual([evictionAfterMs?.[0], (evictionAfterMs?.[1] ?? 0) + 5000]);
  // All four are silent: nobody can take a pod before the end.
  expect(one(4, '5m').replacedAfterMs).toBeNull();
  const workers = planOf(
    'name: a\nprofile: fast\nphases: [{fault: 5m, inject: [{kind: kubelet-pause, target: {role: worker}}]}]\n',
  ).prediction;
  expect(workers.replacedAfterMs?.[0]).toBe(300_000);
  expect(
    planOf(
      'name: a\nprofile: fast\nworkload: {kind: statefulset}\nphases: [{fault: 5m, inject: [{kind: kubelet-pause, target: {role: worker, count: 1}}]}]\n',
    ).prediction.replacedAfterMs,
  ).toBeNull();
});

test('are none where status posts alone keep nodes Ready and come later after a change, on versions that scatter them', () => {
  const kubelet = "kubeletConfiguration: {nodeStatusUpdateFrequency: 10s, nodeLeaseDurationSeconds: '160'}";
  const on = (version: string, phase: string) => {
    const plan = planOf(
      `name: a\nprofile: {name: own, userConfig: {controllerManagerArgs: {node-monitor-grace-period: 14s}, ${kubelet}}}\ncluster: {kubernetes: ${version}}\nphases: [${phase}]\n`,
      version,
    );
    return [plan.prediction.flap, flapsByItself(plan), plan.prediction.notReadyAfterMs !== null];
  };
  const pause = '{fault: 60s, inject: [{kind: kubelet-pause, target: {role: worker}}]}';
  expect(on('v1.34.1', '{steady: 60s}')).toEqual(['possible', true, false]);
  expect(on('v1.34.1', pause)).toEqual(['possible', true, false]);
  expect(on('v1.33.1', '{steady: 60s}')).toEqual(['impossible', false, false]);
  expect(on('v1.33.1', pause)).toEqual(['certain', false, true]);
});

describe('of a controller manager with other rates', () => {
  const predicted = (flags: string, workers: number) =>
    planOf(`name: a
profile: {name: own, userConfig: {controllerManagerArgs: {${flags}}, apiServerArgs: {default-unreachable-toleration-seconds: '10'}}}
cluster: {kubernetes: v1.34, workers: ${workers}}
phases: [{steady: 60s}, {fault: 100s, inject: [{kind: kubelet-pause, target: {role: worker}}]}, {recover: {within: 300s}}]
`).prediction;

  test('that has next to no requests to spend nothing is known of when', () => {
    const { flap, ...windows } = predicted("kube-api-qps: '1', kube-api-burst: '1'", 2);
    expect(flap).toBe('certain');
    expect(Object.entries(windows).filter(([name, value]) => /Ms$|Lost$/.test(name) && value !== null)).toEqual([]);
    expect(predicted("kube-api-qps: '5', kube-api-burst: '5'", 2).notReadyAfterMs).not.toBeNull();
  });

  test('that taint more nodes than a pass frees, the end of it is not known', () => {
    const ends = (flags: string, workers: number) => {
      const { lastRefusedAfterUndoMs, requestsLost, refusedAfterMs } = predicted(flags, workers);
      return [lastRefusedAfterUndoMs, requestsLost, refusedAfterMs].map((window) => window !== null);
    };
    const quick = "large-cluster-size-threshold: '2', secondary-node-eviction-rate: '1'";
    expect(ends(quick, 60)).toEqual([false, false, true]);
    expect(ends(quick, 10)).toEqual([true, true, true]);
    expect(ends("node-eviction-rate: '0.1'", 60)).toEqual([true, true, true]);
  });

  test('that are not modelled, when anybody is evicted is not known, nor what follows from it', () => {
    const { flap, notReadyAfterMs, ...windows } = predicted("node-eviction-rate: '0'", 2);
    const { evictionAfterMs, taintedAfterMs, replacedAfterMs, lastRefusedAfterUndoMs, requestsLost } = windows;
    expect([flap, notReadyAfterMs !== null]).toEqual(['certain', true]);
    expect([evictionAfterMs, taintedAfterMs, replacedAfterMs, lastRefusedAfterUndoMs, requestsLost]).toEqual(
      Array(5).fill(null),
    );
  });
});

describe('the eviction beside faults that keep no node silent and may cost one all the same', () => {
  const evictionOf = (workers: number | string, beside: string, version = 'v1.14.3') =>
    planOf(
      `name: a
profile: {name: p, nodeMonitorPeriod: 1s, nodeMonitorGracePeriod: 34s, evictionAfter: 30s}
cluster: {kubernetes: ${version}, workers: ${workers}}
workload: {replicas: 9}
phases:
  - fault: 80s
    inject:
      - {kind: partition, target: {nodes: [worker, worker2]}, direction: to, by: reject}
${beside}
`,
      version,
    ).prediction.evictionAfterMs;
  const from = (node: string) =>
    `      - {kind: partition, target: {nodes: [${node}]}, direction: from, by: drop, traffic: control}`;

  test('has no window where those nodes would end all evictions, in a zone of which too many are lost', () => {
    expect(evictionOf(3, '')).not.toBeNull();
    expect(evictionOf(3, from('worker3'))).toBeNull();
  });

  test('has one that is as much wider as more nodes take, where they are few of many', () => {
    expect(evictionOf(6, '')).toEqual([25_000, 38_300]);
    // To v1.33 a taint waits until the pods of all that are lost are marked: two requests each, six for a node, 20 a second.
    expect(evictionOf(6, from('worker3'))).toEqual([25_000, 39_200]);
  });

  test('has none where a zone is partly down on the way to the loss of all its nodes, though it has one before and after', () => {
    const zones = '7, zones: 2';
    const all = evictionOf(zones, from('worker3, worker5, worker7'), 'v1.28.15');
    expect(evictionOf(zones, '', 'v1.28.15')).not.toBeNull();
    expect(all).toBeNull();
  });
});
