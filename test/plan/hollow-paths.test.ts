import { describe, expect, test } from 'vitest';
import { boundPaths, cutPaths, hollowGroups, impatientKubelets, makePlan, sharedPaths } from '../../src/plan/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';

const planOf = (options: string, target = '{hollow: {count: 3}}', profile = 'default') =>
  makePlan(
    checkScenario(
      `name: a\nprofile: ${profile}\ncluster: {hollow: {nodes: 10}}\nphases: [{steady: 12s}, {fault: 60s, inject: [{kind: latency, target: ${target}, ${options}}]}]\n`,
      'x.yaml',
    ).scenario,
    { kubernetesVersion: 'v1.34.4' },
  );

describe('a request that kwok waits for, and a kubelet would not', () => {
  const text = (held: string, patience = '10.0') =>
    `latency-1 holds back a request of hollow-1, hollow-2, hollow-3 and its answer for up to ${held} s, and a kubelet gives one up after ${patience} s, which kwok never does: what comes of it is kwok’s, not a kubelet’s`;

  test('is named from the kubelet’s own patience on, both ways and the jitter counted', () => {
    expect(impatientKubelets(planOf('delay: 4900ms'))).toEqual([]);
    expect(impatientKubelets(planOf('delay: 5s'))).toEqual([text('10.0')]);
    expect(impatientKubelets(planOf('delay: 4s, jitter: 2s'))).toEqual([text('12.0')]);
    expect(impatientKubelets(planOf('delay: 9s, direction: from'))).toEqual([]);
    expect(impatientKubelets(planOf('delay: 10s, direction: to'))).toEqual([text('10.0')]);
    expect(impatientKubelets(planOf('delay: 2s', '{hollow: {count: 3}}', 'fast'))).toEqual([text('4.0', '4.0')]);
    expect(planOf('delay: 5s').warnings).toEqual([text('10.0')]);
  });

  test('is no matter of real nodes', () => {
    expect(impatientKubelets(planOf('delay: 5s', '{nodes: [worker]}'))).toEqual([]);
  });
});

describe('one connection of several nodes', () => {
  test('matters where what is late or lost holds up the others', () => {
    const nodes = ['hollow-1', 'hollow-2', 'hollow-3'];
    const text = (how: string) =>
      `latency-1: kwok has one connection for hollow-1, hollow-2, hollow-3, on which what is ${how} holds up all that comes behind it; kubelets have one each`;
    expect(sharedPaths(planOf('delay: 0s, loss: 20'))).toEqual([{ id: 'latency-1', nodes, text: text('lost') }]);
    expect(sharedPaths(planOf('delay: 1s, jitter: 1s'))).toEqual([{ id: 'latency-1', nodes, text: text('late') }]);
    expect(planOf('delay: 1s, jitter: 1s').warnings).toEqual([
      `${text('late')}: a node that is lost says nothing of those`,
    ]);
  });

  test('does not where each is held back by as much, or is alone', () => {
    expect(sharedPaths(planOf('delay: 1s'))).toEqual([]);
    expect(sharedPaths(planOf('delay: 1s, loss: 20', '{hollow: {count: 1}}'))).toEqual([]);
    expect(sharedPaths(planOf('delay: 1s, loss: 20', '{role: worker}'))).toEqual([]);
  });
});

describe('the one API server that relays lead to', () => {
  const boundBy = (fault: string, topology = 'ha') =>
    makePlan(
      checkScenario(
        `name: a\nprofile: default\ncluster: {topology: ${topology}, hollow: {nodes: 10}}\nphases: [{steady: 12s}, {fault: 60s, inject: [{kind: latency, target: {hollow: {count: 3}}, delay: 1s}, ${fault}]}]\n`,
        'x.yaml',
      ).scenario,
      { kubernetesVersion: 'v1.34.4' },
    );
  const text =
    'node-stop-1 hits control-plane, the one API server that the relay of hollow-1, hollow-2, hollow-3 leads to; kubelets turn to another';

  test('matters where a fault hits it and others stand', () => {
    const plan = boundBy('{kind: node-stop, target: {nodes: [control-plane]}}');
    expect(boundPaths(plan)).toEqual([{ id: 'node-stop-1', nodes: ['hollow-1', 'hollow-2', 'hollow-3'], text }]);
    expect(plan.warnings).toEqual([
      `${text}: a node that is lost says nothing of those`,
      'v1.34.4 has kubernetes#100277: pods with a readiness probe become NotReady when their kubelet is restarted (fixed in v1.35.0)',
    ]);
  });

  test('does not where it is the only one, another is hit, or what is hit leaves it alone', () => {
    expect(boundPaths(boundBy('{kind: apiserver-pause, lasts: 5s}', 'single'))).toEqual([]);
    expect(boundPaths(boundBy('{kind: node-stop, target: {nodes: [control-plane2]}}'))).toEqual([]);
    expect(boundPaths(boundBy('{kind: kubelet-pause, target: {nodes: [control-plane]}}'))).toEqual([]);
    expect(boundPaths(boundBy('{kind: controller-manager-kill, target: {leader: kube-controller-manager}}'))).toEqual(
      [],
    );
  });
});

test('when a node behind a slow way is given up no formula says', () => {
  const { prediction, phases } = planOf('delay: 4s');
  expect([prediction.notReadyAfterMs, prediction.flap]).toEqual([null, 'possible']);
  expect(phases[1]).toMatchObject({ inject: [{ kind: 'latency', targets: ['hollow-1', 'hollow-2', 'hollow-3'] }] });
});

describe('hollow nodes that are cut off', () => {
  const planOfCut = (target: string) =>
    makePlan(
      checkScenario(
        `name: a\nprofile: default\ncluster: {hollow: {nodes: 10}}\nphases: [{steady: 12s}, {fault: 60s, inject: [{kind: partition, target: ${target}}]}]\n`,
        'x.yaml',
      ).scenario,
      { kubernetesVersion: 'v1.34.4' },
    );
  const nodes = ['hollow-1', 'hollow-2'];

  test('have a way back of their own, which the plan names', () => {
    const plan = planOfCut('{hollow: {count: 2}}');
    const text =
      'partition-1: kwok has one connection for hollow-1, hollow-2 and gives a dial up after 10 s, a kubelet its own and after 30 s: when they are back says nothing of kubelets';
    expect(cutPaths(plan)).toEqual([{ id: 'partition-1', nodes, text }]);
    expect(plan.warnings).toEqual([text]);
    expect(cutPaths(planOfCut('{nodes: [worker, hollow-1, hollow-2]}'))).toEqual([{ id: 'partition-1', nodes, text }]);
    expect(cutPaths(planOfCut('{role: worker}'))).toEqual([]);
  });

  test('are a group behind a relay of their own', () => {
    const groups = hollowGroups(planOfCut('{hollow: {count: 2}}'));
    expect(groups.map(({ isRelayed }) => isRelayed)).toEqual([true, false]);
    expect(groups[0]?.nodes).toEqual(nodes);
  });
});
