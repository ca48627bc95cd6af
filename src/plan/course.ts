import { type CompiledProfile, type PausedCluster, predictCourse } from '../profile/index.ts';
import { isHollow, nodeCount, type Scenario } from '../scenario/index.ts';
import { lossesByZone } from './cluster/zones.ts';
import { isControlPlane } from './reach.ts';
import type { PlannedFault, PlannedPhase, Prediction } from './types.ts';

type Size = { readonly controlPlanes: number; readonly workers: number; readonly replicas: number };

/** Nodes that pods of the workload may be on, and how many of the silenced ones those are. */
const schedulableOf = (silenced: readonly string[], { controlPlanes, workers }: Size) => {
  const hits = silenced.filter((node) => !isHollow(node) && isControlPlane(node) === (workers === 0)).length;
  return { schedulable: workers === 0 ? controlPlanes : workers, pausedSchedulable: hits };
};

/**
 * Silenced nodes that may have no pod of the workload while another of them has, the scheduler spreading pods evenly.
 * @param silenced names of nodes
 */
export const emptyNodes = (silenced: readonly string[], size: Size): number => {
  const { schedulable, pausedSchedulable } = schedulableOf(silenced, size);
  const unused = schedulable - Math.min(size.replicas, schedulable);
  const surelyUsed = Math.max(1, pausedSchedulable - unused);
  return Math.max(0, silenced.length - surelyUsed);
};

/** A pause of kubelets that begins for all of them at once and ends so: what the formulas speak of. */
const pauseOf = (
  phases: readonly PlannedPhase[],
): { readonly ms: number; readonly targets: readonly string[] } | null => {
  const phase = phases.find(({ kind }) => kind === 'fault');
  if (phase?.kind !== 'fault') return null;
  const same = ({ kind, occurrences }: PlannedFault): boolean =>
    kind === 'kubelet-pause' &&
    occurrences.length === 1 &&
    occurrences[0]?.startMs === phase.inject[0]?.occurrences[0]?.startMs &&
    occurrences[0]?.endMs === phase.inject[0]?.occurrences[0]?.endMs;
  const [first] = phase.inject;
  const [span] = first?.occurrences ?? [];
  if (span === undefined || !phase.inject.every(same)) return null;
  return { ms: span.endMs - span.startMs, targets: [...new Set(phase.inject.flatMap(({ targets }) => targets))] };
};

/** Whether a recovery follows the first fault before another begins: else that may be what everything is back from. */
const isAlone = (phases: readonly PlannedPhase[]): boolean => {
  const after = phases.slice(phases.findIndex(({ kind }) => kind === 'fault') + 1);
  return after.find(({ kind }) => kind !== 'steady')?.kind !== 'fault';
};

const none = {
  taintedAfterMs: null,
  endpointsEmptyAfterMs: null,
  refusedAfterMs: null,
  allReadyAfterUndoMs: null,
  lastRefusedAfterUndoMs: null,
} satisfies Partial<Prediction>;

/** Windows for what follows a NotReady; all null where the first fault is not a pause of kubelets alone. */
export const courseOf = (
  { effective, kubernetesVersion }: CompiledProfile,
  phases: readonly PlannedPhase[],
  { cluster: scenarioCluster, workload, load }: Scenario,
): Omit<Prediction, 'notReadyAfterMs' | 'evictionAfterMs' | 'flap' | 'noFormula'> => {
  const pause = pauseOf(phases);
  if (pause === null) return none;
  const { replicas } = workload;
  const { controlPlanes, workers, podsPerNode } = scenarioCluster;
  const size: Size = { controlPlanes, workers, replicas };
  const cluster: PausedCluster = {
    nodes: nodeCount(scenarioCluster),
    paused: pause.targets.length,
    zones: lossesByZone(scenarioCluster, pause.targets),
    podsPerNode: podsPerNode ?? 0,
    ...schedulableOf(pause.targets, size),
    replicas,
    emptyNodes: emptyNodes(pause.targets, size),
    ratePerSecond: load.ratePerSecond,
    freshConnections: load.connection !== 'keep-alive',
  };
  const course = predictCourse(effective, kubernetesVersion, pause.ms, cluster) ?? none;
  // Who makes pods one by one, or probes them seldom, is back at times that no formula knows.
  if (workload.kind !== undefined || workload.readiness !== undefined) {
    return {
      ...course,
      allReadyAfterUndoMs: isAlone(phases) ? course.allReadyAfterUndoMs : null,
      lastRefusedAfterUndoMs: null,
    };
  }
  return isAlone(phases) ? course : { ...course, allReadyAfterUndoMs: null, lastRefusedAfterUndoMs: null };
};
