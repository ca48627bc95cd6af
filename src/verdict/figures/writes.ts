import { nodesOf, type Plan } from '../../plan/index.ts';
import type { TimelineEvent } from '../../timeline/index.ts';
import type { CountedWrites, RunDocument } from '../document.ts';
import { type MeasurementWindow, ofType } from '../measurement-window.ts';

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

/** A watch brings a write within this time after it was counted. */
const newsMs = 250;

/** Between the first reading of the API servers' counters and the next; null where there are no two. */
const countedWrites = (plan: Plan, events: readonly TimelineEvent[]): CountedWrites | null => {
  const readings = ofType(events, 'writes.counted');
  const start = readings.find(({ moment }) => moment === 'start');
  const end = readings.find(({ moment, atMs }) => moment === 'end' && start !== undefined && atMs > start.atMs);
  if (start === undefined || end === undefined) return null;
  const nodes = nodesOf(plan).length;
  const nodeMinutes = (nodes * (end.atMs - start.atMs)) / 60_000;
  const leases = ofType(events, 'lease.renewed');
  const posts = ofType(events, 'node.statusPosted');
  const between = ({ atMs }: { readonly atMs: number }): boolean => atMs >= start.atMs && atMs < end.atMs;
  const unsure = ({ atMs }: { readonly atMs: number }): boolean =>
    [start, end].some((reading) => atMs >= reading.fromMs && atMs < reading.atMs + newsMs);
  const others = end.otherLeasesSeen - start.otherLeasesSeen;
  const counted = {
    leases: end.leases - start.leases - others,
    statuses: end.statuses - start.statuses,
  };
  return {
    fromMs: start.atMs,
    toMs: end.atMs,
    leasePerNodeMinute: counted.leases / nodeMinutes,
    statusPerNodeMinute: counted.statuses / nodeMinutes,
    leases: { counted: counted.leases, seen: leases.filter(between).length },
    statuses: { counted: counted.statuses, seen: posts.filter(between).length },
    // Other leases come with every reading too, unseen one by one: one write at each of the two.
    tolerance: 2 + leases.filter(unsure).length + posts.filter(unsure).length,
  };
};

/** What the two ways of counting say where they are further apart than counting can be. */
export const writesDisagree = ({ apiServer }: RunDocument['writes']): readonly string[] => {
  if (apiServer === null) return [];
  const { leases, statuses, tolerance } = apiServer;
  return (
    [
      ['lease renewals', leases],
      ['status posts', statuses],
    ] as const
  ).flatMap(([what, { counted, seen }]) =>
    counted !== null && seen !== null && tolerance !== null && Math.abs(counted - seen) > tolerance
      ? [
          `the API servers counted ${counted} ${what} where the watches saw ${seen}; at most ${tolerance} apart is counting`,
        ]
      : [],
  );
};

/**
 * Heartbeat writes seen in the undisturbed time: from the start of measuring to the first fault, or to the end.
 * Status posts are given only where that time holds at least two report intervals: a shorter time sees only posts that
 * some change of the node forced, and would take them for the rhythm.
 */
export const writeRates = (
  plan: Plan,
  events: readonly TimelineEvent[],
  window: MeasurementWindow,
): RunDocument['writes'] => {
  const { measuredFromMs: fromMs, measuredToMs } = window;
  const toMs = window.faultStartMs ?? measuredToMs;
  const apiServer = countedWrites(plan, events);
  if (fromMs === null || toMs === null) return { leasePerNodeMinute: null, statusPerNodeMinute: null, apiServer };
  const seesStatusRhythm = toMs - fromMs >= 2 * plan.profile.effective.nodeStatusReportFrequencyMs;
  return {
    leasePerNodeMinute: perNodeMinute(ofType(events, 'lease.renewed'), fromMs, toMs),
    statusPerNodeMinute: seesStatusRhythm ? perNodeMinute(ofType(events, 'node.statusPosted'), fromMs, toMs) : null,
    apiServer,
  };
};
