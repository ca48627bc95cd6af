import { fixedRenewMs, leaseSetsRenewal } from '../../profile/index.ts';
import { narrow, renewalBounds } from './bounds.ts';
import { createHistogram, type DurationHistogram } from './histogram.ts';
import { type NodeState, noCauses } from './node-state.ts';
import type { Note } from './notable.ts';
import type { KubeletSettings, LeaseSight, NodeSight } from './sighting.ts';

/** min(nodeStatusUpdateFrequency, lease duration), where nothing says them. */
const defaultHeartbeatTimeoutMs = 10_000;

/** The kubelet renews after this part of the lease's duration since v1.16. */
const renewFraction = 0.25;

/** So many late renewals of one node are on record; after that those alone that are the latest so far. */
const mostLateNoted = 100;

/** A silence that has ended: how long, and whether the node was Ready all the time. */
export type Silence = {
  readonly fromMs: number;
  readonly ms: number;
  readonly by: 'lease' | 'status';
  readonly survived: boolean;
};

type NodeOptions = {
  readonly note: Note;
  readonly ofAll: { readonly renewTime: DurationHistogram; readonly arrival: DurationHistogram };
  readonly silence: (silence: Silence, node: string) => void;
};

const versionOf = (text: string): { minor: number; patch: number } | null => {
  const [, minor, patch] = /^v1\.(\d+)\.(\d+)/.exec(text) ?? [];
  return minor === undefined ? null : { minor: Number(minor), patch: Number(patch) };
};

/**
 * The renewal period of a kubelet in ms, from its own settings, else from the duration in its Lease, which it writes
 * there; null: nothing says it.
 */
export const periodOf = (
  state: Pick<NodeState, 'kubeletVersion' | 'settings' | 'leaseDurationSeconds'>,
): number | null => {
  const { settings, leaseDurationSeconds } = state;
  const version = versionOf(state.kubeletVersion);
  if (version !== null && !leaseSetsRenewal({ ...version })) {
    return fixedRenewMs({ ...version }, settings?.nodeStatusUpdateFrequencyMs ?? 10_000);
  }
  const seconds = settings?.nodeLeaseDurationSeconds ?? leaseDurationSeconds;
  return seconds === null ? null : seconds * 1000 * renewFraction;
};

const timeoutOf = ({ settings }: NodeState): number => {
  const { nodeStatusUpdateFrequencyMs: update = null, nodeLeaseDurationSeconds: seconds = null } = settings ?? {};
  if (update === null || seconds === null) return Math.max(defaultHeartbeatTimeoutMs, update ?? 0);
  return Math.min(update, seconds * 1000);
};

/** A node at its first sight. */
export const newNode = (sight: NodeSight): NodeState => ({
  node: sight.node,
  uid: sight.uid,
  zone: sight.zone,
  ready: sight.ready,
  reason: sight.reason,
  heartbeat: sight.heartbeat,
  transition: sight.transition,
  taints: [...sight.taints],
  bootId: sight.bootId,
  kubeletVersion: sight.kubeletVersion,
  wasReady: sight.ready === 'True',
  leaseUid: '',
  renewMs: null,
  arrivalMs: null,
  stampMs: null,
  leaseDurationSeconds: null,
  settings: null,
  sign: null,
  signBefore: null,
  renewals: 0,
  statusPosts: 0,
  late: 0,
  backwards: 0,
  unseenGaps: 0,
  unseenTransitions: 0,
  reboots: 0,
  longestSilenceMs: null,
  longestSurvivedMs: null,
  notReady: { ...noCauses },
  notReadyMs: 0,
  clock: null,
  gaps: { renewTime: [], arrival: [], longestRenewTimeMs: null, longestArrivalMs: null },
});

const longer = (known: number | null, ms: number): number => Math.max(known ?? 0, ms);

