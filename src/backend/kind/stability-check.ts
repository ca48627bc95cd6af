import { setTimeout as delay } from 'node:timers/promises';
import { renewWorkload, workloadPath } from '../../cluster/index.ts';
import { secondsText } from '../../common/duration.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { counted } from '../../common/text/counted.ts';
import { waitUntil } from '../../common/wait.ts';
import type { Observed } from '../../observe/index.ts';
import type { PlannedRepeat } from '../../plan/index.ts';
import { allNodes } from '../phases/context.ts';
import type { StepEnd } from '../steps.ts';
import { notFresh, notReady } from './bring-up.ts';
import type { KindRun, RunningCluster } from './context.ts';
import { askEveryNode, keepsPodsAway, unbalanced } from './workload/workload.ts';

/** New pods, `stableMs` without a fault and two renewals of a lease; several times that on a machine under load. */
export const stabilityBudgetMs = 180_000;

/** How long everything must have been well, and every request answered, before a repeat begins. */
const stableMs = 3000;

const tainted = (observed: Observed): readonly string[] =>
  [...observed.nodes].flatMap(([node, { taints }]) =>
    [...taints].filter((taint) => !keepsPodsAway(taint)).map((taint) => `${node} tainted ${taint}`),
  );

/** What is not as in a cluster that was made for this repeat: pods missing, too many, ending, or too many of them on one node. */
const misplaced = (replicas: number, observed: Observed): string | null => {
  const { pods } = observed;
  const ending = [...pods.values()].filter(({ deleting }) => deleting).length;
  if (ending > 0) return counted(ending, 'pod is ending', 'pods are ending');
  return pods.size === replicas ? unbalanced(observed) : `${counted(pods.size, 'pod')} instead of ${replicas}`;
};

/** What is not well; null when nothing is. */
const unhealthy = ({ plan }: KindRun, cluster: RunningCluster, observed: Observed): string | null => {
  const names = allNodes(cluster);
  const { replicas } = plan.workload;
  const { ready = 0, notReady: unready = 0, terminating = 0 } = observed.endpoints ?? {};
  const taints = tainted(observed);
  return (
    notReady(names, observed) ??
    notFresh(plan, names, observed) ??
    (taints.length > 0 ? taints.join(', ') : null) ??
    (ready !== replicas || unready + terminating > 0
      ? `${ready} of ${counted(replicas, 'endpoint')} ready, ${unready + terminating} more`
      : null) ??
    misplaced(replicas, observed)
  );
};

/** Resolves once everything has been well, and every node answered every request, for `stableMs` on end. */
const awaitStable = async (run: KindRun, cluster: RunningCluster): Promise<void> => {
  let troubleAtMs = performance.now();
  await waitUntil(
    `the cluster to be stable for ${secondsText(stableMs)}`,
    async (signal) => {
      const trouble =
        (await askEveryNode(cluster, workloadPath(run.plan.workload), signal)) ??
        unhealthy(run, cluster, cluster.observer.now());
      if (trouble !== null) troubleAtMs = performance.now();
      const stableForMs = performance.now() - troubleAtMs;
      return stableForMs >= stableMs ? { found: true } : { seen: trouble ?? `stable for ${secondsText(stableForMs)}` };
    },
    { timeoutMs: stabilityBudgetMs, everyMs: 100, signal: run.signal },
  );
};

/** Waits for the next renewal of the node's lease and then for the planned time. */
const awaitPlaceInHeartbeat = async (
  { signal }: KindRun,
  { observer }: RunningCluster,
  node: string,
  afterRenewalMs: number,
): Promise<void> => {
  const before = observer.now().leases.get(node);
  await observer.until(
    `${node} to renew its lease`,
    ({ leases }) => (leases.get(node) === before ? `the lease of ${before ?? 'no time'}` : null),
    { timeoutMs: stabilityBudgetMs, signal },
  );
  // Nodes of kind and this machine share one wall clock.
  const renewedMs = Date.parse(observer.now().leases.get(node) ?? '');
  await delay(Math.max(0, renewedMs + afterRenewalMs - Date.now()), undefined, { signal });
};

const neverStable = (trouble: string): SkipbeatError =>
  new SkipbeatError(
    'GATE_NOT_PASSED',
    `The cluster did not stay stable from one renewal of a lease to the next for ${secondsText(stabilityBudgetMs)}. Last seen: ${trouble}.`,
    { exitCode: exitCodes.inconclusive, next: 'look at the earlier repeats, or run without --repeats' },
  );

/**
 * Brings the cluster to where a repeat begins: as stable as one that was made for it, the pods spread anew where they are
 * not, and the heartbeat of the first target as old as the plan says.
 */
export const awaitStability = async (
  run: KindRun,
  cluster: RunningCluster,
  { heartbeatOf, afterRenewalMs }: PlannedRepeat,
): Promise<StepEnd> => {
  const { replicas } = run.plan.workload;
  const isMisplaced = misplaced(replicas, cluster.observer.now()) !== null;
  if (isMisplaced) await renewWorkload(cluster.access, run.plan.workload);
  const startedAtMs = performance.now();
  let trouble: string | null = null;
  do {
    await awaitStable(run, cluster);
    if (heartbeatOf !== null && afterRenewalMs !== null) {
      await awaitPlaceInHeartbeat(run, cluster, heartbeatOf, afterRenewalMs);
    }
    trouble = unhealthy(run, cluster, cluster.observer.now());
    if (trouble !== null && performance.now() - startedAtMs > stabilityBudgetMs) throw neverStable(trouble);
  } while (trouble !== null);
  const placed = heartbeatOf === null ? '' : `; ${secondsText(afterRenewalMs)} after ${heartbeatOf} renewed its lease`;
  return {
    outcome: 'done',
    detail: `stable for ${secondsText(stableMs)}${isMisplaced ? ', pods spread anew' : ''}${placed}`,
  };
};
