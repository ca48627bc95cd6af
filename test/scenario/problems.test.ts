import { describe, expect, test } from 'vitest';
import type { SkipbeatError } from '../../src/common/errors.ts';
import { profileNames } from '../../src/profile/index.ts';
import { checkScenario, type LoadOptions, parseSet } from '../../src/scenario/index.ts';
import { refusalOf } from '../support/refusal.ts';

/** The refusal of a text named x.yaml, whole. */
const refusal = (text: string, options: LoadOptions = {}): SkipbeatError =>
  refusalOf(() => checkScenario(text, 'x.yaml', options));

const lines = (text: string, options: LoadOptions = {}): readonly string[] =>
  refusal(text, options).message.split('\n');

/** A sound scenario, with some lines replaced or added. */
const sound = (changes: Readonly<Record<string, string>> = {}): string =>
  Object.values({
    name: 'name: pause',
    profile: 'profile: fast',
    phases: 'phases:\n  - fault: 25s\n    inject: [{kind: kubelet-pause, target: {role: worker}}]',
    ...changes,
  }).join('\n');

const withSets = (...sets: readonly string[]): LoadOptions => {
  const read = sets.map(parseSet);
  return {
    overrides: read.flatMap((each) => ('override' in each ? [each.override] : [])),
    overrideProblems: read.flatMap((each) => ('problem' in each ? [each.problem] : [])),
  };
};

test('a key that a fault has not is named with those that its kind has', () => {
  const phases = 'phases:\n  - fault: 25s\n    inject: [{kind: kubelet-pause, target: {role: worker}, lenght: 3s}]';
  expect(lines(sound({ phases }))).toEqual([
    'x.yaml:5:60: phases[0].inject[0].lenght: expected one of the keys kind, target, after, lasts, every, times, received "lenght"',
  ]);
});

