import type { Sighting } from '../seen/sighting.ts';

/**
 * A stream that ended in order, as API servers end them now and then, and went on within this at the same
 * resourceVersion: nothing is lost, and what came late came late by no more than this.
 */
const seamMs = 1000;

export type Blindness = ReturnType<typeof createBlindness>;

/** Tells that a watch is blind once it is for longer than a seam, and then from its beginning on. */
export const createBlindness = (
  source: 'nodes' | 'leases',
  take: (sighting: Sighting) => void,
  failed: (thrown: unknown) => void,
) => {
  let pending: { readonly timer: NodeJS.Timeout; readonly tell: () => void } | null = null;
  let isBlind = false;
  const settle = (): void => {
    if (pending !== null) clearTimeout(pending.timer);
    pending = null;
  };
  return {
    lost: (reason: string, fromMs: number): void => {
      const tell = (): void => {
        settle();
        isBlind = true;
        take({ type: 'blind', source, reason, atMs: fromMs });
      };
      settle();
      const timer = setTimeout(() => {
        try {
          tell();
        } catch (thrown) {
          failed(thrown);
        }
      }, seamMs);
      pending = { timer, tell };
    },
    /** What comes does not come by the stream any more, though nothing has ended it. */
    hang: (reason: string, fromMs: number): void => {
      settle();
      isBlind = true;
      take({ type: 'blind', source, reason, atMs: fromMs });
    },
    /** Before a list that is to be taken as one of blind time. */
    admit: (): void => pending?.tell(),
    back: (toMs: number, ms: number, how: 'resumed' | 'relisted'): void => {
      if (how === 'relisted' || ms > seamMs) pending?.tell();
      settle();
      if (isBlind) take({ type: 'sighted', source, atMs: toMs });
      isBlind = false;
    },
    /** The watch is over: what was lost until then stays lost, however short. */
    end: (): void => pending?.tell(),
  };
};
