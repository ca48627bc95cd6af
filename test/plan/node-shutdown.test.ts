import { describe, expect, test } from 'vitest';
import { whyUnconditional } from '../../src/calibration/conditional/seen.ts';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { assertReal } from '../../src/prepare/index.ts';
import { checkScenario, type Scenario } from '../../src/scenario/index.ts';
import { refusalOf } from '../support/refusal.ts';

const down = '{kind: node-shutdown, target: {nodes: [worker]}}';
const inOrder = '{shutdownGracePeriod: 30s, shutdownGracePeriodCriticalPods: 10s}';

const scenarioOf = (fault: string, profile = 'default', version = 'v1.34'): Scenario =>
  checkScenario(
    `name: a\nprofile: ${profile}\ncluster: {kubernetes: ${version}}\nphases: [{steady: 20s}, {fault: 100s, inject: [${fault}]}, {recover: {within: 300s}}]\n`,
    'x.yaml',
  ).scenario;

const planOf = (fault: string, profile?: string): Plan =>
  makePlan(scenarioOf(fault, profile), { kubernetesVersion: 'v1.34.4' });

const refusal = (profile: string, version = 'v1.34', fault = down): string =>
  refusalOf(() => makePlan(scenarioOf(fault, profile, version), { kubernetesVersion: `${version}.0` })).message;

describe('what a plan says of a node that is shut down in order', () => {
  test.each([
    ['with a period', down, inOrder],
    ['with a period, for a moment', down.replace('}}', '}, lasts: 5s}'), inOrder],
    ['without one', down, 'default'],
    ['without one, for a moment', down.replace('}}', '}, lasts: 5s}'), 'default'],
  ])('%s: it may cost its node, and there is no formula', (_, fault, profile) => {
    const { prediction } = planOf(fault, profile);
    expect(prediction).toMatchObject({
      ...{ flap: 'possible', noFormula: ['node-shutdown-1'], notReadyAfterMs: null, evictionAfterMs: null },
      ...{ taintedAfterMs: null, endpointsEmptyAfterMs: null, requestsLost: null, allReadyAfterUndoMs: null },
    });
  });

  test('a pause beside it is not certain to cost its node, and has no window', () => {
    const both = `${down}, {kind: kubelet-pause, target: {nodes: [worker2]}}`;
    expect(planOf(both, inOrder).prediction).toMatchObject({
      ...{ flap: 'possible', notReadyAfterMs: null, evictionAfterMs: null },
    });
  });

  test('the periods are passed to kubelets and read back from them, and left alone where there are none', () => {
    const { profile } = planOf(down, inOrder);
    expect(profile.effective.shutdown).toEqual({ gracePeriodMs: 30_000, criticalPodsMs: 10_000 });
    const fields = { shutdownGracePeriod: '30s', shutdownGracePeriodCriticalPods: '10s' };
    expect(profile.kubeletConfiguration).toEqual(fields);
    expect(profile.expectedSettings).toEqual([
      ...planOf(down).profile.expectedSettings,
      ...Object.entries(fields).map(([setting, expected]) => ({ component: 'kubelet', setting, expected })),
    ]);
    expect(planOf(down).profile).toMatchObject({ kubeletConfiguration: {} });
    expect(planOf(down).profile.effective.shutdown).toBeUndefined();
  });

  test('what the kubelet does is said, or that it does nothing, or has no time for it', () => {
    const of = (fault: string, profile?: string) =>
      planOf(fault, profile).warnings.filter((text) => /node-shutdown-1/.test(text));
    const ends =
      'under node-shutdown-1 the kubelet says NotReady at once, ends its pods within 20.0 s, critical ones within 10.0 s after that, and the node is off';
    expect(of(down, inOrder)).toEqual([ends]);
    expect(of(down)).toEqual([
      'under node-shutdown-1 nodes go at once, as under node-stop: this profile has no shutdownGracePeriod',
    ]);
    expect(of(down.replace('}}', '}, lasts: 5s}'), inOrder)).toEqual([
      ends,
      'node-shutdown-1 lasts 5.0 s, and shutting down in order may take 30.0 s: a node that is not off by then is switched off and on at once',
    ]);
  });

  test('what was seen predicts the silence that it ends in, as of any other node', () => {
    expect(whyUnconditional(planOf(down, inOrder), [])).toBeNull();
  });

  test('it makes a node silent, so that another fault may taint it out-of-service', () => {
    const lost = '{kind: out-of-service, target: {nodes: [worker]}, after: 60s}';
    expect(() => scenarioOf(`${down}, ${lost}`)).not.toThrow();
    expect(() => scenarioOf(`${down}, ${lost.replace('worker', 'worker2')}`)).toThrow(
      'expected nodes that another fault of the phase has made silent before it begins',
    );
  });
});

