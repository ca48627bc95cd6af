import * as z from 'zod';
import type { Frozen } from '../common/frozen.ts';

const text = z.string();
const textOrNull = text.nullable();
const count = z.int().nonnegative();

const nodeGroupShape = z
  .strictObject({
    nodes: count,
    role: z.enum(['control-plane', 'worker']),
    instanceType: textOrNull.describe('Its label node.kubernetes.io/instance-type; null: it bears none.'),
    architecture: textOrNull.describe('As its kubelet calls it: `amd64`, `arm64`.'),
    cpus: textOrNull.describe('Capacity, as its kubelet reports it.'),
    memoryGib: z.number().nullable().describe('Capacity, to whole GiB.'),
    kubelet: textOrNull,
    osImage: textOrNull,
    kernel: textOrNull,
    runtime: textOrNull,
  })
  .meta({ id: 'NodeGroup', description: 'Nodes that agree in all of this. null: they do not report it.' });

export type NodeGroup = Frozen<z.infer<typeof nodeGroupShape>>;

/** `run.place` has it: what the Node objects of a cluster say. */
export const clusterNodesShape = z
  .strictObject({
    nodes: count,
    groups: z.array(nodeGroupShape),
    zones: z.array(z.strictObject({ zone: text, nodes: count })).describe("`''`: nodes of no zone."),
  })
  .meta({ id: 'ClusterNodes', description: 'The nodes of a cluster without the hollow ones, by what they report.' });

export type ClusterNodes = Frozen<z.infer<typeof clusterNodesShape>>;

/** The fields of the event `node.network`. */
export const nodeNetworkFields = {
  node: text,
  cni: textOrNull.describe('The network that its runtime takes, with the types of its plug-ins; null: not known.'),
  kubeProxyMode: textOrNull.describe(
    '`iptables`, `ipvs`, `nftables`, as kube-proxy says; `none`: the node has no process of that name, and nothing answers at its port; null: not known.',
  ),
  why: textOrNull.describe('Why not all of it is known; null where it is.'),
};

/** The document has it: what of a cluster has to be the same for the figures of two runs to compare. */
export const clusterClassShape = clusterNodesShape
  .extend({
    cni: textOrNull,
    kubeProxyMode: textOrNull,
    networkReadOn: z.array(text).describe('On these nodes of the plan both were read; of the others nobody knows.'),
    unknown: z.array(text).describe('What of it is not known, and why; empty where all of it is.'),
  })
  .meta({ id: 'ClusterClass', description: 'Two clusters that agree in it are of one class, but for names of zones.' });

export type ClusterClass = Frozen<z.infer<typeof clusterClassShape>>;
