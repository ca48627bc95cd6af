import { expect, test } from 'vitest';
import { unexplainedChanges } from '../../../src/guard/rules/changes.ts';
import { readNodeChoice } from '../../../src/guard/rules/selector.ts';
import { survey, worker, workers } from '../surveys.ts';

const before = survey(workers(4));
const choice = readNodeChoice('pool=chaos,disk!=ssd,skipbeat.dev/faults=allowed');
const chaos = { 'skipbeat.dev/faults': 'allowed', pool: 'chaos' };
const at = (index: number, changes: Parameters<typeof worker>[1]) =>
  survey(workers(4).map((node, each) => (each === index ? { ...node, ...changes } : node)));

test.each([
  ['nothing', before, []],
  ['the hit node is silent', at(0, { ready: 'Unknown' }), []],
  ['another node is silent', at(1, { ready: 'Unknown' }), ['nodes that are not Ready, on which no fault is: w02']],
  ['another node does not say', at(1, { ready: null }), ['nodes that are not Ready, on which no fault is: w02']],
  ['a node is cordoned', at(0, { unschedulable: true }), ['cordoned nodes: w01']],
  ['a node goes', survey(workers(3)), ['nodes that are gone: w04']],
  ['a node joins', survey([...workers(4), worker('w09')]), ['nodes that joined or were made anew: w09']],
  ['a node is made anew', at(2, { uid: 'other' }), ['nodes that joined or were made anew: w03']],
  ['a node is being deleted', at(2, { isDeleting: true }), ['nodes that are being taken away: w03']],
  [
    'an autoscaler takes a node away',
    at(2, { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', value: '', effect: 'NoSchedule' }] }),
    ['nodes that are being taken away: w03'],
  ],
  ['a kubelet is upgraded', at(2, { kubeletVersion: 'v1.35.0' }), ['kubelets of another version: w03']],
  [
    'a node that was chosen has lost its label',
    at(1, { labels: { pool: 'chaos' } }),
    ['that w02 withdrew its consent, skipbeat.dev/faults=allowed'],
  ],
  [
    'a node that was chosen is of the control plane',
    at(0, { controlPlane: 'it bears x' }),
    ['that w01 is of the control plane now (it bears x)'],
  ],
  [
    'a node that was chosen by another label has lost that',
    at(0, { labels: { 'skipbeat.dev/faults': 'allowed', disk: 'hdd' } }),
    ['that w01 is none of --nodes pool=chaos any more'],
  ],
  [
    'a node that was chosen for what it is not has become that',
    at(1, { labels: { ...chaos, disk: 'ssd' } }),
    ['that w02 is none of --nodes disk!=ssd any more'],
  ],
  ['a node that was chosen is in another zone', at(0, { zone: 'b' }), ['that w01 changed its zone, from none to b']],
  ['a node that nobody chose is another one', at(3, { labels: {}, controlPlane: 'it bears x', zone: 'b' }), []],
  [
    'it is another cluster',
    survey(workers(1), { uid: 'other' }),
    [`another cluster: kube-system has the UID other, and had ${before.uid}`],
  ],
] as const)('%s', (_, now, expected) => {
  expect(unexplainedChanges(before, now, { hit: ['w01'], targets: ['w01', 'w02'], choice })).toEqual(expected);
});

test('a taint that was there before is no change; one that was put there anew is', () => {
  const candidate = (value: string) => [
    { key: 'DeletionCandidateOfClusterAutoscaler', value, effect: 'PreferNoSchedule' },
  ];
  const changes = (value: string) =>
    unexplainedChanges(at(2, { taints: candidate('1700000000') }), at(2, { taints: candidate(value) }), {
      ...{ hit: ['w01'], targets: ['w01'], choice },
    });
  expect(changes('1700000000')).toEqual([]);
  expect(changes('1800000000')).toEqual(['nodes that are being taken away: w03']);
});
