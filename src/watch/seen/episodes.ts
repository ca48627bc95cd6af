import { isByHeld, raceMs } from './node.ts';
import type { Cause, Episode, NodeState, Sign } from './node-state.ts';
import type { Note } from './notable.ts';
import { type NodeSight, neverUpdated } from './sighting.ts';

/** Of those that are over so many are kept, the newest; all are counted, and all are in the record. */
const maxKept = 200;

/** Of one node that changes its reason again and again. */
const maxLater = 10;

const isBySilence = ({ ready, reason }: Pick<NodeState, 'ready' | 'reason'>): boolean =>
  ready === 'Unknown' && reason === 'NodeStatusUnknown';

/**
 * Why a node is not Ready. One without a Ready condition never posted a status, and the controller gives it the startup
 * grace; one that had been Ready lost the condition by somebody's hand.
 */
const causeOf = (sight: NodeSight, wasReady: boolean): Cause => {
  const { ready, reason, hasReady } = sight;
  if (ready === 'False') return 'kubelet';
  if (isBySilence(sight)) return 'silence';
  return reason === neverUpdated || (!hasReady && !wasReady) ? 'neverReported' : 'other';
};

/**
 * The last sign of life that came before the controller decided; null: nobody knows which. One that comes with the news came
 * too late. One after a silence that lasted longer than what has passed since may have, too: the controller may take
 * seconds to write what it decided, and a watch to bring it.
 */
const decidingSign = (state: NodeState, atMs: number): Sign | null => {
  const { sign, signBefore } = state;
  if (sign === null) return null;
  if (atMs - sign.atMs >= raceMs) return isByHeld(state, atMs) ? null : sign;
  return signBefore !== null && atMs - signBefore.atMs >= raceMs ? signBefore : null;
};

/** A node as it was seen before; what is the same in what an earlier sitting left. */
export type Before = Readonly<Pick<NodeState, 'ready' | 'reason' | 'transition' | 'bootId' | 'kubeletVersion'>>;

/** A reboot is often first seen by the word of the kubelet that comes up: what was there before shows it. */
const isRebooted = (sight: NodeSight, { bootId }: Before): boolean =>
  bootId !== '' && sight.bootId !== '' && sight.bootId !== bootId;

const isOtherKubelet = (sight: NodeSight, { kubeletVersion }: Before): boolean =>
  kubeletVersion !== '' && sight.kubeletVersion !== '' && sight.kubeletVersion !== kubeletVersion;

/**
 * Whether Ready became another status and the same again, and nobody saw it: whoever changes it stamps the change, and
 * leaves the stamp alone where the status stays.
 * @see kubernetes pkg/kubelet/nodestatus/setters.go, ReadyCondition
 */
export const isChangedUnseen = ({ ready, transition }: NodeSight, before: Before): boolean =>
  ready === before.ready && transition !== null && before.transition !== null && transition !== before.transition;

export type EpisodeStart = {
  readonly state: NodeState;
  readonly before: Before;
  readonly sight: NodeSight;
  readonly atMs: number;
  readonly isSeen: boolean;
  readonly togetherInZone: number;
};

/** Everything that a node's being NotReady is known by, from its start on. */
const startOf = ({ state, before, sight, atMs, isSeen, togetherInZone }: EpisodeStart): Episode => {
  const deciding = isSeen ? decidingSign(state, atMs) : null;
  const sign = deciding?.isSeen === true ? deciding : null;
  const cause = causeOf(sight, state.wasReady);
  return {
    node: sight.node,
    zone: sight.zone,
    cause,
    reason: sight.reason,
    message: sight.message,
    fromMs: atMs,
    isStartSeen: isSeen,
    transition: sight.transition,
    untilMs: null,
    endedBy: null,
    silentMs: sign === null ? null : atMs - sign.atMs,
    sinceRenewTimeMs: isSeen && state.renewMs !== null ? atMs - state.renewMs : null,
    lastSign: sign?.by ?? null,
    isNew: !state.wasReady,
    rebooted: isRebooted(sight, before),
    kubeletChanged: isOtherKubelet(sight, before),
    unschedulable: sight.unschedulable,
    taints: [...sight.taints],
    togetherInZone,
    wasSilent: cause === 'silence',
    later: [],
  };
};

/** The times in which nodes were not Ready. */
export const createEpisodes = (note: Note, from: readonly Episode[]) => {
  const over: Episode[] = from.filter(({ untilMs }) => untilMs !== null);
  const open = new Map<string, Episode>(
    from.filter(({ untilMs }) => untilMs === null).map((episode) => [episode.node, episode]),
  );
  const close = (node: string, endedBy: 'ready' | 'deleted', atMs: number): Episode | null => {
    const one = open.get(node);
    if (one === undefined) return null;
    open.delete(node);
    one.untilMs = atMs;
    one.endedBy = endedBy;
    over.push(one);
    if (over.length > maxKept) over.shift();
    return one;
  };
  return {
    open: (): readonly Episode[] => [...open.values()],
    isOpen: (node: string): boolean => open.has(node),
    begin: (start: EpisodeStart): Episode => {
      const episode = startOf(start);
      open.set(episode.node, episode);
      const { node, zone, cause, reason, message, isStartSeen, silentMs, sinceRenewTimeMs, togetherInZone } = episode;
      note(
        {
          type: 'node.notReady',
          node,
          zone,
          cause,
          reason,
          message,
          isStartSeen,
          silentMs,
          sinceRenewTimeMs,
          togetherInZone,
        },
        start.atMs,
      );
      return episode;
    },
    /** What else is known by now of a node that was not Ready so far. @returns whether it fell silent only now */
    goOn: (sight: NodeSight, before: Before, atMs: number): boolean => {
      const episode = open.get(sight.node);
      if (episode === undefined) return false;
      for (const taint of sight.taints) if (!episode.taints.includes(taint)) episode.taints.push(taint);
      episode.rebooted ||= isRebooted(sight, before);
      episode.kubeletChanged ||= isOtherKubelet(sight, before);
      if (isChangedUnseen(sight, before)) episode.unseenTransitions = (episode.unseenTransitions ?? 0) + 1;
      if (sight.ready === 'True' || (sight.ready === before.ready && sight.reason === before.reason)) return false;
      // One that spoke in between, and fell silent again, was silent once more.
      const isSilentNow = causeOf(sight, !episode.isNew) === 'silence' && !isBySilence(before);
      episode.wasSilent ||= isSilentNow;
      if (episode.later.length < maxLater) episode.later.push({ atMs, status: sight.ready, reason: sight.reason });
      note({ type: 'node.stillNotReady', node: sight.node, status: sight.ready, reason: sight.reason }, atMs);
      return isSilentNow;
    },
    end: close,
    save: (): Episode[] => [...over, ...open.values()],
  };
};
