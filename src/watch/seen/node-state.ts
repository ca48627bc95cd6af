import * as z from 'zod';
import { clockBoundsShape } from './bounds.ts';
import { bucketsShape } from './histogram.ts';
import { countShape, durationShape, momentShape } from './units.ts';

const count = countShape;
const maybeMs = durationShape.nullable();
/** By a kubelet's clock, which may stand anywhere. */
const stamp = z.number().min(-8_640_000_000_000_000).max(8_640_000_000_000_000).nullable();

/** Why a node was not Ready, by its Ready condition. */
export const causes = ['silence', 'kubelet', 'neverReported', 'other'] as const;

/**
 * `silence`: Unknown by the controller (NodeStatusUnknown), for no sign of life came. `kubelet`: False, by the kubelet's
 * own word. `neverReported`: a new node that never posted a status. `other`: Unknown for another reason.
 */
export type Cause = (typeof causes)[number];

export const causeCountsShape = z.strictObject({ silence: count, kubelet: count, neverReported: count, other: count });

export const noCauses: z.infer<typeof causeCountsShape> = { silence: 0, kubelet: 0, neverReported: 0, other: 0 };

export const kubeletSettingsShape = z.strictObject({
  nodeStatusUpdateFrequencyMs: maybeMs,
  nodeStatusReportFrequencyMs: maybeMs,
  nodeLeaseDurationSeconds: maybeMs,
});

export const gapsShape = z.strictObject({
  renewTime: bucketsShape,
  arrival: bucketsShape,
  longestRenewTimeMs: maybeMs,
  longestArrivalMs: maybeMs,
});

const signShape = z.strictObject({ atMs: momentShape, by: z.enum(['lease', 'status']), isSeen: z.boolean() });

const heldShape = z.strictObject({
  fromMs: momentShape,
  ms: durationShape,
  by: z.enum(['lease', 'status']).nullable(),
  isExact: z.boolean(),
  /** When the sign of life that ended it came. */
  endedMs: momentShape,
});

/** A silence of a Ready node that has just ended, and may yet turn out to be the one that the controller decided by. */
export type HeldSilence = z.infer<typeof heldShape>;

/** A sign of life: when it came, and what it was. `isSeen` false: nobody saw it come; it came then or before. */
export type Sign = z.infer<typeof signShape>;

/** What is kept of a node between two sittings; histograms apart, what is worked with. */
export const nodeStateShape = z.strictObject({
  node: z.string(),
  uid: z.string(),
  zone: z.string().nullable(),
  ready: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  heartbeat: z.string().nullable(),
  transition: z.string().nullable(),
  taints: z.array(z.string()),
  bootId: z.string(),
  kubeletVersion: z.string(),
  wasReady: z.boolean(),
  /** The newest renewTime; an older one is no renewal, as it is none to the controller. */
  renewMs: stamp,
  /** When that came; null: nobody saw it come. */
  arrivalMs: momentShape.nullable(),
  /** The renewTime that the Lease had last, newest or not. */
  stampMs: stamp,
  /** Of the Lease. */
  leaseDurationSeconds: maybeMs,
  settings: kubeletSettingsShape.nullable(),
  /** The last sign of life. */
  sign: signShape.nullable(),
  /** The one before it; null: nobody knows when that was. */
  signBefore: signShape.nullable(),
  /** The silences that have ended last, oldest first; counted in nothing so far. Left out where there is none. */
  held: z.array(heldShape).exactOptional(),
  renewals: count,
  statusPosts: count,
  /** Renewals after more than twice the period. */
  late: count,
  /** Renewals with an older renewTime than one before. */
  backwards: count,
  /** Pairs of renewals between which the watch had a gap. */
  unseenGaps: count,
  /** Changes of Ready that only their stamp tells of. */
  unseenTransitions: count,
  reboots: count,
  longestSilenceMs: maybeMs,
  /** How long the node was silent at most without becoming NotReady. */
  longestSurvivedMs: maybeMs,
  notReady: causeCountsShape,
  notReadyMs: durationShape,
  clock: clockBoundsShape.nullable(),
  gaps: gapsShape,
});

export type NodeState = z.infer<typeof nodeStateShape>;

export const episodeShape = z.strictObject({
  node: z.string(),
  zone: z.string().nullable(),
  cause: z.enum(causes),
  reason: z.string(),
  message: z.string(),
  fromMs: momentShape,
  /** Whether the change was seen as it came; else it had come before. */
  isStartSeen: z.boolean(),
  transition: z.string().nullable(),
  untilMs: momentShape.nullable(),
  endedBy: z.enum(['ready', 'deleted']).nullable(),
  silentMs: maybeMs,
  sinceRenewTimeMs: z.number().nullable(),
  lastSign: z.enum(['lease', 'status']).nullable(),
  isNew: z.boolean(),
  rebooted: z.boolean(),
  kubeletChanged: z.boolean(),
  unschedulable: z.boolean(),
  taints: z.array(z.string()),
  togetherInZone: count,
  /** Whether it was Unknown by silence at any time, whatever it was at first. */
  wasSilent: z.boolean(),
  /** How often its stamp of change had moved with the same status: it was another meanwhile. Left out where never. */
  unseenTransitions: count.exactOptional(),
  later: z.array(z.strictObject({ atMs: momentShape, status: z.enum(['False', 'Unknown']), reason: z.string() })),
});

/** From the moment in which a node was not Ready any more to that in which it was again. */
export type Episode = z.infer<typeof episodeShape>;
