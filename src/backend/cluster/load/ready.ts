import { podProblem } from '../../../agent/index.ts';
import { withinLimit, workloadNamespace, workloadSelector } from '../../../cluster/index.ts';
import { contextText } from '../../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../../common/errors.ts';
import { counted } from '../../../common/text/counted.ts';
import { type PollResult, waitUntil } from '../../../common/wait.ts';
import { runSelectorOf } from '../../../guard/index.ts';
import type { Observed } from '../../../observe/index.ts';
import type { OwnClusterOptions, OwnClusterPlace, OwnClusterRun } from '../context.ts';

// Until what was brought of a load is there: the workload's pods, spread, and the generator.

/** Images may have to be pulled. */
export const workloadBudgetMs = 180_000;

const notReady = ({ survey }: OwnClusterOptions, what: string, found: string): SkipbeatError =>
  new SkipbeatError('WORKLOAD_NOT_READY', `Expected ${what}, found ${found}. Nothing was done to a node.`, {
    exitCode: exitCodes.environment,
    next: `kubectl ${contextText(survey)} describe nodes   (room, taints, images), then --workload-image REF or --load-image REF`,
  });

const loadFailed = (found: string, next: string): SkipbeatError =>
  new SkipbeatError(
    'LOAD_POD_FAILED',
    `The load generator's pod does not start: ${found}. Nothing was done to a node.`,
    {
      exitCode: exitCodes.environment,
      next,
    },
  );

/** What keeps pods of ours from running, as the kubelets and the scheduler say it. `isFinal`: no waiting helps. */
const podProblems = async ({ options: { access } }: OwnClusterRun, selector: string, signal: AbortSignal) => {
  const { client, config } = access;
  const api = config.makeApiClient(client.CoreV1Api);
  const pods = await withinLimit({ client, signal }, (options) =>
    api.listNamespacedPod({ namespace: workloadNamespace, labelSelector: selector }, options),
  );
  return pods.items.flatMap((pod) => {
    const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    const unplaced = scheduled?.status === 'False' ? (scheduled.message ?? scheduled.reason ?? 'no node') : null;
    const own = podProblem(pod);
    const problem = own ?? unplaced;
    return problem === null ? [] : [{ text: `${pod.metadata?.name}: ${problem}`, isFinal: own !== null }];
  });
};

/** How many pods of the workload each of its nodes has; nodes by the plan's names. */
const perNode = ({ pods }: Observed, nodes: readonly string[]): ReadonlyMap<string, number> =>
  new Map(
    nodes.map((name) => [name, [...pods.values()].filter(({ node, deleting }) => node === name && !deleting).length]),
  );

const isSpread = (counts: ReadonlyMap<string, number>): boolean =>
  Math.max(...counts.values()) - Math.min(...counts.values()) <= 1;

const countsText = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([node, count]) => `${count} on ${node}`).join(', ');

/** By chance pods may crowd again; where they do it each time, something else keeps them there, and it is said. */
const maxRenewals = 3;

/** Waits until every replica is a ready endpoint, spread over the nodes that it may run on. */
export const awaitPods = async (
  run: OwnClusterRun,
  place: OwnClusterPlace,
  nodes: readonly string[],
): Promise<string> => {
  const { plan, options, signal } = run;
  const { replicas } = plan.workload;
  const selector = workloadSelector(plan.workload);
  const wanted = `${counted(replicas, 'ready endpoint')} in ${workloadNamespace}`;
  const missing = ({ endpoints, pods }: Observed): string | null => {
    const ready = endpoints?.ready ?? 0;
    if (ready !== replicas) return `${ready} of ${counted(replicas, 'endpoint')} ready`;
    return pods.size === replicas ? null : `${counted(pods.size, 'pod')}, counting those that are ending`;
  };
  const ready = async (either: AbortSignal): Promise<PollResult<true>> => {
    const still = missing(place.observer.now());
    if (still === null) return { found: true };
    const problems = await podProblems(run, selector, either);
    const seen = [still, ...problems.slice(0, 2).map(({ text }) => text)].join('; ');
    if (problems.some(({ isFinal }) => isFinal)) throw notReady(options, wanted, seen);
    return { seen };
  };
  for (let renewals = 0; ; renewals += 1) {
    const limits = { timeoutMs: workloadBudgetMs, everyMs: 500, signal };
    await waitUntil(counted(replicas, 'ready endpoint'), ready, limits).catch((thrown: unknown) => {
      signal.throwIfAborted();
      if (thrown instanceof SkipbeatError && thrown.code === 'WORKLOAD_NOT_READY') throw thrown;
      throw notReady(options, wanted, messageOf(thrown).replaceAll('\n', ' '));
    });
    const counts = perNode(place.observer.now(), nodes);
    if (isSpread(counts) || renewals === maxRenewals) {
      const anew = renewals === 0 ? '' : ', spread anew';
      return `${counted(replicas, 'endpoint')}${anew} (${countsText(counts)})`;
    }
    await renew(run, selector);
    await place.observer.until(
      'the pods to be made anew',
      (seen) => (missing(seen) === null ? 'none is ending' : null),
      {
        ...{ timeoutMs: workloadBudgetMs, everyMs: 100, signal },
      },
    );
  }
};

/** Deletes each pod of this run's workload, so that the scheduler spreads them again. */
const renew = async ({ options, hold, signal }: OwnClusterRun, workload: string): Promise<void> => {
  const { client, config } = options.access;
  const selector = `${workload},${runSelectorOf(options.run)}`;
  const api = config.makeApiClient(client.CoreV1Api);
  const { items } = await withinLimit({ client, signal }, (limited) =>
    api.listNamespacedPod({ namespace: workloadNamespace, labelSelector: selector }, limited),
  );
  for (const { metadata } of items) {
    await hold.confirm(signal);
    const pod = { namespace: workloadNamespace, name: metadata?.name ?? '', gracePeriodSeconds: 1 };
    await withinLimit({ client, signal }, (limited) => api.deleteNamespacedPod(pod, limited));
  }
};

/** Waits until a generator's container runs. @throws SkipbeatError LOAD_POD_FAILED (exit 75) */
export const awaitGenerator = async ({ options, signal }: OwnClusterRun, name: string): Promise<void> => {
  const { client, config } = options.access;
  const api = config.makeApiClient(client.CoreV1Api);
  const next = '--load-image REF   (an image with Node.js 22.19 or later that the node can have)';
  const probe = async (either: AbortSignal): Promise<PollResult<true>> => {
    const pod = await withinLimit({ client, signal: either }, (limited) =>
      api.readNamespacedPod({ namespace: workloadNamespace, name }, limited),
    );
    const problem = podProblem(pod);
    if (problem !== null) throw loadFailed(problem, next);
    const state = pod.status?.containerStatuses?.[0]?.state;
    if (state?.terminated !== undefined) throw loadFailed(`it ended with exit code ${state.terminated.exitCode}`, next);
    if (state?.running !== undefined) return { found: true };
    return { seen: state?.waiting?.reason ?? pod.status?.phase ?? 'nothing of its state' };
  };
  const limits = { timeoutMs: workloadBudgetMs, everyMs: 250, signal };
  await waitUntil(`the load generator's pod ${name}`, probe, limits).catch((thrown: unknown) => {
    signal.throwIfAborted();
    if (thrown instanceof SkipbeatError && thrown.code === 'LOAD_POD_FAILED') throw thrown;
    throw loadFailed(messageOf(thrown), next);
  });
};
