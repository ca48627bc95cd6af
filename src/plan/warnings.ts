import { secondsText } from '../common/duration.ts';
import { counted } from '../common/text/counted.ts';
import { type CompiledProfile, evictionIntervalMs, exactVersion, maxSafePauseMs, zoneState } from '../profile/index.ts';
import { faultTraits, isHollow, nodeCount, type Scenario } from '../scenario/index.ts';
import { connectionsOf, entranceCount } from './cluster/entrances.ts';
import { nodesText } from './cluster/hollow.ts';
import { boundPaths, cutPaths, impatientKubelets, sharedPaths } from './cluster/hollow-paths.ts';
import { heldLeases } from './cluster/hollow-stops.ts';
import { lossesByZone, namesOfZones, type Zoned } from './cluster/zones.ts';
import {
  type FaultPhase,
  hitsJudge,
  hitsOnlyNodeObjects,
  isControlPlane,
  isFault,
  reachesClientPackets,
  reachesPods,
  shutsDown,
  silencedIn,
} from './fault-effects.ts';
import { recoveryTerms, sparseLoadMs } from './recovery.ts';
import { liveness } from './restarts.ts';
import type { Plan, PlannedFault, PlannedPhase } from './types.ts';

const evictsNobody = 'in which it evicts nobody (from v1.34 on perhaps from one node)';

/** What of evictions is held back in a phase: of all nodes, or zone by zone where there are several. */
const disruptionWarnings = (phase: FaultPhase, cluster: Zoned, { effective }: CompiledProfile): readonly string[] => {
  const zones = lossesByZone(cluster, silencedIn(phase));
  const names = namesOfZones(cluster);
  const paused = zones.reduce((sum, zone) => sum + zone.paused, 0);
  const all = zones.reduce((sum, zone) => sum + zone.nodes, 0);
  if (zones.every((zone) => zoneState(zone, effective) === 'full')) {
    return [
      `with ${paused} of ${counted(all, 'node')} silent in phase ${phase.name} the controller may see a full disruption, ${evictsNobody}`,
    ];
  }
  return zones.flatMap((zone, index) => {
    if (zoneState(zone, effective) !== 'partial') return [];
    const intervalMs = evictionIntervalMs(effective, { ...zone, zones: [zone] });
    const where = zones.length === 1 ? '' : ` of ${names[index]}`;
    const what =
      intervalMs === null ? evictsNobody : `in which it gives up one node of the zone every ${secondsText(intervalMs)}`;
    return [
      `with ${zone.paused} of ${counted(zone.nodes, 'node')}${where} silent in phase ${phase.name} the controller may see a partial disruption, ${what}`,
    ];
  });
};

/** Recoveries that cannot come in time: they are over only when the cluster has been seen well for longer than they may take. */
const hurriedRecoveries = (
  phases: readonly PlannedPhase[],
  { effective, kubernetesVersion }: CompiledProfile,
): readonly string[] =>
  phases.flatMap((phase, index) => {
    if (phase.kind !== 'recover') return [];
    const { stableMs } = recoveryTerms({
      replicas: 0,
      nodes: [],
      faults: phases.slice(0, index).flatMap((one) => (one.kind === 'fault' ? one.inject : [])),
      undoneMs: 0,
      monitorPeriodMs: effective.nodeMonitorPeriodMs,
      statusPeriodMs: effective.nodeStatusUpdateFrequencyMs * (1 + effective.statusJitter),
      minor: exactVersion(kubernetesVersion).minor,
    });
    return phase.withinMs > stableMs
      ? []
      : [
          `phase ${phase.name} may take ${secondsText(phase.withinMs)}, and cannot come in time: a recovery is over when the cluster has been seen well for ${secondsText(stableMs)} since its nodes renewed again`,
        ];
  });

