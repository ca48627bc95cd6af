import * as z from 'zod';
import type { ClusterAccess } from '../../cluster/index.ts';
import { zoneOf } from '../../common/kubernetes/zone.ts';
import { clean } from '../../common/layout.ts';
import type { ClusterNodes, NodeGroup } from '../../timeline/index.ts';
import { get } from '../get.ts';

const pageSize = 500;
const timeoutMs = 10_000;

/** What a node says of itself, made safe for a page and a terminal. */
const said = z
  .string()
  .transform((text) => clean(text).slice(0, 200))
  .optional();

const nodeShape = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({ taints: z.array(z.object({ key: z.string() })).default([]) }).prefault({}),
  status: z
    .object({
      capacity: z.object({ cpu: said, memory: said }).prefault({}),
      nodeInfo: z
        .object({
          ...{ architecture: said, kubeletVersion: said, osImage: said },
          ...{ kernelVersion: said, containerRuntimeVersion: said },
        })
        .prefault({}),
    })
    .prefault({}),
});

type NodeObject = z.infer<typeof nodeShape>;

const listShape = z.object({
  metadata: z.object({ continue: z.string().optional() }).prefault({}),
  items: z.array(nodeShape),
});

const gib = 2 ** 30;
const unitBytes: Readonly<Record<string, number>> = { '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** In whole GiB; null where it is no quantity of memory that a kubelet reports. @see k8s.io/apimachinery pkg/api/resource */
export const gibOf = (quantity = ''): number | null => {
  const [, number, unit = ''] = /^(\d+)(Ki|Mi|Gi|Ti)?$/.exec(quantity) ?? [];
  return number === undefined ? null : Math.round((Number(number) * (unitBytes[unit] ?? 1)) / gib);
};

const groupOf = (node: NodeObject, isPlane: boolean): Omit<NodeGroup, 'nodes'> => {
  const { capacity, nodeInfo } = node.status;
  const { labels } = node.metadata;
  const type = labels['node.kubernetes.io/instance-type'] ?? labels['beta.kubernetes.io/instance-type'];
  return {
    role: isPlane ? 'control-plane' : 'worker',
    instanceType: type === undefined ? null : clean(type),
    architecture: nodeInfo.architecture ?? null,
    cpus: capacity.cpu ?? null,
    memoryGib: gibOf(capacity.memory),
    kubelet: nodeInfo.kubeletVersion ?? null,
    osImage: nodeInfo.osImage ?? null,
    kernel: nodeInfo.kernelVersion ?? null,
    runtime: nodeInfo.containerRuntimeVersion ?? null,
  };
};

const counted = <T>(all: readonly T[]): readonly (readonly [T, number])[] =>
  [...Map.groupBy(all, (one) => JSON.stringify(one))]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, those]) => (those[0] === undefined ? [] : [[those[0], those.length] as const]));

/** What those Node objects say. Pure. @param isPlane by a Node's name */
export const clusterNodesOf = (
  nodes: readonly z.input<typeof nodeShape>[],
  isPlane: (name: string) => boolean,
): ClusterNodes => {
  const read = z.array(nodeShape).parse(nodes);
  return {
    nodes: read.length,
    groups: counted(read.map((node) => groupOf(node, isPlane(node.metadata.name)))).map(([group, count]) => ({
      nodes: count,
      ...group,
    })),
    zones: counted(read.map(({ metadata }) => clean(zoneOf(metadata.labels)))).map(([zone, count]) => ({
      zone,
      nodes: count,
    })),
  };
};

/**
 * Reads which nodes a cluster has, by what they report; writes nothing, and takes the right to list nodes alone.
 * @param isPlane by a Node's name; @param counts nodes that are to count, by their names
 * @throws Error for an answer that is none; the client's error; the signal's reason
 */
export const readClusterNodes = async (
  access: ClusterAccess,
  {
    isPlane,
    counts,
    signal,
  }: {
    readonly isPlane: (name: string) => boolean;
    readonly counts: (name: string) => boolean;
    readonly signal: AbortSignal;
  },
): Promise<ClusterNodes> => {
  const nodes: NodeObject[] = [];
  let from = '';
  do {
    const path = `/api/v1/nodes?limit=${pageSize}${from === '' ? '' : `&continue=${encodeURIComponent(from)}`}`;
    const { status, text } = await get(path, { access, signal, timeoutMs });
    if (status !== 200) throw new Error(`expected the list of nodes, found HTTP ${status}`);
    const page = listShape.parse(JSON.parse(text));
    nodes.push(...page.items.filter(({ metadata }) => counts(metadata.name)));
    const next = page.metadata.continue ?? '';
    // As of somebody on the way who gives the first page for each.
    if (next !== '' && next === from) throw new Error('a list of nodes that goes on with itself');
    from = next;
  } while (from !== '');
  return clusterNodesOf(nodes, isPlane);
};
