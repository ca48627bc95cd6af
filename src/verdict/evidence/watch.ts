import { readyChanges } from '../../figures/index.ts';
import type { Plan } from '../../plan/index.ts';
import { isFailure, type RequestRecord, type TimelineEvent } from '../../timeline/index.ts';
import { measurementWindow, within } from '../measurement-window.ts';
import { abortReasons, lostMs, type PhaseRequests } from './abort-conditions.ts';
import { lostForGood } from './watch-gaps.ts';

/** A run under way, as far as its abort conditions have checked it. */
export type RunWatch = {
  readonly event: (event: TimelineEvent) => void;
  readonly requests: (batch: readonly RequestRecord[]) => void;
  /** Why the run can prove nothing any more, by all that was recorded so far and by the time that it is now; null while it can. */
  readonly reason: (nowMs: number) => string | null;
  /** When to ask again though nothing is recorded until then; ms since the run's start, null: not before something is. */
  readonly askAgainAtMs: (nowMs: number) => number | null;
};

/** What no abort condition checks, and most of a timeline is. */
const ignored: ReadonlySet<TimelineEvent['type']> = new Set([
  'lease.renewed',
  'node.statusPosted',
  'node.taint',
  'pod',
  'endpoints',
  'kubernetes.event',
  'setting.read',
  'process.read',
  'leader',
  'clock',
]);

/** Follows a run while it grows and checks its abort conditions: whether it is still worth its time. */
export const watchRun = (plan: Plan): RunWatch => {
  const events: TimelineEvent[] = [];
  const counts = new Map<string, PhaseRequests>();
  let silentMs: number | null = null;
  let measuring = false;
  let over = false;
  return {
    event: (event) => {
      if (over) return;
      // Without a load what is measured begins with the first phase.
      if (event.type === 'load.started' || (event.type === 'step.started' && event.kind === 'steady')) measuring = true;
      // From here on the place is taken down.
      if (event.type === 'load.ended' || event.type === 'run.ended') over = true;
      if (event.type === 'api.silent') silentMs = event.fromMs;
      if (event.type === 'api.answered') silentMs = null;
      if (!ignored.has(event.type)) events.push(event);
    },
    requests: (batch) => {
      const { phases } = measurementWindow(plan, events);
      for (const { dueMs, outcome } of batch) {
        const span = phases.find((one) => within(dueMs, one));
        if (span === undefined) continue;
        const { offered, failed } = counts.get(span.name) ?? { offered: 0, failed: 0 };
        counts.set(span.name, { offered: offered + 1, failed: failed + (isFailure(outcome) ? 1 : 0) });
      }
    },
    reason: (nowMs) => {
      if (!measuring || over) return null;
      const ordered = events.toSorted((one, other) => one.atMs - other.atMs);
      const [reason = null] = abortReasons({
        plan,
        events: ordered,
        window: measurementWindow(plan, ordered),
        changes: readyChanges(ordered),
        blindTimes: [],
        requests: counts,
        untilMs: nowMs,
      });
      return reason;
    },
    askAgainAtMs: (nowMs) => {
      const sinceMs = [...lostForGood(events).map(({ fromMs }) => fromMs), ...(silentMs === null ? [] : [silentMs])];
      const dueMs = sinceMs.map((fromMs) => fromMs + lostMs + 1).filter((atMs) => atMs > nowMs);
      return over || dueMs.length === 0 ? null : Math.min(...dueMs);
    },
  };
};