/** @param entrances in turn, of which each may have an outage of its own, as has each kind of connection */
const sparseLoad = (load: Plan['load'], entrances: number): string | null => {
  const kinds = connectionsOf(load).length;
  const spacingMs = (entrances * kinds * 1000) / load.ratePerSecond;
  const where = `${entrances === 1 ? '' : ' through each node'}${kinds === 1 ? '' : ' on each kind of connection'}`;
  return spacingMs > sparseLoadMs
    ? `with a request every ${secondsText(spacingMs)}${where} nothing will be known of what clients felt: an outage may fall between two, which have to be ${secondsText(sparseLoadMs)} apart at the most`
    : null;
};

/** Kept connections may lead past the pods that a fault hits; there are no others where all workers are hit. */
const onlyKept = ({ load, cluster, workload }: Scenario, phases: readonly FaultPhase[]): string | null => {
  if (load.connection !== 'keep-alive' || workload.replicas < 2) return null;
  const some = phases
    .flatMap(({ inject }) => inject)
    .find(({ kind, targets }) => {
      const hit = targets.filter((node) => !isHollow(node) && (cluster.workers === 0 || !isControlPlane(node)));
      return reachesPods(kind) && hit.length > 0 && hit.length < (cluster.workers || cluster.controlPlanes);
    });
  return some === undefined
    ? null
    : `under ${some.kind} nothing may be known of what clients felt: kept connections tell only of the pods that they lead to, and with connection both new ones tell of all`;
};

/**
 * A process that is stopped answers no probe: each takes its 15 s, one after the other. After eight the kubelet has the
 * container killed, 30 s later at the latest, and starts it anew.
 */
const probed: ReadonlySet<PlannedFault['kind']> = new Set([
  'apiserver-pause',
  'etcd-pause',
  'controller-manager-pause',
]);

const endedByProbes = (phases: readonly FaultPhase[]): readonly string[] =>
  phases.flatMap(({ inject }) =>
    inject.flatMap(({ kind, occurrences }) => {
      const maxMs = Math.max(...occurrences.map(({ startMs, endMs }) => endMs - startMs));
      const safeMs = liveness.failures * liveness.timeoutMs;
      return probed.has(kind) && maxMs >= safeMs
        ? [
            `${kind} for ${secondsText(maxMs)} may be ended by the kubelet: from ${secondsText(safeMs)} on, ${liveness.failures} liveness probes of ${secondsText(liveness.timeoutMs)} have failed, and the process is killed and started anew`,
          ]
        : [];
    }),
  );

const unsimulatedRequests = (phases: readonly FaultPhase[]): readonly string[] =>
  phases.flatMap(({ inject }) =>
    inject
      .filter(reachesClientPackets)
      .map(
        ({ kind }) =>
          `${kind} with peer all acts on the packets of clients, too, which the model does not simulate: whatever it predicts of requests leaves that out`,
      ),
  );

/** What comes of an act on the Node object of a node that is Ready yet. */
const whileReady: Readonly<Partial<Record<PlannedFault['kind'], string>>> = {
  'taints-removed': 'without a taint to remove the run proves nothing',
  'out-of-service': 'its pods are deleted while it is Ready, and removed only once it is not',
};

/** Before v1.26 the taint is like any other that no pod tolerates. @see kubernetes pkg/features: NodeOutOfServiceVolumeDetach */
const unheardTaints = (phases: readonly FaultPhase[], { kubernetesVersion }: CompiledProfile): readonly string[] =>
  exactVersion(kubernetesVersion).minor < 26 &&
  phases.some(({ inject }) => inject.some(({ kind }) => kind === 'out-of-service'))
    ? [
        `on ${kubernetesVersion} out-of-service deletes the pods of its nodes and no more: that they are removed, and their volumes detached, came with v1.26`,
      ]
    : [];
