import type { RequestRecord } from '../../timeline/index.ts';

/** Up to when all requests of a load have ended; they end in another order than the one in which they were due. */
export const createWatermark = () => {
  /** Ended before one that was due earlier. */
  const early = new Map<number, number>();
  let nextSeq = 0;
  let untilMs: number | null = null;
  return {
    add: ({ seq, dueMs }: Pick<RequestRecord, 'seq' | 'dueMs'>): void => {
      early.set(seq, dueMs);
      for (let dueNext = early.get(nextSeq); dueNext !== undefined; dueNext = early.get(nextSeq)) {
        untilMs = dueNext;
        early.delete(nextSeq);
        nextSeq += 1;
      }
    },
    /** When the last of them was due that has no unfinished one before it; null: the first has not ended. */
    untilMs: (): number | null => untilMs,
  };
};
