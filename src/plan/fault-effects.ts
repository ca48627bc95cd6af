import {
  exactVersion,
  latePassesMs,
  mayCostOthers,
  mayFlapByItself,
  proxyPauseMs,
  selfFlapShare,
  zoneState,
} from '../profile/index.ts';
import { faultTraits, type HollowNodes, isHollow, nodeCount, nodeNames } from '../scenario/index.ts';
import { lossesByZone } from './cluster/zones.ts';
import type { Plan, PlannedFault, PlannedPhase } from './types.ts';

export type FaultPhase = Extract<PlannedPhase, { kind: 'fault' }>;

export const isFault = (phase: PlannedPhase): phase is FaultPhase => phase.kind === 'fault';

/** Why no agent makes a kind on a cluster that somebody has; null where one does. */
export const whyNotForContext = (kind: PlannedFault['kind']): string | null => faultTraits(kind).notForContext;

/** Whether a fault keeps its targets' heartbeats from the API server for as long as it stands. */
export const isSilencing = (fault: PlannedFault): boolean => {
  const { silencesLeases } = faultTraits(fault.kind);
  if (silencesLeases === 'outbound') return !('direction' in fault && fault.direction === 'from');
  return silencesLeases === 'always';
};

/**
 * Targets that cannot renew a lease while the fault stands. A control plane that is cut off from the others may go on
 * renewing with its own API server, which it reaches over no network.
 * @param targets those that it hit
 */
export const silencedBy = (fault: PlannedFault, targets: readonly string[]): readonly string[] => {
  if (!isSilencing(fault)) return [];
  return faultTraits(fault.kind).hits === 'path' ? targets.filter((node) => !isControlPlane(node)) : targets;
};

export const silencingIn = (phase: FaultPhase): readonly PlannedFault[] => phase.inject.filter(isSilencing);

export const silencedIn = (phase: FaultPhase): readonly string[] => [
  ...new Set(silencingIn(phase).flatMap(({ targets }) => targets)),
];

/** After these a node renews at once: of the others some renew only after their connection, or their start. */
export const freezes = ({ kind }: PlannedFault): boolean => faultTraits(kind).kubeletEnds === 'thaw';

/** After these a kubelet starts anew. */
export const startsKubelet = ({ kind }: Pick<PlannedFault, 'kind'>): boolean =>
  faultTraits(kind).kubeletEnds === 'start';

/** All nodes of a plan, by their short names, control planes first. */
export const nodesOf = ({ topology }: Pick<Plan, 'topology'>): readonly string[] => nodeNames(topology);

export const isControlPlane = (node: string): boolean => node.startsWith('control-plane');

/** Whether pods of the workload may be on a node: kubeadm keeps them off control planes where there are workers. */
export const mayBearWorkload = (node: string, { workers }: { readonly workers: number }): boolean =>
  !isHollow(node) && isControlPlane(node) === (workers === 0);

/** Whether a node has a pod that can be evicted from the start: a hollow one where those have pods. */
export const surelyBearsPods = (node: string, { hollow }: { readonly hollow?: HollowNodes }): boolean =>
  isHollow(node) && (hollow?.podsPerNode ?? 0) > 0;

/** Most pods beside the workload on any node. */
export const maxPodsBeside = ({
  podsPerNode = 0,
  hollow,
}: {
  readonly podsPerNode?: number;
  readonly hollow?: HollowNodes;
}): number => Math.max(podsPerNode, hollow?.podsPerNode ?? 0);

/** Whether faults of a kind act upon what runs on control planes, and can hit nothing else. */
export const hitsOnlyControlPlanes = (kind: PlannedFault['kind']): boolean => faultTraits(kind).hits === 'controlPlane';

/** Whether faults of the kind only write into Node objects: no process, no path and no heartbeat is hit by them. */
export const hitsOnlyNodeObjects = (kind: PlannedFault['kind']): boolean => faultTraits(kind).hits === 'nodeObject';

/** Whether a fault reaches what judges nodes or keeps their state, so that it may cost nodes it does not target. */
export const hitsControlPlane = ({ kind, targets }: Pick<PlannedFault, 'kind' | 'targets'>): boolean =>
  hitsOnlyControlPlanes(kind) || (!hitsOnlyNodeObjects(kind) && targets.some(isControlPlane));

/** Whether a fault hits what gives nodes up, so that no formula says when it does. */
export const hitsJudge = (fault: Pick<PlannedFault, 'kind' | 'targets'>): boolean =>
  hitsControlPlane(fault) && faultTraits(fault.kind).hits !== 'kubelet';

/** Whether faults of the kind set the clock that heartbeats are stamped with: what is older than the one before is none. */
export const setsClock = (kind: PlannedFault['kind']): boolean => faultTraits(kind).hits === 'clock';

/**
 * Whether faults of the kind shut their targets down in order: what kubelets then do, and when a node goes, is theirs to say,
 * NotReady by their own word among it.
 */
export const shutsDown = (kind: PlannedFault['kind']): boolean => faultTraits(kind).silencesLeases === 'atLast';

