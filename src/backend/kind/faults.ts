import { setTimeout as delay } from 'node:timers/promises';
import { fullNodeName } from '../../cluster/index.ts';
import { type FaultSite, type InjectedFault, injectFault } from '../../fault/index.ts';
import type { PlannedFault, PlannedPhase } from '../../plan/index.ts';
import type { StepEnd } from '../steps.ts';
import type { KindRun, StandingCluster } from './context.ts';

type FaultPhase = PlannedPhase & { readonly kind: 'fault' };
type Act = {
  readonly atMs: number;
  readonly what: 'inject' | 'undo';
  readonly id: string;
  readonly planned: PlannedFault;
};

/** What is to be done in a phase, in order: undos before injections of the same moment, the latest injected first. */
const actsOf = (phase: FaultPhase): readonly Act[] => {
  const stands = phase.inject.flatMap((planned) =>
    planned.occurrences.map(({ id, startMs, endMs }) => ({ planned, id, startMs, endMs })),
  );
  const injects = stands.map(({ planned, id, startMs }) => ({ atMs: startMs, what: 'inject' as const, id, planned }));
  const undos = stands.map(({ planned, id, endMs }) => ({ atMs: endMs, what: 'undo' as const, id, planned }));
  return [...undos.reverse(), ...injects].sort((one, other) => one.atMs - other.atMs);
};

const siteOf = ({ options, commander }: KindRun, cluster: StandingCluster): FaultSite => ({
  cluster: options.clusterName,
  incarnation: cluster.incarnation,
  run: options.journal.run,
  nodes: cluster.nodes.map((one) => ({ ...one, container: fullNodeName(options.clusterName, one.node) })),
  commander,
  host: options.host,
});

/**
 * Lets the faults of a phase come and go at their times, one after the other. The clock of the phase starts when those
 * of its first moment are in place, so that each stands at least as long as planned. Whatever happens, all that was
 * injected is undone at the end, the latest first, and each undo is tried whatever became of the others.
 */
export const runFaults = async (run: KindRun, cluster: StandingCluster, phase: FaultPhase): Promise<StepEnd> => {
  const { options, recorder, signal } = run;
  const site = siteOf(run, cluster);
  const standing = new Map<string, InjectedFault>();
  let allProved = true;
  let zeroMs: number | null = null;
  const undo = async (id: string): Promise<void> => {
    const injected = standing.get(id);
    if (injected === undefined) return;
    standing.delete(id);
    allProved &&= injected.proved();
    await injected.undo().catch((failed: unknown) => {
      recorder.event({ type: 'note', text: String((failed as Error).message) });
    });
  };
  try {
    for (const { atMs, what, id, planned } of actsOf(phase)) {
      if (atMs > 0) {
        zeroMs ??= recorder.nowMs();
        await delay(Math.max(0, zeroMs + atMs - recorder.nowMs()), undefined, { signal });
      }
      if (what === 'inject') {
        const { journal } = options;
        standing.set(id, await injectFault({ planned, id, site, journal, record: recorder.event, signal }));
      } else {
        await standing.get(id)?.attestEnd();
        await undo(id);
      }
    }
    await delay(Math.max(0, (zeroMs ?? recorder.nowMs()) + phase.durationMs - recorder.nowMs()), undefined, { signal });
  } finally {
    for (const id of [...standing.keys()].reverse()) await undo(id);
  }
  const words = phase.inject
    .map(
      ({ kind, targets, leaderOf }) =>
        `${kind} on ${leaderOf === undefined ? targets.join(', ') : `the leader of ${leaderOf}`}`,
    )
    .join('; ');
  return { outcome: 'done', detail: `${words}, ${allProved ? 'proved' : 'not proved'}` };
};
