import { waitUntil } from '../../common/wait.ts';
import type { Load, LoadOptions } from '../../load/index.ts';
import type { Plan } from '../../plan/index.ts';
import type { RequestRecord } from '../../timeline/index.ts';
import type { LoadView, PhaseRun } from './context.ts';
import { plannedMs } from './phases.ts';

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

/** Steps between and around the phases take this much longer than planned at most; the load stops by itself after it. */
const slackMs = 120_000;

/** How long a batch of the load may be on its way at most, on a machine that is busy. */
const recordMs = 10_000;

/** For how long requests of a plan are sent at most. */
export const maxLoadMs = ({ phases }: Pick<Plan, 'phases'>): number =>
  phases.reduce((sum, phase) => sum + plannedMs(phase), 0) + slackMs;

/** Starts the load of a run at these places; what it sees is recorded as it ends. */
export const followLoad = async (
  { plan, recorder }: Pick<PhaseRun, 'plan' | 'recorder'>,
  targets: LoadOptions['targets'],
  start: (options: LoadOptions) => Promise<Load>,
): Promise<LoadView> => {
  const watermark = createWatermark();
  const periodMs = 1000 / plan.load.ratePerSecond;
  let lastFailedMs: number | null = null;
  let lastAnsweredMs: number | null = null;
  const onBatch = (records: readonly RequestRecord[]): void => {
    for (const record of records) {
      if (record.outcome === 'ok') lastAnsweredMs = Math.max(lastAnsweredMs ?? 0, record.endedMs);
      else lastFailedMs = Math.max(lastFailedMs ?? 0, record.endedMs);
      watermark.add(record);
    }
    recorder.requests(records);
  };
  const load = await start({
    targets,
    ratePerSecond: plan.load.ratePerSecond,
    connection: plan.load.connection,
    timeoutMs: plan.load.timeoutMs,
    runStartNs: recorder.startNs,
    maxDurationMs: maxLoadMs(plan),
    onBatch,
  });
  const begunMs = recorder.nowMs();
  return {
    load,
    lastFailedMs: () => lastFailedMs,
    lastAnsweredMs: () => lastAnsweredMs,
    openSinceMs: (nowMs) => {
      const watermarkMs = watermark.untilMs();
      const nextMs = watermarkMs === null ? begunMs : watermarkMs + periodMs;
      return nextMs <= nowMs ? nextMs : null;
    },
    watermarkMs: watermark.untilMs,
  };
};

/**
 * Waits until what was asked before a fault has ended and is on record: whoever watches the run must be able to end it
 * for what it saw in its steady phase before anything is done to the cluster.
 */
export const awaitRecord = async ({ plan, recorder, signal }: PhaseRun, view: LoadView): Promise<void> => {
  const fromMs = recorder.nowMs() - 1000 / plan.load.ratePerSecond;
  await waitUntil(
    'the requests of the steady phase to be on record',
    async () => ((view.watermarkMs() ?? 0) >= fromMs ? { found: true } : { seen: 'some are under way' }),
    { timeoutMs: plan.load.timeoutMs + recordMs, everyMs: 10, signal },
  );
  signal.throwIfAborted();
};
