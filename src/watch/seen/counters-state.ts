import * as z from 'zod';
import type { Frozen } from '../../common/frozen.ts';
import { blindStateShape } from './blind.ts';
import { clockBoundsShape } from './bounds.ts';
import { graceShape } from './grace.ts';
import { bucketsShape } from './histogram.ts';
import { causeCountsShape, episodeShape, nodeStateShape } from './node-state.ts';
import { saidShape } from './said.ts';
import { countShape, durationShape, momentShape } from './units.ts';

const zonePeakShape = z.strictObject({
  zone: z.string().nullable(),
  maxNotReady: countShape,
  /** When that was, and how many nodes the zone had then. */
  atMs: momentShape,
  ofNodes: countShape,
});

/** The most nodes of a zone that were not Ready at the same time. */
type ZonePeak = z.infer<typeof zonePeakShape>;

/** More zones than any cluster has: what a label of somebody's makes more of is left out. */
const maxZones = 1000;

export const createZones = (from: readonly ZonePeak[]) => {
  const peaks = new Map<string | null, ZonePeak>(from.map((peak) => [peak.zone, { ...peak }]));
  return {
    poll: (zone: string | null, notReady: number, ofNodes: number, atMs: number): void => {
      const known = peaks.get(zone);
      if (known === undefined && peaks.size >= maxZones) return;
      if (known !== undefined && known.maxNotReady >= notReady) return;
      peaks.set(zone, { zone, maxNotReady: notReady, atMs, ofNodes });
    },
    save: (): ZonePeak[] => [...peaks.values()],
  };
};

/**
 * Which kube-controller-manager leads: since when at the latest, by which answer last, and how often it became another. A
 * process has an identity of its own: the same one before and after answers that did not come led all the time.
 * @see kubernetes cmd/kube-controller-manager/app/controllermanager.go, Run: the host's name and a new UUID
 */
const leaderShape = z.strictObject({
  holder: z.string(),
  sinceMs: momentShape,
  answeredMs: momentShape,
  changes: countShape,
  /** Its lease as it was read last: since when it is the same, up to which question. Left out by what an older skipbeat wrote. */
  quiet: z
    .strictObject({
      renewTime: z.string().nullable(),
      sinceMs: momentShape,
      lastMs: momentShape,
      isNoted: z.boolean(),
    })
    .exactOptional(),
  silences: z.strictObject({ count: countShape, longestMs: momentShape.nullable() }).exactOptional(),
});

export type SeenLeader = z.infer<typeof leaderShape>;

/** It is asked every ten seconds, and may take five to answer; what was answered longer ago is not known of now. */
const knownForMs = 20_000;

export const isLeaderKnown = (leader: Pick<SeenLeader, 'answeredMs'> | null, atMs: number): leader is SeenLeader =>
  leader !== null && atMs - leader.answeredMs <= knownForMs;

/** Whether it is known that the same one led from one moment to another. */
export const ledAllTheTime = (leader: SeenLeader | null, fromMs: number, toMs: number): boolean =>
  isLeaderKnown(leader, toMs) && leader.sinceMs <= fromMs;

export const silenceShape = z.strictObject({
  node: z.string(),
  fromMs: momentShape,
  ms: durationShape,
  by: z.enum(['lease', 'status', 'deleted']).nullable(),
  survived: z.boolean(),
  isExact: z.boolean(),
});

/** Everything that a watch has to know to go on, in plain JSON. */
export const counterStateShape = z.strictObject({
  atMs: momentShape,
  hasListed: z.boolean(),
  nodes: z.array(nodeStateShape),
  /** Nodes that were deleted: they count in what is of all alone. */
  gone: countShape,
  notReady: causeCountsShape,
  unseenTransitions: countShape,
  episodes: z.array(episodeShape),
  zones: z.array(zonePeakShape),
  blind: blindStateShape,
  grace: graceShape,
  /** Starts of silent NotReady of the last minute. */
  silentStarts: z.array(momentShape),
  leader: leaderShape.nullable(),
  said: saidShape,
  server: clockBoundsShape.nullable(),
  renewTime: bucketsShape,
  arrival: bucketsShape,
  /** Of nodes that stayed Ready. */
  silences: bucketsShape,
  longestSurvivedMs: durationShape.nullable(),
  /** The longest of nodes that stayed Ready, and of the others, each by itself. */
  longestSilences: z.array(silenceShape),
});

export type CounterState = Frozen<z.infer<typeof counterStateShape>>;
export type NodeSilence = z.infer<typeof silenceShape>;
