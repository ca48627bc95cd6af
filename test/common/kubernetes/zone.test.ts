import { expect, test } from 'vitest';
import { surveyedNode } from '../../../src/guard/survey/survey.ts';
import { clusterNodesOf } from '../../../src/observe/class/nodes.ts';
import { nodeSight } from '../../../src/watch/seen/sighting.ts';

const [zone, region] = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];
const [betaZone, betaRegion] = ['failure-domain.beta.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/region'];

/** What the guard, the class of a cluster, and a watch read of the same node. */
const zonesOf = (labels: Readonly<Record<string, string>>): readonly (string | null | undefined)[] => {
  const metadata = { name: 'n', uid: 'u', labels, creationTimestamp: '2026-01-01T00:00:00Z' };
  return [
    surveyedNode([]).parse({ metadata }).zone,
    clusterNodesOf([{ metadata }], () => false).zones[0]?.zone,
    nodeSight({ metadata: { ...metadata, creationTimestamp: new Date(0) }, spec: {}, status: {} }).zone,
  ];
};

// By GetZoneKey of k8s.io/component-helpers, node/topology/helpers.go.
test.each([
  [{ [region]: 'eu', [zone]: 'a' }, 'eu/a'],
  [{ [zone]: 'a' }, 'a'],
  [{ [region]: 'a' }, 'a/'],
  [{ [zone]: 'new', [betaZone]: 'old', [region]: 'r', [betaRegion]: 'r' }, 'r/old'],
  [{ [zone]: 'new', [betaZone]: '', [region]: 'r' }, 'r/'],
])('guard, class and watch read the zone of %j as the controller does: %s', (labels, expected) => {
  expect(zonesOf(labels)).toEqual([expected, expected, expected]);
});

test('a node without a zone has none for a watch, and an empty one for those that count it', () => {
  expect(zonesOf({ [zone]: '', 'kubernetes.io/hostname': 'n' })).toEqual(['', '', null]);
});
