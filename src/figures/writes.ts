import * as z from 'zod';
import { ofType } from '../timeline/index.ts';
import type { FigureSource, FigureTraits } from './figure.ts';
import type { Seen } from './seen.ts';
import { figure, knownFigure, together } from './shape.ts';
import { count, moment, nodes, writes } from './traits.ts';

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
 * @param minIntervalMs null where that time is shorter than two of these
 */
const rate = (
  writes: readonly { readonly node: string; readonly atMs: number }[],
  { faultStartMs, measuredFromMs, measuredToMs }: Seen['window'],
  minIntervalMs: number,
): number | null => {
  const toMs = faultStartMs ?? measuredToMs;
  if (measuredFromMs === null || toMs === null || toMs - measuredFromMs < 2 * minIntervalMs) return null;
  return perNodeMinute(writes, measuredFromMs, toMs);
};

/** A watch brings a write within this time after it was counted. */
const newsMs = 250;

/** Heartbeats in the undisturbed time. */
const heartbeats = (
  kind: string,
  restsOn: readonly FigureSource[],
  label: string,
  compute: (seen: Seen) => number | null,
): FigureTraits => ({
  ...writes,
  restsOn,
  over: 'undisturbed',
  compute,
  compared: 'cost',
  label,
  metric: { family: 'skipbeat_heartbeat_writes_per_node_minute', labels: { kind } },
  repeatsMetric: { family: 'skipbeat_repeats_heartbeat_writes_per_node_minute', labels: { kind } },
});

const counted = { ...count, over: 'counted' } as const;

const countedWritesShape = z
  .strictObject({
    fromMs: knownFigure({ ...moment, restsOn: [], over: 'counted' }),
    toMs: knownFigure({ ...moment, restsOn: [], over: 'counted' }),
    statusPerNodeMinute: knownFigure({ ...writes, over: 'counted' }),
    // Of all leases that were counted, those that are no node's are taken off as the watch has seen them.
    leasePerNodeMinute: figure({ ...writes, restsOn: ['leases'], over: 'counted' }),
    leases: z
      .strictObject({
        counted: figure({ ...counted, restsOn: ['leases'] }),
        seen: figure({ ...counted, restsOn: ['leases'] }),
      })
      .describe(
        "`counted` by the API servers (leases: those of nodes, what is known to be others' taken off), `seen` by the watches.",
      ),
    statuses: z.strictObject({ counted: knownFigure(counted), seen: figure({ ...counted, ...nodes }) }),
    tolerance: figure(
      { ...counted, restsOn: ['leases', 'nodes'] },
      'As far as the two may be apart: writes just when the counters were read may be in either.',
    ),
  })
  .meta({
    id: 'CountedWrites',
    description:
      "Writes between two readings of the API servers' counters, control plane and workers together. null: a watch was blind.",
  });

type CountedWrites = z.infer<typeof countedWritesShape>;

/** Between the first reading of the API servers' counters and the next; null where there are no two. */
const countedWrites = ({ nodes, events }: Seen): CountedWrites | null => {
  const readings = ofType(events, 'writes.counted');
  const start = readings.find(({ moment }) => moment === 'start');
  const end = readings.find(({ moment, atMs }) => moment === 'end' && start !== undefined && atMs > start.atMs);
  if (start === undefined || end === undefined) return null;
  const nodeMinutes = (nodes * (end.atMs - start.atMs)) / 60_000;
  const leases = ofType(events, 'lease.renewed');
  const posts = ofType(events, 'node.statusPosted');
  const between = ({ atMs }: { readonly atMs: number }): boolean => atMs >= start.atMs && atMs < end.atMs;
  const unsure = ({ atMs }: { readonly atMs: number }): boolean =>
    [start, end].some((reading) => atMs >= reading.fromMs && atMs < reading.atMs + newsMs);
  const others = end.otherLeasesSeen - start.otherLeasesSeen;
  const writes = {
    leases: end.leases - start.leases - others,
    statuses: end.statuses - start.statuses,
  };
  return {
    fromMs: start.atMs,
    toMs: end.atMs,
    leasePerNodeMinute: writes.leases / nodeMinutes,
    statusPerNodeMinute: writes.statuses / nodeMinutes,
    leases: { counted: writes.leases, seen: leases.filter(between).length },
    statuses: { counted: writes.statuses, seen: posts.filter(between).length },
    // Other leases come with every reading too, unseen one by one: one write at each of the two.
    tolerance: 2 + leases.filter(unsure).length + posts.filter(unsure).length,
  };
};

export const writesShape = z
  .strictObject({
    leasePerNodeMinute: figure(
      heartbeats('lease', ['leases'], 'lease renewals a minute and node', ({ events, window }) =>
        rate(ofType(events, 'lease.renewed'), window, 0),
      ),
    ),
    statusPerNodeMinute: figure(
      // A shorter time sees only posts that some change of the node forced, and would take them for the rhythm.
      heartbeats(
        'status',
        ['nodes'],
        'status posts a minute and node',
        ({ events, window, nodeStatusReportFrequencyMs }) =>
          rate(ofType(events, 'node.statusPosted'), window, nodeStatusReportFrequencyMs),
      ),
    ),
    apiServer: together(countedWritesShape.nullable(), countedWrites).describe(
      "By the API servers' own counters, with what the watches saw in the same time; null where they were not read twice.",
    ),
  })
  .describe('Seen in the undisturbed time before the first fault.');
