import type { Observed } from '../../../observe/index.ts';
import { newNodeTaintsMs, type Plan } from '../../../plan/index.ts';
import { controllerManagerOf } from '../../../profile/index.ts';
import type { KindRun, RunningCluster } from '../context.ts';

/** The API server gives it each new node. */
const newNodeTaint = 'node.kubernetes.io/not-ready:NoSchedule';

/**
 * What is waited for, asked again and again: how many of these nodes have not been without the taint yet that they came with; null when
 * all have. One that gets it later, for it was lost, is none of them.
 */
export const newlyTainted = (nodes: readonly string[]): ((observed: Observed) => string | null) => {
  const left = new Set(nodes);
  return ({ nodes: seen }) => {
    for (const node of left) if (seen.get(node)?.taints.has(newNodeTaint) === false) left.delete(node);
    return left.size === 0 ? null : `${left.size} of ${nodes.length} new nodes are tainted ${newNodeTaint}`;
  };
};

/** How long the taints of the hollow nodes of a plan may take to go, in ms; 0 where it has none. */
export const taintsBudgetMs = ({ profile, topology }: Pick<Plan, 'profile' | 'topology'>): number =>
  newNodeTaintsMs(topology.hollow?.nodes ?? 0, controllerManagerOf(profile.effective).kubeApiRequestsPerSecond);

/**
 * Waits until the controller manager has taken from every hollow node the taint that it was made with. Before that its client has as
 * many requests ahead as it may make, and whatever it finds out waits behind them: that is no steady cluster.
 */
export const awaitTaintsGone = async (
  { plan, signal }: KindRun,
  { hollow, observer }: RunningCluster,
): Promise<void> => {
  const nodes = hollow?.nodes ?? [];
  await observer.until('the taints of new nodes to be gone from all hollow nodes', newlyTainted(nodes), {
    timeoutMs: taintsBudgetMs(plan),
    everyMs: 250,
    signal,
    next: 'ask for fewer hollow nodes, or a larger --kube-api-qps',
  });
};