test('every problem of a text comes at once, in the order of the text, with a name that was meant', () => {
  const text = `name: X y
profil: fast
profile: fats
reading: litteral
cluster: {topology: dual, kubernetes: 1.2, workers: -1, foo: 1}
workload: {replicas: 1.5}
load: {ratePerSecond: 0, connection: kept, timeout: 10}
phases:
  - steady: -10s
  - fault: 25
    inject:
      - {kind: kubelet-paus, target: {role: worker}}
      - {kind: kubelet-pause, target: {role: wrker, count: 0}}
      - {kind: kubelet-pause}
  - recover: {withn: 90s}
  - {steady: 10s, recover: {within: 3s}}
  - {}
  - 7
  - steady: 5s
    inject: []
  - fault: 10s
expect:
  - {figure: requests.refused}
  - {figure: requests.refused, min: 3, max: 1}
  - {figure: requests.refused, min: "1"}
  - {figure: requests.refused, equals: 1, max: 1}
repeats: 0
`;
  const error = refusal(text);
  expect([error.code, error.exitCode, error.next]).toEqual([
    'SCENARIO_INVALID',
    64,
    'npm run skipbeat -- validate x.yaml',
  ]);
  expect(error.message.split('\n')).toEqual([
    'x.yaml:1:7: name: expected a name of up to 40 lower-case letters, digits and dashes, received "X y"',
    'x.yaml:2:1: profil: expected one of the keys name, title, profile, reading, cluster, workload, load, phases, expect, seed, repeats, received "profil"; did you mean "profile"?',
    `x.yaml:3:10: profile: expected a profile (${profileNames.join(', ')}) or a mapping of its settings, received "fats"; did you mean "fast"?`,
    'x.yaml:4:10: reading: expected one of literal, equivalent, received "litteral"; did you mean "literal"?',
    'x.yaml:5:21: cluster.topology: expected one of single, ha, managed, received "dual"',
    'x.yaml:5:39: cluster.kubernetes: expected a Kubernetes version from v1.11 to v1.37, such as v1.34 or v1.34.4, received 1.2 (number): write it with its v, for YAML takes 1.20 for 1.2',
    'x.yaml:5:53: cluster.workers: expected an integer from 0 to 5000, received -1 (number)',
    'x.yaml:5:57: cluster.foo: expected one of the keys topology, kubernetes, workers, zones, podsPerNode, age, apiServerPort, hollow, received "foo"',
    'x.yaml:6:22: workload.replicas: expected an integer from 1 to 10000, received 1.5 (number)',
    'x.yaml:7:23: load.ratePerSecond: expected a number above 0, at most 1000, received 0 (number)',
    'x.yaml:7:38: load.connection: expected one of fresh, keep-alive, both, received "kept"',
    'x.yaml:7:53: load.timeout: expected a duration such as 10s, 1m30s or 2m, received 10 (number): write 10s',
    'x.yaml:9:13: phases[0].steady: expected a duration of 0 or more, such as 10s, received "-10s"',
    'x.yaml:10:12: phases[1].fault: expected a duration such as 10s, 1m30s or 2m, received 25 (number): write 25s',
    'x.yaml:12:16: phases[1].inject[0].kind: expected one of kubelet-pause, kubelet-stop, node-pause, node-stop, node-shutdown, netem, latency, partition, apiserver-pause, etcd-pause, controller-manager-pause, controller-manager-kill, apiserver-latency, etcd-latency, etcd-disk-latency, cpu-pressure, taints-removed, out-of-service, controller-manager-watch-lost, clock-jump, received "kubelet-paus"; did you mean "kubelet-pause"?',
    'x.yaml:13:46: phases[1].inject[1].target.role: expected one of worker, control-plane, received "wrker"; did you mean "worker"?',
    'x.yaml:13:60: phases[1].inject[1].target.count: expected an integer from 1 to 5000, received 0 (number)',
    'x.yaml:14:9: phases[1].inject[2].target: expected a mapping with the keys role, count, nodes, leader, hollow, received nothing',
    'x.yaml:15:14: phases[2].recover.within: expected a duration such as 10s, 1m30s or 2m, received nothing',
    'x.yaml:15:15: phases[2].recover.withn: expected one of the keys within, received "withn"; did you mean "within"?',
    'x.yaml:16:5: phases[3]: expected exactly one of steady, fault, recover, received steady and recover',
    'x.yaml:17:5: phases[4]: expected exactly one of steady, fault, recover, received none of them',
    'x.yaml:18:5: phases[5]: expected a mapping with the keys steady, fault, inject, recover, received 7 (number)',
    'x.yaml:20:5: phases[6].inject: expected inject only beside fault, received it beside steady',
    'x.yaml:20:13: phases[6].inject: expected a list of 1 to 20 faults, received a list of 0',
    'x.yaml:21:5: phases[7]: expected inject beside fault, received fault alone',
    'x.yaml:23:5: expect[0]: expected min, max or equals beside figure, received none of them',
    'x.yaml:24:5: expect[1]: expected a min of no more than max, received 3 and 1',
    'x.yaml:25:37: expect[2].min: expected a number, received "1" (string)',
    'x.yaml:26:5: expect[3]: expected equals alone, or min and max, received both',
    'x.yaml:27:10: repeats: expected an integer from 1 to 1000, received 0 (number)',
  ]);
});

test('an expectation that holds whatever happens is none', () => {
  const expecting = (bounds: string, figure = 'requests.refused') =>
    sound({ expect: `expect: [{figure: ${figure}, ${bounds}}]` });
  for (const min of ['0', '-1'])
    expect(lines(expecting(`min: ${min}`)).join()).toBe(
      `x.yaml:6:42: expect[0].min: expected more than 0, or a max beside it, for no figure is less: it holds whatever happens; received ${min}`,
    );
  for (const sensible of [expecting('min: 0, max: 5'), expecting('min: 1'), expecting('min: 0', 'timing.lastReadyMs')])
    expect(checkScenario(sensible, 'x.yaml').scenario.expect).toHaveLength(1);
});

