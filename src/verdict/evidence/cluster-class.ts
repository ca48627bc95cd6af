import { counted, nounFor } from '../../common/text/counted.ts';
import { type ClusterClass, type NodeGroup, ofType, type TimelineEvent } from '../../timeline/index.ts';

type Read = Extract<TimelineEvent, { readonly type: 'node.network' }>;

/** What all nodes that were asked agree in; null where one does not say, or two differ. */
const agreed = (read: readonly Read[], field: 'cni' | 'kubeProxyMode'): string | null => {
  const values = new Set(read.map((one) => one[field]));
  const [value] = values;
  return values.size === 1 ? (value ?? null) : null;
};

const labels = { cni: 'CNI', kubeProxyMode: 'kube-proxy' } as const;

const unknownOf = (read: readonly Read[], field: 'cni' | 'kubeProxyMode'): readonly string[] => {
  if (agreed(read, field) !== null) return [];
  if (read.length === 0) return [`${labels[field]}: no node was asked`];
  const silent = read.filter((one) => one[field] === null);
  return silent.length === 0
    ? [`${labels[field]}: nodes differ: ${read.map((one) => `${one.node} ${one[field]}`).join(', ')}`]
    : silent.map(({ node, why }) => `${node}: ${why ?? `${labels[field]} not read`}`);
};

/** What the record says of the class of its cluster; nothing where it holds none of it. Pure. */
export const clusterClassOf = (events: readonly TimelineEvent[]): { readonly cluster?: ClusterClass } => {
  const nodes = ofType(events, 'run.place')[0]?.cluster;
  if (nodes === undefined) return {};
  const read = ofType(events, 'node.network');
  const silent = nodes.groups.flatMap((group) =>
    (['architecture', 'cpus', 'memoryGib', 'kubelet', 'osImage', 'kernel', 'runtime'] as const).flatMap((field) =>
      group[field] === null ? [`${field} of ${counted(group.nodes, `${group.role} node`)}`] : [],
    ),
  );
  return {
    cluster: {
      ...nodes,
      cni: agreed(read, 'cni'),
      kubeProxyMode: agreed(read, 'kubeProxyMode'),
      networkReadOn: [...new Set(read.map(({ node }) => node))],
      unknown: [...new Set([...silent, ...unknownOf(read, 'cni'), ...unknownOf(read, 'kubeProxyMode')])],
    },
  };
};

/** What made the faults of a run on a cluster of one's own; nothing where skipbeat's agents did. Pure. */
export const injectorOf = (events: readonly TimelineEvent[]): { readonly injector?: 'chaos-mesh' } =>
  ofType(events, 'run.place')[0]?.versions.injector === 'chaos-mesh' ? { injector: 'chaos-mesh' } : {};

const orUnknown = (value: string | null, what: string): string => value ?? `${what} ?`;

const groupText = (group: NodeGroup): string => {
  const cpus = group.cpus === null ? 'CPUs ?' : `${group.cpus} ${nounFor(Number(group.cpus), 'CPU')}`;
  const size = `${cpus}, ${group.memoryGib === null ? 'GiB ?' : `${group.memoryGib} GiB`}`;
  const parts = [
    group.instanceType ?? 'no instance type',
    ...[orUnknown(group.architecture, 'architecture'), size, `kubelet ${group.kubelet ?? '?'}`],
    ...[orUnknown(group.osImage, 'system'), `kernel ${group.kernel ?? '?'}`, orUnknown(group.runtime, 'runtime')],
  ];
  return `${group.nodes} ${group.role} (${parts.join(', ')})`;
};

/** How many nodes each zone has, fewest first: what zones are called differs from one region to the next. */
export const zoneSizes = ({ zones }: ClusterClass): readonly number[] =>
  zones.flatMap(({ zone, nodes }) => (zone === '' ? [] : [nodes])).sort((a, b) => a - b);

/** The class of a cluster in words. */
export const clusterClassText = (cluster: ClusterClass): string => {
  const sizes = zoneSizes(cluster);
  return [
    `${counted(cluster.nodes, 'node')}: ${cluster.groups.map(groupText).join(', ')}`,
    sizes.length === 0
      ? 'no zones'
      : `${nounFor(sizes.length, 'zone')} of ${sizes.join(', ')} ${nounFor(Math.max(...sizes), 'node')}`,
    `CNI ${cluster.cni ?? '?'}`,
    `kube-proxy ${cluster.kubeProxyMode ?? '?'}`,
    ...(cluster.unknown.length === 0 ? [] : [`not known: ${cluster.unknown.join(', ')}`]),
  ].join('; ');
};
