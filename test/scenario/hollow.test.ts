import { describe, expect, test } from 'vitest';
import type { SkipbeatError } from '../../src/common/errors.ts';
import { checkScenario, hollowZone, isHollow, nodeCount, nodeNames, targetNodes } from '../../src/scenario/index.ts';

const textOf = (hollow: string, target: string, kind = 'kubelet-pause'): string =>
  `name: a\nprofile: default\ncluster: {${hollow}}\nphases: [{fault: 90s, inject: [{kind: ${kind}, target: ${target}}]}]\n`;

const targetsOf = (hollow: string, target: string, kind?: string): readonly string[] => {
  const { scenario } = checkScenario(textOf(hollow, target, kind), 'x.yaml');
  const [phase] = scenario.phases;
  const fault = phase?.kind === 'fault' ? phase.inject[0] : undefined;
  if (fault === undefined) throw new Error('no fault');
  return targetNodes(fault.target, scenario.cluster);
};

const problemOf = (hollow: string, target: string, kind?: string): string => {
  try {
    checkScenario(textOf(hollow, target, kind), 'x.yaml');
  } catch (thrown) {
    return (thrown as SkipbeatError).message;
  }
  throw new Error('nothing is wrong with it');
};

const ten = 'hollow: {nodes: 10, zones: 3}';

describe('hollow nodes', () => {
  test('come after all others, and are counted with them', () => {
    const size = { controlPlanes: 1, workers: 2, hollow: { nodes: 3, zones: 1 } };
    expect(nodeNames(size)).toEqual(['control-plane', 'worker', 'worker2', 'hollow-1', 'hollow-2', 'hollow-3']);
    expect(nodeCount(size)).toBe(6);
    expect(nodeNames(size).filter(isHollow)).toHaveLength(3);
  });

  test('are dealt out to their zones in turn', () => {
    const hollow = { nodes: 4, zones: 3 };
    expect(['hollow-1', 'hollow-2', 'hollow-3', 'hollow-4'].map((node) => hollowZone(node, hollow))).toEqual([
      'a',
      'b',
      'c',
      'a',
    ]);
  });

  test('are hit by a share, a count or a zone', () => {
    expect(targetsOf(ten, '{hollow: {share: 50}}')).toEqual([1, 2, 3, 4, 5].map((number) => `hollow-${number}`));
    expect(targetsOf(ten, '{hollow: {count: 2}}')).toEqual(['hollow-1', 'hollow-2']);
    expect(targetsOf(ten, '{hollow: {zone: b}}')).toEqual(['hollow-2', 'hollow-5', 'hollow-8']);
    expect(targetsOf('hollow: {nodes: 1000}', '{hollow: {share: 0.1}}')).toEqual(['hollow-1']);
    expect(targetsOf('hollow: {nodes: 300}', '{hollow: {share: 29}}')).toHaveLength(87);
    expect(targetsOf(ten, '{nodes: [hollow-10]}')).toEqual(['hollow-10']);
  });

  test('have as many pods as the scenario says, and none is as good as nothing said', () => {
    const read = (hollow: string) => checkScenario(textOf(hollow, '{hollow: {count: 1}}'), 'x.yaml').scenario.cluster;
    expect(read('hollow: {nodes: 10, podsPerNode: 2}').hollow).toEqual({ nodes: 10, zones: 1, podsPerNode: 2 });
    expect(read('hollow: {nodes: 10, podsPerNode: 0}').hollow).toEqual({ nodes: 10, zones: 1 });
  });

  test('are no workers', () => {
    expect(targetsOf(ten, '{role: worker}')).toEqual(['worker', 'worker2']);
  });
});

