import { describe, expect, test } from 'vitest';
import type { SkipbeatError } from '../../src/common/errors.ts';
import { faultKinds } from '../../src/scenario/faults/fault-kinds.ts';
import { checkScenario } from '../../src/scenario/index.ts';

const textOf = (fault: string): string => `name: a\nprofile: fast\nphases: [{fault: 20s, inject: [${fault}]}]\n`;

const faultOf = (fault: string) => {
  const [phase] = checkScenario(textOf(fault), 'x.yaml').scenario.phases;
  return phase?.kind === 'fault' ? phase.inject[0] : undefined;
};

const problemOf = (fault: string): string => {
  try {
    checkScenario(textOf(fault), 'x.yaml');
  } catch (thrown) {
    return (thrown as SkipbeatError).message;
  }
  throw new Error(`nothing is wrong with ${fault}`);
};

const once = { afterMs: 0, lastsMs: null, everyMs: null, times: 1 };

describe('what is left out of a fault', () => {
  test('of the control plane is every control plane, for the whole phase', () => {
    expect(faultOf('{kind: etcd-pause}')).toEqual({
      kind: 'etcd-pause',
      target: { role: 'control-plane', count: null },
      timing: once,
    });
    expect(faultOf('{kind: cpu-pressure}')).toMatchObject({ loops: null });
  });

  test('of a path is no jitter, at once, both ways', () => {
    expect(faultOf('{kind: latency, target: {role: worker}, delay: 200ms}')).toEqual({
      kind: 'latency',
      target: { role: 'worker', count: null },
      timing: once,
      delayMs: 200,
      jitterMs: 0,
      lossPercent: 0,
      direction: 'both',
      rampSteps: 1,
    });
    expect(faultOf('{kind: partition, target: {role: worker}}')).toMatchObject({ direction: 'both', by: 'drop' });
  });
});

test('netem has the names of NetworkChaos and becomes the arguments of tc', () => {
  const fault = faultOf(
    '{kind: netem, target: {nodes: [worker]}, peer: api-server, direction: to, ramp: 3, rate: 10mbit, ' +
      'delay: {latency: 100ms, jitter: 20ms, correlation: 25, distribution: normal, reorder: {reorder: 10, gap: 5}}, ' +
      'loss: {loss: 5}, duplicate: {duplicate: 1}, corrupt: {corrupt: 2, correlation: 50}}',
  );
  expect(fault).toMatchObject({
    kind: 'netem',
    peer: 'api-server',
    direction: 'to',
    rampSteps: 3,
    rateBitsPerSecond: 10_000_000,
    delay: {
      delayMs: 100,
      jitterMs: 20,
      correlationPercent: 25,
      distribution: 'normal',
      reorder: { percent: 10, correlationPercent: 0, gap: 5 },
    },
    loss: { percent: 5, correlationPercent: 0 },
    duplicate: { percent: 1, correlationPercent: 0 },
    corrupt: { percent: 2, correlationPercent: 50 },
  });
});

test('a fault comes and goes within its phase', () => {
  expect(faultOf('{kind: etcd-pause, after: 2s, lasts: 1s, every: 4s, times: 4}')).toMatchObject({
    timing: { afterMs: 2000, lastsMs: 1000, everyMs: 4000, times: 4 },
  });
});

test('the leader is a target, whoever it is', () => {
  expect(faultOf('{kind: controller-manager-kill, target: {leader: kube-controller-manager}}')).toMatchObject({
    target: { leader: 'kube-controller-manager' },
  });
});

test.each([
  ['{kind: etcd-pause, every: 4s}', 'phases[0].inject[0].every: expected times beside every, received every alone'],
  ['{kind: etcd-pause, times: 2}', 'phases[0].inject[0].times: expected every beside times, received times alone'],
  [
    '{kind: etcd-pause, lasts: 5s, every: 4s, times: 2}',
    'phases[0].inject[0].lasts: expected less than every (4s), so that it is gone before it comes again, received 5s',
  ],
  [
    '{kind: etcd-pause, after: 20s}',
    'phases[0].inject[0]: expected to begin within the phase, which takes 20s, received one that begins after 20s',
  ],
  [
    '{kind: etcd-pause, after: 10s, lasts: 11s}',
    'phases[0].inject[0]: expected to end within the phase, which takes 20s, received one that ends after 21s',
  ],
  [
    '{kind: etcd-pause, target: {role: worker}}',
    'phases[0].inject[0].target: expected control planes, for etcd-pause hits what runs there, received worker, worker2',
  ],
  [
    '{kind: kubelet-stop, target: {leader: kube-scheduler, count: 1}}',
    'phases[0].inject[0].target.count: expected count only beside role, received it beside leader',
  ],
])('%s is refused in words', (fault, problem) => {
  const [line] = problemOf(fault).split('\n');
  expect(line?.replace(/^x\.yaml:\d+:\d+: /, '')).toBe(problem);
});

test.each([
  ['{kind: etcd-pause, times: 200}', ['times: expected an integer from 1 to 100, received 200 (number)']],
  [
    '{kind: etcd-pause, after: -30s, lasts: 25s}',
    [
      ': expected to end within the phase, which takes 20s, received one that ends after 25s',
      'after: expected a duration of 0 or more, such as 10s, received "-30s"',
    ],
  ],
  [
    '{kind: latency, target: {role: pod, count: 6000}, delay: 5, after: 20s}',
    [
      ': expected to begin within the phase, which takes 20s, received one that begins after 20s',
      'target.role: expected one of worker, control-plane, received "pod"',
      'target.count: expected an integer from 1 to 5000, received 6000 (number)',
      'delay: expected a duration such as 10s, 1m30s or 2m, received 5 (number): write 5s',
    ],
  ],
])('%s: what the schema refuses is named once, and rules go on with the rest', (fault, problems) => {
  const lines = problemOf(fault)
    .split('\n')
    .map((line) => line.replace(/^x\.yaml:\d+:\d+: phases\[0\]\.inject\[0\]\.?/, ''));
  expect(lines).toEqual(problems);
});

test.each(['clock-skew', 'TimeChaos', 'node_clock_offset', 'ntp-drift', 'time'])(
  '%s is refused with the reason why nobody can make it, and what comes nearest',
  (kind) => {
    const problem = problemOf(`{kind: ${kind}, target: {role: worker}, offset: -30s}`);
    expect(problem).toBe(
      `x.yaml:3:39: phases[0].inject[0].kind: expected one of ${Object.keys(faultKinds).join(', ')}, received ${JSON.stringify(kind)}` +
        "; clock-skew is impossible on real clusters, for nodes of kind share this machine's kernel and its wall clock, and time namespaces shift CLOCK_MONOTONIC and CLOCK_BOOTTIME alone, never CLOCK_REALTIME, by which heartbeats are stamped. Nearest: clock-jump, which the model alone can have; on a real cluster kubelet-pause for as long as the clock would be set back, for no lease of that node counts as renewed until then",
    );
  },
);

test.each([
  ['node-timeout', ''],
  ['runtime-kill', ''],
  ['kubelet-paus', '; did you mean "kubelet-pause"?'],
])('%s has nothing to do with clocks', (kind, end) => {
  const [line = ''] = problemOf(`{kind: ${kind}, target: {role: worker}}`).split('\n');
  expect(line.endsWith(`, received ${JSON.stringify(kind)}${end}`)).toBe(true);
});
