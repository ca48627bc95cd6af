import { exactVersion, mayCostOthers, proxyPauseMs, selfFlapShare, zoneState } from '../profile/index.ts';
import { faultTraits, isHollow, nodeCount, nodeNames } from '../scenario/index.ts';
import { lossesByZone } from './cluster/zones.ts';
import type { Plan, PlannedFault, PlannedPhase } from './types.ts';

export type FaultPhase = Extract<PlannedPhase, { kind: 'fault' }>;

export const isFault = (phase: PlannedPhase): phase is FaultPhase => phase.kind === 'fault';

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

/** No constant of Kubernetes: within this a kubelet is back that was cut off, slowed or started again. */
export const returnMs = 10_000;

/**
 * Within this a connection is given up on which nothing comes: client-go's ReadIdleTimeout of 30 s and PingTimeout of 15 s.
 * @see kubernetes k8s.io/apimachinery/pkg/util/net, from v1.20.0
 */
const deadConnectionMs = 45_000;

/**
 * How long a kubelet may take to renew whose packets were lost: TCP sends again after as long as the cut was, unless the
 * connection is given up first; a new one is dialled every few seconds. What comes in puts off that it is given up: in a cut of
 * one way all the while, else from its end on, for what the API server sends again may be there long before what the kubelet
 * does. So only a cut of both ways that outlasts the connection finds it given up.
 */
export const healMs = (isolationMs: number, isDisconnected: boolean): number =>
  isDisconnected && isolationMs >= deadConnectionMs
    ? returnMs
    : Math.max(returnMs, Math.min(isolationMs, deadConnectionMs));

/** Whether packets of its targets may be lost in a fault, so that TCP waits before it sends them again. */
export const losesPackets = (fault: PlannedFault): boolean =>
  faultTraits(fault.kind).hits === 'path' && !(fault.kind === 'partition' && fault.by === 'reject');

/** How long after the end of a fault, if nothing else was lost before it, the kubelets that it hit may take to be received again. */
export const returnMsOf = (fault: PlannedFault): number => {
  if (freezes(fault)) return 0;
  if (!losesPackets(fault)) return returnMs;
  const { occurrences } = fault;
  // What is lost in one time waits for as long again in the next.
  const isolationMs =
    Math.max(...occurrences.map(({ endMs }) => endMs)) - Math.min(...occurrences.map(({ startMs }) => startMs));
  const isDisconnected = fault.kind === 'partition' && fault.direction === 'both' && occurrences.length === 1;
  return healMs(isolationMs, isDisconnected);
};

type Span = { readonly startMs: number; readonly endMs: number };

/** Losses of packets that follow one another so soon that what is lost in one may wait into the next are one. */
const joinedLosses = (spans: readonly Span[]): readonly Span[] => {
  const known: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.startMs - other.startMs)) {
    const last = known.at(-1);
    if (last === undefined || span.startMs > last.endMs + healMs(last.endMs - last.startMs, false)) known.push(span);
    else known[known.length - 1] = { ...last, endMs: Math.max(last.endMs, span.endMs) };
  }
  return known;
};

/** A time in which a fault stands; ms since the first phase, or since the last recovery. */
type FaultTime = Span & { readonly fault: PlannedFault };

/** Each time that a fault stands, by what lies between two recoveries: after one, every node has been received again. */
export const timesOf = (phases: readonly PlannedPhase[]): readonly (readonly FaultTime[])[] => {
  const parts: FaultTime[][] = [[]];
  let zeroMs = 0;
  for (const phase of phases) {
    if (phase.kind === 'recover') {
      parts.push([]);
      zeroMs = 0;
      continue;
    }
    const fromMs = zeroMs;
    zeroMs += phase.durationMs;
    if (!isFault(phase)) continue;
    const own = phase.inject.flatMap((fault) =>
      fault.occurrences.map(({ startMs, endMs }) => ({ fault, startMs: fromMs + startMs, endMs: fromMs + endMs })),
    );
    parts.at(-1)?.push(...own);
  }
  return parts;
};

const spansOf = (
  phases: readonly PlannedPhase[],
  counts: (fault: PlannedFault) => boolean,
): readonly (readonly Span[])[] => timesOf(phases).map((part) => part.filter(({ fault }) => counts(fault)));

const lengthOf = ({ startMs, endMs }: Span): number => endMs - startMs;

/**
 * The longest that faults may keep a node silent, all of them together that no recovery parts, and that its kubelet takes to be
 * received again; in ms. @param always faults that count wherever they are; others do where packets are lost, too, for a
 * kubelet that stands still puts off what waits to be sent again
 */
