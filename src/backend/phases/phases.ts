import { setTimeout as delay } from 'node:timers/promises';
import { secondsText } from '../../common/duration.ts';
import { messageOf } from '../../common/errors.ts';
import { counted } from '../../common/text/counted.ts';
import { countWrites, type Observed } from '../../observe/index.ts';
import {
  type ClusterView,
  type FaultPhase,
  followRecovery,
  type PlannedPhase,
  recoveryTerms,
  type Some,
} from '../../plan/index.ts';
import { exactVersion } from '../../profile/index.ts';
import { runStep, type StepEnd } from '../steps.ts';
import { allNodes, type HeartbeatOf, type LoadView, type PhasePlace, type PhaseRun } from './context.ts';

/** The counters are read so long before the phase ends, so that reading them makes no phase longer. */
const leadMs = 1000;

const count = async (run: PhaseRun, cluster: PhasePlace, moment: 'start' | 'end'): Promise<void> => {
  const { recorder, signal } = run;
  const members = cluster.nodes.filter(({ role }) => role === 'control-plane').map(({ address }) => address);
  const fromMs = recorder.nowMs();
  try {
    const counts = await countWrites(cluster.access, members, signal);
    const { otherLeasesSeen } = cluster.observer.now();
    recorder.event({ type: 'writes.counted', moment, fromMs, members: members.length, ...counts, otherLeasesSeen });
  } catch (thrown) {
    signal.throwIfAborted();
    // A second opinion that cannot be had is no reason to end a run: the figure stays empty.
    recorder.event({ type: 'note', text: `the API servers' own counters could not be read: ${messageOf(thrown)}` });
  }
};

/**
 * An undisturbed time: heartbeat writes are counted by the API servers too, beside what the watches see.
 * @param countsWrites false: they are not asked
 */
const runSteady = async (
  run: PhaseRun,
  cluster: PhasePlace,
  durationMs: number,
  countsWrites: boolean,
): Promise<StepEnd> => {
  const { signal } = run;
  const counted = async (): Promise<void> => {
    await count(run, cluster, 'start');
    await delay(Math.max(0, endMs - run.recorder.nowMs()), undefined, { signal });
    await count(run, cluster, 'end');
  };
  const endMs = run.recorder.nowMs() + durationMs - Math.min(leadMs, durationMs / 10);
  await Promise.all([delay(durationMs, undefined, { signal }), ...(countsWrites ? [counted()] : [])]);
  return { outcome: 'done', detail: '' };
};

const conditionTaint = /^node\.kubernetes\.io\/(not-ready|unreachable):/;

const some = (names: readonly string[]): Some => ({ count: names.length, names: () => names });

/** How long a phase takes, at most. */
export const plannedMs = (phase: PlannedPhase): number =>
  phase.kind === 'recover' ? phase.withinMs : phase.durationMs;

/** What the phases of a run do beside watching. */
export type PhaseWork<R extends PhaseRun> = {
  readonly fault: (run: R, phase: FaultPhase) => Promise<StepEnd>;
  /** null: there is none, and no workload either. */
  readonly load: LoadView | null;
  readonly heartbeatOf: HeartbeatOf;
  /** Whether the API servers' own counters are read in an undisturbed time. */
  readonly countsWrites: boolean;
};

type Terms = Pick<PhaseWork<PhaseRun>, 'load' | 'heartbeatOf'>;

/** The cluster as its watches have it, and the load as its record has it. */
const viewOf = (run: PhaseRun, cluster: PhasePlace, { load, heartbeatOf }: Terms, observed: Observed): ClusterView => {
  const nowMs = run.recorder.nowMs();
  const names = allNodes(cluster);
  const isReady = (node: string): boolean => observed.nodes.get(node)?.ready === 'True';
  const isTainted = (node: string): boolean =>
    isReady(node) && [...(observed.nodes.get(node)?.taints ?? [])].some((taint) => conditionTaint.test(taint));
  return {
    nowMs,
    notReady: some(names.filter((node) => !isReady(node))),
    tainted: some(names.filter(isTainted)),
    lastHeartbeatMs: (node) => heartbeatOf(node, observed, nowMs),
    endingPods: [...observed.pods.values()].filter(({ deleting }) => deleting).length,
    endpoints: observed.endpoints ?? { ready: 0, notReady: 0, terminating: 0 },
    requests: {
      failedMs: load?.lastFailedMs() ?? null,
      answeredMs: load?.lastAnsweredMs() ?? null,
      openSinceMs: load?.openSinceMs(nowMs) ?? null,
    },
  };
};

