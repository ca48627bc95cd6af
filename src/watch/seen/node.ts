import { fixedRenewMs, heartbeatTimeoutMs, leaseSetsRenewal } from '../../profile/index.ts';
import { narrow, renewalBounds } from './bounds.ts';
import { createHistogram, type DurationHistogram } from './histogram.ts';
import { type HeldSilence, type NodeState, noCauses } from './node-state.ts';
import type { Note } from './notable.ts';
import type { KubeletSettings, LeaseSight, NodeSight } from './sighting.ts';

/** As `heartbeatTimeoutMs`, where nothing says the settings. */
const defaultHeartbeatTimeoutMs = 10_000;

/** The kubelet renews after this part of the lease's duration since v1.16. */
const renewFraction = 0.25;

/** A renewal is late after so many periods. */
export const lateAfterPeriods = 2;

/** So many late renewals of one node are on record; after that those alone that are the latest so far. */
const maxLateNoted = 100;

/** A silence that has ended: how long, and whether the node was Ready all the time. */
export type Silence = {
  readonly fromMs: number;
  readonly ms: number;
  /** null: nobody saw what ended it. */
  readonly by: 'lease' | 'status' | 'deleted' | null;
  readonly survived: boolean;
  /** false: it was at least so long, for its beginning or its end was not seen. */
  readonly isExact: boolean;
};

/** How something came: as the watch brought it, or nobody knows when; and up to when all was seen. */
export type NodePoll = { readonly isLive: boolean; readonly seenToMs: number };

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

/** Where nothing says it: of a lease of 40 s, which is the default. */
const defaultPeriodMs = 10_000;

/**
 * Whether a silence that had ended while the node was Ready explains better than what has passed since why the controller
 * says at `atMs` that the node is silent: the sign that ended it came with the news, or less has passed since than it had
 * lasted, and so little that no renewal would be late.
 */
export const isByHeld = (state: NodeState, atMs: number): boolean => {
  const { sign, held = [] } = state;
  if (sign === null) return false;
  const passedMs = atMs - sign.atMs;
  const isSoon = passedMs <= lateAfterPeriods * (periodOf(state) ?? defaultPeriodMs);
  return held.some(({ ms }) => passedMs < raceMs || (isSoon && ms >= passedMs));
};

const timeoutOf = ({ settings }: NodeState): number => {
  const { nodeStatusUpdateFrequencyMs: update = null, nodeLeaseDurationSeconds: seconds = null } = settings ?? {};
  if (update === null || seconds === null) return Math.max(defaultHeartbeatTimeoutMs, update ?? 0);
  return heartbeatTimeoutMs({ nodeStatusUpdateFrequencyMs: update, nodeLeaseDurationSeconds: seconds });
};