describe('durations', () => {
  test.each([
    ['10', 'expected a duration such as 10s, 1m30s or 2m, received 10 (number): write 10s'],
    ['"10"', 'expected a duration such as 10s, 1m30s or 2m, received "10": write 10s'],
    // Neither 0s nor more than a day would be taken.
    ['0', 'expected a duration such as 10s, 1m30s or 2m, received 0 (number)'],
    ['90000', 'expected a duration such as 10s, 1m30s or 2m, received 90000 (number)'],
    ['10 s', 'expected a duration such as 10s, 1m30s or 2m, received "10 s"'],
    ['soon', 'expected a duration such as 10s, 1m30s or 2m, received "soon"'],
    ['0s', 'expected a duration of more than 0, such as 10s, received "0s"'],
    ['-1s', 'expected a duration of more than 0, such as 10s, received "-1s"'],
    ['24h1s', 'expected a duration of at most 24h, received "24h1s"'],
    ['99999999h', 'expected a duration such as 10s, 1m30s or 2m, received "99999999h"'],
    ['null', 'expected a duration such as 10s, 1m30s or 2m, received nothing (null)'],
    ['[1s]', 'expected a duration such as 10s, 1m30s or 2m, received a list of 1'],
    ['{s: 1}', 'expected a duration such as 10s, 1m30s or 2m, received a mapping'],
    ['.inf', 'expected a duration such as 10s, 1m30s or 2m, received Infinity (number)'],
  ])('load.timeout: %s', (value, message) => {
    expect(lines(sound({ load: `load: {timeout: ${value}}` }))).toEqual([`x.yaml:6:17: load.timeout: ${message}`]);
  });
});

describe('targets that the topology lacks', () => {
  const inject = (target: string, cluster = '') =>
    lines(sound({ phases: `phases: [{fault: 25s, inject: [{kind: kubelet-pause, target: ${target}}]}]`, cluster }));

  test('workers where there are none', () => {
    expect(inject('{role: worker}', 'cluster: {workers: 0}')).toEqual([
      'x.yaml:3:69: phases[0].inject[0].target.role: expected a role that the topology has, received worker: this topology has 0 workers',
    ]);
  });

  test('more workers than there are', () => {
    expect(inject('{role: worker, count: 3}')).toEqual([
      'x.yaml:3:84: phases[0].inject[0].target.count: expected at most 2, received 3: this topology has 2 workers',
    ]);
    expect(inject('{role: control-plane, count: 2}')).toEqual([
      'x.yaml:3:91: phases[0].inject[0].target.count: expected at most 1, received 2: this topology has 1 control-plane',
    ]);
  });

  test('nodes that are not there, each named', () => {
    expect(inject('{nodes: [worker7, wroker2, control-plane2]}')).toEqual([
      'x.yaml:3:71: phases[0].inject[0].target.nodes[0]: expected a node of this topology, one of control-plane, worker, worker2, received "worker7"; did you mean "worker"?',
      'x.yaml:3:80: phases[0].inject[0].target.nodes[1]: expected a node of this topology, one of control-plane, worker, worker2, received "wroker2"; did you mean "worker2"?',
      'x.yaml:3:89: phases[0].inject[0].target.nodes[2]: expected a node of this topology, one of control-plane, worker, worker2, received "control-plane2"; did you mean "control-plane"?',
    ]);
  });

  test('of a large topology not every node is listed', () => {
    expect(inject('{nodes: [x]}', 'cluster: {workers: 20}')).toEqual([
      'x.yaml:3:71: phases[0].inject[0].target.nodes[0]: expected a node of this topology, one of control-plane, worker, worker2, worker3, worker4, worker5, worker6, …, worker20, received "x"',
    ]);
  });

  test('neither role nor nodes, both, and a count beside nodes', () => {
    expect(inject('{}')).toEqual([
      'x.yaml:3:62: phases[0].inject[0].target: expected exactly one of role, nodes, leader, hollow, received none of them',
    ]);
    expect(inject('{role: worker, nodes: [worker]}')).toEqual([
      'x.yaml:3:62: phases[0].inject[0].target: expected exactly one of role, nodes, leader, hollow, received role and nodes',
    ]);
    expect(inject('{nodes: [worker], count: 1}')).toEqual([
      'x.yaml:3:80: phases[0].inject[0].target.count: expected count only beside role, received it beside nodes',
    ]);
  });

  test('a node that the same kind of fault would hit twice at a time', () => {
    expect(
      lines(
        sound({
          phases:
            'phases: [{fault: 1s, inject: [{kind: kubelet-pause, target: {role: worker}}, {kind: kubelet-pause, target: {nodes: [worker2]}}]}]',
        }),
      ),
    ).toEqual([
      'x.yaml:3:108: phases[0].inject[1].target: expected each node once for kubelet-pause in a phase, received worker2 again',
    ]);
  });

  test('all of them are there with three control planes', () => {
    const text = sound({
      phases: 'phases: [{fault: 1s, inject: [{kind: kubelet-pause, target: {nodes: [control-plane3, worker2]}}]}]',
      cluster: 'cluster: {topology: ha}',
    });
    expect(checkScenario(text, 'x.yaml').scenario.cluster).toMatchObject({ controlPlanes: 3, workers: 2 });
  });
});