describe('is refused:', () => {
  test.each([
    [
      'hollow: {nodes: 0}',
      '{role: worker}',
      'x.yaml:3:27: cluster.hollow.nodes: expected an integer from 1 to 5000, received 0 (number)',
    ],
    [
      'hollow: {nodes: 20000}',
      '{role: worker}',
      'x.yaml:3:27: cluster.hollow.nodes: expected an integer from 1 to 5000, received 20000 (number)',
    ],
    [
      'hollow: {nodes: 10, podsPerNode: 11}',
      '{role: worker}',
      'x.yaml:3:44: cluster.hollow.podsPerNode: expected an integer from 0 to 10, received 11 (number)',
    ],
    [
      'hollow: {nodes: 10, podsPerNode: -1}',
      '{role: worker}',
      'x.yaml:3:44: cluster.hollow.podsPerNode: expected an integer from 0 to 10, received -1 (number)',
    ],
    [
      'hollow: {nodes: 10, podsPerNode: 0.5}',
      '{role: worker}',
      'x.yaml:3:44: cluster.hollow.podsPerNode: expected an integer from 0 to 10, received 0.5 (number)',
    ],
    [
      'hollow: {nodes: 2, zones: 10}',
      '{role: worker}',
      'x.yaml:3:37: cluster.hollow.zones: expected at most 2, received 10: there are 2 hollow nodes',
    ],
    [
      'hollow: {nodes: 1, zones: 2}',
      '{role: worker}',
      'x.yaml:3:37: cluster.hollow.zones: expected at most 1, received 2: there is 1 hollow node',
    ],
    [
      'hollow: {nodes: 10, zones: 11}',
      '{role: worker}',
      'x.yaml:3:38: cluster.hollow.zones: expected an integer from 1 to 10, received 11 (number)',
    ],
    [
      ten,
      '{hollow: {share: 33}}',
      'x.yaml:4:79: phases[0].inject[0].target.hollow.share: expected a share that is a whole number of the 10 hollow nodes, received 33, which is 3.3 of them; write count: 3 or 4',
    ],
    [
      ten,
      '{hollow: {share: 0}}',
      'x.yaml:4:79: phases[0].inject[0].target.hollow.share: expected a share that is a whole number of the 10 hollow nodes, received 0, which is 0 of them; write count: 1',
    ],
    [
      ten,
      '{hollow: {share: 101}}',
      'x.yaml:4:79: phases[0].inject[0].target.hollow.share: expected a number from 0 to 100 (percent), received 101 (number)',
    ],
    [
      ten,
      '{hollow: {count: 11}}',
      'x.yaml:4:79: phases[0].inject[0].target.hollow.count: expected at most 10, received 11: this cluster has 10 hollow nodes',
    ],
    [
      ten,
      '{hollow: {zone: d}}',
      'x.yaml:4:78: phases[0].inject[0].target.hollow.zone: expected a zone of the hollow nodes, one of a, b, c, received d',
    ],
    [
      ten,
      '{hollow: {}}',
      'x.yaml:4:71: phases[0].inject[0].target.hollow: expected exactly one of share, count, zone, received none of them',
    ],
    [
      ten,
      '{hollow: {count: 1, zone: a}}',
      'x.yaml:4:71: phases[0].inject[0].target.hollow: expected exactly one of share, count, zone, received count and zone',
    ],
    [
      ten,
      '{hollow: {count: 1}, role: worker}',
      'x.yaml:4:62: phases[0].inject[0].target: expected exactly one of role, nodes, leader, hollow, received role and hollow',
    ],
    [
      'workers: 2',
      '{hollow: {count: 1}}',
      'x.yaml:4:71: phases[0].inject[0].target.hollow: expected a target that the cluster has, received hollow: this scenario has no cluster.hollow',
    ],
    [
      ten,
      '{nodes: [hollow-11]}',
      'x.yaml:4:71: phases[0].inject[0].target.nodes[0]: expected a node of this topology, one of control-plane, worker, worker2, hollow-1, hollow-2, hollow-3, hollow-4, …, hollow-10, received "hollow-11"; did you mean "hollow-1"?',
    ],
  ])('%s with %s', (hollow, target, problem) => {
    expect(problemOf(hollow, target)).toBe(problem);
  });

  test('a load that is to enter through targets which are hollow nodes alone', () => {
    const through = (target: string) => () =>
      checkScenario(`${textOf(ten, target)}load: {through: target}\n`, 'x.yaml');
    expect(through('{hollow: {count: 1}}')).toThrowError(
      /load\.through: expected a fault on a real node beside target/,
    );
    expect(through('{nodes: [hollow-1, hollow-2]}')).toThrowError(/which route nothing/);
    expect(through('{nodes: [hollow-1, worker]}')).not.toThrow();
  });

  test('any fault but those of kubelets', () => {
    expect(problemOf(ten, '{hollow: {count: 1}}', 'node-stop')).toBe(
      'x.yaml:4:58: phases[0].inject[0].target: expected kubelet-pause, kubelet-stop, latency or partition on hollow nodes, which have nothing but heartbeats, received node-stop',
    );
  });

  test.each([
    [
      'direction: to',
      'direction: expected both on hollow nodes, for kwok has one connection for all of its nodes: of what still gets through one way it would carry less than theirs do; received "to"',
    ],
    [
      'direction: from',
      'direction: expected both on hollow nodes, for kwok has one connection for all of its nodes: of what still gets through one way it would carry less than theirs do; received "from"',
    ],
    [
      'by: reject',
      'by: expected drop on hollow nodes, for the relay of their kwok has taken a connection before the API server refuses it; received "reject"',
    ],
    ['traffic: all', 'traffic: expected control on hollow nodes, for they have no other; received "all"'],
  ])('of partition %s', (option, problem) => {
    for (const target of ['{hollow: {count: 1}}', '{nodes: [worker, hollow-1]}']) {
      const found = problemOf(ten, `${target}, ${option}`, 'partition');
      expect(found.replace(/^x\.yaml:4:\d+: /, '')).toBe(`phases[0].inject[0].${problem}`);
    }
  });

  test('of partition nothing else, and nothing of that on real nodes', () => {
    const plain = 'direction: both, by: drop, traffic: control';
    expect(targetsOf(ten, `{hollow: {count: 1}}, ${plain}`, 'partition')).toEqual(['hollow-1']);
    expect(targetsOf(ten, '{nodes: [worker]}, direction: to, by: reject, traffic: all', 'partition')).toEqual([
      'worker',
    ]);
  });
});