/** A node at its first sight, from which on the controller, too, counts its silence. */
export const newNode = (sight: NodeSight, atMs: number): NodeState => ({
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
  renewMs: null,
  arrivalMs: null,
  stampMs: null,
  leaseDurationSeconds: null,
  settings: null,
  sign: { atMs, by: 'status', isSeen: false },
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

/** A renewal that comes with the news that its node is silent came too late to count. */
export const raceMs = 2000;

/** Of a kubelet that posts without a pause. */
const maxHeld = 20;

const longer = (known: number | null, ms: number): number => Math.max(known ?? 0, ms);

/** What one node does, sight by sight. */
export const createNode = (state: NodeState, { note, ofAll, silence }: NodeOptions) => {
  const renewTime = createHistogram(state.gaps.renewTime);
  const arrival = createHistogram(state.gaps.arrival);

  const count = ({ endedMs: _, ...ended }: HeldSilence, survived: boolean): void => {
    if (survived) state.longestSurvivedMs = longer(state.longestSurvivedMs, ended.ms);
    silence({ ...ended, survived }, state.node);
  };

  /** Counts what is held but for the last so many; what was before `untilMs` alone, where that is passed. */
  const countHeld = (survived: boolean, untilMs = Number.POSITIVE_INFINITY): void => {
    const { held = [] } = state;
    const isOver = ({ endedMs }: HeldSilence, index: number): boolean =>
      endedMs <= untilMs || index < held.length - maxHeld;
    const kept = held.filter((each, index) => !isOver(each, index));
    for (const each of held.filter(isOver)) count(each, survived);
    delete state.held;
    if (kept.length > 0) state.held = kept;
  };

  /** The silence so far has ended; what of it was not seen is not counted. */
  const endSilence = (by: Silence['by'], seenToMs: number, isEndSeen: boolean): void => {
    const { sign } = state;
    if (sign === null || seenToMs <= sign.atMs) return;
    const ms = seenToMs - sign.atMs;
    state.longestSilenceMs = longer(state.longestSilenceMs, ms);
    const isExact = isEndSeen && sign.isSeen;
    if (by === 'deleted' || state.ready !== 'True') {
      silence({ fromMs: sign.atMs, ms, by, survived: state.ready === 'True', isExact }, state.node);
    } else state.held = [...(state.held ?? []), { fromMs: sign.atMs, ms, by, isExact, endedMs: seenToMs }];
  };

  /** A sign of life has come. `isLive`: as it was given; else it came at some time up to now. */
  const signOfLife = (by: 'lease' | 'status', atMs: number, { isLive, seenToMs }: NodePoll): void => {
    countHeld(true, atMs - raceMs);
    endSilence(isLive ? by : null, seenToMs, isLive);
    state.signBefore = isLive && state.sign?.isSeen === true ? state.sign : null;
    state.sign = { atMs, by, isSeen: isLive };
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
    if (periodMs === null || (byArrivalMs ?? byRenewTimeMs) <= lateAfterPeriods * periodMs) return;
    state.late += 1;
    if (state.late <= maxLateNoted || isLatest) {
      note({ type: 'renewal.late', node: state.node, byRenewTimeMs, byArrivalMs, periodMs }, atMs);
    }
  };

  /**
   * A status post makes the controller forget the lease, as a controller that takes over knows none: the next renewal
   * counts, whatever those before were stamped. A Lease that was made anew does not.
   * @see kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go, tryUpdateNodeHealth
   */
  const forgetLease = (): void => {
    state.renewMs = state.stampMs;
  };

  return {
    state,
    /** Of a lease: `isLive` where it is known to have come just now. */
    lease: (sight: LeaseSight, atMs: number, poll: NodePoll): void => {
      const { isLive } = poll;
      state.leaseDurationSeconds = sight.durationSeconds;
      const { renewMs } = sight;
      if (renewMs === null || renewMs === state.stampMs) return;
      state.stampMs = renewMs;
      if (renewMs === state.renewMs) return;
      if (state.renewMs !== null && renewMs < state.renewMs) {
        state.backwards += 1;
        if (state.backwards <= maxLateNoted) {
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
        if (state.clock.moved > moved && state.clock.moved <= maxLateNoted) {
          const { atLeastMs, atMostMs } = state.clock;
          note({ type: 'node.clockMoved', node: state.node, atLeastMs, atMostMs }, atMs);
        }
      } else if (state.renewMs !== null) state.unseenGaps += 1;
      state.renewMs = renewMs;
      state.arrivalMs = isLive ? atMs : null;
      signOfLife('lease', atMs, poll);
    },
    /** Of a Node object, beside its Ready condition. */
    node: (sight: NodeSight, atMs: number, poll: NodePoll): void => {
      // The controller leaves the stamp alone when it sets Unknown: one that moved is the kubelet's own.
      if (sight.heartbeat !== null && sight.heartbeat !== state.heartbeat) {
        state.heartbeat = sight.heartbeat;
        if (poll.isLive) state.statusPosts += 1;
        signOfLife('status', atMs, poll);
        forgetLease();
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
    forgetLease,
    /** Nothing was watched up to `atMs`, and the clock may have been set meanwhile: that time is of no silence and no gap. */
    cut: (atMs: number, seenToMs: number): void => {
      endSilence(null, seenToMs, false);
      countHeld(true);
      state.signBefore = null;
      state.arrivalMs = null;
      if (state.sign !== null) state.sign = { ...state.sign, atMs, isSeen: false };
    },
    deleted: ({ isLive, seenToMs }: NodePoll): void => {
      endSilence(isLive ? 'deleted' : null, seenToMs, isLive);
      countHeld(true);
    },
    /** The controller says that it is silent: of what it has decided by the node did not stay Ready. */
    marked: (atMs: number): void => countHeld(!isByHeld(state, atMs)),
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