describe('figures', () => {
  test('one that run.json does not have is refused, with the one that was meant', () => {
    expect(lines(sound({ expect: 'expect: [{figure: requests.refusd, min: 1}]' }))).toEqual([
      'x.yaml:6:19: expect[0].figure: expected a figure of run.json such as nodes.notReadyTransitions, requests.refused or requests.byPhase.fault.timeout, received "requests.refusd"; did you mean "requests.refused"?',
    ]);
  });

  test('those of phases and nodes exist where the scenario has the phase and the node', () => {
    const expecting = (figure: string) => sound({ expect: `expect: [{figure: ${figure}, max: 0}]` });
    for (const figure of [
      'requests.byPhase.fault.latencyMs.p99',
      'nodes.byNode.worker2.firstNotReadyMs',
      'requests.latenessMs.max',
      'writes.leasePerNodeMinute',
    ]) {
      expect(checkScenario(expecting(figure), 'x.yaml').scenario.expect[0]?.figure).toBe(figure);
    }
    expect(lines(expecting('requests.byPhase.steady.ok'))[0]).toBe(
      'x.yaml:6:19: expect[0].figure: expected a figure of run.json such as nodes.notReadyTransitions, requests.refused or requests.byPhase.fault.timeout, received "requests.byPhase.steady.ok"; did you mean "requests.byPhase.fault.ok"?',
    );
    expect(lines(expecting('nodes.byNode.worker9.notReadySeconds'))[0]).toBe(
      'x.yaml:6:19: expect[0].figure: expected a figure of run.json such as nodes.notReadyTransitions, requests.refused or requests.byPhase.fault.timeout, received "nodes.byNode.worker9.notReadySeconds"; did you mean "nodes.byNode.worker.notReadySeconds"?',
    );
  });
});

