import { createBlindRecord } from './blind.ts';
import { type ClockBounds, dateBounds, narrow } from './bounds.ts';
import { type CounterState, createZones, ledAllTheTime, type NodeSilence, type SeenLeader } from './counters-state.ts';
import { type Before, createEpisodes, isChangedUnseen } from './episodes.ts';
import { defaultMonitorPeriodMs, inferGrace, nothingInferred } from './grace.ts';
import { type Buckets, createHistogram } from './histogram.ts';
import { afterAnswer } from './leading.ts';
import { createNode, type NodePoll, newNode, raceMs, type WatchedNode } from './node.ts';
import { type Episode, type NodeState, noCauses } from './node-state.ts';
import type { Note } from './notable.ts';
import { nothingSaid, type Said, withReading } from './said.ts';
import type { LeaseSight, NodeSight, Sighting } from './sighting.ts';

export type CounterOptions = {
  readonly note: Note;
  /** What an earlier sitting came to. */
  readonly from: CounterState | null;
};

export type WatchCounters = {
  readonly take: (sighting: Sighting) => void;
  /** All of it as it stands at `atMs`, in plain JSON. */
  readonly state: (atMs: number) => CounterState;
};

/** Of nodes that stayed Ready, and as many of the others. */
const maxSilences = 20;
const minuteMs = 60_000;
/** Leases whose node nobody has seen yet. */
const maxStrays = 10_000;