/** @param undoneMs when the last undo before it began; null where nothing was undone */
const recover = async (
  run: PhaseRun,
  cluster: PhasePlace,
  terms: Terms,
  phase: PlannedPhase & { readonly kind: 'recover' },
  undoneMs: number | null,
): Promise<StepEnd> => {
  const { plan, recorder, signal } = run;
  const { withinMs } = phase;
  const { load } = terms;
  const replicas = load === null ? 0 : plan.workload.replicas;
  const before = plan.phases.slice(0, plan.phases.indexOf(phase));
  const { nodeMonitorPeriodMs, nodeStatusUpdateFrequencyMs, statusJitter } = plan.profile.effective;
  const follow = followRecovery(
    recoveryTerms({
      replicas,
      nodes: allNodes(cluster),
      faults: before.flatMap((one) => (one.kind === 'fault' ? one.inject : [])),
      undoneMs: undoneMs ?? recorder.nowMs(),
      monitorPeriodMs: nodeMonitorPeriodMs,
      statusPeriodMs: nodeStatusUpdateFrequencyMs * (1 + statusJitter),
      minor: exactVersion(plan.kubernetesVersion).minor,
    }),
  );
  const missing = (observed: Observed): string | null => follow(viewOf(run, cluster, terms, observed));
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
  if (load === null) return { outcome: 'done', detail: 'all nodes Ready' };
  const failedMs = load.lastFailedMs();
  const since =
    failedMs === null ? 'no request failed' : `last failed request ${secondsText(recorder.nowMs() - failedMs)} ago`;
  return { outcome: 'done', detail: `all nodes Ready, ${counted(replicas, 'endpoint')}; ${since}` };
};

/**
 * Drives a run through its phases. The load ends with the last of them, or with the run.
 * @throws what ended the run: a phase, the load, the signal's reason
 */
export const runPhases = async <R extends PhaseRun>(run: R, place: PhasePlace, work: PhaseWork<R>): Promise<void> => {
  const { plan, recorder, signal } = run;
  const { load, countsWrites } = work;
  const lost = new AbortController();
  load?.load.failed.catch((thrown: unknown) => lost.abort(thrown));
  let undoneMs: number | null = null;
  const noting: R['recorder'] = {
    ...recorder,
    event: (body, atMs) => {
      if (body.type === 'fault.undoing') undoneMs = atMs ?? recorder.nowMs();
      recorder.event(body, atMs);
    },
  };
  const guarded: R = { ...run, recorder: noting, signal: AbortSignal.any([signal, lost.signal]) };
  // A fault on a node that nobody reaches stands to its own end; nobody is asked anything for so long. Whether the load ended well
  // is asked once more below.
  const endLoad = (): void => void load?.load.stop().catch(() => undefined);
  guarded.signal.addEventListener('abort', endLoad, { once: true });
  const perform = (phase: PlannedPhase): Promise<StepEnd> => {
    if (phase.kind === 'recover') return recover(guarded, place, work, phase, undoneMs);
    if (phase.kind === 'fault') return work.fault(guarded, phase);
    return runSteady(guarded, place, phase.durationMs, countsWrites);
  };
  let isBroken = true;
  try {
    for (const phase of plan.phases) {
      guarded.signal.throwIfAborted();
      const step = { name: phase.name, kind: phase.kind, budgetMs: plannedMs(phase) };
      const { outcome } = await runStep(recorder.event, step, signal, () => perform(phase)).catch((thrown: unknown) => {
        if (lost.signal.aborted) throw lost.signal.reason;
        throw thrown;
      });
      // What came after it would begin on a cluster that is not whole.
      if (outcome === 'timedOut') break;
    }
    isBroken = false;
  } finally {
    guarded.signal.removeEventListener('abort', endLoad);
    if (load !== null) {
      const ended = await load.load.stop().catch((thrown: unknown) => {
        // What broke the phases goes first: a node may not be as it was.
        if (!isBroken) throw thrown;
        recorder.event({ type: 'note', text: `the load, at its end: ${messageOf(thrown)}` });
        return null;
      });
      if (ended !== null) recorder.event({ type: 'load.ended', offered: ended.offered });
    }
  }
};
