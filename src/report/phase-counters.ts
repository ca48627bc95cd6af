import type { RequestRecord } from '../timeline/index.ts';
import { createRequestCounters, type RequestCounters } from '../verdict/index.ts';

type Phase = {
  readonly startMs: number;
  endMs: number | null;
  readonly counters: RequestCounters;
  count: number;
  firstSeq: number;
  /** Lowest seq of what was due after the phase; infinite while there is none. */
  firstSeqAfter: number;
};

export type PhaseTallies = {
  readonly start: (name: string, atMs: number) => void;
  readonly end: (name: string, atMs: number) => void;
  readonly add: (batch: readonly RequestRecord[]) => void;
  /** null: no such phase, or no request of it has ended yet. */
  readonly counts: (name: string) => ReturnType<RequestCounters['result']> | null;
  /** Whether every request that was due in the phase has ended: seqs are offered without a hole. */
  readonly isComplete: (name: string) => boolean;
};

/** Requests by the phase they were due in, as they come: some of a phase's last end only after it. */
export const createPhaseTallies = (): PhaseTallies => {
  const phases = new Map<string, Phase>();
  const addTo = (phase: Phase, record: RequestRecord): void => {
    if (record.dueMs < phase.startMs) return;
    if (phase.endMs !== null && record.dueMs >= phase.endMs) {
      phase.firstSeqAfter = Math.min(phase.firstSeqAfter, record.seq);
      return;
    }
    phase.counters.add(record);
    phase.count += 1;
    phase.firstSeq = Math.min(phase.firstSeq, record.seq);
  };
  return {
    start: (name, startMs) => {
      phases.set(name, {
        startMs,
        endMs: null,
        counters: createRequestCounters(),
        count: 0,
        firstSeq: Number.POSITIVE_INFINITY,
        firstSeqAfter: Number.POSITIVE_INFINITY,
      });
    },
    end: (name, atMs) => {
      const phase = phases.get(name);
      if (phase !== undefined) phase.endMs = atMs;
    },
    add: (batch) => {
      for (const record of batch) for (const phase of phases.values()) addTo(phase, record);
    },
    counts: (name) => {
      const phase = phases.get(name);
      return phase === undefined || phase.count === 0 ? null : phase.counters.result();
    },
    isComplete: (name) => {
      const phase = phases.get(name);
      return phase === undefined || phase.firstSeqAfter - phase.firstSeq === phase.count;
    },
  };
};