/** Why faults of a kind hit workers alone; null where they may hit control planes. */
export const whyWorkersAlone = (kind: PlannedFault['kind']): string | null => faultTraits(kind).workersAlone;

/** Whether no formula says when a node is given up while the fault stands, or soon after it. */
export const escapesFormulas = (fault: PlannedFault): boolean =>
  hitsJudge(fault) || setsClock(fault.kind) || shutsDown(fault.kind);

/** Whether while a fault of the kind stands its targets' kubelets stand still. */
export const stopsKubelet = (kind: PlannedFault['kind']): boolean => faultTraits(kind).kubeletEnds !== null;

/** Whether faults of the kind act upon kubelets alone, and leave pods, kube-proxy and every path as they are. */
export const stopsOnlyKubelets = (kind: PlannedFault['kind']): boolean => faultTraits(kind).hits === 'kubelet';

/** Whether a fault delays, loses or changes the packets of clients, too. The model has only the way to the API server. */
export const reachesClientPackets = (fault: PlannedFault): boolean => fault.kind === 'netem' && fault.peer === 'all';

/** Whether faults of the kind reach what answers clients on a node: pods, kube-proxy, or the way to them. */
export const reachesPods = (kind: PlannedFault['kind']): boolean =>
  !(stopsOnlyKubelets(kind) || hitsOnlyControlPlanes(kind) || hitsOnlyNodeObjects(kind) || setsClock(kind));

/** The nodes of a fault whose API server, or the way to it, it reaches. */
export const apiServersHit = ({ kind, targets }: PlannedFault): readonly string[] =>
  faultTraits(kind).sparesApi ? [] : targets;

/** Whether, while the fault stands, no API server can tell what happens. With several, the others go on telling. */
export const mutesApiServer = ({ topology }: Plan, { kind, targets }: PlannedFault): boolean => {
  const { mutesApi } = faultTraits(kind);
  if (mutesApi === 'never') return false;
  const hit = targets.filter(isControlPlane).length;
  if (hit === 0) return false;
  // Of etcd's members a majority is needed.
  return mutesApi === 'majority' ? hit > (topology.controlPlanes - 1) / 2 : hit === topology.controlPlanes;
};

/** No constant of Kubernetes: by then rules are written once a sync of kube-proxy has begun, on a busy machine. */
const rulesMs = 500;

/** Within this the rules of every entrance follow a change of the Service's endpoints. */
export const proxyFollowsMs = ({ kubernetesVersion }: Pick<Plan, 'kubernetesVersion'>): number =>
  proxyPauseMs(exactVersion(kubernetesVersion)) + rulesMs;

/** By how much later than their windows nodes may be NotReady for what passes over all of them take, ms. */
export const passesTakeMs = ({ profile, topology }: Pick<Plan, 'profile' | 'topology'>): number =>
  latePassesMs(profile.effective, nodeCount(topology));

/** Whether the profile loses nodes with no fault at all: its grace is no longer than a late heartbeat. */
export const flapsByItself = ({ profile }: Pick<Plan, 'profile'>): boolean =>
  mayFlapByItself(profile.effective, profile.kubernetesVersion);

/**
 * From this share of heartbeats that come too late on, windows are of no use: nodes are as likely as not lost already when a
 * fault begins, or again after it. Below it they hold in nearly all runs, and say when they do not.
 */
const oftenLateShare = 0.05;

/** Whether the profile loses nodes by itself so often that no window of a fault holds. */
export const flapsOften = ({ profile }: Pick<Plan, 'profile'>): boolean =>
  selfFlapShare(profile.effective, profile.kubernetesVersion) > oftenLateShare;

/** Whether nodes that no fault silences may be lost while the controller marks the pods of those that one does. */
export const mayLoseOthers = ({
  profile: { effective, kubernetesVersion },
  phases,
  topology,
  workload: { replicas },
}: Pick<Plan, 'profile' | 'phases' | 'workload'> & {
  readonly topology: { readonly podsPerNode?: number; readonly hollow?: HollowNodes };
}): boolean =>
  phases
    .filter(isFault)
    .map((phase) => silencedIn(phase))
    .some((silenced) =>
      mayCostOthers(effective, kubernetesVersion, {
        paused: silenced.length,
        replicas,
        podsPerNode: maxPodsBeside(topology),
        hollow: silenced.filter(isHollow).length,
      }),
    );

/**
 * What the controller makes of NotReady nodes, at most so many at once; unless `normal` it holds evictions back, in a small
 * zone all of them.
 * @param names those that were NotReady at any time, for where there are several zones
 */
export const disruptionOf = (
  { topology, profile: { effective } }: Plan,
  max: number,
  names: readonly string[],
): 'normal' | 'partial' | 'full' => {
  const nodes = nodeCount(topology);
  if ((topology.zones ?? 1) === 1 && topology.hollow === undefined) return zoneState({ paused: max, nodes }, effective);
  if (max === nodes) return 'full';
  const states = lossesByZone(topology, names).map((zone) => zoneState(zone, effective));
  return states.includes('partial') ? 'partial' : 'normal';
};
