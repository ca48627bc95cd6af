import {
  applyBackground,
  applyWorkload,
  backgroundLacks,
  hollowTaint,
  nodePort,
  renewWorkload,
  workloadPath,
} from '../../../cluster/index.ts';
import { skipbeat } from '../../../common/invocation.ts';
import { counted } from '../../../common/text/counted.ts';
import { type PollResult, waitUntil } from '../../../common/wait.ts';
import type { Observed } from '../../../observe/index.ts';
import type { StepEnd } from '../../steps.ts';
import type { KindRun, RunningCluster } from '../context.ts';

export const workloadBudgetMs = 180_000;

/** Hands the workload to the API server, which may be up a moment before it takes it. */
export const deployWorkload = (run: KindRun, cluster: RunningCluster): Promise<true> =>
  waitUntil(
    'the API server to take the workload',
    async () => {
      const { workloadImage } = run.options.nodeImage;
      await applyWorkload(cluster.access, workloadImage, run.plan);
      await applyBackground(cluster.access, workloadImage, run.plan.topology.podsPerNode ?? 0);
      return { found: true };
    },
    { timeoutMs: workloadBudgetMs, everyMs: 250, signal: run.signal },
  );

/** Asks the Service once through every node. @returns null where all answered, else which did not */
export const askEveryNode = async (
  { client, nodes }: RunningCluster,
  path: string,
  signal: AbortSignal,
): Promise<string | null> => {
  const answers = await Promise.all(
    nodes.map(async ({ node, address }) => ({ node, problem: await client.ask({ address, path }, signal) })),
  );
  const silent = answers.filter(({ problem }) => problem !== null);
  return silent.length === 0 ? null : silent.map(({ node, problem }) => `through ${node}: ${problem}`).join(', ');
};

/** kubeadm's own taints of control planes; to v1.23 it is `master`, in v1.24 both. @see kubernetes cmd/kubeadm/app/constants */
const controlPlaneTaints = [
  'node-role.kubernetes.io/control-plane:NoSchedule',
  'node-role.kubernetes.io/master:NoSchedule',
];

/** Of control planes, and of hollow nodes. */
export const keepsPodsAway = (taint: string): boolean => controlPlaneTaints.includes(taint) || taint === hollowTaint;

/** Whether some node that takes pods has two or more than another has; in words, or null. */
export const unbalanced = ({ nodes, pods }: Observed): string | null => {
  const perNode = new Map<string, number>(
    [...nodes].filter(([, { taints }]) => ![...taints].some(keepsPodsAway)).map(([node]) => [node, 0]),
  );
  for (const { node, deleting } of pods.values()) {
    if (node !== null && !deleting) perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  const counts = [...perNode.values()];
  return Math.max(...counts) - Math.min(...counts) > 1
    ? `pods are not spread (${[...perNode].map(([node, count]) => `${count} on ${node}`).join(', ')})`
    : null;
};

/** By chance pods may crowd again; where they do it each time, something else keeps them there, and the step says so. */
const maxRenewals = 3;

/**
 * Waits until every replica has a node, and they are spread over the nodes: a fault of one node must find one. Whoever
 * came while only some nodes were Ready, or while a node was lost, crowds the others and is made anew.
 * @returns how often they were
 */
const awaitSpread = async ({ plan, signal }: KindRun, { access, observer }: RunningCluster): Promise<number> => {
  const { replicas } = plan.workload;
  const old = new Set<string>();
  const unplaced = ({ pods }: Observed): string | null => {
    const ours = [...pods].filter(([uid, { deleting }]) => !old.has(uid) && !deleting);
    const placed = ours.filter(([, { node }]) => node !== null).length;
    return placed === replicas ? null : `${placed} of ${counted(replicas, 'pod')} placed on a node`;
  };
  for (let renewals = 0; ; renewals += 1) {
    await observer.until(`${counted(replicas, 'pod')} to have nodes`, unplaced, {
      timeoutMs: workloadBudgetMs,
      signal,
    });
    const observed = observer.now();
    if (unbalanced(observed) === null || renewals === maxRenewals) return renewals;
    for (const uid of observed.pods.keys()) old.add(uid);
    await renewWorkload(access, plan.workload);
  }
};

/** What starting one pod may take where dozens start on the nodes of one machine. */
const podBudgetMs = 2000;

/** Waits until every pod beside the workload runs, and none that is too much is left. */
const awaitBackground = ({ plan, signal }: KindRun, { access, nodes }: RunningCluster): Promise<true> => {
  const { podsPerNode = 0 } = plan.topology;
  return waitUntil<true>(
    'the pods beside the workload to run',
    async () => {
      const missing = await backgroundLacks(access, podsPerNode, nodes.length);
      return missing === null ? { found: true } : { seen: missing };
    },
    { timeoutMs: workloadBudgetMs + podsPerNode * nodes.length * podBudgetMs, everyMs: 500, signal },
  );
};

/** Waits until every replica is a ready endpoint, on a node of its own as far as there are any, and the Service answers through every node. */
export const awaitWorkload = async (run: KindRun, cluster: RunningCluster): Promise<StepEnd> => {
  const { replicas } = run.plan.workload;
  const [renewals] = await Promise.all([
    awaitSpread(run, cluster),
    cluster.client.open(),
    awaitBackground(run, cluster),
  ]);
  await cluster.observer.until(
    counted(replicas, 'ready endpoint'),
    ({ endpoints, pods }) => {
      const ready = endpoints?.ready ?? 0;
      if (ready !== replicas) return `${ready} of ${counted(replicas, 'endpoint')} ready`;
      return pods.size === replicas ? null : `${counted(pods.size, 'pod')}, counting those that are ending`;
    },
    {
      timeoutMs: workloadBudgetMs,
      signal: run.signal,
      next: `${skipbeat(`run ${run.plan.scenario} --keep-cluster`)}   (then look at the pods of namespace skipbeat)`,
    },
  );
  const everyNode = async (signal: AbortSignal): Promise<PollResult<true>> => {
    const silent = await askEveryNode(cluster, workloadPath(run.plan.workload), signal);
    return silent === null ? { found: true } : { seen: silent };
  };
  await waitUntil(`the Service to answer on port ${nodePort} of every node`, everyNode, {
    timeoutMs: workloadBudgetMs,
    everyMs: 100,
    signal: run.signal,
    next: `${skipbeat('doctor')}   (this machine must reach the nodes of kind directly, as Linux does)`,
  });
  const crowd = unbalanced(cluster.observer.now());
  const spread = renewals === 0 ? '' : ', pods spread anew';
  return {
    outcome: 'done',
    detail: `${counted(replicas, 'endpoint')}${spread}, answering through every node${crowd === null ? '' : `; ${crowd}`}`,
  };
};
