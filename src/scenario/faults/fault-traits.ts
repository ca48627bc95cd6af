import type { Standstill } from '../../profile/index.ts';

/**
 * Faults that people ask for and that no cluster of ours can make: why not, and what comes nearest. Not kinds of their own:
 * a scenario that names one is refused with these words.
 */
type ImpossibleFault = {
  readonly kind: string;
  readonly asked: RegExp;
  readonly why: string;
  readonly closest: string;
};

/**
 * @see time_namespaces(7): CLOCK_MONOTONIC and CLOCK_BOOTTIME have offsets, no other clock has; clock_settime(2) sets
 *   CLOCK_REALTIME for the whole machine
 * @see kubernetes pkg/controller/nodelifecycle: a lease counts as renewed when its renewTime has grown, by whatever clock
 */
export const clockSkew: ImpossibleFault = {
  kind: 'clock-skew',
  asked: /clock|skew|drift|faketime|time(chaos|offset|shift|jump|travel|warp)|^(node)?(ntp|chrony|time$)/,
  why:
    "nodes of kind share this machine's kernel and its wall clock, and time namespaces shift CLOCK_MONOTONIC and " +
    'CLOCK_BOOTTIME alone, never CLOCK_REALTIME, by which heartbeats are stamped',
  closest:
    'clock-jump, which the model alone can have; on a real cluster kubelet-pause for as long as the clock would be set back, for no lease of that node counts as renewed until then',
};

/** What is said behind an unknown kind of fault where it is one that cannot be made; nothing otherwise. */
export const describeImpossible = (kind: string): string => {
  const folded = kind.toLowerCase().replaceAll(/[^a-z]/g, '');
  return clockSkew.asked.test(folded)
    ? `; ${clockSkew.kind} is impossible on real clusters, for ${clockSkew.why}. Nearest: ${clockSkew.closest}`
    : '';
};

/** What the rest of skipbeat has to know of a kind of fault. None has a default here, so that none is forgotten. */
export type FaultTraits = {
  /**
   * What it acts upon: the kubelet alone, every process of the node, the node's paths through the network, what runs on
   * control planes, which then are its only targets, the Node object alone, by the API, or the clock that heartbeats are
   * stamped with, of workers alone.
   */
  readonly hits: 'kubelet' | 'node' | 'path' | 'controlPlane' | 'nodeObject' | 'clock';
  /** Why no real cluster of ours can have it, in words that go on after "for"; null where one can. */
  readonly modelOnly: string | null;
  /** Why no agent makes it on a cluster that somebody has, in words that go on after "which"; null where one does. */
  readonly notForContext: string | null;
  /**
   * Whether it keeps the heartbeats of its targets from the API server for as long as it stands. `outbound`: unless it hits
   * only what they receive, for the leases of a node that is cut off from answers still arrive. `atLast`: from some moment
   * on, up to which its targets do what they do otherwise; no formula knows when that is.
   */
  readonly silencesLeases: 'always' | 'outbound' | 'atLast' | 'never';
  /** Why it hits workers alone, in words that go on after "for"; null where it may hit control planes, too. */
  readonly workersAlone: string | null;
  /**
   * What it does to the process that keeps the heartbeats of hollow nodes: holds it, ends it, or acts upon its way to the API
   * server, which leads through a relay of their group. null where it cannot hit them, for they have nothing but heartbeats.
   */
  readonly onHollow: 'pause' | 'end' | 'relay' | null;
  /** Of its options those of which hollow nodes bear one value alone: which, and why, in words that go on after "for". */
  readonly boundOnHollow?: Readonly<Record<string, { readonly only: string; readonly why: string }>>;
  /** How a kubelet that it makes stand still goes on afterwards; null where kubelets run all the while. */
  readonly kubeletEnds: Standstill['ends'] | null;
  /** How many of the API servers, or of the members of etcd, have to be hit for no API server to answer any more. */
  readonly mutesApi: 'all' | 'majority' | 'never';
  /** Whether it leaves the API server of its targets, and the way to it, alone. */
  readonly sparesApi: boolean;
  /** What it ends on its targets, so that another process runs there afterwards. */
  readonly ends: 'kubelet' | 'controllerManager' | 'node' | 'nothing';
  /**
   * What it may keep from answering on its targets that are control planes. From some length on leaders give up their lease
   * and exit for it, and kubelets end what does not answer their probes. `etcd`: an API server hangs with it, and every one
   * once a majority of the members does.
   */
  readonly stalls: 'etcd' | 'apiServer' | 'controllerManager' | 'nothing';
  /** false where its length is not skipbeat's to choose: what was killed is started again by its kubelet. */
  readonly lasts: boolean;
  /**
   * How long before its moment it begins to be prepared, in ms: a relay is in the path of every connection by then, what is
   * proved by a change has been measured without it. Of anything else a switch is armed and a survey made.
   */
  readonly leadMs: number;
};

/** For a switch that is armed, and a survey. */
const usualLeadMs = 3000;
export const measuredLeadMs = 8000;
export const relayedLeadMs = 40_000;

export const ofKubelet = {
  modelOnly: null,
  notForContext: null,
  workersAlone: null,
  hits: 'kubelet',
  silencesLeases: 'always',
  mutesApi: 'never',
  sparesApi: true,
  ends: 'nothing',
  stalls: 'nothing',
  lasts: true,
  leadMs: usualLeadMs,
} as const;
export const ofNode = {
  modelOnly: null,
  onHollow: null,
  notForContext: 'takes the machine under the node',
  workersAlone: null,
  hits: 'node',
  silencesLeases: 'always',
  // Its member of etcd stands still with it.
  mutesApi: 'majority',
  sparesApi: false,
  ends: 'nothing',
  stalls: 'etcd',
  lasts: true,
  leadMs: usualLeadMs,
} as const;
export const ofPath = {
  modelOnly: null,
  onHollow: null,
  notForContext: null,
  workersAlone: null,
  hits: 'path',
  silencesLeases: 'never',
  kubeletEnds: null,
  mutesApi: 'never',
  sparesApi: false,
  ends: 'nothing',
  stalls: 'etcd',
  lasts: true,
  leadMs: usualLeadMs,
} as const;
/** What somebody writes into the Node object: nothing on the node itself is touched, and no heartbeat is kept back. */
export const ofNodeObject = {
  ...ofPath,
  hits: 'nodeObject',
  notForContext: 'is written with the rights of a control-plane node, which no fault here may touch',
  sparesApi: true,
  stalls: 'nothing',
  lasts: false,
} as const;
/** The clock of a worker: its stamps are off, and nothing else. A kubelet's own timers are monotonic. */
export const ofClock = {
  ...ofPath,
  hits: 'clock',
  sparesApi: true,
  stalls: 'nothing',
  modelOnly: clockSkew.why,
  notForContext: 'the model alone can have, for nodes may share their clock with what else runs there',
  workersAlone: 'what a control plane stamps beside its heartbeats is not modelled',
} as const;
export const ofControlPlane = {
  ...ofPath,
  notForContext: 'stops a process of the control plane, which no fault here may touch',
  hits: 'controlPlane',
  stalls: 'apiServer',
} as const;
/** Delay of what a control plane does, laid on its node. */
export const ofControlPlaneDelay = {
  ...ofControlPlane,
  notForContext: 'is laid on a control-plane node, which no fault here may touch',
} as const;
