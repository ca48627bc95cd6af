import type { Sighting } from '../seen/sighting.ts';

/**
 * A stream that ended in order, as API servers end them now and then, and went on within this at the same
 * resourceVersion: nothing is lost, and what came late came late by no more than this.
 */
const seamMs = 1000;

/** Of one loss. */
const maxReasons = 20;

export type Blindness = ReturnType<typeof createBlindness>;

/** Tells that a watch is blind once it is for longer than a seam, and then from its beginning on. */
export const createBlindness = (
  source: 'nodes' | 'leases',
  take: (sighting: Sighting) => void,
  failed: (thrown: unknown) => void,
) => {
  let loss: { readonly fromMs: number; readonly reasons: Set<string>; timer: NodeJS.Timeout | null } | null = null;
  let isBlind = false;
  const finish = (): void => {
    if (loss?.timer) clearTimeout(loss.timer);
    if (loss !== null) loss.timer = null;
  };
  const blind = (reason: string, fromMs: number): void => {
    isBlind = true;
    take({ type: 'blind', source, reason, atMs: fromMs });
  };
  /** What is lost, and was not emitted so far. */
  const report = (): void => {
    if (loss === null || loss.timer === null) return;
    finish();
    for (const reason of loss.reasons) blind(reason, loss.fromMs);
  };
  return {
    lost: (reason: string, fromMs: number): void => {
      finish();
      const timer = setTimeout(() => {
        try {
          report();
        } catch (thrown) {
          failed(thrown);
        }
      }, seamMs);
      loss = { fromMs, reasons: new Set([reason]), timer };
    },
    /** It is asked for again in vain; each reason is emitted once. */
    refused: (reason: string): void => {
      if (loss === null || loss.reasons.has(reason) || loss.reasons.size >= maxReasons) return;
      loss.reasons.add(reason);
      if (loss.timer === null) blind(reason, loss.fromMs);
    },
    /** What comes does not come by the stream any more, or nobody knows whether it does, though nothing has ended it. */
    hang: (reason: string, fromMs: number): void => {
      finish();
      loss = { fromMs, reasons: new Set([reason]), timer: null };
      blind(reason, fromMs);
    },
    /** Before a list that is to be taken as one of blind time. */
    admit: report,
    back: (toMs: number, ms: number, how: 'resumed' | 'relisted'): void => {
      if (how === 'relisted' || ms > seamMs) report();
      finish();
      loss = null;
      if (isBlind) take({ type: 'sighted', source, atMs: toMs });
      isBlind = false;
    },
    /** The watch is over: what was lost until then stays lost, however short. */
    end: report,
  };
};
