import * as z from 'zod';
import { countShape, momentShape } from './units.ts';

/**
 * Which kube-controller-manager leads: since when at the latest, by which answer last, and how often it became another. A
 * process has an identity of its own: the same one before and after answers that did not come led all the time.
 * @see kubernetes cmd/kube-controller-manager/app/controllermanager.go, Run: the host's name and a new UUID
 */
export const leaderShape = z.strictObject({
  holder: z.string(),
  sinceMs: momentShape,
  answeredMs: momentShape,
  changes: countShape,
});

export type SeenLeader = z.infer<typeof leaderShape>;

/** It is asked every ten seconds, and may take five to answer; what was answered longer ago is not known of now. */
const knownForMs = 20_000;

export const isLeaderKnown = (leader: Pick<SeenLeader, 'answeredMs'> | null, atMs: number): leader is SeenLeader =>
  leader !== null && atMs - leader.answeredMs <= knownForMs;

/** Whether it is known that the same one led from one moment to another. */
export const ledAllTheTime = (leader: SeenLeader | null, fromMs: number, toMs: number): boolean =>
  isLeaderKnown(leader, toMs) && leader.sinceMs <= fromMs;
