import type { Plan } from '../plan/index.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import type { RunDocument } from './document.ts';
import { type Outline, ofType } from './outline.ts';

/** Mean over the nodes of (n − 1) / (last − first), per minute; nodes seen writing less than twice say nothing. */
const perNodeMinute = (
  writes: readonly { readonly node: string; readonly atMs: number }[],
  fromMs: number,
  toMs: number,
): number | null => {
  const byNode = Map.groupBy(
    writes.filter(({ atMs }) => atMs >= fromMs && atMs < toMs),
    ({ node }) => node,
  );
  const rates = [...byNode.values()].flatMap((own) => {
    const spanMs = (own.at(-1)?.atMs ?? 0) - (own[0]?.atMs ?? 0);
    return spanMs > 0 ? [((own.length - 1) * 60_000) / spanMs] : [];
  });
  return rates.length === 0 ? null : rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
};

/**
 * Heartbeat writes seen in the undisturbed time: from the start of measuring to the first fault, or to the end.
 * Status posts are given only where that time holds at least two report intervals: a shorter look sees only posts that
 * some change of the node forced, and would take them for the rhythm.
 */
export const writeRates = (plan: Plan, events: readonly TimelineEvent[], outline: Outline): RunDocument['writes'] => {
  const { measuredFromMs: fromMs, measuredToMs } = outline;
  const toMs = outline.faultStartMs ?? measuredToMs;
  if (fromMs === null || toMs === null) return { leasePerNodeMinute: null, statusPerNodeMinute: null };
  const seesStatusRhythm = toMs - fromMs >= 2 * plan.profile.effective.nodeStatusReportFrequencyMs;
  return {
    leasePerNodeMinute: perNodeMinute(ofType(events, 'lease.renewed'), fromMs, toMs),
    statusPerNodeMinute: seesStatusRhythm ? perNodeMinute(ofType(events, 'node.statusPosted'), fromMs, toMs) : null,
  };
};