export const silentMs = (phases: readonly PlannedPhase[], always: (fault: PlannedFault) => boolean): number => {
  const lossy = spansOf(phases, losesPackets);
  const counted = spansOf(phases, (fault) => always(fault) && !losesPackets(fault));
  const others = spansOf(phases, (fault) => !losesPackets(fault));
  const parts = lossy.map((spans, index) => {
    const own = (spans.length > 0 ? others : counted)[index] ?? [];
    const lostMs = joinedLosses(spans).reduce((sum, span) => sum + lengthOf(span) + healMs(lengthOf(span), false), 0);
    return own.reduce((sum, span) => sum + lengthOf(span), lostMs + (own.length > 0 ? returnMs : 0));
  });
  return Math.max(0, ...parts);
};

/** Whether the end of one fault lets a kubelet run that another is to keep silent on the same node. */
const cutsShort = (one: PlannedFault, other: PlannedFault): boolean => {
  const { ends } = faultTraits(one.kind);
  if (one === other) return false;
  if (ends === 'node') return true;
  return one.kind === other.kind || (ends === 'kubelet' && faultTraits(other.kind).hits !== 'path');
};

/**
 * For how long each of the times surely keeps a node silent that a fault of a phase silences it, in ms: a kubelet that is
 * started within a freeze is not frozen.
 */
export const surelySilentMs = ({ inject }: FaultPhase): readonly number[] =>
  inject.filter(isSilencing).flatMap((fault) =>
    fault.targets.flatMap((node) => {
      const ends = inject
        .filter((one) => cutsShort(one, fault) && one.targets.includes(node))
        .flatMap(({ occurrences }) => occurrences.map(({ endMs }) => endMs));
      return fault.occurrences.map(
        ({ startMs, endMs }) => Math.min(endMs, ...ends.filter((ms) => ms > startMs)) - startMs,
      );
    }),
  );

/** All nodes of a plan, by their short names, control planes first. */
export const nodesOf = ({ topology }: Pick<Plan, 'topology'>): readonly string[] => nodeNames(topology);

export const isControlPlane = (node: string): boolean => node.startsWith('control-plane');

/** Whether pods of the workload may be on a node: kubeadm keeps them off control planes where there are workers. */
export const mayBearWorkload = (node: string, { workers }: { readonly workers: number }): boolean =>
  !isHollow(node) && isControlPlane(node) === (workers === 0);

/** Whether faults of a kind act upon what runs on control planes, and can hit nothing else. */
export const hitsOnlyControlPlanes = (kind: PlannedFault['kind']): boolean => faultTraits(kind).hits === 'controlPlane';

/** Whether a fault reaches what judges nodes or keeps their state, so that it may cost nodes it does not target. */
export const hitsControlPlane = ({ kind, targets }: Pick<PlannedFault, 'kind' | 'targets'>): boolean =>
  hitsOnlyControlPlanes(kind) || targets.some(isControlPlane);

/** Whether a fault hits what gives nodes up, so that no formula says when it does. */
export const hitsJudge = (fault: PlannedFault): boolean =>
  hitsControlPlane(fault) && faultTraits(fault.kind).hits !== 'kubelet';

/** Whether while a fault of the kind stands its targets' kubelets stand still. */
export const stopsKubelet = (kind: PlannedFault['kind']): boolean => faultTraits(kind).kubeletEnds !== null;

/** Whether faults of the kind act upon kubelets alone, and leave pods, kube-proxy and every path as they are. */
export const stopsOnlyKubelets = (kind: PlannedFault['kind']): boolean => faultTraits(kind).hits === 'kubelet';

/** Whether a fault delays, loses or changes the packets of clients, too. The model has only the way to the API server. */
export const reachesClientPackets = (fault: PlannedFault): boolean => fault.kind === 'netem' && fault.peer === 'all';

/** Whether faults of the kind reach what answers clients on a node: pods, kube-proxy, or the way to them. */
export const reachesPods = (kind: PlannedFault['kind']): boolean =>
  !(stopsOnlyKubelets(kind) || hitsOnlyControlPlanes(kind));

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

/** Whether the profile loses nodes with no fault at all: its grace is no longer than a late heartbeat. */
export const flapsByItself = ({ profile }: Pick<Plan, 'profile'>): boolean =>
  selfFlapShare(profile.effective, profile.kubernetesVersion) > 0;

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
  topology: { podsPerNode = 0 },
  workload: { replicas },
}: Pick<Plan, 'profile' | 'phases' | 'workload'> & { readonly topology: { readonly podsPerNode?: number } }): boolean =>
  phases
    .filter(isFault)
    .map((phase) => silencedIn(phase).length)
    .some((paused) => mayCostOthers(effective, kubernetesVersion, { paused, replicas, podsPerNode }));

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
