import type { Missing, WatchDocument } from './document-shape.ts';
import { judge } from './judge.ts';
import { between } from './seen/bounds.ts';
import { type CounterState, isLeaderKnown } from './seen/counters-state.ts';
import { isContradictory } from './seen/grace.ts';
import { type Buckets, createHistogram } from './seen/histogram.ts';
import { periodOf } from './seen/node.ts';
import type { Episode, NodeState } from './seen/node-state.ts';
import { type Setting, unknownSetting } from './seen/said.ts';

/** What is known of the cluster beside what was seen of it. */
export type Known = Pick<WatchDocument, 'context' | 'server' | 'clusterUid' | 'kubernetesVersion'> & {
  /** When the first sitting began, which need not be among those that are kept; ms since 1970. */
  readonly firstMs: number;
  /** ms since 1970; `ended` null: it goes on. */
  readonly sittings: readonly {
    readonly fromMs: number;
    readonly toMs: number;
    readonly ended: 'for' | 'interrupted' | 'lost' | 'otherCluster' | null;
  }[];
  readonly margin: number;
  /** nodeMonitorGracePeriod as the user says it; null: the user does not. */
  readonly statedGrace: Setting | null;
  readonly missing: readonly Missing[];
  /** Another cluster that answered; left out: none did. `atMs`: ms since 1970, when this one had answered last. */
  readonly otherCluster?: { readonly uid: string; readonly atMs: number };
  /** Why nobody knows whether it was the same cluster to the end; null: it was, or could never be known. */
  readonly sameUnknown: string | null;
};

const at = (ms: number): string => new Date(ms).toISOString();

const gapsOf = (buckets: Buckets, maxMs: number | null): WatchDocument['gapsByArrival'] => {
  const histogram = createHistogram(buckets);
  const bounded = (ms: number | null): number | null => (ms === null || maxMs === null ? ms : Math.min(ms, maxMs));
  return {
    count: histogram.count(),
    p50Ms: bounded(histogram.percentile(50)),
    p99Ms: bounded(histogram.percentile(99)),
    maxMs,
    buckets,
  };
};

const maxOf = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>((max, ms) => (ms === null ? max : Math.max(max ?? 0, ms)), null);

/** How long a node that says nothing has said nothing, up to when all was seen. */
const openSilenceMs = ({ sign }: NodeState, { blind }: CounterState): number | null =>
  sign === null ? null : Math.max(0, blind.seenToMs - sign.atMs);

const nodeOf = (state: NodeState, all: CounterState): WatchDocument['byNode'][number] => {
  const { atMs, server } = all;
  const periodMs = periodOf(state);
  const { longestArrivalMs, longestRenewTimeMs } = state.gaps;
  const isDown = state.ready !== 'True';
  return {
    node: state.node,
    zone: state.zone,
    ready: state.ready,
    reason: state.reason,
    kubeletVersion: state.kubeletVersion,
    taints: state.taints,
    renewPeriodMs: periodMs,
    kubelet: state.settings,
    lastRenewTime: state.renewMs === null ? null : at(state.renewMs),
    lastRenewalAgeMs: state.arrivalMs === null ? null : atMs - state.arrivalMs,
    renewals: state.renewals,
    gapsByRenewTime: gapsOf(state.gaps.renewTime, longestRenewTimeMs),
    gapsByArrival: gapsOf(state.gaps.arrival, longestArrivalMs),
    maxLatenessMs: periodMs === null || longestArrivalMs === null ? null : Math.max(0, longestArrivalMs - periodMs),
    lateRenewals: state.late,
    renewTimeWentBack: state.backwards,
    unseenGaps: state.unseenGaps,
    statusPosts: state.statusPosts,
    longestSilenceMs: maxOf([state.longestSilenceMs, isDown ? null : openSilenceMs(state, all)]),
    silentMs: openSilenceMs(state, all),
    notReady: state.notReady,
    notReadyMs: state.notReadyMs,
    unseenTransitions: state.unseenTransitions,
    reboots: state.reboots,
    clockAheadMs: state.clock === null || server === null ? null : between(state.clock, server),
    clockMoved: state.clock?.moved ?? 0,
  };
};

const episodeOf = (episode: Episode, endMs: number): WatchDocument['notReadyTimes'][number] => {
  const { fromMs, untilMs, isStartSeen, transition, later, wasSilent, ...same } = episode;
  return {
    ...same,
    from: at(fromMs),
    startSeen: isStartSeen,
    lastTransitionTime: transition,
    bySilence: wasSilent,
    until: untilMs === null ? null : at(untilMs),
    notReadyMs: (untilMs ?? endMs) - fromMs,
    later: later.map(({ atMs, ...rest }) => ({ at: at(atMs), ...rest })),
  };
};

/** The longest of nodes that stayed Ready are not displaced by those of nodes that were down. */
const maxOfEach = <T extends { readonly survived: boolean }>(silences: readonly T[]): readonly T[] => {
  const some = (isSurvived: boolean) => silences.filter(({ survived }) => survived === isSurvived).slice(0, 20);
  const kept = new Set([...some(true), ...some(false)]);
  return silences.filter((each) => kept.has(each));
};

/** Everything that says the grace: the user, and the control plane by each value it ever said. */
const gracesSaid = ({ statedGrace }: Known, { said }: CounterState): readonly Setting[] => [
  ...(statedGrace === null ? [] : [statedGrace]),
  ...said.graces,
];

/**
 * The grace that is judged by: what says it, if all say the same, else the shortest that explains what was seen; null where
 * it is said to be this and that, for nobody knows what held when.
 */
