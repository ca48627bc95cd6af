import { isTree } from '../../common/plain-data.ts';
import { type Figure, type FigureSource, figureRegistry } from '../../figures/index.ts';
import { connectionsOf, entrancesOf, type Plan, reachesClientPackets, sparseLoadMs } from '../../plan/index.ts';
import { type EventOf, ofType, type TimelineEvent } from '../../timeline/index.ts';
import type { CountedWrites, RunDocument, UnknownFigure } from '../document.ts';
import { type MeasurementWindow, plannedFaults } from '../measurement-window.ts';
import { nodeList, secondsText } from '../text.ts';
import { unmeasuredWhy } from './unmeasured.ts';

/** Gaps that reach into the measured time. */
export const measuredGaps = (events: readonly TimelineEvent[], window: MeasurementWindow): EventOf<'watch.gap'>[] => {
  const { measuredFromMs, measuredToMs } = window;
  if (measuredFromMs === null || measuredToMs === null) return [];
  return ofType(events, 'watch.gap').filter(({ fromMs, atMs }) => atMs > measuredFromMs && fromMs < measuredToMs);
};

/** Watches that were lost in the measured time and have not come back. */
export const openGaps = (events: readonly TimelineEvent[], window: MeasurementWindow): EventOf<'watch.lost'>[] => {
  const { measuredFromMs, measuredToMs } = window;
  if (measuredFromMs === null || measuredToMs === null) return [];
  const gaps = ofType(events, 'watch.gap');
  return ofType(events, 'watch.lost').filter(
    ({ resource, atMs }) => atMs <= measuredToMs && !gaps.some((gap) => gap.resource === resource && gap.atMs >= atMs),
  );
};

/**
 * Whether the watch on nodes showed what was when the measured time ended: it had a stream then, and the API server, which
 * is asked once a second, had last said that it is ready.
 */
