import { setTimeout as delay } from 'node:timers/promises';
import { type Ask, unansweredText } from '../../cluster/index.ts';
import type { Sighting } from '../seen/sighting.ts';

export type ReadyzOptions = {
  readonly ask: Ask;
  readonly nowMs: () => number;
  readonly take: (sighting: Sighting) => void;
  readonly signal: AbortSignal;
};

const path = '/readyz';
const everyMs = 2000;
const timeoutMs = 4000;

/** Once a minute is often enough for a Date of whole seconds. */
const dateEveryMs = 60_000;

/**
 * Asks the API server every 2 s whether it is ready, until the signal fires: one that hangs ends no watch, and its silence
 * would look like a cluster in which nothing happens. Whoever may not read /readyz is answered all the same.
 */
export const followApi = async ({ ask, nowMs, take, signal }: ReadyzOptions): Promise<void> => {
  let isSilent = false;
  let answeredMs = nowMs();
  let datedMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const askedMs = nowMs();
    const answer = await ask(path, { timeoutMs, signal }).catch((thrown: unknown) =>
      unansweredText(path, timeoutMs, { thrown }),
    );
    if (signal.aborted) return;
    const atMs = nowMs();
    const problem =
      typeof answer === 'string' ? answer : answer.status >= 500 ? unansweredText(path, timeoutMs, answer) : null;
    // It may have stopped just after the last answer.
    if (problem !== null && !isSilent) take({ type: 'blind', source: 'api', reason: problem, atMs: answeredMs });
    if (problem === null && isSilent) take({ type: 'sighted', source: 'api', atMs });
    isSilent = problem !== null;
    if (!isSilent) answeredMs = atMs;
    if (typeof answer !== 'string' && answer.dateMs !== null && atMs - datedMs >= dateEveryMs) {
      take({ type: 'date', askedMs, dateMs: answer.dateMs, atMs });
      datedMs = atMs;
    }
    await delay(Math.max(0, askedMs + everyMs - atMs), undefined, { signal }).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown;
    });
  }
};