/** What one node does, sight by sight. */
export const createNode = (state: NodeState, { note, ofAll, silence }: NodeOptions) => {
  const renewTime = createHistogram(state.gaps.renewTime);
  const arrival = createHistogram(state.gaps.arrival);

  /** A sign of life has come. `isLive`: as it was given; else nobody knows since when. */
  const signOfLife = (by: 'lease' | 'status', atMs: number, isLive: boolean): void => {
    const { sign } = state;
    if (isLive && sign !== null) {
      const ms = atMs - sign.atMs;
      const survived = state.ready === 'True';
      state.longestSilenceMs = longer(state.longestSilenceMs, ms);
      if (survived) state.longestSurvivedMs = longer(state.longestSurvivedMs, ms);
      silence({ fromMs: sign.atMs, ms, by, survived }, state.node);
    }
    state.signBefore = isLive ? sign : null;
    state.sign = isLive ? { atMs, by } : null;
  };

  const gap = (byRenewTimeMs: number, byArrivalMs: number | null, atMs: number): void => {
    renewTime.record(byRenewTimeMs);
    ofAll.renewTime.record(byRenewTimeMs);
    state.gaps.longestRenewTimeMs = longer(state.gaps.longestRenewTimeMs, byRenewTimeMs);
    const isLatest = (byArrivalMs ?? byRenewTimeMs) > (state.gaps.longestArrivalMs ?? 0);
    if (byArrivalMs !== null) {
      arrival.record(byArrivalMs);
      ofAll.arrival.record(byArrivalMs);
      state.gaps.longestArrivalMs = longer(state.gaps.longestArrivalMs, byArrivalMs);
    }
    const periodMs = periodOf(state);
    if (periodMs === null || (byArrivalMs ?? byRenewTimeMs) <= 2 * periodMs) return;
    state.late += 1;
    if (state.late <= mostLateNoted || isLatest) {
      note({ type: 'renewal.late', node: state.node, byRenewTimeMs, byArrivalMs, periodMs }, atMs);
    }
  };

  return {
    state,
    /** Of a lease: `isLive` where it is known to have come just now. */
    lease: (sight: LeaseSight, atMs: number, isLive: boolean): void => {
      state.leaseDurationSeconds = sight.durationSeconds;
      if (sight.uid !== state.leaseUid) {
        state.leaseUid = sight.uid;
        state.renewMs = null;
        state.arrivalMs = null;
        state.stampMs = null;
      }
      const { renewMs } = sight;
      if (renewMs === null || renewMs === state.stampMs) return;
      state.stampMs = renewMs;
      if (renewMs === state.renewMs) return;
      if (state.renewMs !== null && renewMs < state.renewMs) {
        state.backwards += 1;
        if (state.backwards <= mostLateNoted) {
          note({ type: 'renewal.backwards', node: state.node, byMs: state.renewMs - renewMs }, atMs);
        }
        return;
      }
      if (isLive) {
        state.renewals += 1;
        if (state.renewMs !== null) {
          gap(renewMs - state.renewMs, state.arrivalMs === null ? null : atMs - state.arrivalMs, atMs);
        }
        const moved = state.clock?.moved ?? 0;
        state.clock = narrow(state.clock, renewalBounds(renewMs, atMs, timeoutOf(state)), atMs);
        if (state.clock.moved > moved && state.clock.moved <= mostLateNoted) {
          const { atLeastMs, atMostMs } = state.clock;
          note({ type: 'node.clockMoved', node: state.node, atLeastMs, atMostMs }, atMs);
        }
      } else if (state.renewMs !== null) state.unseenGaps += 1;
      state.renewMs = renewMs;
      state.arrivalMs = isLive ? atMs : null;
      signOfLife('lease', atMs, isLive);
    },
    /** Of a Node object, beside its Ready condition. */
    node: (sight: NodeSight, atMs: number, isLive: boolean): void => {
      // The controller leaves the stamp alone when it sets Unknown: one that moved is the kubelet's own.
      if (sight.heartbeat !== null && sight.heartbeat !== state.heartbeat) {
        state.heartbeat = sight.heartbeat;
        if (isLive) state.statusPosts += 1;
        signOfLife('status', atMs, isLive);
      }
      if (sight.bootId !== state.bootId) {
        if (state.bootId !== '') {
          state.reboots += 1;
          note({ type: 'node.rebooted', node: state.node, bootId: sight.bootId }, atMs);
        }
        state.bootId = sight.bootId;
      }
      if (sight.kubeletVersion !== state.kubeletVersion) {
        state.kubeletVersion = sight.kubeletVersion;
        note({ type: 'node.kubeletChanged', node: state.node, kubeletVersion: sight.kubeletVersion }, atMs);
      }
      for (const taint of sight.taints.filter((each) => !state.taints.includes(each))) {
        note({ type: 'node.taint', node: state.node, change: 'added', taint }, atMs);
      }
      for (const taint of state.taints.filter((each) => !sight.taints.includes(each))) {
        note({ type: 'node.taint', node: state.node, change: 'removed', taint }, atMs);
      }
      state.taints = [...sight.taints];
      state.zone = sight.zone;
    },
    settings: (settings: KubeletSettings): void => {
      state.settings = { ...settings };
    },
    histograms: { renewTime, arrival },
    save: (): NodeState => ({
      ...state,
      gaps: { ...state.gaps, renewTime: renewTime.buckets(), arrival: arrival.buckets() },
    }),
  };
};

export type WatchedNode = ReturnType<typeof createNode>;
