import { secondsText } from '../../common/duration.ts';
import type { Observed } from '../../observe/index.ts';
import { type ClusterView, followRecovery, type PlannedPhase, recoveryTerms, type Some } from '../../plan/index.ts';
import { exactVersion } from '../../profile/index.ts';
import { runStep, type StepEnd } from '../steps.ts';
import { allNodes, type KindRun, type RunningCluster } from './context.ts';
import { runFaults } from './faults.ts';
import { awaitRecord, beginLoad, type LoadView, plannedMs } from './load.ts';
import { runSteady } from './steady.ts';

const conditionTaint = /^node\.kubernetes\.io\/(not-ready|unreachable):/;

const some = (names: readonly string[]): Some => ({ count: names.length, names: () => names });

/** The cluster as its watches have it, and the load as its record has it. */
const viewOf = (run: KindRun, cluster: RunningCluster, load: LoadView, observed: Observed): ClusterView => {
  const nowMs = run.recorder.nowMs();
  const names = allNodes(cluster);
  const isReady = (node: string): boolean => observed.nodes.get(node)?.ready === 'True';
  const isTainted = (node: string): boolean =>
    isReady(node) && [...(observed.nodes.get(node)?.taints ?? [])].some((taint) => conditionTaint.test(taint));
  return {
    nowMs,
    notReady: some(names.filter((node) => !isReady(node))),
    tainted: some(names.filter(isTainted)),
    // Nodes of kind and this machine share one wall clock.
    lastHeartbeatMs: (node) => {
      const renewed = observed.leases.get(node);
      return renewed === undefined ? null : nowMs + Date.parse(renewed) - Date.now();
    },
    endingPods: [...observed.pods.values()].filter(({ deleting }) => deleting).length,
    endpoints: observed.endpoints ?? { ready: 0, notReady: 0, terminating: 0 },
    requests: {
      failedMs: load.lastFailedMs(),
      answeredMs: load.lastAnsweredMs(),
      openSinceMs: load.openSinceMs(nowMs),
    },
  };
};

/** @param undoneMs when the last undo before it began; null where nothing was undone */
const recover = async (
  run: KindRun,
  cluster: RunningCluster,
  load: LoadView,
  phase: PlannedPhase & { readonly kind: 'recover' },
  undoneMs: number | null,
): Promise<StepEnd> => {
  const { plan, recorder, signal } = run;
  const { withinMs } = phase;
  const before = plan.phases.slice(0, plan.phases.indexOf(phase));
  const { nodeMonitorPeriodMs, nodeStatusUpdateFrequencyMs, statusJitter } = plan.profile.effective;
  const follow = followRecovery(
    recoveryTerms({
      replicas: plan.workload.replicas,
      nodes: allNodes(cluster),
      faults: before.flatMap((one) => (one.kind === 'fault' ? one.inject : [])),
      undoneMs: undoneMs ?? recorder.nowMs(),
      monitorPeriodMs: nodeMonitorPeriodMs,
      statusPeriodMs: nodeStatusUpdateFrequencyMs * (1 + statusJitter),
      minor: exactVersion(plan.kubernetesVersion).minor,
    }),
  );
  const missing = (observed: Observed): string | null => follow(viewOf(run, cluster, load, observed));
  const limit = AbortSignal.timeout(withinMs);
  // The budget's end is a result of this step, not a failure of the run: the timeline goes on to its verdict.
  await cluster.observer
    .until('everything to be as before', missing, { timeoutMs: withinMs, everyMs: 250, signal })
    .catch((thrown: unknown) => {
      signal.throwIfAborted();
      if (missing(cluster.observer.now()) === null) return;
      if (!limit.aborted && (thrown as { code?: string }).code !== 'NOT_SEEN_IN_TIME') throw thrown;
    });
  const still = missing(cluster.observer.now());
  if (still !== null) return { outcome: 'timedOut', detail: `not recovered within ${secondsText(withinMs)}: ${still}` };
  const failedMs = load.lastFailedMs();
  const since =
    failedMs === null ? 'no request failed' : `last failed request ${secondsText(recorder.nowMs() - failedMs)} ago`;
  return { outcome: 'done', detail: `all nodes Ready, ${plan.workload.replicas} endpoints; ${since}` };
};

/** Drives the load through all phases. The load ends with the last of them, or with the run. */
export const runPhases = async (run: KindRun, cluster: RunningCluster): Promise<void> => {
  const { plan, recorder, signal } = run;
  const view = await beginLoad(run, cluster);
  const lost = new AbortController();
  view.load.failed.catch((thrown: unknown) => lost.abort(thrown));
  let undoneMs: number | null = null;
  const noting: KindRun['recorder'] = {
    ...recorder,
    event: (body, atMs) => {
      if (body.type === 'fault.undoing') undoneMs = atMs ?? recorder.nowMs();
      recorder.event(body, atMs);
    },
  };
  const guarded: KindRun = { ...run, recorder: noting, signal: AbortSignal.any([signal, lost.signal]) };
  const disturb = async (phase: PlannedPhase & { readonly kind: 'fault' }): Promise<StepEnd> => {
    const [before] = plan.phases.slice(0, plan.phases.indexOf(phase)).slice(-1);
    if (before?.kind === 'steady') await awaitRecord(guarded, view);
    return runFaults(guarded, cluster, phase);
  };
  const work = (phase: PlannedPhase): Promise<StepEnd> => {
    if (phase.kind === 'recover') return recover(guarded, cluster, view, phase, undoneMs);
    if (phase.kind === 'fault') return disturb(phase);
    return runSteady(guarded, cluster, phase.durationMs);
  };
  try {
    for (const phase of plan.phases) {
      guarded.signal.throwIfAborted();
      const step = { name: phase.name, kind: phase.kind, budgetMs: plannedMs(phase) };
      const { outcome } = await runStep(recorder.event, step, signal, () => work(phase)).catch((thrown: unknown) => {
        if (lost.signal.aborted) throw lost.signal.reason;
        throw thrown;
      });
      // What came after it would begin on a cluster that is not whole.
      if (outcome === 'timedOut') break;
    }
  } finally {
    const { offered } = await view.load.stop();
    recorder.event({ type: 'load.ended', offered });
  }
};
