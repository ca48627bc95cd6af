import { describe, expect, test } from 'vitest';
import { SkipbeatError } from '../../src/common/errors.ts';
import { assumedVersion } from '../../src/common/kubernetes/version-range.ts';
import { makePlan, passesTakeMs } from '../../src/plan/index.ts';
import { checkScenario, loadScenario } from '../../src/scenario/index.ts';

const planOf = (text: string, kubernetesVersion = 'v1.34.4') =>
  makePlan(checkScenario(text, 'x.yaml').scenario, { kubernetesVersion });

const pause = (target: string) => `[{kind: kubelet-pause, target: ${target}}]`;

test('the tight-grace scenario becomes exact', () => {
  const plan = makePlan(loadScenario('tight-grace').scenario, { kubernetesVersion: 'v1.34.4' });
  expect({ ...plan, profile: plan.profile.name }).toEqual({
    schemaVersion: 1,
    scenario: 'tight-grace',
    title: 'Grace as short as the heartbeat',
    seed: 1,
    repeats: 1,
    kubernetesVersion: 'v1.34.4',
    profile: 'tight-grace',
    topology: { name: 'single', controlPlanes: 1, workers: 2, apiServerPort: null },
    workload: { replicas: 2 },
    load: { ratePerSecond: 50, connection: 'fresh', timeoutMs: 1000 },
    phases: [
      { kind: 'steady', name: 'steady', durationMs: 30_000 },
      {
        kind: 'fault',
        name: 'fault',
        durationMs: 24_300,
        inject: [
          {
            id: 'kubelet-pause-1',
            kind: 'kubelet-pause',
            targets: ['worker', 'worker2'],
            occurrences: [{ id: 'kubelet-pause-1', startMs: 0, endMs: 24_300 }],
          },
        ],
      },
      { kind: 'recover', name: 'recover', withinMs: 90_000 },
    ],
    expectations: [
      { figure: 'nodes.notReadyTransitions', min: 1, max: null, equals: null },
      { figure: 'requests.refused', min: 1, max: null, equals: null },
    ],
    prediction: {
      notReadyAfterMs: [0, 20_000],
      evictionAfterMs: [9600, 40_100],
      flap: 'certain',
      notReadyByKubelet: null,
      lastNotReadyAfterMs: [0, 20_500],
      taintedAfterMs: [0, 30_100],
      endpointLostAfterMs: [0, 20_500],
      endpointsEmptyAfterMs: [0, 20_500],
      refusedAfterMs: [0, 21_520],
      allReadyAfterUndoMs: [0, 10_400],
      lastRefusedAfterUndoMs: [0, 21_420],
      replacedAfterMs: [24_300, 45_100],
      requestsLost: [138, 2286],
    },
    warnings: [],
  });
});

test('a plan is plain data: it survives JSON', () => {
  const plan = makePlan(loadScenario('fast').scenario, { kubernetesVersion: 'v1.34.4' });
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});

const stands = (id: string, endMs: number) => ({ id, occurrences: [{ id, startMs: 0, endMs }] });

test('phases and faults have names of their own however often they come', () => {
  const text = `name: a
profile: fast
phases:
  - steady: 1s
  - {fault: 2s, inject: ${pause('{role: worker, count: 1}')}}
  - recover: {within: 3s}
  - {fault: 4s, inject: [{kind: kubelet-pause, target: {nodes: [worker2]}}, {kind: kubelet-pause, target: {role: control-plane}}]}
  - recover: {within: 5s}
`;
  const { phases } = planOf(text);
  expect(phases.map(({ name }) => name)).toEqual(['steady', 'fault', 'recover', 'fault-2', 'recover-2']);
  expect(phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []))).toEqual([
    { ...stands('kubelet-pause-1', 2000), kind: 'kubelet-pause', targets: ['worker'] },
    { ...stands('kubelet-pause-2', 4000), kind: 'kubelet-pause', targets: ['worker2'] },
    { ...stands('kubelet-pause-3', 4000), kind: 'kubelet-pause', targets: ['control-plane'] },
  ]);
});

