import * as z from 'zod';
import type { FigureSource, FigureTraits } from './figure.ts';
import { figure, knownFigure } from './shape.ts';
import { count, evictions, lost, moment, nodes, pods, writes } from './traits.ts';

/** An instant of `timing`. @param own `since`: whether `sinceFault` has it, too */
const instant = (
  name: string,
  restsOn: readonly FigureSource[],
  own: Partial<FigureTraits> & { readonly since?: boolean } = {},
  about: string | null = null,
) => {
  const { since = false, ...rest } = own;
  const labels = { moment: name };
  return figure(
    {
      ...moment,
      restsOn,
      metric: { family: 'skipbeat_moment_seconds', labels },
      ...(since ? { repeatsMetric: { family: 'skipbeat_repeats_since_fault_seconds', labels } } : {}),
      ...(rest.compared === undefined || rest.label === undefined ? {} : { short: rest.label }),
      ...rest,
    },
    about,
  );
};

export const timingShape = z
  .strictObject({
    faultStartMs: instant('faultStart', [], { over: 'measured' }),
    firstNotReadyMs: instant('firstNotReady', ['nodes'], {
      ...lost,
      since: true,
      compared: 'timing',
      label: 'first node NotReady',
    }),
    firstEndpointLostMs: instant(
      'firstEndpointLost',
      ['endpointslices'],
      {},
      'The first time that the Service had fewer ready endpoints than before.',
    ),
    firstEndpointsEmptyMs: instant('firstEndpointsEmpty', ['endpointslices', 'program'], {
      since: true,
      label: 'no endpoint left',
    }),
    firstRefusedMs: instant('firstRefused', ['requests'], {
      since: true,
      compared: 'timing',
      label: 'first refused',
      harmKinds: ['refused'],
    }),
    firstEvictionMs: instant('firstEviction', evictions, {
      harmKinds: pods.harmKinds,
      since: true,
      compared: 'timing',
      label: 'first pod evicted',
    }),
    firstReplacementReadyMs: instant(
      'firstReplacementReady',
      [...evictions, 'program'],
      {},
      'The first pod that was seen first after an eviction, Ready.',
    ),
    lastReadyMs: instant('lastReady', ['nodes'], {
      since: true,
      better: 'lower',
      growsWith: 'nodes',
      compared: 'harm',
      label: 'last node Ready again',
    }),
    lastRefusedMs: instant('lastRefused', ['requests'], {
      since: true,
      better: 'lower',
      growsWith: 'offered',
      compared: 'harm',
      label: 'last refused',
    }),
    lastFailedMs: instant(
      'lastFailed',
      ['requests'],
      { better: 'lower', growsWith: 'offered' },
      'The last request that failed in any way: refused, reset, timed out, unreachable, or with an error. Not in documents that an older skipbeat wrote.',
    ).exactOptional(),
  })
  .describe('First and last since the first fault began; since the start of the load where the plan has no fault.');

/** Heartbeats in the undisturbed time. */
const heartbeats = (kind: string, restsOn: readonly FigureSource[], label: string): FigureTraits => ({
  ...writes,
  restsOn,
  over: 'undisturbed',
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

export const writesShape = z
  .strictObject({
    leasePerNodeMinute: figure(heartbeats('lease', ['leases'], 'lease renewals a minute and node')),
    statusPerNodeMinute: figure(heartbeats('status', ['nodes'], 'status posts a minute and node')),
    apiServer: countedWritesShape
      .nullable()
      .describe(
        "By the API servers' own counters, with what the watches saw in the same time; null where they were not read twice.",
      ),
  })
  .describe('Seen in the undisturbed time before the first fault.');

export const durationShape = figure(
  {
    unit: 'durationMs',
    better: 'depends',
    restsOn: [],
    over: 'measured',
    metric: { family: 'skipbeat_run_duration_seconds' },
  },
  "null where the run's end is not on record.",
);
