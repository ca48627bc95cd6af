import { fullNodeName } from '../../cluster/index.ts';
import { succeeded } from '../../common/command.ts';
import { messageOf } from '../../common/errors.ts';
import { failureLine } from '../../node/index.ts';
import { networkScript, parseNetwork, readClusterNodes } from '../../observe/index.ts';
import type { ClusterNodes } from '../../timeline/index.ts';
import type { KindRun, RunningCluster } from './context.ts';

const timeoutMs = 10_000;

/** What one worker says of its network: all nodes of a cluster of kind have the same. */
const readNetwork = async ({ options, recorder, exec, signal }: KindRun, { nodes }: RunningCluster): Promise<void> => {
  const one = nodes.find(({ role }) => role === 'worker') ?? nodes[0];
  if (one === undefined) return;
  const argv = ['sh', '-c', networkScript] as const;
  const answer = await exec({ node: fullNodeName(options.clusterName, one.node), argv, timeoutMs }, signal);
  signal.throwIfAborted();
  const seen = succeeded(answer)
    ? parseNetwork(answer.stdout)
    : { cni: null, kubeProxyMode: null, why: `the node was not asked: ${failureLine(answer)}` };
  recorder.event({ type: 'node.network', node: one.node, ...seen });
};

/**
 * Puts on record of which class a cluster of kind is, so that runs on somebody's own cluster compare with it. What cannot be read
 * is noted, and the class is then not known.
 * @throws the signal's reason
 */
export const readClusterClass = async (run: KindRun, cluster: RunningCluster): Promise<ClusterNodes | null> => {
  const { options, recorder, signal } = run;
  const roleOf = new Map(cluster.nodes.map(({ node, role }) => [fullNodeName(options.clusterName, node), role]));
  const nodes = readClusterNodes(cluster.access, {
    isPlane: (name) => roleOf.get(name) === 'control-plane',
    counts: (name) => roleOf.has(name),
    signal,
  }).catch((thrown: unknown) => {
    signal.throwIfAborted();
    recorder.event({ type: 'note', text: `the class of the cluster was not read: ${messageOf(thrown)}` });
    return null;
  });
  const [read] = await Promise.all([nodes, readNetwork(run, cluster)]);
  return read;
};