test('three control planes and two workers have the names that kind gives them', () => {
  const inject = `[{kind: kubelet-pause, target: {role: control-plane}}, {kind: kubelet-pause, target: {role: worker}}]`;
  const plan = planOf(`name: a\nprofile: fast\ncluster: {topology: ha}\nphases: [{fault: 1s, inject: ${inject}}]\n`);
  expect(plan.topology).toEqual({ name: 'ha', controlPlanes: 3, workers: 2, apiServerPort: null });
  expect(
    plan.phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject.map(({ targets }) => targets) : [])),
  ).toEqual([
    ['control-plane', 'control-plane2', 'control-plane3'],
    ['worker', 'worker2'],
  ]);
});

describe('predictions', () => {
  const quiet = (profile: string) => `name: a\nprofile: ${profile}\nphases: [{steady: 1m}]\n`;

  test('without a fault nothing is in a window, and only a profile that flaps by itself may flap', () => {
    const { flap, ...windows } = planOf(quiet('default')).prediction;
    expect(flap).toBe('impossible');
    expect(new Set(Object.values(windows))).toEqual(new Set([null]));
    expect(planOf(quiet('tight-grace')).prediction.flap).toBe('possible');
  });

  const impact = (profile: string, workers: number, replicas: number, inject: string, more = '') =>
    planOf(
      `name: a\nprofile: ${profile}\ncluster: {workers: ${workers}}\nworkload: {replicas: ${replicas}}\n${more}phases: [{fault: 60s, inject: [${inject}]}]\n`,
    ).prediction;

  test('of refusals only where the paused nodes may hold every pod, and new connections are made', () => {
    const some = '{kind: kubelet-pause, target: {role: worker, count: 2}}';
    expect(impact('fast', 4, 3, some)).toMatchObject({ endpointsEmptyAfterMs: null, refusedAfterMs: null });
    expect(impact('fast', 4, 2, some).refusedAfterMs).toEqual([11_680, 25_520]);
    // An evicted pod finds another node before the pause is over.
    expect(impact('fast', 4, 2, some).lastRefusedAfterUndoMs).toBeNull();
    expect(impact('fast', 2, 4, some).lastRefusedAfterUndoMs).toEqual([0, 12_180]);
    const kept = impact('fast', 4, 2, some, 'load: {connection: keep-alive}\n');
    expect(kept).toMatchObject({ refusedAfterMs: null, lastRefusedAfterUndoMs: null });
    expect(kept.endpointsEmptyAfterMs).toEqual([11_680, 24_500]);
  });

  test('of taints and evictions that wait for nodes which may hold no pod', () => {
    const some = '{kind: kubelet-pause, target: {role: worker, count: 2}}';
    expect(impact('fast', 4, 2, some)).toMatchObject({
      taintedAfterMs: [11_680, 34_100],
      evictionAfterMs: [41_680, 74_100],
    });
    expect(impact('fast', 4, 4, some).evictionAfterMs).toEqual([41_680, 66_160]);
  });

  test('of what follows only for a silence of one kind that begins and ends as one', () => {
    const [all, late, stop] = [
      '{kind: kubelet-pause, target: {role: worker}}',
      '{kind: kubelet-pause, target: {nodes: [worker2]}, after: 10s}',
      '{kind: kubelet-stop, target: {role: worker}}',
    ];
    const one = '{kind: kubelet-pause, target: {nodes: [worker]}}';
    expect(impact('fast', 2, 2, all).allReadyAfterUndoMs).toEqual([0, 4160]);
    for (const inject of [`${one}, ${late}`, `${one}, ${stop}`]) {
      expect(impact('fast', 2, 2, inject)).toMatchObject({
        ...{ allReadyAfterUndoMs: null, taintedAfterMs: null, lastNotReadyAfterMs: null },
        ...{ endpointLostAfterMs: null, replacedAfterMs: null, requestsLost: null },
      });
    }
  });

  test('are those of the first fault', () => {
    const text = `name: a\nprofile: fast\nphases: [{fault: 1s, inject: ${pause('{role: worker}')}}, {fault: 5m, inject: ${pause('{role: worker}')}}]\n`;
    expect(planOf(text).prediction.notReadyAfterMs).toBeNull();
  });

  test('of what a kubelet may say of its own node are those of all faults, and nothing that it may say is impossible', () => {
    const paused = (seconds: string, more = '') =>
      planOf(
        `name: a\nprofile: default\nphases: [{steady: 5s}, {fault: ${seconds}, inject: ${pause('{role: worker}')}}${more}]\n`,
      ).prediction;
    expect(paused('24.3s')).toMatchObject({ flap: 'impossible', notReadyByKubelet: null, allReadyAfterUndoMs: null });
    const long = paused('31s');
    expect(long).toMatchObject({ flap: 'possible', notReadyAfterMs: null, allReadyAfterUndoMs: [10_000, 10_400] });
    expect(long.notReadyByKubelet).toMatchObject({ chanceEach: [0.49, 0.68], heldMs: [10_000, 10_400] });
    const twice = paused('24s', `, {fault: 31s, inject: ${pause('{role: worker}')}}`);
    expect(twice).toMatchObject({ flap: 'possible', notReadyByKubelet: { chanceEach: [0.49, 0.68] } });
  });

  const under = (inject: string, more = '') =>
    planOf(
      `name: a\nprofile: {name: x, nodeMonitorGracePeriod: 20s}\nphases: [{steady: 5s}, {fault: 60s, inject: [${inject}]}${more}]\n`,
    ).prediction;

  test('call nothing impossible that no formula covers, unless it is over before the grace is', () => {
    for (const kind of ['controller-manager-pause', 'etcd-latency, delay: 1s', 'apiserver-pause'])
      expect(under(`{kind: ${kind}}`)).toMatchObject({ flap: 'possible', notReadyAfterMs: null });
    const cut = '{kind: partition, direction: from, target: {role: worker}';
    expect(under(`${cut}}`).flap).toBe('possible');
    expect(under(`${cut}, lasts: 500ms}`).flap).toBe('possible');
    const long = `name: a\nprofile: default\nphases: [{fault: 20s, inject: [{kind: controller-manager-pause}]}]\n`;
    expect(planOf(long).prediction.flap).toBe('impossible');
  });

  test('call nothing certain, and give no window, where what judges nodes is hit along with them', () => {
    const workers = '{kind: kubelet-pause, target: {role: worker}, lasts: 50s}';
    expect(under(workers)).toMatchObject({ flap: 'certain', notReadyAfterMs: [9600, 30_000] });
    for (const inject of [
      `${workers}, {kind: controller-manager-pause}`,
      '{kind: node-stop, target: {role: control-plane}}',
    ])
      expect(under(inject)).toMatchObject({ flap: 'possible', notReadyAfterMs: null, evictionAfterMs: null });
  });

  test('say whose word a NotReady can be where a kubelet may say it, too', () => {
    const frozen = '{kind: kubelet-pause, target: {role: worker}, lasts: 50s}';
    expect(under(`${frozen}, {kind: controller-manager-pause}`)).toMatchObject({
      flapByController: 'possible',
      notReadyByKubelet: { heldMs: [10_000, 10_400] },
      taintedAfterMs: null,
      evictionAfterMs: null,
      allReadyAfterUndoMs: null,
    });
    const short = `name: a\nprofile: default\nphases: [{fault: 31s, inject: [{kind: kubelet-pause, target: {role: worker}}]}]\n`;
    expect(planOf(short).prediction).toMatchObject({ flap: 'possible', flapByController: 'impossible' });
  });

  test('see a later fault that is longer than the first', () => {
    const again = ', {recover: {within: 90s}}, {fault: 60s, inject: [{kind: kubelet-pause, target: {role: worker}}]}';
    const short = '{kind: kubelet-pause, target: {role: worker}, lasts: 1s}';
    expect(under(short)).toMatchObject({ flap: 'impossible' });
    expect(under(short, again)).toMatchObject({ flap: 'certain', notReadyAfterMs: null });
  });

  test('of everything Ready again only where no other fault begins before', () => {
    const again = ', {fault: 60s, inject: [{kind: kubelet-pause, target: {role: worker}}]}';
    const pausing = '{kind: kubelet-pause, target: {role: worker}}';
    expect(under(pausing, ', {recover: {within: 90s}}').allReadyAfterUndoMs).toEqual([0, 10_400]);
    expect(under(pausing, again)).toMatchObject({ allReadyAfterUndoMs: null, lastRefusedAfterUndoMs: null });
  });

  test('of the taint that follows a kubelet’s own NotReady, where the controller has no reason for one', () => {
    const text = (inject: string, version: string) =>
      planOf(
        `name: a\nprofile: {name: x, nodeMonitorGracePeriod: 60s, evictionAfter: 5s}\ncluster: {kubernetes: ${version}}\nphases: [{fault: 40s, inject: [${inject}]}]\n`,
        `${version}.0`,
      ).prediction;
    const frozen = '{kind: kubelet-pause, target: {role: worker}, after: 4s, lasts: 31s}';
    expect(text(frozen, 'v1.34')).toMatchObject({
      taintedAfterMs: [31_000, 36_100],
      evictionAfterMs: [36_000, 46_400],
    });
    expect(text(frozen.replace('31s', '24s'), 'v1.34')).toMatchObject({ taintedAfterMs: null, evictionAfterMs: null });
    // Who taints is away, and back at a time that no formula knows.
    for (const inject of [
      `${frozen}, {kind: controller-manager-kill}`,
      '{kind: node-stop, target: {role: control-plane}, lasts: 1s}',
    ]) {
      const hit = text(inject, 'v1.29');
      expect(hit.notReadyByKubelet).not.toBeNull();
      expect(hit).toMatchObject({ evictionAfterMs: null, taintedAfterMs: null, allReadyAfterUndoMs: null });
    }
  });

  test('two pauses of a node that overlap are one that is as long as both', () => {
    const faults = (lasts: string) =>
      planOf(
        `name: a\nprofile: default\nphases: [{fault: 1m, inject: [{kind: kubelet-pause, target: {nodes: [worker]}, lasts: 20s}, {kind: node-pause, target: {nodes: [worker]}, after: 15s, lasts: ${lasts}}]}]\n`,
      ).prediction.notReadyByKubelet;
    expect(faults('8s')).toBeNull();
    expect(faults('20s')?.chance).toEqual([0.49, 0.68]);
  });

  test('a kubelet that is started again may say NotReady first, up to 1.30', () => {
    const text = `name: a\nprofile: default\nphases: [{fault: 5s, inject: [{kind: kubelet-stop, target: {nodes: [worker]}}]}]\n`;
    const on = (minor: string) =>
      planOf(text.replace('profile', `cluster: {kubernetes: ${minor}}\nprofile`), `${minor}.0`).prediction;
    expect(on('v1.30')).toMatchObject({ flap: 'possible', notReadyByKubelet: { chance: [0, 1] } });
    expect(on('v1.31')).toMatchObject({ flap: 'impossible', notReadyByKubelet: null });
  });

  test('a pod with a toleration shorter than the kubelet’s own NotReady may be evicted', () => {
    const text = (tolerated: string) =>
      `name: a\nprofile: {name: x, nodeMonitorGracePeriod: 60s, evictionAfter: ${tolerated}}\nphases: [{fault: 31s, inject: ${pause('{role: worker}')}}]\n`;
    expect(planOf(text('5s')).prediction.evictionAfterMs).toEqual([36_000, 46_400]);
    expect(planOf(text('60s')).prediction.evictionAfterMs).toBeNull();
  });

  test('a pause of the control plane that its liveness probes would end is known', () => {
    const warned = (inject: string) =>
      planOf(`name: a\nprofile: default\nphases: [{fault: 5m, inject: [${inject}]}]\n`).warnings;
    expect(warned('{kind: etcd-pause}')).toEqual([
      'etcd-pause for 300.0 s may be ended by the kubelet: from 120.0 s on, 8 liveness probes of 15.0 s have failed, and the process is killed and started anew',
    ]);
    expect(warned('{kind: apiserver-pause, lasts: 2m}')).toHaveLength(1);
    expect(warned('{kind: controller-manager-pause, lasts: 119s}')).toEqual([]);
    expect(warned('{kind: etcd-latency, delay: 1s}')).toEqual([]);
  });

  test('silences of one node that meet, overlap or leave it no time to be heard add up: no formula says what comes of it', () => {
    const predicted = (phases: string) => planOf(`name: a\nprofile: default\nphases: [${phases}]\n`).prediction;
    const pause = '{fault: 24s, inject: [{kind: kubelet-pause, target: {role: worker}}]}';
    for (const phases of [
      [pause, pause],
      [pause, '{steady: 10s}', pause],
      [
        '{fault: 60s, inject: [{kind: node-pause, target: {role: worker}, lasts: 24s}, {kind: kubelet-pause, target: {role: worker}, after: 23s, lasts: 36s}]}',
      ],
    ]) {
      const { flap, noFormula, notReadyAfterMs, requestsLost } = predicted(phases.join(', '));
      expect([phases, flap, notReadyAfterMs, requestsLost]).toEqual([phases, 'possible', null, null]);
      expect(noFormula).toHaveLength(2);
    }
    for (const phases of [
      [pause],
      [pause, '{recover: {within: 90s}}', pause],
      [pause, '{steady: 30s}', pause],
      // Between two freezes a kubelet has renewed after 10.4 s.
      ['{fault: 120s, inject: [{kind: kubelet-pause, target: {role: worker}, lasts: 24s, every: 36s, times: 3}]}'],
      [pause.replace('role: worker', 'nodes: [worker]'), pause.replace('role: worker', 'nodes: [worker2]')],
    ]) {
      const { flap, noFormula } = predicted(phases.join(', '));
      expect([phases, flap, noFormula]).toEqual([phases, 'impossible', undefined]);
    }
  });

  test.each([
    ['kubelet-pause', 'kind: latency, target: {role: worker}, delay: 0s, loss: 100'],
    ['kubelet-pause', 'kind: netem, target: {role: worker}, delay: {latency: 30s}'],
    ['node-pause', 'kind: netem, peer: all, target: {role: worker}, delay: {latency: 30s}'],
    ['kubelet-pause', 'kind: controller-manager-pause'],
    ['kubelet-pause', 'kind: apiserver-pause, lasts: 9s'],
    ['kubelet-pause', 'kind: etcd-pause, lasts: 9s'],
  ])('a %s adds up with what else may hold up heartbeats, or who judges them: {%s}', (kind, other) => {
    const predicted = (phases: string) =>
      planOf(`name: a\nprofile: default\nphases: [${phases}]\n`, 'v1.34.0').prediction;
    const pause = (seconds: number) =>
      `{fault: ${seconds}s, inject: [{kind: ${kind}, target: {role: worker}, lasts: 24s}]}`;
    for (const phases of [
      `${pause(24)}, {fault: 18s, inject: [{${other}}]}`,
      `{fault: 9s, inject: [{${other}}]}, ${pause(24)}`,
      `{fault: 34s, inject: [{kind: ${kind}, target: {role: worker}, after: 9s, lasts: 24s}, {${other}}]}`,
    ]) {
      const { flap, noFormula, notReadyAfterMs, evictionAfterMs } = predicted(phases);
      expect([phases, flap, notReadyAfterMs, evictionAfterMs]).toEqual([phases, 'possible', null, null]);
      expect(noFormula).toHaveLength(2);
    }
    const apart = predicted(`${pause(24)}, {recover: {within: 90s}}, {fault: 9s, inject: [{${other}}]}`);
    expect([apart.flap, apart.noFormula]).toEqual(['impossible', undefined]);
  });

  test('requests lost since the first fault are not known where another follows, after a recovery, too', () => {
    const lost = (phases: string) => planOf(`name: a\nprofile: default\nphases: [${phases}]\n`).prediction.requestsLost;
    const pause = `{fault: 10s, inject: [{kind: kubelet-pause, target: {role: worker}}]}, {recover: {within: 90s}}`;
    expect(lost(pause)).toEqual([0, 0]);
    expect(lost(`${pause}, {fault: 60s, inject: [{kind: node-stop, target: {role: worker}}]}`)).toBeNull();
  });

  test('stalls of who judges add up with silences of other nodes than its own', () => {
    const { flap, noFormula } = planOf(
      `name: a\nprofile: default\ncluster: {topology: ha, kubernetes: v1.34}\nphases: [{fault: 24s, inject: [{kind: kubelet-pause, target: {role: worker}}]}, {fault: 24s, inject: [{kind: node-pause, target: {role: control-plane, count: 2}}]}]\n`,
      'v1.34.0',
    ).prediction;
    expect([flap, noFormula?.length]).toEqual(['possible', 2]);
  });

  test('no freeze is certain to cost a node within which the kubelet is started', () => {
    const predicted = (node: string, times: string) =>
      planOf(
        `name: a\nprofile: {name: x, nodeMonitorGracePeriod: 20s}\nphases: [{fault: 40s, inject: [{kind: kubelet-pause, target: {nodes: [worker]}}, {kind: kubelet-stop, target: {nodes: [${node}]}, ${times}}]}]\n`,
      ).prediction;
    expect(predicted('worker', 'after: 1s, lasts: 13s')).toMatchObject({
      ...{ flap: 'possible', noFormula: ['kubelet-pause-1', 'kubelet-stop-1'] },
      ...{ notReadyAfterMs: null, evictionAfterMs: null },
    });
    expect(predicted('worker2', 'after: 1s, lasts: 13s').flap).toBe('certain');
    expect(predicted('worker', 'after: 1s, lasts: 37s').flap).toBe('certain');
    expect(predicted('worker', 'after: 38s').flap).toBe('certain');
  });

  test('passes over thousands of nodes take some time, which a pause has to outlast for a NotReady to be certain', () => {
    const predicted = (workers: number, seconds: number) => {
      const plan = planOf(
        `name: a\nprofile: {name: x, nodeMonitorGracePeriod: 60s, nodeMonitorPeriod: 1s}\ncluster: {topology: managed, workers: ${workers}, kubernetes: v1.26}\nphases: [{fault: ${seconds}s, inject: [{kind: kubelet-pause, target: {nodes: [worker2]}}]}]\n`,
        'v1.26.15',
      );
      return [plan.prediction.flap, plan.prediction.notReadyAfterMs?.[1], passesTakeMs(plan)];
    };
    // 60 passes of 1 s outlive the grace, or those of 1.101 s over 5,000 nodes 61.1 s, and two more follow.
    expect(predicted(5000, 62.3)).toEqual(['possible', 62_000, expect.closeTo(1303, 5)]);
    expect(predicted(5000, 63.4)).toEqual(['certain', 62_000, expect.closeTo(1303, 5)]);
    expect(predicted(3, 62.3)).toEqual(['certain', 62_000, expect.closeTo(65.72, 5)]);
  });

  test('what was lost or delayed on the way may arrive while the kubelet is silent, from a phase before as well', () => {
    const flapOf = (phases: string): string =>
      planOf(`name: a\nprofile: {name: x, nodeMonitorGracePeriod: 25s, nodeMonitorPeriod: 2s}\nphases: [${phases}]\n`)
        .prediction.flap;
    const stop = (node: string, times: string) => `{kind: kubelet-stop, target: {nodes: [${node}]}${times}}`;
    const cut = (options: string) => `{kind: partition, target: {nodes: [worker]}${options}}`;
    const slow = (options: string) => `{kind: latency, target: {nodes: [worker]}${options}}`;
    const late = (one: string, node = 'worker', more = '') =>
      flapOf(`{fault: 48s, inject: [${one}, ${stop(node, `, after: 8s${more}`)}]}`);
    expect(late(cut(', lasts: 14s'))).toBe('possible');
    expect(late(cut(', lasts: 14s'), 'worker2')).toBe('certain');
    // A reset holds nothing back, nor does a cut that begins when nothing is sent any more.
    expect(late(cut(', lasts: 14s, by: reject'))).toBe('certain');
    expect(late(cut(', after: 10s, lasts: 14s'))).toBe('certain');
    expect(late(slow(', delay: 1s'))).toBe('certain');
    expect(late(slow(', delay: 12s'))).toBe('possible');
    expect(late(slow(', delay: 1s, loss: 20'))).toBe('possible');
    // Delayed packets are on their way when a cut begins; those that it loses come when it is over.
    const cutAfter = (delay: string) =>
      flapOf(`{fault: 48s, inject: [${slow(`, delay: ${delay}, loss: 20, lasts: 9s`)}, ${cut(', after: 8s')}]}`);
    expect([cutAfter('1s'), cutAfter('12s')]).toEqual(['certain', 'possible']);
    const cutEarlier = (steady: string, between = '') =>
      flapOf(
        `{fault: 14s, inject: [${cut('')}]}, ${between}{steady: ${steady}}, {fault: 40s, inject: [${stop('worker', '')}]}`,
      );
    expect([cutEarlier('1s'), cutEarlier('15s'), cutEarlier('1s', '{recover: {within: 90s}}, ')]).toEqual([
      ...['possible', 'certain', 'certain'],
    ]);
  });

  test('packets of clients under netem are not simulated', () => {
    const warned = (peer: string) =>
      planOf(
        `name: a\nprofile: default\nphases: [{fault: 20s, inject: [{kind: netem, target: {role: worker}, peer: ${peer}, loss: {loss: 10}}]}]\n`,
      ).warnings;
    expect(warned('all')).toEqual([
      'netem with peer all acts on the packets of clients, too, which the model does not simulate: whatever it predicts of requests leaves that out',
    ]);
    expect(warned('api-server')).toEqual([]);
  });

  test('a load of both kinds of connection asks by each of them half as often', () => {
    const warned = (connection: string) =>
      planOf(
        `name: a\nprofile: default\nload: {ratePerSecond: 0.5, connection: ${connection}}\nphases: [{steady: 1m}]\n`,
      ).warnings;
    expect(warned('fresh')).toEqual([]);
    expect(warned('both')).toEqual([
      'with a request every 4.0 s on each kind of connection nothing will be known of what clients felt: an outage may fall between two, which have to be 3.0 s apart at the most',
    ]);
  });

  test('kept connections alone may pass by what a fault hits', () => {
    const warned = (inject: string, connection = 'keep-alive') =>
      planOf(
        `name: a\nprofile: default\nload: {connection: ${connection}}\nphases: [{fault: 20s, inject: [${inject}]}]\n`,
      ).warnings.filter((warning) => warning.includes('kept connections'));
    expect(warned('{kind: node-pause, target: {nodes: [worker]}}')).toEqual([
      'under node-pause nothing may be known of what clients felt: kept connections tell only of the pods that they lead to, and with connection both new ones tell of all',
    ]);
    expect(warned('{kind: node-pause, target: {nodes: [worker]}}', 'both')).toEqual([]);
    for (const other of [
      '{kind: node-pause, target: {role: worker}}',
      '{kind: etcd-pause}',
      pause('{nodes: [worker]}').slice(1, -1),
    ])
      expect(warned(other)).toEqual([]);
  });

  test('evict nobody where the controller sees a disruption, which the plan says', () => {
    const threeSilent = planOf(
      `name: a\nprofile: fast\ncluster: {workers: 3}\nphases: [{fault: 2m, inject: ${pause('{role: worker}')}}]\n`,
    );
    expect(threeSilent.prediction.evictionAfterMs).toBeNull();
    expect(threeSilent.warnings).toEqual([
      'with 3 of 4 nodes silent in phase fault the controller may see a partial disruption, in which it evicts nobody (from v1.34 on perhaps from one node)',
    ]);
    const all = planOf(
      `name: a\nprofile: fast\nphases: [{fault: 2m, inject: ${pause('{nodes: [control-plane, worker, worker2]}')}}]\n`,
    );
    expect(all.warnings).toEqual([
      'with 3 of 3 nodes silent in phase fault the controller may see a full disruption, in which it evicts nobody (from v1.34 on perhaps from one node)',
      'every node is the target of a fault: the load has to enter through one of them',
    ]);
  });
});

