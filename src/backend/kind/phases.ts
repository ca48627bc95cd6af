import { secondsText } from '../../common/duration.ts';
import type { Observed } from '../../observe/index.ts';
import type { PlannedPhase } from '../../plan/index.ts';
import { runStep, type StepEnd } from '../steps.ts';
import type { KindRun, StandingCluster } from './context.ts';
import { runFaults } from './faults.ts';
import { awaitRecord, beginLoad, type LoadView, plannedMs } from './load.ts';
import { runSteady } from './steady.ts';

/** How long every request must have succeeded before the clients count as recovered. */
const quietMs = 3000;

/** A monitor pass begins one period after the one before it ended, and takes this long itself at most on a small cluster. */
const passMs = 500;

const notRecovered = (run: KindRun, cluster: StandingCluster, view: LoadView, observed: Observed): string | null => {
  const lacking = cluster.nodes.flatMap(({ node }) => {
    const seen = observed.nodes.get(node);
    if (seen?.ready !== 'True') return [`${node} NotReady`];
    const taints = [...seen.taints].filter((taint) => /^node\.kubernetes\.io\/(not-ready|unreachable):/.test(taint));
    return taints.length === 0 ? [] : [`${node} tainted ${taints.join(' and ')}`];
  });
  const { replicas } = run.plan.workload;
  const ready = observed.endpoints?.ready ?? 0;
  if (ready < replicas) lacking.push(`${ready} of ${replicas} endpoints ready`);
  const failedMs = view.lastFailedMs();
  if (failedMs !== null && run.recorder.nowMs() - failedMs < quietMs) lacking.push('requests still fail');
  return lacking.length === 0 ? null : lacking.join(', ');
};

const recover = async (run: KindRun, cluster: StandingCluster, view: LoadView, withinMs: number): Promise<StepEnd> => {
  // What the fault did may show a monitor pass later: a look before that would find everything well too soon.
  const earliestMs = run.recorder.nowMs() + run.plan.profile.effective.nodeMonitorPeriodMs + passMs;
  const missing = (observed: Observed): string | null =>
    notRecovered(run, cluster, view, observed) ??
    (run.recorder.nowMs() < earliestMs ? 'the next pass of the node monitor is not over' : null);
  const limit = AbortSignal.timeout(withinMs);
  // The budget's end is a result of this step, not a failure of the run: the timeline goes on to its verdict.
  await cluster.observer
    .until('everything to be as before', missing, { timeoutMs: withinMs, everyMs: 250, signal: run.signal })
    .catch((thrown: unknown) => {
      run.signal.throwIfAborted();
      if (missing(cluster.observer.now()) === null) return;
      if (!limit.aborted && (thrown as { code?: string }).code !== 'NOT_SEEN_IN_TIME') throw thrown;
    });
  const still = missing(cluster.observer.now());
  if (still !== null) return { outcome: 'timedOut', detail: `not recovered within ${secondsText(withinMs)}: ${still}` };
  const failedMs = view.lastFailedMs();
  const since =
    failedMs === null ? 'no request failed' : `last failed request ${secondsText(run.recorder.nowMs() - failedMs)} ago`;
  return { outcome: 'done', detail: `all nodes Ready, ${run.plan.workload.replicas} endpoints; ${since}` };
};

/** Drives the load through all phases. The load ends with the last of them, or with the run. */
export const runPhases = async (run: KindRun, cluster: StandingCluster): Promise<void> => {
  const { plan, recorder, signal } = run;
  const view = await beginLoad(run, cluster);
  const lost = new AbortController();
  view.load.failed.catch((thrown: unknown) => lost.abort(thrown));
  const guarded: KindRun = { ...run, signal: AbortSignal.any([signal, lost.signal]) };
  const disturb = async (phase: PlannedPhase & { readonly kind: 'fault' }): Promise<StepEnd> => {
    const [before] = plan.phases.slice(0, plan.phases.indexOf(phase)).slice(-1);
    if (before?.kind === 'steady') await awaitRecord(guarded, view);
    return runFaults(guarded, cluster, phase);
  };
  const work = (phase: PlannedPhase): Promise<StepEnd> => {
    if (phase.kind === 'recover') return recover(guarded, cluster, view, phase.withinMs);
    if (phase.kind === 'fault') return disturb(phase);
    return runSteady(guarded, cluster, phase.durationMs);
  };
  try {
    for (const phase of plan.phases) {
      guarded.signal.throwIfAborted();
      const step = { name: phase.name, kind: phase.kind, budgetMs: plannedMs(phase) };
      await runStep(recorder.event, step, signal, () => work(phase)).catch((thrown: unknown) => {
        if (lost.signal.aborted) throw lost.signal.reason;
        throw thrown;
      });
    }
  } finally {
    const { offered } = await view.load.stop();
    recorder.event({ type: 'load.ended', offered });
  }
};
