import { succeeded } from '../common/command.ts';
import {
  type ElectedComponent,
  electedComponents,
  leaseLocksMinor,
  nodeComponents,
  type ProcessComponent,
  processComponents,
} from '../common/kubernetes/components.ts';
import { failureLine, type NodeExec } from '../node/index.ts';
import type { ClusterAccess } from './client.ts';
import { fullNodeName, shortNodeName } from './names.ts';

/** Who runs as a component on a node; times are ms since the kernel of the node booted. */
export type ReadProcess = {
  readonly component: ProcessComponent;
  readonly node: string;
  readonly pid: number;
  readonly startedMs: number;
  /** When this was read. */
  readonly clockMs: number;
  /** `boot_id` of that kernel. */
  readonly boot: string;
};

/** Who leads by a Lease. */
export type ReadLeader = {
  readonly component: ElectedComponent;
  readonly holder: string | null;
  /** Whose component the holder is; null where it names no node. */
  readonly node: string | null;
  readonly transitions: number;
};

/** `throws` an Error that says why it could not be read; call it within a wait. */
export type ProcessReader<T> = {
  readonly what: string;
  readonly read: (signal: AbortSignal) => Promise<readonly T[]>;
};

/**
 * Prints `NAME STAT` of the oldest process of each name, STAT as proc_pid_stat(5) has it, and then the kernel's boot and
 * the time since. Nothing is printed of a name that nobody bears.
 */
const script = `
for name in "$@"; do
  pid=$(pgrep -o -f "^(/[^ ]*/)?$name( |\\$)") && read -r stat 2> /dev/null < "/proc/$pid/stat" && echo "$name $stat"
done
read -r boot < /proc/sys/kernel/random/boot_id && read -r up rest < /proc/uptime && echo "boot $boot $up"
`;

/** USER_HZ is 100 wherever Kubernetes runs: a tick is 10 ms. @see proc_pid_stat(5), starttime */
const tickMs = 10;

/** Fields of a stat after the name in brackets, which may hold anything: the first is the third of all. */
const startTimeField = 22 - 3;

/** @throws Error that names what is missing in the output of the script, or is not as it should be */
export const processesIn = (
  node: string,
  components: readonly ReadProcess['component'][],
  output: string,
): readonly ReadProcess[] => {
  const lines = output.trim().split('\n');
  const [, boot, up] = /^boot (\S+) (\d+\.\d+)$/.exec(lines.at(-1) ?? '') ?? [];
  if (boot === undefined) throw new Error(`${node} does not say when it booted`);
  return components.map((component) => {
    const stat = lines.find((line) => line.startsWith(`${component} `))?.slice(component.length + 1);
    if (stat === undefined) throw new Error(`${component} is not running on ${node}`);
    const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[startTimeField]);
    const pid = Number.parseInt(stat, 10);
    if (!(Number.isInteger(ticks) && Number.isInteger(pid))) throw new Error(`${component} on ${node} is ${stat}`);
    return { component, node, pid, startedMs: ticks * tickMs, clockMs: Math.round(Number(up) * 1000), boot };
  });
};

/** How it is read who runs, a reader a node: by the kernel of the node itself. */
export const processReaders = (
  cluster: string,
  nodes: readonly { readonly node: string; readonly role: string }[],
  exec: NodeExec,
): readonly ProcessReader<ReadProcess>[] =>
  nodes.map(({ node, role }) => ({
    what: `the processes of ${node}`,
    read: async (signal) => {
      const components = role === 'control-plane' ? processComponents : nodeComponents;
      const argv = ['sh', '-c', script, 'sh', ...components] as const;
      const result = await exec({ node: fullNodeName(cluster, node), argv, timeoutMs: 15_000 }, signal);
      if (!succeeded(result)) throw new Error(failureLine(result));
      return processesIn(node, components, result.stdout);
    },
  }));

/** A Lease of a leader as it stands. null: it is that of something else, or somebody's in another namespace. */
export const leaderIn = (
  cluster: string,
  lease: {
    readonly metadata?: { readonly namespace?: string; readonly name?: string };
    readonly spec?: { readonly holderIdentity?: string; readonly leaseTransitions?: number };
  },
): ReadLeader | null => {
  const component = electedComponents.find((name) => name === lease.metadata?.name);
  if (component === undefined || lease.metadata?.namespace !== 'kube-system') return null;
  const holder = lease.spec?.holderIdentity ?? '';
  // The host's name, which on nodes of kind is the node's, and a UUID.
  const host = holder.replace(/_[^_]*$/, '');
  const node = host.startsWith(`${cluster}-`) ? shortNodeName(cluster, host) : null;
  return { component, holder: holder === '' ? null : holder, node, transitions: lease.spec?.leaseTransitions ?? 0 };
};

/** How it is read who leads. Before locks are Leases there is nothing to read. */
export const leaderReaders = (
  cluster: string,
  minor: number,
  { client, config }: ClusterAccess,
): readonly ProcessReader<ReadLeader>[] =>
  (minor < leaseLocksMinor ? [] : electedComponents).map((component) => ({
    what: `the leader of ${component}`,
    read: async () => {
      const api = config.makeApiClient(client.CoordinationV1Api);
      const lease = await api.readNamespacedLease({ name: component, namespace: 'kube-system' });
      const leader = leaderIn(cluster, lease);
      if (leader === null || leader.holder === null) throw new Error(`nobody leads as ${component}`);
      return [leader];
    },
  }));
