import type { FigureSource } from '../../figures/index.ts';
import { connectionsOf, entrancesOf, type Plan, reachesClientPackets, sparseLoadMs } from '../../plan/index.ts';
import { ofType, type TimelineEvent } from '../../timeline/index.ts';
import type { RunDocument } from '../document.ts';
import { type MeasurementWindow, plannedFaults } from '../measurement-window.ts';
import { nodeList } from '../text.ts';
import { unmeasuredWhy } from './unmeasured.ts';
import { measuredGaps, openGaps } from './watch-gaps.ts';

/**
 * A time in which a source brought nothing. `late`: all that changed in it came when it ended; else some of it may never
 * have come.
 */
export type BlindTime = {
  readonly source: FigureSource;
  readonly fromMs: number;
  /** null: it never ended. */
  readonly toMs: number | null;
  readonly late: boolean;
  /** Of requests: how far apart they were due, where that alone hides what happened between them. */
  readonly spacingMs?: number;
  /** In words, where it is not the watch or the spacing of the load: what may have harmed clients in it, or why nobody asked. */
  readonly outage?: string;
  /** Of requests: hides the figures of this entrance alone; left out: all that rest on requests. */
  readonly entrance?: string;
};

/** An API server that hangs ends no watch. Shorter than this, a silence at the very end may be one slow answer. */
const silentMs = 5000;

const watches: readonly FigureSource[] = ['nodes', 'leases', 'endpointslices', 'pods', 'events'];

/** Times in which a watch brought nothing. */
export const blindWatches = (events: readonly TimelineEvent[], window: MeasurementWindow): readonly BlindTime[] => {
  const answeredMs = new Map(ofType(events, 'api.answered').map(({ fromMs, atMs }) => [fromMs, atMs]));
  const { measuredToMs } = window;
  const silences = ofType(events, 'api.silent')
    .map(({ fromMs }) => ({ fromMs, toMs: answeredMs.get(fromMs) ?? null }))
    .filter(
      ({ fromMs, toMs }) =>
        measuredToMs !== null && measuredToMs - fromMs > silentMs && (toMs === null || toMs > measuredToMs),
    );
  return [
    ...measuredGaps(events, window).map(({ resource, fromMs, atMs, how }) => ({
      source: resource,
      fromMs,
      toMs: atMs,
      late: how === 'resumed',
    })),
    ...openGaps(events, window).map(({ resource, fromMs }) => ({
      source: resource,
      fromMs,
      toMs: null,
      late: false,
    })),
    // What was held back until then came after the measured time.
    ...silences.flatMap((one) => watches.map((source) => ({ ...one, source, late: one.toMs !== null }))),
  ];
};

/**
 * Phases in which what clients would have felt nobody knows, for hardly anybody asked. Of a load that is too sparse to see
 * an outage that is all of them. Else those from the first fault on (harm goes on after the fault that brought it) in
 * which no request was due, though it was time for one or a fault stood.
 */
const unasked = (plan: Plan, { byPhase }: RunDocument['requests'], { phases, countFromMs }: MeasurementWindow) => {
  // Each entrance may have an outage of its own, and in it each kind of connection.
  const lines = entrancesOf(plan).length * connectionsOf(plan.load).length;
  const spacingMs = (lines * 1000) / plan.load.ratePerSecond;
  const isFault = new Map(plan.phases.map(({ name, kind }) => [name, kind === 'fault']));
  return phases
    .filter(({ name, startMs, endMs }) => {
      const lengthMs = (endMs ?? Number.POSITIVE_INFINITY) - startMs;
      if (lengthMs <= 0) return false;
      if (spacingMs > sparseLoadMs) return true;
      const counts = countFromMs !== null && startMs + lengthMs > countFromMs;
      return (
        counts && (byPhase[name]?.offered ?? lines) < lines && (lengthMs > spacingMs || isFault.get(name) === true)
      );
    })
    .map(
      ({ startMs, endMs }): BlindTime => ({
        source: 'requests',
        fromMs: startMs,
        toMs: endMs,
        late: false,
        ...(spacingMs > sparseLoadMs ? { spacingMs } : {}),
      }),
    );
};

/**
 * Times from which on a simulation has not what clients felt: a fault acts on all packets of its targets, and only the way to
 * the API server is simulated. What waits in a queue, or is sent again, comes after the fault, too.
 */
const unsimulated = (plan: Plan, events: readonly TimelineEvent[], { started }: MeasurementWindow): BlindTime[] => {
  if (started?.predicted !== true) return [];
  const acts = new Set(
    plannedFaults(plan)
      .filter(reachesClientPackets)
      .flatMap(({ occurrences }) => occurrences.map(({ id }) => id)),
  );
  return ofType(events, 'fault.injecting')
    .filter(({ fault }) => acts.has(fault))
    .map(({ atMs, kind, targets }) => ({
      ...{ source: 'requests', fromMs: atMs, toMs: null, late: false },
      outage: `${kind} on ${nodeList(targets)} acts on the packets of clients, too, which the model does not simulate`,
    }));
};

/** Of somebody's own program a simulation has neither how fast it starts and ends, nor what it answers. */
const unknownProgram = ({ workload: { manifest } }: Plan, { started }: MeasurementWindow): BlindTime[] =>
  started?.predicted !== true || manifest === undefined
    ? []
    : (['requests', 'program'] as const).map((source) => ({
        ...{ source, fromMs: Number.NEGATIVE_INFINITY, toMs: null, late: false },
        outage: `how fast the program behind Service ${manifest.service} starts and ends is not known to the model: run it on a real cluster`,
      }));

/** How many endpoints a Service is to have that stood there before the run is for its owner to say. */
const unknownReplicas = ({ workload: { existingService } }: Plan): BlindTime[] =>
  existingService === undefined
    ? []
    : [
        {
          ...{ source: 'replicas', fromMs: Number.NEGATIVE_INFINITY, toMs: null, late: false },
          outage: `how many endpoints Service ${existingService.namespace}/${existingService.name} is to have is not known: it stood there before the run`,
        },
      ];

/** What the run did not measure on purpose, from its beginning to its end. */
const unmeasured = (events: readonly TimelineEvent[]): BlindTime[] =>
  (['requests', 'endpointslices', 'pods', 'events'] as const).flatMap((source) => {
    const outage = unmeasuredWhy(events, source);
    return outage === null
      ? []
      : [{ source, fromMs: Number.NEGATIVE_INFINITY, toMs: null, late: false, outage: `not measured: ${outage}` }];
  });

/** All that the record has of them. @param unseen those in which clients may have been harmed, and no request shows it */
export const blindTimes = (
  plan: Plan,
  events: readonly TimelineEvent[],
  requests: RunDocument['requests'],
  unseen: readonly BlindTime[],
  window: MeasurementWindow,
): readonly BlindTime[] => [
  ...unmeasured(events),
  ...blindWatches(events, window),
  ...unasked(plan, requests, window),
  ...unsimulated(plan, events, window),
  ...unknownProgram(plan, window),
  ...unknownReplicas(plan),
  ...unseen,
];
