import {
  type CompiledProfile,
  controllerManagerOf,
  type EffectiveSettings,
  exactVersion,
  noImpact,
  type PausedCluster,
  predictImpact,
  replacementWindow,
  type Silencing,
} from '../profile/index.ts';
import { faultTraits, type HollowNodes, isHollow, nodeCount, type Scenario } from '../scenario/index.ts';
import { entrancesOf } from './cluster/entrances.ts';
import { lossesByZone } from './cluster/zones.ts';
import { hitsJudge, isFault, isSilencing, maxPodsBeside, mayBearWorkload, surelyBearsPods } from './fault-effects.ts';
import { returnMsOf } from './fault-times.ts';
import type { PlannedFault, PlannedPhase, Prediction } from './types.ts';

type Size = {
  readonly controlPlanes: number;
  readonly workers: number;
  readonly replicas: number;
  readonly hollow?: HollowNodes;
};

/** Nodes that pods of the workload may be on, and how many of the silenced ones those are. */
const schedulableOf = (silenced: readonly string[], { controlPlanes, workers }: Size) => {
  const hits = silenced.filter((node) => mayBearWorkload(node, { workers })).length;
  return { schedulable: workers === 0 ? controlPlanes : workers, pausedSchedulable: hits };
};

/**
 * Silenced nodes that may have no pod to evict while another of them has, the scheduler spreading the workload's evenly.
 * @param silenced names of nodes
 */
export const emptyNodes = (silenced: readonly string[], size: Size): number => {
  const { schedulable, pausedSchedulable } = schedulableOf(silenced, size);
  const bearing = silenced.filter((node) => surelyBearsPods(node, size)).length;
  if (bearing > 0) return silenced.length - bearing;
  const unused = schedulable - Math.min(size.replicas, schedulable);
  const surelyUsed = Math.max(1, pausedSchedulable - unused);
  return Math.max(0, silenced.length - surelyUsed);
};

type Silence = { readonly ms: number; readonly fault: PlannedFault; readonly targets: readonly string[] };

/** One kind of silence that begins for all of its nodes at once and ends so: what the formulas speak of. */
const silenceOf = (phases: readonly PlannedPhase[]): Silence | null => {
  const phase = phases.find(isFault);
  const [first] = phase?.inject ?? [];
  const [span] = first?.occurrences ?? [];
  if (phase === undefined || first === undefined || span === undefined) return null;
  const same = (fault: PlannedFault): boolean =>
    fault.kind === first.kind &&
    isSilencing(fault) &&
    !hitsJudge(fault) &&
    fault.occurrences.length === 1 &&
    fault.occurrences[0]?.startMs === span.startMs &&
    fault.occurrences[0]?.endMs === span.endMs;
  if (!phase.inject.every(same)) return null;
  const targets = [...new Set(phase.inject.flatMap((fault) => fault.targets))];
  // What kwok keeps is back in a way of its own, once it was ended.
  if (faultTraits(first.kind).onHollow !== 'pause' && targets.some(isHollow)) return null;
  return { ms: span.endMs - span.startMs, fault: first, targets };
};

const silencingOf = ({ fault }: Silence): Silencing => {
  const { hits, kubeletEnds } = faultTraits(fault.kind);
  return {
    ends: kubeletEnds ?? 'heal',
    podsServe: hits !== 'node' && !cutsAll(fault),
    returnMs: returnMsOf(fault),
  };
};

/** Whether requests between nodes and control planes are cut as well. */
const cutsAll = (fault: PlannedFault): boolean => fault.kind === 'partition' && fault.traffic === 'all';

/** Whether a recovery follows the first fault before another begins: else that may be what everything is back from. */
const isAlone = (phases: readonly PlannedPhase[]): boolean => {
  const after = phases.slice(phases.findIndex(({ kind }) => kind === 'fault') + 1);
  return after.find(({ kind }) => kind !== 'steady')?.kind !== 'fault';
};

const clusterOf = (
  silence: Silence,
  phases: readonly PlannedPhase[],
  { cluster, workload: { replicas }, load }: Scenario,
): PausedCluster => {
  const { targets, fault } = silence;
  const size: Size = { ...cluster, replicas };
  const hit = new Set(targets);
  const isUntouched = entrancesOf({ load, phases, topology: cluster }).every((node) => !hit.has(node));
  return {
    ...silencingOf(silence),
    nodes: nodeCount(cluster),
    paused: targets.length,
    zones: lossesByZone(cluster, targets),
    podsPerNode: maxPodsBeside(cluster),
    hollow: targets.filter(isHollow).length,
    ...schedulableOf(targets, size),
    replicas,
    emptyNodes: emptyNodes(targets, size),
    ratePerSecond: load.ratePerSecond,
    freshConnections: load.connection !== 'keep-alive',
    keptConnections: load.connection !== 'fresh',
    // The rules of a node whose kubelet alone is hit go on being kept.
    seesEndpoints: (isUntouched || faultTraits(fault.kind).hits === 'kubelet') && !cutsAll(fault),
  };
};

