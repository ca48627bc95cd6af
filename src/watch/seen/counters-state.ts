import * as z from 'zod';
import type { Frozen } from '../../common/frozen.ts';
import { blindStateShape } from './blind.ts';
import { clockBoundsShape } from './bounds.ts';
import { graceShape } from './grace.ts';
import { bucketsShape } from './histogram.ts';
import { leaderShape } from './leader.ts';
import { causeCountsShape, episodeShape, nodeStateShape } from './node-state.ts';
import { saidShape } from './said.ts';
import { countShape, durationShape, momentShape } from './units.ts';
import { zonePeakShape } from './zones.ts';

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