/** What a node that is shut down does first by the profile, and whether it comes back before that is over. */
const shutdownWarnings = (phases: readonly FaultPhase[], { effective }: CompiledProfile): readonly string[] =>
  phases.flatMap(({ inject }) =>
    inject
      .filter(({ kind }) => shutsDown(kind))
      .flatMap(({ id, occurrences }) => {
        if (effective.shutdown === undefined)
          return [`under ${id} nodes go at once, as under node-stop: this profile has no shutdownGracePeriod`];
        const { gracePeriodMs, criticalPodsMs } = effective.shutdown;
        const shortestMs = Math.min(...occurrences.map(({ startMs, endMs }) => endMs - startMs));
        const early =
          shortestMs >= gracePeriodMs
            ? []
            : [
                `${id} lasts ${secondsText(shortestMs)}, and shutting down in order may take ${secondsText(gracePeriodMs)}: a node that is not off by then is switched off and on at once`,
              ];
        return [
          `under ${id} the kubelet says NotReady at once, ends its pods within ${secondsText(gracePeriodMs - criticalPodsMs)}, critical ones within ${secondsText(criticalPodsMs)} after that, and the node is off`,
          ...early,
        ];
      }),
  );

const forTheModel = (phases: readonly FaultPhase[]): readonly string[] =>
  phases.flatMap(({ inject }) =>
    inject.flatMap(({ kind }) => {
      const { modelOnly } = faultTraits(kind);
      return modelOnly === null ? [] : [`${kind} runs in the model alone (--backend model), for ${modelOnly}`];
    }),
  );

/**
 * Taints that are removed, or set, before the first fault phase can have cost their node anything: of those to be removed there are none
 * then, the removal is not proved, and the run proves nothing.
 */
const earlyActs = (
  [phase]: readonly FaultPhase[],
  { effective, kubernetesVersion }: CompiledProfile,
): readonly string[] => {
  if (phase === undefined) return [];
  const safeMs = maxSafePauseMs(effective, kubernetesVersion);
  const costing = phase.inject.filter(({ kind }) => !hitsOnlyNodeObjects(kind));
  const mayBeLostBy = (node: string, atMs: number): boolean =>
    costing.some(
      (fault) =>
        (fault.targets.includes(node) || hitsJudge(fault)) &&
        fault.occurrences.some(({ startMs }) => startMs + safeMs <= atMs),
    );
  return phase.inject
    .filter(({ kind }) => hitsOnlyNodeObjects(kind))
    .flatMap(({ id, kind, targets, occurrences }) =>
      occurrences.flatMap(({ startMs }) => {
        const early = targets.filter((node) => !mayBeLostBy(node, startMs));
        return early.length === 0
          ? []
          : [
              `${id} on ${nodesText(early)} after ${secondsText(startMs)} comes before any fault can have made the node NotReady, which takes ${secondsText(safeMs)} at the least: ${whileReady[kind] ?? ''}`,
            ];
      }),
    );
};

export const warningsOf = (
  scenario: Scenario,
  phases: readonly PlannedPhase[],
  profile: CompiledProfile,
): readonly string[] => {
  const { load, cluster } = scenario;
  const nodes = nodeCount(cluster);
  const faults = phases.filter(isFault);
  const hit = new Set(faults.flatMap(({ inject }) => inject.flatMap(({ targets }) => targets)));
  const everyNode =
    hit.size === nodes && load.through === undefined
      ? 'every node is the target of a fault: the load has to enter through one of them'
      : null;
  const entrances = entranceCount({ load, phases, topology: cluster });
  return [
    ...new Set([
      ...faults.flatMap((phase) => disruptionWarnings(phase, cluster, profile)),
      everyNode,
      sparseLoad(load, entrances),
      onlyKept(scenario, faults),
      ...hurriedRecoveries(phases, profile),
      ...endedByProbes(faults),
      ...unsimulatedRequests(faults),
      ...earlyActs(faults, profile),
      ...unheardTaints(faults, profile),
      ...shutdownWarnings(faults, profile),
      ...forTheModel(faults),
      ...heldLeases({ phases, profile }),
      ...impatientKubelets({ phases, profile }),
      ...[...sharedPaths({ phases }), ...boundPaths({ phases, topology: cluster })].map(
        ({ text }) => `${text}: a node that is lost says nothing of those`,
      ),
      ...cutPaths({ phases }).map(({ text }) => text),
    ]),
  ].filter((warning) => warning !== null);
};