export const seesNodesAtEnd = (events: readonly TimelineEvent[], { measuredToMs }: MeasurementWindow): boolean => {
  if (measuredToMs === null) return false;
  const known = events.filter(({ atMs }) => atMs <= measuredToMs);
  const lost = ofType(known, 'watch.lost').findLast(({ resource }) => resource === 'nodes');
  const back = ofType(known, 'watch.gap').findLast(({ resource }) => resource === 'nodes');
  const silent = ofType(known, 'api.silent').at(-1);
  const answered = ofType(known, 'api.answered').at(-1);
  const isLost = lost !== undefined && (back === undefined || back.atMs < lost.atMs);
  const isSilent = silent !== undefined && answered?.fromMs !== silent.fromMs;
  // A gap that is recorded later may have begun before the watch was known to be lost.
  const reaches = ofType(events, 'watch.gap').some(
    ({ resource, fromMs, atMs }) => resource === 'nodes' && fromMs < measuredToMs && atMs > measuredToMs,
  );
  return !(isLost || isSilent || reaches);
};

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
  const answered = new Set(ofType(events, 'api.answered').map(({ fromMs }) => fromMs));
  const { measuredToMs } = window;
  const silences = ofType(events, 'api.silent').filter(
    ({ fromMs }) => !answered.has(fromMs) && measuredToMs !== null && measuredToMs - fromMs > silentMs,
  );
  return [
    ...measuredGaps(events, window).map(({ resource, fromMs, atMs, how }) => ({
      source: resource,
      fromMs,
      toMs: atMs,
      late: how === 'resumed',
    })),
    ...openGaps(events, window).map(({ resource, atMs }) => ({
      source: resource,
      fromMs: atMs,
      toMs: null,
      late: false,
    })),
    ...silences.flatMap(({ fromMs }) => watches.map((source) => ({ source, fromMs, toMs: null, late: false }))),
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

type Span = readonly [fromMs: number, toMs: number];

const spanOf = ({ over, path }: Figure, window: MeasurementWindow, apiServer: CountedWrites | null): Span | null => {
  const { measuredFromMs, measuredToMs, faultStartMs, countFromMs, phases } = window;
  const phase = phases.find(({ name }) => path.split('.')[2] === name);
  const ends: Readonly<Record<Figure['over'], readonly [number | null, number | null]>> = {
    measured: [measuredFromMs, measuredToMs],
    disturbed: [countFromMs, measuredToMs],
    undisturbed: [measuredFromMs, faultStartMs ?? measuredToMs],
    phase: [phase?.startMs ?? null, phase?.endMs ?? measuredToMs],
    end: [measuredToMs, measuredToMs],
    counted: [apiServer?.fromMs ?? null, apiServer?.toMs ?? null],
  };
  const [fromMs, toMs] = ends[over];
  return fromMs === null || toMs === null ? null : [fromMs, toMs];
};

/** What came late is known all the same, unless it came on the other side of an end of the span. */
const hides = ({ fromMs, toMs, late }: BlindTime, [start, end]: Span): boolean => {
  const endedMs = toMs ?? Number.POSITIVE_INFINITY;
  if (fromMs >= end || endedMs <= start) return false;
  return !late || fromMs < start || endedMs > end;
};

/** A figure, and the times that may hide something of it. */
type Exposed = { readonly figure: Figure; readonly times: readonly BlindTime[] };

/** The first time that hides something from one of these sources within the span; null: all of it came. */
export const blindIn = (
  times: readonly BlindTime[],
  restsOn: readonly FigureSource[],
  span: Span | null,
): BlindTime | null =>
  span === null ? null : (times.find((one) => restsOn.includes(one.source) && hides(one, span)) ?? null);

/** A figure by its path, and what it was. */
type Nulled = { readonly figure: string; readonly value: number | null };

/** The same tree with null at a path, wherever it has a number there. @returns what was made null, too */
const nulled = (value: unknown, path: readonly string[], at = ''): readonly [unknown, readonly Nulled[]] => {
  const [key, ...rest] = path;
  if (key === undefined)
    return typeof value === 'number' || value === null ? [null, [{ figure: at, value }]] : [value, []];
  if (!isTree(value)) return [value, []];
  const keys = key === '*' ? Object.keys(value) : Object.hasOwn(value, key) ? [key] : [];
  const inner = keys.map((one) => [one, nulled(value[one], rest, at === '' ? one : `${at}.${one}`)] as const);
  return [
    { ...value, ...Object.fromEntries(inner.map(([one, [made]]) => [one, made])) },
    inner.flatMap(([, [, paths]]) => paths),
  ];
};

const blindText = ({ source, fromMs, toMs, spacingMs, outage }: BlindTime): string => {
  if (outage !== undefined) return outage;
  if (spacingMs !== undefined)
    return `a request was due every ${secondsText(spacingMs)} only: an outage may fall between two of them`;
  if (source === 'requests')
    return `no request was due from ${secondsText(fromMs)} to ${secondsText(toMs)}, after a fault had begun`;
  return toMs === null
    ? `the watch on ${source} was blind from ${secondsText(fromMs)} on and never came back`
    : `the watch on ${source} was blind for ${secondsText(toMs - fromMs)} from ${secondsText(fromMs)} on`;
};

/**
 * Makes every figure null that rests on what may have missed something in the figure's own time: what was seen is then
 * no more than a part of it.
 * @param tree figures by their dotted paths, as `figureRegistry` has them; what is not there is passed over
 */
export const withoutBlind = <T extends object>(
  tree: T,
  times: readonly BlindTime[],
  window: MeasurementWindow,
  apiServer: CountedWrites | null,
): { readonly figures: T; readonly unknown: readonly UnknownFigure[] } => {
  let figures: unknown = tree;
  const unknown: UnknownFigure[] = [];
  const byEntrance = Map.groupBy(times, ({ entrance }) => entrance);
  const ofAll = byEntrance.get(undefined) ?? [];
  const named = (figure: Figure, name: string): Figure => ({ ...figure, path: figure.path.replace('*', name) });
  const partsOf = (figure: Figure): readonly Exposed[] => {
    if (figure.over === 'phase')
      return window.phases.map(({ name }) => ({ figure: named(figure, name), times: ofAll }));
    const isOfAll = blindIn(ofAll, figure.restsOn, spanOf(figure, window, apiServer)) !== null;
    if (isOfAll || !figure.path.startsWith('requests.byEntrance.')) return [{ figure, times: ofAll }];
    return [...byEntrance].flatMap(([name, own]) =>
      name === undefined ? [] : [{ figure: named(figure, name), times: own }],
    );
  };
  for (const { figure, times: own } of figureRegistry.flatMap(partsOf)) {
    const time = blindIn(own, figure.restsOn, spanOf(figure, window, apiServer));
    if (time === null) continue;
    const [made, known] = nulled(figures, figure.path.split('.'));
    figures = made;
    unknown.push(
      ...known.map((one) => ({
        figure: one.figure,
        why: blindText(time),
        ...(figure.counts === true && one.value !== null && one.value > 0 ? { atLeast: one.value } : {}),
      })),
    );
  }
  return { figures: figures as T, unknown };
};

/** The same for the most NotReady nodes of each step. */
export const stepsWithoutBlind = (
  steps: RunDocument['steps'],
  times: readonly BlindTime[],
): { readonly steps: RunDocument['steps']; readonly unknown: readonly UnknownFigure[] } => {
  const blind = steps.map(({ startMs, endMs }) =>
    blindIn(times, ['nodes'], [startMs, endMs ?? Number.POSITIVE_INFINITY]),
  );
  return {
    steps: steps.map((step, index) => (blind[index] === null ? step : { ...step, maxNotReady: null })),
    unknown: steps.flatMap(({ name }, index) => {
      const time = blind[index] ?? null;
      return time === null ? [] : [{ figure: `steps.${name}.maxNotReady`, why: blindText(time) }];
    }),
  };
};
