/** Every offered request ends in exactly one of these; their sum is what was offered. */
export const requestOutcomes = [
  'ok',
  'httpError',
  'refused',
  'reset',
  'timeout',
  'unreachable',
  'otherError',
  'dropped',
] as const;

export type RequestOutcome = (typeof requestOutcomes)[number];

/**
 * One offered request; times in ms since the run started, on the run's monotonic clock.
 * Latency is `endedMs - dueMs` (from when it was due, not sent); lateness is `sentMs - dueMs`.
 */
export type RequestRecord = {
  readonly seq: number;
  readonly connection: 'fresh' | 'keep-alive';
  readonly dueMs: number;
  /** null when it was never sent (`dropped`). */
  readonly sentMs: number | null;
  readonly endedMs: number;
  readonly outcome: RequestOutcome;
  /** HTTP status; null where no response came. */
  readonly status: number | null;
  /** errno or our own code ('ECONNREFUSED', 'TIMEOUT_CONNECT'); null for a response. */
  readonly code: string | null;
};
