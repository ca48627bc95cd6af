import { expect, test } from 'vitest';
import { SkipbeatError } from '../../../src/common/errors.ts';
import { type ClusterSurvey, chooseTargets, eligibleNodes, readNodeChoice } from '../../../src/guard/index.ts';
import { controlPlane, minuteMs, nowMs, survey, worker, workers } from '../surveys.ts';

const targets = (cluster: ClusterSurvey, nodes: string, wanted = 1, maxNodes = 1): readonly string[] =>
  chooseTargets(cluster, { choice: readNodeChoice(nodes), wanted, maxNodes });

const refusal = (cluster: ClusterSurvey, nodes: string, wanted = 1, maxNodes = 1): SkipbeatError => {
  try {
    const chosen = targets(cluster, nodes, wanted, maxNodes);
    throw new Error(`expected a refusal, found ${chosen.join(', ')}`);
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) return thrown;
    throw thrown;
  }
};

/** What was listed, without the line above it. */
const obstacles = (cluster: ClusterSurvey, nodes: string, wanted = 1, maxNodes = 1): readonly string[] =>
  refusal(cluster, nodes, wanted, maxNodes)
    .message.split('\n')
    .slice(1)
    .map((line) => line.slice('  - '.length));

const three = survey([controlPlane, ...workers(2)]);

test('a selector takes the first node by name that bears it and the opt-in label', () => {
  expect(targets(three, 'pool=chaos')).toEqual(['w01']);
  expect(
    targets(survey([controlPlane, worker('w01', { labels: { pool: 'chaos' } }), worker('w02')]), 'pool=chaos'),
  ).toEqual(['w02']);
});

test('a node that is named needs no label', () => {
  expect(targets(survey([controlPlane, ...workers(2, { labels: {} })]), 'w02')).toEqual(['w02']);
});

const candidate = (value: string) => ({
  ...{ key: 'DeletionCandidateOfClusterAutoscaler', value, effect: 'PreferNoSchedule' },
});

const at = (index: number, changes: Parameters<typeof worker>[1]): ClusterSurvey =>
  survey(workers(6).map((node, each) => (each === index ? { ...node, ...changes } : node)));

