import type { ApiClient } from '../network/apiserver.ts';

/** A loop that waits for its next turn; `dueUs` null while it does not. */
export type Waiting = { dueUs: number | null; askedUs: number };
export type WaitingLease = Waiting & { base: number | null };
export type WaitingStatus = Waiting & {
  readonly client: ApiClient;
  lastPostUs: number;
  reportUs: number;
  /** Whether the loop, which has it, would say Ready now. */
  readonly saysReady: (loop: WaitingStatus) => boolean;
};
