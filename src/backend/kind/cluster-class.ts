import { fullNodeName } from '../../cluster/index.ts';
import { succeeded } from '../../common/command.ts';
import { messageOf } from '../../common/errors.ts';
import { failureLine } from '../../node/index.ts';
import { networkScript, parseNetwork, readClusterNodes } from '../../observe/index.ts';
import type { ClusterNodes } from '../../timeline/index.ts';
import type { KindRun, RunningCluster } from './context.ts';

const timeoutMs = 10_000;

/**
 * Puts on record what one worker says of its network: all nodes of a cluster of kind have the same. Only once the workload answers:
 * before that kube-proxy may not have begun.
 * @throws the signal's reason
 */
export const readNetwork = async (
  { options, recorder, exec, signal }: KindRun,
  { nodes }: RunningCluster,
): Promise<void> => {
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
 * Of which class the nodes of a cluster of kind are, so that runs on somebody's own cluster compare with it. Where they cannot be
 * read, that is noted, and the class is then not known.
 * @throws the signal's reason
 */
export const readNodes = async (
  { options, recorder, signal }: KindRun,
  cluster: RunningCluster,
): Promise<ClusterNodes | null> => {
  const roleOf = new Map(cluster.nodes.map(({ node, role }) => [fullNodeName(options.clusterName, node), role]));
  return readClusterNodes(cluster.access, {
    isPlane: (name) => roleOf.get(name) === 'control-plane',
    counts: (name) => roleOf.has(name),
    signal,
  }).catch((thrown: unknown) => {
    signal.throwIfAborted();
    recorder.event({ type: 'note', text: `the class of the cluster was not read: ${messageOf(thrown)}` });
    return null;
  });
};