/** How long the connection of a kubelet that was cut off is held for dead is known from v1.20 on. */
const knowsReturn = ({ fault }: Silence, version: string): boolean =>
  !(fault.kind === 'partition' && fault.by === 'drop') || exactVersion(version).minor >= 20;

/**
 * Who makes pods one by one, probes them seldom or has volumes attached is back at times that no formula knows; so is
 * somebody's own program.
 */
const isPlain = ({ workload: { kind, readiness, manifest, volume, existingService } }: Scenario): boolean =>
  [kind, readiness, manifest, volume, existingService].every((special) => special === undefined);

/** Where the pods of a Service are that stood there before the run, and who makes them anew, no plan says. */
const unlessExisting = ({ workload: { existingService } }: Scenario) =>
  existingService === undefined
    ? {}
    : { endpointLostAfterMs: null, endpointsEmptyAfterMs: null, refusedAfterMs: null, requestsLost: null };

/**
 * Whether more nodes may have been tainted than a pass frees at once when all are back, by the controller manager's own budget
 * of requests: pods are then put on nodes whose taint still stands, and evicted once more.
 */
const mayOutnumberPass = ({ ms }: Silence, { paused, zones }: PausedCluster, effective: EffectiveSettings): boolean => {
  const { nodeEvictionRatePerSecond, secondaryNodeEvictionRatePerSecond, kubeApiRequestsPerSecond } =
    controllerManagerOf(effective);
  const perSecond = Math.max(nodeEvictionRatePerSecond, secondaryNodeEvictionRatePerSecond) * (zones?.length ?? 1);
  return Math.min(paused, (perSecond * ms) / 1000) > kubeApiRequestsPerSecond;
};

/**
 * How much later than a kubelet kwok may have its nodes Ready again: it waits anew for a lost one with each change of its Node
 * object, and both of its taints may come meanwhile. To v1.30 it does not wait.
 * @see kwok pkg/kwok/controllers/node_controller.go, addStageJob
 */
const waitsAnewMs = ({ targets }: Silence, effective: EffectiveSettings, version: string): number => {
  if (!targets.some(isHollow) || exactVersion(version).minor < 31) return 0;
  const { nodeStatusUpdateFrequencyMs, statusJitter } = effective;
  return 2 * nodeStatusUpdateFrequencyMs * (1 + statusJitter);
};

/** Windows for what follows a NotReady; all null where the first fault is not a silence of one kind alone. */
export const impactOf = (
  { effective, kubernetesVersion }: CompiledProfile,
  phases: readonly PlannedPhase[],
  scenario: Scenario,
): ReturnType<typeof predictImpact> => {
  const silence = silenceOf(phases);
  if (silence === null) return noImpact;
  const cluster = clusterOf(silence, phases, scenario);
  const impact = predictImpact(effective, kubernetesVersion, silence.ms, cluster);
  const isOver = isAlone(phases) && knowsReturn(silence, kubernetesVersion);
  // Where no request is lost no pod of the workload is among those that are put anywhere.
  const isFreed = impact.requestsLost?.[1] === 0 || !mayOutnumberPass(silence, cluster, effective);
  const isBack = isOver && isPlain(scenario) && isFreed;
  return {
    ...impact,
    // A new pod of one's own may be Ready at any time, and then there is an endpoint.
    ...(scenario.workload.manifest === undefined ? {} : { endpointsEmptyAfterMs: null, refusedAfterMs: null }),
    allReadyAfterUndoMs:
      isOver && impact.allReadyAfterUndoMs !== null
        ? [
            impact.allReadyAfterUndoMs[0],
            impact.allReadyAfterUndoMs[1] + waitsAnewMs(silence, effective, kubernetesVersion),
          ]
        : null,
    lastRefusedAfterUndoMs: isBack ? impact.lastRefusedAfterUndoMs : null,
    // It counts from the first fault to the end, whatever else follows.
    requestsLost: isBack && phases.filter(isFault).length === 1 ? impact.requestsLost : null,
    ...unlessExisting(scenario),
  };
};

/** When the first replacement of an evicted pod is Ready; null where no formula knows that, or no eviction. */
export const replacedAfterMs = (
  { evictionAfterMs }: Pick<Prediction, 'evictionAfterMs'>,
  { effective, kubernetesVersion }: CompiledProfile,
  phases: readonly PlannedPhase[],
  scenario: Scenario,
): Prediction['evictionAfterMs'] => {
  const silence = silenceOf(phases);
  if (silence === null || evictionAfterMs === null || !isAlone(phases) || !isPlain(scenario)) return null;
  // Nobody makes the pods of hollow nodes anew, and one of them may be the first.
  if (silence.targets.some((node) => surelyBearsPods(node, scenario.cluster))) return null;
  if (!knowsReturn(silence, kubernetesVersion)) return null;
  const cluster = clusterOf(silence, phases, scenario);
  return replacementWindow(effective, kubernetesVersion, silence.ms, cluster, evictionAfterMs);
};
