import { get } from 'node:http';
import { applyWorkload, nodePort } from '../../cluster/index.ts';
import { messageOf } from '../../common/errors.ts';
import { type Look, waitUntil } from '../../common/wait.ts';
import type { StepEnd } from '../steps.ts';
import type { KindRun, StandingCluster } from './context.ts';

/** A node whose rules are just being written may swallow the first packet: better asked anew than waited for. */
const askMs = 300;

export const workloadBudgetMs = 180_000;

/** Asks the Service through one node. @returns null for an answer, else what came instead */
const ask = (address: string, signal: AbortSignal): Promise<string | null> =>
  new Promise((resolve) => {
    const request = get(
      {
        host: address,
        port: nodePort,
        path: '/',
        agent: false,
        signal: AbortSignal.any([signal, AbortSignal.timeout(askMs)]),
      },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode === 200 ? null : `HTTP ${response.statusCode}`));
        response.once('error', (thrown) => resolve(messageOf(thrown)));
      },
    );
    request.once('error', (thrown) => resolve(messageOf(thrown)));
  });

/** Hands the workload to the API server, which may be up a moment before it takes it. */
export const deployWorkload = (run: KindRun, cluster: StandingCluster): Promise<true> =>
  waitUntil(
    'the API server to take the workload',
    async () => {
      await applyWorkload(cluster.access, run.options.nodeImage.workloadImage, run.plan.workload.replicas);
      return { found: true };
    },
    { timeoutMs: workloadBudgetMs, everyMs: 250, signal: run.signal },
  );

/** Asks the Service once through every node. @returns null where all answered, else which did not */
export const askEveryNode = async (cluster: StandingCluster, signal: AbortSignal): Promise<string | null> => {
  const answers = await Promise.all(
    cluster.nodes.map(async ({ node, address }) => ({ node, problem: await ask(address, signal) })),
  );
  const silent = answers.filter(({ problem }) => problem !== null);
  return silent.length === 0 ? null : silent.map(({ node, problem }) => `through ${node}: ${problem}`).join(', ');
};

/** Waits until every replica is a ready endpoint and the Service answers through every node. */
export const awaitWorkload = async (run: KindRun, cluster: StandingCluster): Promise<StepEnd> => {
  const { replicas } = run.plan.workload;
  await cluster.observer.until(
    `${replicas} ready endpoints`,
    ({ endpoints }) =>
      endpoints?.ready === replicas ? null : `${endpoints?.ready ?? 0} of ${replicas} endpoints ready`,
    {
      timeoutMs: workloadBudgetMs,
      signal: run.signal,
      next: `npm run scenario -- ${run.plan.scenario} --keep-cluster   (then look at the pods of namespace skipbeat)`,
    },
  );
  const everyNode = async (signal: AbortSignal): Promise<Look<true>> => {
    const silent = await askEveryNode(cluster, signal);
    return silent === null ? { found: true } : { seen: silent };
  };
  await waitUntil(`the Service to answer on port ${nodePort} of every node`, everyNode, {
    timeoutMs: workloadBudgetMs,
    everyMs: 100,
    signal: run.signal,
    next: 'npm run skipbeat -- doctor   (this machine must reach the nodes of kind directly, as Linux does)',
  });
  return { outcome: 'done', detail: `${replicas} endpoints, answering through every node` };
};