test.each([
  [
    'another node is not Ready',
    at(3, { ready: 'False', reason: 'KubeletNotReady' }),
    'expected every node Ready, found w04 (Ready is False, KubeletNotReady)',
  ],
  [
    'another node is silent',
    at(3, { ready: 'Unknown', reason: 'NodeStatusUnknown' }),
    'expected every node Ready, found w04 (Ready is Unknown, NodeStatusUnknown)',
  ],
  [
    'a node does not say whether it is Ready',
    at(3, { ready: null, reason: '' }),
    'expected every node Ready, found w04 (no condition Ready)',
  ],
  [
    'a kubelet is of another version',
    at(3, { kubeletVersion: 'v1.33.9' }),
    'expected one version of the kubelet, for several are an upgrade under way, found v1.34.4 on w01, w02, w03, w05, w06; v1.33.9 on w04',
  ],
  [
    'a kubelet does not say its version',
    at(3, { kubeletVersion: null }),
    'expected one version of the kubelet, for several are an upgrade under way, found v1.34.4 on w01, w02, w03, w05, w06; an unknown version on w04',
  ],
  [
    'a node is cordoned',
    at(3, { unschedulable: true }),
    'expected no cordoned node, for one is a drain under way, found w04',
  ],
  [
    'a node is being deleted',
    at(3, { isDeleting: true }),
    'expected no node on its way in or out, found w04 (is being deleted)',
  ],
  [
    'an autoscaler takes a node away',
    at(3, { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', value: '1', effect: 'NoSchedule' }] }),
    'expected no node on its way in or out, found w04 (ToBeDeletedByClusterAutoscaler)',
  ],
  [
    'a node is a candidate of an autoscaler since some minutes',
    at(3, { taints: [candidate(String(nowMs / 1000 - 3600))] }),
    'expected no node on its way in or out, found w04 (DeletionCandidateOfClusterAutoscaler)',
  ],
  [
    'a node is a candidate since nobody knows when',
    at(3, { taints: [candidate('')] }),
    'expected no node on its way in or out, found w04 (DeletionCandidateOfClusterAutoscaler)',
  ],
  [
    'Karpenter takes a node away',
    at(3, { taints: [{ key: 'karpenter.sh/disrupted', value: '', effect: 'NoSchedule' }] }),
    'expected no node on its way in or out, found w04 (karpenter.sh/disrupted)',
  ],
  [
    'nodes that Cluster API is yet to replace',
    at(3, { taints: [{ key: 'node.cluster.x-k8s.io/outdated-revision', value: '', effect: 'PreferNoSchedule' }] }),
    'expected no node on its way in or out, found w04 (node.cluster.x-k8s.io/outdated-revision)',
  ],
  [
    'a node whose machine is called in',
    at(3, { taints: [{ key: 'aws-node-termination-handler/spot-itn', value: 'x', effect: 'NoSchedule' }] }),
    'expected no node on its way in or out, found w04 (aws-node-termination-handler/spot-itn)',
  ],
  [
    'a node joined just now',
    at(3, { createdAtMs: nowMs - 4 * minuteMs }),
    'expected no node that joined within 10m, for one is a rollout under way, found w04 (4m ago)',
  ],
  [
    'another run holds the cluster',
    { ...three, holder: { run: 'run-1', who: 'process 8 on build-9', isLive: true, silentMs: 4000 } },
    'expected no other run, found run-1, process 8 on build-9, which holds the cluster',
  ],
  [
    'a dead run has not let go',
    { ...three, holder: { run: 'run-1', who: null, isLive: false, silentMs: 90_000 } },
    'expected no other run, found run-1, which is dead and has not let go',
  ],
  ['a run left something', { ...three, unfinished: ['run-1'] }, 'expected nothing left to undo, found what run-1 left'],
  [
    'nobody knows where this process runs',
    { ...three, self: { ...three.self, unknown: 'this process is a pod' } },
    'expected to know where this process runs, found that this process is a pod',
  ],
] as const)('refused while %s', (_, cluster, expected) => {
  expect(obstacles(cluster, 'pool=chaos')).toEqual([expected]);
});

test('a node that an autoscaler made a candidate long ago, and has not taken, is no rollout', () => {
  const forgotten = candidate(String(nowMs / 1000 - 3601));
  expect(targets(at(3, { taints: [forgotten] }), 'pool=chaos')).toEqual(['w01']);
  const leaving = { ...forgotten, key: 'ToBeDeletedByClusterAutoscaler' };
  expect(obstacles(at(3, { taints: [forgotten, leaving] }), 'pool=chaos')).toHaveLength(1);
});

test('a cluster that was made just now is no rollout: all of its nodes are young', () => {
  const young = { createdAtMs: nowMs - minuteMs };
  expect(targets(survey(workers(3, young), { createdAtMs: nowMs - 2 * minuteMs }), 'pool=chaos')).toEqual(['w01']);
});

test.each([
  [
    'is of the control plane',
    worker('w01', { controlPlane: 'it bears node-role.kubernetes.io/master' }),
    'w01 is of the control plane: it bears node-role.kubernetes.io/master',
  ],
  ['runs this process, by its host name', worker('build-7'), 'build-7 runs this very process'],
  ['runs this process, by its address', worker('w01', { addresses: ['192.168.1.7'] }), 'w01 runs this very process'],
  ['runs Windows', worker('w01', { os: 'windows' }), 'w01 runs windows'],
  ['does not say what it runs', worker('w01', { os: null }), 'w01 does not say its operating system'],
] as const)('a node that %s is never hit, though it is named and bears the label', (_, node, expected) => {
  expect(obstacles(survey([node, ...workers(4, {}, 'x')]), node.name)).toEqual([expected]);
});

test('the node whose pod this process is, is never hit', () => {
  const cluster = survey(workers(4), { self: { ...three.self, node: 'w01' } });
  expect(obstacles(cluster, 'w01')).toEqual(['w01 runs this very process']);
  expect(targets(cluster, 'pool=chaos')).toEqual(['w02']);
});

test('a node without the opt-in label is not taken by a selector, and how it gets one is said', () => {
  const { message, next, exitCode, code } = refusal(survey(workers(3, { labels: { pool: 'chaos' } })), 'pool=chaos');
  expect(message).toBe(
    [
      'staging-eu: expected a cluster in which a fault may be made, found 4 things in the way:',
      '  - expected 1 node that may be hit, found 0 of 3 with those labels',
      ...['w01', 'w02', 'w03'].map((name) => `  - ${name} is not named, and does not bear skipbeat.dev/faults=allowed`),
    ].join('\n'),
  );
  expect(next).toBe('kubectl --context staging label node w01 skipbeat.dev/faults=allowed   (where its owner agrees)');
  expect([exitCode, code]).toEqual([75, 'TARGETS_REFUSED']);
});

test('the opt-in label with another value is no opt-in', () => {
  const labels = { pool: 'chaos', 'skipbeat.dev/faults': 'never' };
  expect(obstacles(survey(workers(3, { labels })), 'pool=chaos')).toHaveLength(4);
});

test.each([
  ['no node of that name is there', 'w01,x09', 2, ['expected nodes of this cluster, found no x09']],
  ['no node bears the labels', 'pool=other', 1, ['expected a node with those labels, found none']],
  [
    'fewer are named than the scenario hits',
    'w01',
    2,
    ['expected as many names as the scenario hits, 2 nodes, found 1'],
  ],
  [
    'more are named than the scenario hits',
    'w01,w02',
    1,
    ['expected as many names as the scenario hits, 1 node, found 2'],
  ],
] as const)('refused where %s', (_, nodes, wanted, expected) => {
  expect(obstacles(survey(workers(40)), nodes, wanted, 2)).toEqual(expected);
});

test('never more than --max-nodes, though a zone has room for more', () => {
  expect(obstacles(survey(workers(40)), 'pool=chaos', 2)).toEqual([
    'expected at most --max-nodes 1, and the scenario hits 2 nodes',
  ]);
  expect(targets(survey(workers(40)), 'pool=chaos', 2, 2)).toEqual(['w01', 'w02']);
});

test('nodes of a zone without room are passed over for those of another', () => {
  const cluster = survey([...workers(2, { zone: 'a' }, 'a'), ...workers(3, { zone: 'b' }, 'b')]);
  expect(targets(cluster, 'pool=chaos')).toEqual(['b01']);
  expect(
    targets(survey([...workers(3, { zone: 'a' }, 'a'), ...workers(3, { zone: 'b' }, 'b')]), 'pool=chaos', 2, 2),
  ).toEqual(['a01', 'b01']);
});

test('everything in the way is listed at once, and what a dead run left is named first of what to do', () => {
  const cluster = survey(
    [
      worker('w01', { ready: 'Unknown', reason: '', zone: 'a' }),
      worker('w02', { unschedulable: true, zone: 'a', os: 'windows' }),
    ],
    { holder: { run: 'run-1', who: null, isLive: false, silentMs: null }, unfinished: ['run-1'] },
  );
  expect(obstacles(cluster, 'w02')).toEqual([
    'expected every node Ready, found w01 (Ready is Unknown)',
    'expected no cordoned node, for one is a drain under way, found w02',
    'expected no other run, found run-1, which is dead and has not let go',
    'expected nothing left to undo, found what run-1 left',
    'w02 runs windows',
  ]);
  expect(refusal(cluster, 'w02').next).toBe('npm run skipbeat -- cleanup --context staging');
  // What a live run has to undo is its own to undo.
  const live = { ...cluster, holder: { run: 'run-1', who: null, isLive: true, silentMs: 1000 } };
  expect(refusal(live, 'w02').next).toBe('wait until the run that holds the cluster has ended');
});

test('which nodes may be chosen is said for every node', () => {
  expect(eligibleNodes(survey([controlPlane, worker('w01'), worker('w02', { labels: {} })]))).toEqual([
    {
      node: 'cp',
      why: [
        'is of the control plane: it bears node-role.kubernetes.io/control-plane',
        'is not named, and does not bear skipbeat.dev/faults=allowed',
      ],
    },
    { node: 'w01', why: [] },
    { node: 'w02', why: ['is not named, and does not bear skipbeat.dev/faults=allowed'] },
  ]);
});
