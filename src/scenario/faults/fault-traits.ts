import type { Standstill } from '../../profile/index.ts';
import { clockSkew } from './impossible.ts';

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
  /**
   * Whether it keeps the heartbeats of its targets from the API server for as long as it stands. `outbound`: unless it hits
   * only what they receive, for the leases of a node that is cut off from answers still arrive. `atLast`: from some moment
   * on, up to which its targets do what they do otherwise; no formula knows when that is.
   */
  readonly silencesLeases: 'always' | 'outbound' | 'atLast' | 'never';
  /** Why it hits workers alone, in words that go on after "for"; null where it may hit control planes, too. */
  readonly workersAlone: string | null;
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
  workersAlone: 'what a control plane stamps beside its heartbeats is not modelled',
} as const;
export const ofControlPlane = { ...ofPath, hits: 'controlPlane', stalls: 'apiServer' } as const;