describe('what is refused', () => {
  test('real clusters may have one', () => {
    expect(() => assertReal(scenarioOf(down))).not.toThrow();
  });

  test.each([
    [
      '{role: control-plane}',
      'expected workers, for the static pods of a control plane that is shut down in order are not modelled, received control-plane',
    ],
    ['{leader: kube-scheduler}', 'expected workers, for the static pods'],
    ['{hollow: {share: 50 %}}', 'expected'],
  ])('of targets: %s', (target, message) => {
    expect(() => scenarioOf(`{kind: node-shutdown, target: ${target}}`)).toThrow(message);
  });

  test.each([
    [
      inOrder,
      'v1.20',
      'x.yaml:2:32: profile.shutdownGracePeriod: expected Kubernetes v1.21 and later, where the gate GracefulNodeShutdown is on by itself, received 30s on v1.20',
    ],
    [
      inOrder,
      'v1.13',
      'x.yaml:2:32: profile.shutdownGracePeriod: expected Kubernetes v1.21 and later, where the gate GracefulNodeShutdown is on by itself, received 30s on v1.13',
    ],
    [
      '{shutdownGracePeriod: 500ms}',
      'v1.34',
      'x.yaml:2:32: profile.shutdownGracePeriod: expected at least 1s, received 500ms',
    ],
    [
      '{shutdownGracePeriod: 0s}',
      'v1.34',
      'x.yaml:2:32: profile.shutdownGracePeriod: expected a duration of more than 0, such as 10s, received "0s"',
    ],
    [
      '{shutdownGracePeriod: -3s}',
      'v1.34',
      'x.yaml:2:32: profile.shutdownGracePeriod: expected a duration of more than 0, such as 10s, received "-3s"',
    ],
    [
      '{shutdownGracePeriod: 30}',
      'v1.34',
      'x.yaml:2:32: profile.shutdownGracePeriod: expected a duration such as 10s, 1m30s or 2m, received 30 (number): write 30s',
    ],
    [
      '{shutdownGracePeriod: 10s, shutdownGracePeriodCriticalPods: 20s}',
      'v1.34',
      'x.yaml:2:70: profile.shutdownGracePeriodCriticalPods: expected at most shutdownGracePeriod, of which it is a part, received 20s of 10s',
    ],
    [
      '{shutdownGracePeriod: 10s, shutdownGracePeriodCriticalPods: 300ms}',
      'v1.34',
      'x.yaml:2:70: profile.shutdownGracePeriodCriticalPods: expected 0s, or at least 1s, received 300ms',
    ],
    [
      '{shutdownGracePeriodCriticalPods: 10s}',
      'v1.34',
      'x.yaml:2:44: profile.shutdownGracePeriodCriticalPods: expected shutdownGracePeriod beside it, of which it is a part, received 10s alone',
    ],
    [
      '{shutdownGracePeriods: 10s}',
      'v1.34',
      'x.yaml:2:11: profile.shutdownGracePeriods: expected one of the keys name, nodeStatusUpdateFrequency, nodeMonitorPeriod, nodeMonitorGracePeriod, evictionAfter, evictionBy, shutdownGracePeriod, shutdownGracePeriodCriticalPods, userConfig, received "shutdownGracePeriods"; did you mean "shutdownGracePeriod"?',
    ],
    [
      '{userConfig: {kubeletConfiguration: {shutdownGracePeriod: 10s, shutdownGracePeriodCriticalPods: 20s}}}',
      'v1.34',
      'x.yaml:2:23: profile.userConfig: shutdownGracePeriodCriticalPods: expected at most shutdownGracePeriod, 10s, received 20s',
    ],
    [
      '{userConfig: {kubeletConfiguration: {shutdownGracePeriod: soon}}}',
      'v1.34',
      'x.yaml:2:23: profile.userConfig: shutdownGracePeriod: expected a duration such as 10s, received "soon"',
    ],
    [
      '{userConfig: {kubeletConfiguration: {shutdownGracePeriod: 500ms}}}',
      'v1.34',
      'x.yaml:2:23: profile.userConfig: shutdownGracePeriod: expected 0s, or at least 1s, received 500ms',
    ],
  ])('of periods: %s on %s', (profile, version, message) => {
    expect(refusal(profile, version)).toBe(message);
  });
});

test('both fields of a KubeletConfiguration count, and 0 leaves a shutdown as it is', () => {
  const of = (fields: string) => planOf(down, `{userConfig: {kubeletConfiguration: ${fields}}}`).profile;
  expect(of('{shutdownGracePeriod: 1m0s, shutdownGracePeriodCriticalPods: 10s}').effective.shutdown).toEqual({
    gracePeriodMs: 60_000,
    criticalPodsMs: 10_000,
  });
  expect(of('{shutdownGracePeriod: 1m0s}').effective.shutdown).toEqual({ gracePeriodMs: 60_000, criticalPodsMs: 0 });
  expect(of('{shutdownGracePeriod: 60s, nodeLeaseDurationSeconds: 0}').kubeletConfiguration).toEqual({
    ...{ shutdownGracePeriod: '1m0s', shutdownGracePeriodCriticalPods: '0s' },
  });
  expect(of('{shutdownGracePeriod: 0s, shutdownGracePeriodCriticalPods: 0s}').effective.shutdown).toBeUndefined();
});