/** Counts what is seen: it knows no clock, and the same sightings make the same of it. */
export const createWatchCounters = ({ note, from }: CounterOptions): WatchCounters => {
  const copy = structuredClone(from) as CounterState | null;
  const buckets = (name: 'renewTime' | 'arrival' | 'silences') => createHistogram((copy?.[name] ?? []) as Buckets);
  const [renewTime, arrival, silences] = [buckets('renewTime'), buckets('arrival'), buckets('silences')];
  const blind = createBlindRecord((copy?.blind as Parameters<typeof createBlindRecord>[0]) ?? null);
  const episodes = createEpisodes(note, (copy?.episodes ?? []) as readonly Episode[]);
  const zones = createZones((copy?.zones ?? []) as Parameters<typeof createZones>[0]);
  const notReady = { ...(copy?.notReady ?? noCauses) };
  const strays = new Map<string, { readonly lease: LeaseSight; readonly atMs: number }>();
  let hasListed = copy?.hasListed ?? false;
  let gone = copy?.gone ?? 0;
  let unseenTransitions = copy?.unseenTransitions ?? 0;
  let grace = { ...(copy?.grace ?? nothingInferred) };
  let silentStarts: readonly number[] = copy?.silentStarts ?? [];
  let leader: SeenLeader | null = copy?.leader ?? null;
  let said: Said = copy?.said ?? nothingSaid;
  let server = (copy?.server ?? null) as ClockBounds | null;
  let maxSurvivedMs = copy?.longestSurvivedMs ?? null;
  let topSilences: readonly NodeSilence[] = (copy?.longestSilences ?? []) as readonly NodeSilence[];

  const make = (state: NodeState): WatchedNode =>
    createNode(state, {
      note,
      ofAll: { renewTime, arrival },
      silence: (silence, node) => {
        if (silence.survived) {
          silences.record(silence.ms);
          maxSurvivedMs = Math.max(maxSurvivedMs ?? 0, silence.ms);
        }
        const alike = topSilences.filter(({ survived }) => survived === silence.survived);
        const shortest = alike.at(-1)?.ms ?? 0;
        if (alike.length >= maxSilences && silence.ms <= shortest) return;
        const others = topSilences.filter(({ survived }) => survived !== silence.survived);
        const kept = [...alike, { ...silence, node }].sort((a, b) => b.ms - a.ms).slice(0, maxSilences);
        topSilences = [...kept, ...others];
      },
    });
  const nodes = new Map<string, WatchedNode>(
    (copy?.nodes ?? []).map((state) => [state.node, make(state as NodeState)] as const),
  );
  const inZone = (zone: string | null): number =>
    [...nodes.values()].reduce((sum, { state }) => (state.zone === zone ? sum + 1 : sum), 0);

  const forget = (name: string, atMs: number): void => {
    const known = nodes.get(name);
    if (known === undefined) return;
    known.deleted({ isLive: blind.isLive(atMs), seenToMs: blind.seenToMs(atMs) });
    const over = episodes.end(name, 'deleted', atMs);
    if (over !== null) known.state.notReadyMs += atMs - over.fromMs;
    nodes.delete(name);
    gone += 1;
    note({ type: 'node.deleted', node: name }, atMs);
  };

  const fall = (known: WatchedNode, before: Before, sight: NodeSight, atMs: number, isSeen: boolean): void => {
    const { state } = known;
    const together = episodes.open().filter(({ zone }) => zone === sight.zone).length + 1;
    const episode = episodes.begin({ state, before, sight, atMs, isSeen, togetherInZone: together });
    state.notReady[episode.cause] += 1;
    notReady[episode.cause] += 1;
    zones.poll(sight.zone, together, inZone(sight.zone), atMs);
    if (episode.cause === 'silence') known.marked(atMs);
    if (episode.cause !== 'silence' || !isSeen) return;
    silentStarts = [...silentStarts.filter((each) => atMs - each < minuteMs), atMs].slice(-100);
    if (episode.silentMs === null || episode.lastSign === null) return;
    grace = inferGrace(grace, {
      silentMs: episode.silentMs,
      lastSign: episode.lastSign,
      together: silentStarts.length,
      monitorPeriodMs: said.monitorPeriod.ms ?? defaultMonitorPeriodMs,
      isSameLeader: ledAllTheTime(leader, atMs - episode.silentMs, atMs),
    });
  };

  const seeNode = (sight: NodeSight, atMs: number, poll: NodePoll): void => {
    if (nodes.has(sight.node) && nodes.get(sight.node)?.state.uid !== sight.uid) forget(sight.node, atMs);
    const isNew = !nodes.has(sight.node);
    const known = nodes.get(sight.node) ?? make(newNode(sight, atMs));
    const { state } = known;
    if (isNew) {
      nodes.set(sight.node, known);
      if (hasListed) note({ type: 'node.added', node: sight.node, zone: sight.zone }, atMs);
      const stray = strays.get(sight.node);
      strays.delete(sight.node);
      // One that was there long before is what an earlier node of that name has left: up to its next renewal there was none.
      const isOwn = stray !== undefined && (!hasListed || atMs - stray.atMs < raceMs);
      if (isOwn) known.lease(stray.lease, atMs, { ...poll, isLive: false });
    }
    const before: Before = { ...state };
    known.node(sight, atMs, poll);
    if (episodes.goOn(sight, before, atMs)) {
      known.marked(atMs);
      state.notReady.silence += 1;
      notReady.silence += 1;
    }
    if (isChangedUnseen(sight, before)) {
      state.unseenTransitions += 1;
      unseenTransitions += 1;
      const type = sight.ready === 'True' ? 'node.readyUnseen' : 'node.notReadyUnseen';
      note({ type, node: sight.node, transition: sight.transition }, atMs);
    }
    if (sight.ready === 'True') {
      const over = episodes.end(sight.node, 'ready', atMs);
      if (over !== null) {
        state.notReadyMs += atMs - over.fromMs;
        note({ type: 'node.ready', node: sight.node, afterMs: atMs - over.fromMs }, atMs);
      }
      state.wasReady = true;
    } else if (!episodes.isOpen(sight.node)) fall(known, before, sight, atMs, poll.isLive);
    state.ready = sight.ready;
    state.reason = sight.reason;
    state.transition = sight.transition;
  };

  const seeLease = (lease: LeaseSight, atMs: number, poll: NodePoll): void => {
    const known = nodes.get(lease.node);
    if (known !== undefined) known.lease(lease, atMs, poll);
    else if (strays.size < maxStrays) strays.set(lease.node, { lease, atMs });
  };

  const take = (sighting: Sighting): void => {
    const { atMs } = sighting;
    const live = { isLive: blind.isLive(atMs), seenToMs: blind.seenToMs(atMs) };
    const listed = { ...live, isLive: false };
    switch (sighting.type) {
      case 'nodes': {
        const there = new Set(sighting.nodes.map(({ node }) => node));
        for (const name of [...nodes.keys()]) if (!there.has(name)) forget(name, atMs);
        for (const sight of sighting.nodes) seeNode(sight, atMs, listed);
        hasListed = true;
        return;
      }
      case 'leases':
        strays.clear();
        for (const lease of sighting.leases) seeLease(lease, atMs, listed);
        return;
      case 'node':
        seeNode(sighting.node, atMs, live);
        return;
      case 'lease':
        seeLease(sighting.lease, atMs, live);
        return;
      case 'nodeGone':
        forget(sighting.node, atMs);
        return;
      case 'kubelet':
        nodes.get(sighting.node)?.settings(sighting.settings);
        return;
      case 'controller':
        said = withReading(said, sighting);
        return;
      case 'leader':
        leader = afterAnswer(leader, sighting, note, () => {
          for (const known of nodes.values()) known.forgetLease();
        });
        return;
      case 'date':
        server = narrow(server, dateBounds(sighting.askedMs, sighting.dateMs, atMs), atMs);
        return;
      case 'blind':
        if (blind.begin(sighting.source, sighting.reason, atMs)) {
          note({ type: 'blind.began', source: sighting.source, reason: sighting.reason }, atMs);
        }
        return;
      case 'sighted': {
        if (sighting.source === 'process' || sighting.source === 'unwatched') {
          for (const known of nodes.values()) known.cut(atMs, live.seenToMs);
        }
        const over = blind.end(sighting.source, atMs);
        if (over !== null) note({ type: 'blind.ended', ms: over.toMs - over.fromMs, sources: over.sources }, atMs);
      }
    }
  };

  return {
    take,
    state: (atMs) => ({
      atMs,
      hasListed,
      nodes: [...nodes.values()].map((node) => node.save()),
      gone,
      notReady: { ...notReady },
      unseenTransitions,
      episodes: structuredClone(episodes.save()),
      zones: zones.save(),
      blind: blind.state(atMs),
      grace,
      silentStarts: [...silentStarts],
      leader,
      said,
      server,
      renewTime: renewTime.buckets(),
      arrival: arrival.buckets(),
      silences: silences.buckets(),
      longestSurvivedMs: maxSurvivedMs,
      longestSilences: [...topSilences],
    }),
  };
};