describe('bugs of a version', () => {
  const silent = `name: a\nprofile: default\nphases: [{steady: 30s}, {fault: 600s, inject: ${pause('{nodes: [worker]}')}}]\ncluster: {kubernetes: v1.20}\n`;
  const named = (version: string) => planOf(silent, version).warnings.filter((warning) => warning.includes('#94183'));

  test('are named, and what they spoil has no window', () => {
    const { evictionAfterMs, taintedAfterMs, notReadyAfterMs } = planOf(silent, 'v1.20.4').prediction;
    expect([evictionAfterMs, taintedAfterMs]).toEqual([null, null]);
    expect(notReadyAfterMs).not.toBeNull();
    expect(named('v1.20.4')).toHaveLength(1);
  });

  test('are gone with the patch that fixes them', () => {
    const { evictionAfterMs, taintedAfterMs } = planOf(silent, 'v1.20.5').prediction;
    expect([evictionAfterMs, taintedAfterMs]).toEqual([
      [335_000, 355_100],
      [35_000, 55_100],
    ]);
    expect(named('v1.20.5')).toEqual([]);
  });
});

describe('versions', () => {
  test.each([
    ['v1.20', 'v1.20.2'],
    ['v1.31', 'v1.31.0'],
    ['v1.34', 'v1.34.4'],
    ['v1.36', 'v1.36.3'],
    ['v1.37', 'v1.37.2'],
    ['v1.29', 'v1.29.0'],
    ['v1.34.1', 'v1.34.1'],
  ])('of %s, %s is assumed', (asked, version) => {
    expect(assumedVersion(asked)).toBe(version);
  });

  const asking = (kubernetes: string) =>
    `name: a\nprofile: fast\ncluster: {kubernetes: ${kubernetes}}\nphases: [{steady: 1s}]\n`;

  test('one that the scenario does not ask for is refused', () => {
    expect(planOf(asking('v1.34.1'), 'v1.34.1').kubernetesVersion).toBe('v1.34.1');
    for (const [asked, version] of [
      ['v1.34', 'v1.33.4'],
      ['v1.34.1', 'v1.34.4'],
      ['v1.34.1', 'v1.34.10'],
      ['v1.31', 'v1.3.1'],
    ] as const) {
      let thrown: unknown = null;
      try {
        planOf(asking(asked), version);
      } catch (refusal) {
        thrown = refusal;
      }
      expect(thrown).toBeInstanceOf(SkipbeatError);
      expect((thrown as SkipbeatError).message).toBe(
        `kubernetesVersion: expected the ${asked} that the scenario asks for, received ${version}`,
      );
      expect((thrown as SkipbeatError).code).toBe('PLAN_VERSION_MISMATCH');
    }
  });
});