const graceOf = (said: readonly Setting[], { grace: inferred }: CounterState): Setting => {
  const [first] = said;
  if (first !== undefined) return said.every(({ ms }) => ms === first.ms) ? first : unknownSetting;
  if (inferred.atLeastMs === null || isContradictory(inferred)) return unknownSetting;
  return { ms: inferred.atLeastMs, source: 'inferred', from: `${inferred.n} silent` };
};

/** What was seen, as a document with its verdict. Pure: the same state makes the same document. */
export const documentOf = (known: Known, state: CounterState): WatchDocument => {
  const nodes = state.nodes as readonly NodeState[];
  const episodes = state.episodes as readonly Episode[];
  const { atMs, blind } = state;
  const said = gracesSaid(known, state);
  const grace = graceOf(said, state);
  const openNotReady = new Map(episodes.filter(({ untilMs }) => untilMs === null).map((each) => [each.node, each]));
  const byNode = nodes.map((node) => {
    const made = nodeOf(node, state);
    const open = openNotReady.get(node.node);
    return open === undefined ? made : { ...made, notReadyMs: made.notReadyMs + atMs - open.fromMs };
  });
  const overMs = grace.ms === null ? null : grace.ms * (1 - known.margin);
  const still = nodes.flatMap((node) => {
    const ms = openSilenceMs(node, state);
    return ms === null || node.sign === null
      ? []
      : [{ node: node.node, fromMs: node.sign.atMs, ms, by: null, survived: node.ready === 'True', isExact: false }];
  });
  const held = nodes.flatMap((node) =>
    (node.held ?? []).map(({ endedMs: _, ...ended }) => ({ ...ended, node: node.node, survived: true })),
  );
  const uncounted = [...still, ...held];
  const silences = [...state.longestSilences, ...uncounted].sort((a, b) => b.ms - a.ms);
  const maxSurvivedMs = maxOf([
    state.longestSurvivedMs,
    ...uncounted.filter(({ survived }) => survived).map(({ ms }) => ms),
  ]);
  const isNear = overMs !== null && maxSurvivedMs !== null && maxSurvivedMs > overMs;
  const uncountedNear = overMs === null ? 0 : uncounted.filter((each) => each.survived && each.ms > overMs).length;
  const before = overMs === null ? 0 : createHistogram(state.silences as Buckets).above(overMs);
  const inferredGrace = { ...state.grace, contradictory: isContradictory(state.grace) };
  const { otherCluster: other } = known;
  const otherCluster = other === undefined ? null : { uid: other.uid, since: at(other.atMs) };
  const seen = {
    margin: known.margin,
    blind: {
      count: blind.count,
      ms: blind.totalMs,
      times: blind.kept.map(({ fromMs, toMs, sources, reason }) => ({
        from: at(fromMs),
        to: at(toMs),
        sources: [...sources],
        reason,
      })),
    },
    settings: {
      nodeMonitorGracePeriod: grace,
      said: [...said],
      notReadAnew: state.said.problem,
      nodeMonitorPeriod: state.said.monitorPeriod,
      inferredGrace,
    },
    nodes: { seen: nodes.length, ready: nodes.filter(({ ready }) => ready === 'True').length, gone: state.gone },
    notReady: state.notReady,
    unseenTransitions: state.unseenTransitions,
    nearMisses: { overMs, count: overMs === null ? null : isNear ? Math.max(1, before + uncountedNear) : 0 },
    notReadyTimes: episodes.toSorted((a, b) => a.fromMs - b.fromMs).map((each) => episodeOf(each, atMs)),
    byNode,
  };
  const seenSilences = state.leader?.silences ?? null;
  // None that was seen are none only where it was answered to the end.
  const leaderSilences = seenSilences?.count === 0 && !isLeaderKnown(state.leader, atMs) ? null : seenSilences;
  return {
    schemaVersion: 1,
    context: known.context,
    server: known.server,
    clusterUid: known.clusterUid,
    ...(otherCluster === null ? {} : { otherCluster }),
    kubernetesVersion: known.kubernetesVersion,
    sittings: known.sittings.map(({ fromMs, toMs, ended }) => ({ from: at(fromMs), to: at(toMs), ended })),
    from: at(known.firstMs),
    to: at(atMs),
    watchedMs: Math.max(0, atMs - known.firstMs - blind.totalMs),
    ...judge({
      ...seen,
      longestSilenceMs: maxSurvivedMs,
      otherCluster,
      sameUnknown: known.sameUnknown,
      leaderSilences,
    }),
    ...seen,
    leaderChanges: isLeaderKnown(state.leader, atMs) ? state.leader.changes : null,
    ...(leaderSilences === null ? {} : { leaderSilences }),
    missing: known.missing,
    serverClockAheadMs:
      state.server === null ? null : { atLeastMs: state.server.atLeastMs, atMostMs: state.server.atMostMs },
    renewals: nodes.reduce((sum, { renewals }) => sum + renewals, 0),
    gapsByRenewTime: gapsOf(state.renewTime as Buckets, maxOf(nodes.map(({ gaps }) => gaps.longestRenewTimeMs))),
    gapsByArrival: gapsOf(state.arrival as Buckets, maxOf(nodes.map(({ gaps }) => gaps.longestArrivalMs))),
    longestSilences: maxOfEach(silences).map(({ node, fromMs, ms, by, survived: stayed, isExact }) => ({
      node,
      from: at(fromMs),
      ms,
      endedBy: by,
      exact: isExact,
      notReady: !stayed,
      shareOfGrace: grace.ms === null || grace.ms === 0 ? null : Math.round((ms / grace.ms) * 1000) / 1000,
    })),
    zones: state.zones.map(({ zone, maxNotReady, atMs: peakMs, ofNodes }) => ({
      zone,
      maxNotReady,
      at: at(peakMs),
      ofNodes,
    })),
  };
};
