import { fullNodeName } from '../../cluster/index.ts';
import { secondsText } from '../../common/duration.ts';
import { messageOf } from '../../common/errors.ts';
import { sleepUntil } from '../../common/wait.ts';
import { type ArmedFault, armFault, type FaultSite } from '../../fault/index.ts';
import { startHold } from '../../node/index.ts';
import {
  type FaultPhase,
  goneBefore,
  leadMs,
  nodesText,
  preparedFirst,
  type Stand,
  standsOf,
} from '../../plan/index.ts';
import { awaitRecord } from '../phases/load.ts';
import { runPhases as drivePhases } from '../phases/phases.ts';
import type { StepEnd } from '../steps.ts';
import type { KindRun, RunningCluster } from './context.ts';
import { countDetection, lastUndo } from './detection-counts.ts';
import { beginLoad } from './load.ts';

const siteOf = ({ options, exec }: KindRun, cluster: RunningCluster): FaultSite => ({
  cluster: options.clusterName,
  incarnation: cluster.incarnation,
  run: options.journal.run,
  nodes: cluster.nodes.map((one) => ({ ...one, container: fullNodeName(options.clusterName, one.node) })),
  exec,
  hollow: cluster.hollow?.sites ?? [],
  hold: startHold,
  host: options.host,
});

/** From here on it is recorded that a fault came later than planned. */
const reportLateFromMs = 500;

const milestones = () => ({
  armed: Promise.withResolvers<void>(),
  inPlace: Promise.withResolvers<void>(),
  gone: Promise.withResolvers<void>(),
});

/**
 * Lets the faults of a phase come and go at their times, each for exactly its length. Those that begin at once, or soon,
 * are prepared first; the clock of the phase starts when those of its first moment are in place. A later one is prepared
 * ahead of its time, but not before what is to be gone by then is gone: where that makes it late, it stands its whole
 * length all the same, and the phase ends later.
 *
 * Whatever happens, all that was injected is undone, and each undo is tried whatever became of the others. The first
 * failure, an undo's among them, ends the phase: nothing more is injected.
 * @throws SkipbeatError UNDO_FAILED (exit 2), and what the preparation and the injection of a fault throw
 */
const runFaults = async (run: KindRun, cluster: RunningCluster, phase: FaultPhase): Promise<StepEnd> => {
  const { options, recorder } = run;
  const site = siteOf(run, cluster);
  const broken = new AbortController();
  const signal = AbortSignal.any([run.signal, broken.signal]);
  const stands = standsOf(phase);
  // What never comes about resolves, too, once the phase is broken: who waited for it checks the signal next.
  const injections = new Map(stands.map((stand) => [stand.id, milestones()]));
  const all = async (some: readonly Stand[], what: keyof ReturnType<typeof milestones>): Promise<void> => {
    await Promise.all(some.map(({ id }) => injections.get(id)?.[what].promise));
  };
  const ahead = preparedFirst(stands);
  const first = stands.filter(({ startMs }) => startMs === 0);
  const before = (group: readonly Stand[], stand: Stand): readonly Stand[] => group.slice(0, group.indexOf(stand));
  const zero = Promise.all([all(ahead, 'armed'), all(first, 'inPlace')]).then(() => performance.now());
  const until = async (atMs: number): Promise<void> => {
    const zeroMs = await zero;
    signal.throwIfAborted();
    await sleepUntil(zeroMs + atMs, signal);
  };

  const arm = async (stand: Stand): Promise<ArmedFault> => {
    const { planned, id, startMs } = stand;
    if (ahead.includes(stand)) await all(before(ahead, stand), 'armed');
    else await Promise.all([all(goneBefore(stands, stand), 'gone'), until(startMs - leadMs(stand))]);
    signal.throwIfAborted();
    return armFault({ planned, id, site, journal: options.journal, record: recorder.event, signal });
  };
  const begin = async (stand: Stand): Promise<void> => {
    if (stand.startMs > 0) return until(stand.startMs);
    await Promise.all([all(ahead, 'armed'), all(before(first, stand), 'inPlace')]);
    signal.throwIfAborted();
  };
  const reportLate = async ({ id, startMs }: Stand): Promise<void> => {
    const lateMs = performance.now() - (await zero) - startMs;
    if (startMs === 0 || lateMs <= reportLateFromMs) return;
    const text = `${id} was in place ${secondsText(lateMs)} later than planned, and stands its whole length all the same`;
    recorder.event({ type: 'note', text });
  };
  let allProved = true;
  const perform = async (stand: Stand): Promise<void> => {
    const { armed, inPlace, gone } = injections.get(stand.id) ?? milestones();
    let fault: ArmedFault | null = null;
    try {
      fault = await arm(stand);
      armed.resolve();
      await begin(stand);
      const running = await fault.inject();
      inPlace.resolve();
      await Promise.all([running.hold(), reportLate(stand)]);
    } catch (thrown) {
      broken.abort(thrown);
    } finally {
      armed.resolve();
      inPlace.resolve();
      await fault?.undo().catch((failed: unknown) => {
        if (broken.signal.reason !== failed) recorder.event({ type: 'note', text: messageOf(failed) });
        broken.abort(failed);
      });
      allProved &&= fault?.proved() ?? false;
      gone.resolve();
    }
  };
  await Promise.all(stands.map(perform));
  run.signal.throwIfAborted();
  if (broken.signal.aborted) throw broken.signal.reason;
  await until(phase.durationMs);
  const names = phase.inject
    .map(
      ({ kind, targets, leaderOf }) =>
        `${kind} on ${leaderOf === undefined ? nodesText(targets) : `the leader of ${leaderOf}`}`,
    )
    .join('; ');
  return { outcome: 'done', detail: `${names}, ${allProved ? 'proved' : 'not proved'}` };
};

/** The same, and of the first phase that has faults beside it what its control plane counted. */
const runCountedFaults = async (run: KindRun, cluster: RunningCluster, phase: FaultPhase): Promise<StepEnd> => {
  if (run.plan.phases.find(({ kind }) => kind === 'fault') !== phase) return runFaults(run, cluster, phase);
  const { recorder } = run;
  const counts = countDetection(run, cluster, phase);
  const isLastUndo = lastUndo(phase);
  const event: KindRun['recorder']['event'] = (body, atMs) => {
    if (body.type === 'fault.undoing' && isLastUndo(body.fault)) counts.undoing();
    recorder.event(body, atMs);
  };
  try {
    return await runFaults({ ...run, recorder: { ...recorder, event } }, cluster, phase);
  } finally {
    await counts.end();
  }
};

/** Drives the load through all phases. The load ends with the last of them, or with the run. */
export const runPhases = async (run: KindRun, cluster: RunningCluster): Promise<void> => {
  const load = await beginLoad(run, cluster);
  await drivePhases(run, cluster, {
    load,
    countsWrites: true,
    // Nodes of kind and this machine share one wall clock.
    heartbeatOf: (node, { leases }, nowMs) => {
      const renewed = leases.get(node);
      return renewed === undefined ? null : nowMs + Date.parse(renewed) - Date.now();
    },
    fault: async (guarded, phase) => {
      const { phases } = guarded.plan;
      const [before] = phases.slice(0, phases.indexOf(phase)).slice(-1);
      if (before?.kind === 'steady') await awaitRecord(guarded, load);
      return runCountedFaults(guarded, cluster, phase);
    },
  });
};
