import * as z from 'zod';
import type { Frozen } from '../../common/frozen.ts';
import { hollowPrefix } from '../../common/kubernetes/hollow-names.ts';
import type { Path } from '../../common/plain-data.ts';
import { counted } from '../../common/text/counted.ts';
import type { Problem } from '../read/problems.ts';
import { integer, oneOf, percent } from '../read/values.ts';

/** Most hollow nodes: what Kubernetes is tested with. @see https://kubernetes.io/docs/setup/best-practices/cluster-large */
const maxNodes = 5000;

/** More would be what a test of pods asks for: each is written when it is made, marked NotReady and evicted. */
const maxPodsPerNode = 10;

const zoneLetters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'] as const;

export const hollowNodesShape = z
  .strictObject({
    nodes: z.number(),
    zones: z.number(),
    podsPerNode: z.number().describe('Left out where they have none.').exactOptional(),
  })
  .meta({
    id: 'HollowNodes',
    description:
      'Nodes without a kubelet, whose leases and statuses kwok keeps on a real API server. They run nothing; the workload stays on the real workers.',
  });

export type HollowNodes = Frozen<z.infer<typeof hollowNodesShape>>;

/** As a scenario writes them. */
export const hollowSchema = z
  .strictObject({
    nodes: integer(1, maxNodes, 'How many'),
    zones: integer(1, zoneLetters.length, 'Zones that they are dealt out to in turn: a, b, c …').default(1),
    podsPerNode: integer(
      0,
      maxPodsPerNode,
      'Pods on each of them, which run nothing and can be evicted; nobody makes them anew',
    ).default(0),
  })
  .meta({ description: 'Hollow nodes beside the real ones: kwok keeps their heartbeats' });

/** Which of them a fault hits: the first so many, or those of one zone. */
export const hollowTargetSchema = z
  .strictObject({
    share: percent('So many of them, in percent; a whole number of nodes').optional(),
    count: integer(1, maxNodes, 'So many of them').optional(),
    zone: oneOf(zoneLetters, 'Those of this zone').optional(),
  })
  .meta({
    description: 'Hollow nodes: a share, a count or a zone of them',
    oneOf: [{ required: ['share'] }, { required: ['count'] }, { required: ['zone'] }],
  });

/** `share` runs from 0 to 100. */
export type HollowTarget = { readonly share: number } | { readonly count: number } | { readonly zone: string };

/** Short names: `hollow-1` on. */
export const hollowNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${hollowPrefix}${index + 1}`);

/** The zone of a hollow node by its short name: they are dealt out in turn, so that a share is spread over all zones. */
export const hollowZone = (node: string, { zones }: HollowNodes): string =>
  zoneLetters[(Number(node.slice(hollowPrefix.length)) - 1) % zones] ?? 'a';

/** The hollow nodes that a target means; of a share that leaves a part of a node, those that are entirely in it. */
export const hollowTargets = (target: HollowTarget, hollow: HollowNodes | undefined): readonly string[] => {
  if (hollow === undefined) return [];
  const names = hollowNames(hollow.nodes);
  if ('zone' in target) return names.filter((name) => hollowZone(name, hollow) === target.zone);
  return names.slice(0, 'count' in target ? target.count : Math.floor((hollow.nodes * target.share) / 100 + 1e-9));
};

/** What a fault's target says of hollow nodes, as far as it can be read. */
export type WrittenHollowTarget = {
  readonly share?: number | null | undefined;
  readonly count?: number | null | undefined;
  readonly zone?: string | null | undefined;
};

/** Null where it says nothing that can be read, or too much. */
export const readHollowTarget = ({ share, count, zone }: WrittenHollowTarget): HollowTarget | null => {
  const said = [
    ...(share == null ? [] : [{ share }]),
    ...(count == null ? [] : [{ count }]),
    ...(zone == null ? [] : [{ zone }]),
  ];
  return said.length === 1 ? (said[0] ?? null) : null;
};

const isInteger = (value: number): boolean => Math.abs(value - Math.round(value)) < 1e-9;

const shareProblem = (share: number, { nodes }: HollowNodes): string | null => {
  const exact = (nodes * share) / 100;
  if (isInteger(exact) && Math.round(exact) > 0) return null;
  const near = [Math.floor(exact), Math.floor(exact) + 1].filter((count) => count > 0 && count <= nodes);
  return `expected a share that is a whole number of the ${counted(nodes, 'hollow node')}, received ${share}, which is ${Number(exact.toFixed(3))} of them; write count: ${near.join(' or ')}`;
};

/** Checks a target of hollow nodes against those that the cluster has. */
export const checkHollowTarget = (
  written: WrittenHollowTarget,
  hollow: HollowNodes | undefined,
  path: Path,
): readonly Problem[] => {
  if (hollow === undefined) {
    return [
      { path, message: 'expected a target that the cluster has, received hollow: this scenario has no cluster.hollow' },
    ];
  }
  const target = readHollowTarget(written);
  if (target === null) {
    const received = Object.keys(written).length === 0 ? 'none of them' : Object.keys(written).join(' and ');
    return [{ path, message: `expected exactly one of share, count, zone, received ${received}` }];
  }
  if ('share' in target) {
    const message = shareProblem(target.share, hollow);
    return message === null ? [] : [{ path: [...path, 'share'], message }];
  }
  if ('count' in target) {
    return target.count <= hollow.nodes
      ? []
      : [
          {
            path: [...path, 'count'],
            message: `expected at most ${hollow.nodes}, received ${target.count}: this cluster has ${counted(hollow.nodes, 'hollow node')}`,
          },
        ];
  }
  const zones = zoneLetters.slice(0, Math.min(hollow.zones, hollow.nodes));
  return zones.some((zone) => zone === target.zone)
    ? []
    : [
        {
          path: [...path, 'zone'],
          message: `expected a zone of the hollow nodes, one of ${zones.join(', ')}, received ${target.zone}`,
        },
      ];
};