describe('profiles', () => {
  test('what the version cannot express is shown where it is written, with the versions that can', () => {
    const profile = 'profile: {name: fast, evictionAfter: 1.5s, evictionBy: pod-eviction-timeout}';
    expect(lines(sound({ profile }))).toEqual([
      'x.yaml:2:17: profile.name: expected a name that no known profile has, received "fast"',
      'x.yaml:2:56: profile.evictionBy: expected tolerations, or Kubernetes v1.11 to v1.26, which still have --pod-eviction-timeout, received pod-eviction-timeout on v1.34',
    ]);
  });

  test('so is a lease that the equivalent reading cannot have', () => {
    const profile = 'profile: {nodeStatusUpdateFrequency: 4.1s}\nreading: equivalent';
    expect(lines(sound({ profile }))).toEqual([
      'x.yaml:2:38: profile.nodeStatusUpdateFrequency: expected a multiple of 250ms, for the equivalent reading makes the lease 4 times as long and every version takes nodeLeaseDurationSeconds in whole seconds, received 4.1s',
    ]);
  });

  test('an inline one reports its own keys', () => {
    expect(lines(sound({ profile: 'profile: {nodeMonitorGrace: 10s, nodeMonitorPeriod: 0s}' }))).toEqual([
      'x.yaml:2:11: profile.nodeMonitorGrace: expected one of the keys name, nodeStatusUpdateFrequency, nodeMonitorPeriod, nodeMonitorGracePeriod, evictionAfter, evictionBy, shutdownGracePeriod, shutdownGracePeriodCriticalPods, userConfig, received "nodeMonitorGrace"; did you mean "nodeMonitorGracePeriod"?',
      'x.yaml:2:53: profile.nodeMonitorPeriod: expected a duration of more than 0, such as 10s, received "0s"',
    ]);
  });
});

describe('changes from the command line', () => {
  test('are checked like the file, and named in the place of a line', () => {
    const overrides = [
      { origin: '--profile', path: ['profile'], value: 'fats' },
      { origin: '--kubernetes', path: ['cluster', 'kubernetes'], value: '1.10' },
    ];
    expect(lines(sound(), { overrides })).toEqual([
      `--profile: profile: expected a profile (${profileNames.join(', ')}) or a mapping of its settings, received "fats"; did you mean "fast"?`,
      '--kubernetes: cluster.kubernetes: expected a Kubernetes version from v1.11 to v1.37, such as v1.34 or v1.34.4, received "1.10"',
    ]);
  });

  test('are all reported, whether they cannot be read, placed or accepted', () => {
    const options = withSets(
      'load.timeout=1',
      'phases[0].fault=3s',
      'phases.3.fault=3s',
      'x',
      '=',
      'load.foo.bar=2',
      'name.first=a',
      '__proto__.x=1',
      'load=[',
      'load..x=1',
    );
    expect(lines(sound(), options)).toEqual([
      '--set load.timeout: load.timeout: expected a duration such as 10s, 1m30s or 2m, received 1 (number): write 1s',
      '--set load.foo.bar: load.foo: expected one of the keys ratePerSecond, connection, timeout, through, received "foo"',
      '--set __proto__.x: __proto__: expected one of the keys name, title, profile, reading, cluster, workload, load, phases, expect, seed, repeats, received "__proto__"',
      '--set phases.3.fault: phases.3.fault: expected a place in the list, 0 to 1, received "3"',
      '--set name.first: name.first: expected a mapping around "first", received "pause"',
      '--set: expected a dotted path, = and a value, such as load.timeout=2s, received "x"',
      '--set: expected a dotted path, = and a value, such as load.timeout=2s, received "="',
      '--set load: expected YAML, received an error: Flow sequence must end with a ]',
      '--set: expected a dotted path, = and a value, such as load.timeout=2s, received "load..x=1"',
    ]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('that replace a part are the source of what is wrong in it', () => {
    expect(
      lines(sound(), withSets('phases=[{fault: 1s, inject: [{kind: kubelet-pause, target: {nodes: [worker7]}}]}]')),
    ).toEqual([
      '--set phases: phases[0].inject[0].target.nodes[0]: expected a node of this topology, one of control-plane, worker, worker2, received "worker7"; did you mean "worker"?',
    ]);
  });
});

test('of very many problems the first forty are shown', () => {
  const text = sound({ more: Array.from({ length: 60 }, (_, index) => `k${index}: 1`).join('\n') });
  const shown = lines(text);
  expect(shown.length).toBe(41);
  expect(shown[40]).toBe('… and 20 more');
});
