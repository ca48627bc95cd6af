import { type FigureSource, type FigureTime, figureTable } from '../plan/index.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import type { CountedWrites, RunDocument, UnknownFigure } from './document.ts';
import { type EventOf, type Outline, ofType } from './outline.ts';
import { secondsText } from './text.ts';

/** Gaps that reach into the measured time. */
export const measuredGaps = (events: readonly TimelineEvent[], outline: Outline): EventOf<'watch.gap'>[] => {
  const { measuredFromMs, measuredToMs } = outline;
  if (measuredFromMs === null || measuredToMs === null) return [];
  return ofType(events, 'watch.gap').filter(({ fromMs, atMs }) => atMs > measuredFromMs && fromMs < measuredToMs);
};

/** Watches that were lost in the measured time and have not come back. */
export const openGaps = (events: readonly TimelineEvent[], outline: Outline): EventOf<'watch.lost'>[] => {
  const { measuredFromMs, measuredToMs } = outline;
  if (measuredFromMs === null || measuredToMs === null) return [];
  const gaps = ofType(events, 'watch.gap');
  return ofType(events, 'watch.lost').filter(
    ({ resource, atMs }) => atMs <= measuredToMs && !gaps.some((gap) => gap.resource === resource && gap.atMs >= atMs),
  );
};

/**
 * Whether the watch on nodes told what was when the measured time ended: it had a stream then, and the API server, which
 * is asked once a second, had last said that it is ready.
 */
export const seesNodesAtEnd = (events: readonly TimelineEvent[], { measuredToMs }: Outline): boolean => {
  if (measuredToMs === null) return false;
  const known = events.filter(({ atMs }) => atMs <= measuredToMs);
  const lost = ofType(known, 'watch.lost').findLast(({ resource }) => resource === 'nodes');
  const back = ofType(known, 'watch.gap').findLast(({ resource }) => resource === 'nodes');
  const silent = ofType(known, 'api.silent').at(-1);
  const answered = ofType(known, 'api.answered').at(-1);
  const isLost = lost !== undefined && (back === undefined || back.atMs < lost.atMs);
  const isSilent = silent !== undefined && answered?.fromMs !== silent.fromMs;
  // A gap that is told later may have begun before the watch was known to be lost.
  const reaches = ofType(events, 'watch.gap').some(
    ({ resource, fromMs, atMs }) => resource === 'nodes' && fromMs < measuredToMs && atMs > measuredToMs,
  );
  return !(isLost || isSilent || reaches);
};

/**
 * A time in which a source told nothing. `late`: all that changed in it was told when it ended; else some of it may never
 * have been told.
 */
export type BlindTime = {
  readonly source: FigureSource;
  readonly fromMs: number;
  /** null: it never ended. */
  readonly toMs: number | null;
  readonly late: boolean;
};

/** An API server that hangs ends no watch. Shorter than this, a silence at the very end may be one slow answer. */
const silentMs = 5000;

const watches: readonly FigureSource[] = ['nodes', 'leases', 'endpointslices', 'pods', 'events'];

/** Times in which a watch told nothing. */
const blindWatches = (events: readonly TimelineEvent[], outline: Outline): readonly BlindTime[] => {
  const answered = new Set(ofType(events, 'api.answered').map(({ fromMs }) => fromMs));
  const { measuredToMs } = outline;
  const silences = ofType(events, 'api.silent').filter(
    ({ fromMs }) => !answered.has(fromMs) && measuredToMs !== null && measuredToMs - fromMs > silentMs,
  );
  return [
    ...measuredGaps(events, outline).map(({ resource, fromMs, atMs, how }) => ({
      source: resource,
      fromMs,
      toMs: atMs,
      late: how === 'resumed',
    })),
    ...openGaps(events, outline).map(({ resource, atMs }) => ({
      source: resource,
      fromMs: atMs,
      toMs: null,
      late: false,
    })),
    ...silences.flatMap(({ fromMs }) => watches.map((source) => ({ source, fromMs, toMs: null, late: false }))),
  ];
};

/**
 * Phases from the first fault on in which no request was due: what clients would have felt of it nobody knows. Harm goes
 * on after the fault that brought it.
 */
const unasked = ({ byPhase }: RunDocument['requests'], { phases, faultStartMs }: Outline): readonly BlindTime[] =>
  phases
    .filter(({ startMs, endMs }) => faultStartMs !== null && (endMs ?? Infinity) > Math.max(startMs, faultStartMs))
    .filter(({ name }) => byPhase[name]?.offered === 0)
    .map(({ startMs, endMs }) => ({ source: 'requests', fromMs: startMs, toMs: endMs, late: false }));

/** All that the record has of them. */
export const blindTimes = (
  events: readonly TimelineEvent[],
  requests: RunDocument['requests'],
  outline: Outline,
): readonly BlindTime[] => [...blindWatches(events, outline), ...unasked(requests, outline)];

type Span = readonly [fromMs: number, toMs: number];

const spanOf = (over: FigureTime, outline: Outline, apiServer: CountedWrites | null): Span | null => {
  const { measuredFromMs, measuredToMs, faultStartMs, countFromMs } = outline;
  const ends: Readonly<Record<FigureTime, readonly [number | null, number | null]>> = {
    measured: [measuredFromMs, measuredToMs],
    disturbed: [countFromMs, measuredToMs],
    undisturbed: [measuredFromMs, faultStartMs ?? measuredToMs],
    end: [measuredToMs, measuredToMs],
    counted: [apiServer?.fromMs ?? null, apiServer?.toMs ?? null],
  };
  const [fromMs, toMs] = ends[over];
  return fromMs === null || toMs === null ? null : [fromMs, toMs];
};

/** What was told late is known all the same, unless it was told on the other side of an end of the span. */
const hides = ({ fromMs, toMs, late }: BlindTime, [start, end]: Span): boolean => {
  const endedMs = toMs ?? Number.POSITIVE_INFINITY;
  if (fromMs >= end || endedMs <= start) return false;
  return !late || fromMs < start || endedMs > end;
};

/** The first time that hides something from one of these sources within the span; null: all of it was told. */
export const blindIn = (
  times: readonly BlindTime[],
  restsOn: readonly FigureSource[],
  span: Span | null,
): BlindTime | null =>
  span === null ? null : (times.find((one) => restsOn.includes(one.source) && hides(one, span)) ?? null);

type Tree = { readonly [key: string]: unknown };

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;

/** The same tree with null at a path, wherever it has a number there. @returns the paths that were made null, too */
const nulled = (value: unknown, path: readonly string[], at = ''): readonly [unknown, readonly string[]] => {
  const [key, ...rest] = path;
  if (key === undefined) return typeof value === 'number' || value === null ? [null, [at]] : [value, []];
  if (!isTree(value)) return [value, []];
  const keys = key === '*' ? Object.keys(value) : Object.hasOwn(value, key) ? [key] : [];
  const inner = keys.map((one) => [one, nulled(value[one], rest, at === '' ? one : `${at}.${one}`)] as const);
  return [
    { ...value, ...Object.fromEntries(inner.map(([one, [made]]) => [one, made])) },
    inner.flatMap(([, [, paths]]) => paths),
  ];
};

const blindText = ({ source, fromMs, toMs }: BlindTime): string => {
  if (source === 'requests')
    return `no request was due from ${secondsText(fromMs)} to ${secondsText(toMs)}, after a fault had begun`;
  return toMs === null
    ? `the watch on ${source} was blind from ${secondsText(fromMs)} on and never came back`
    : `the watch on ${source} was blind for ${secondsText(toMs - fromMs)} from ${secondsText(fromMs)} on`;
};

/**
 * Makes every figure null that rests on what may have missed something in the figure's own time: what was seen is then
 * no more than a part of it.
 * @param tree figures by their dotted paths, as `figureTable` has them; what is not there is passed over
 */
export const withoutBlind = <T extends object>(
  tree: T,
  times: readonly BlindTime[],
  outline: Outline,
  apiServer: CountedWrites | null,
): { readonly figures: T; readonly unknown: readonly UnknownFigure[] } => {
  let figures: unknown = tree;
  const unknown: UnknownFigure[] = [];
  for (const { path, restsOn, over } of figureTable) {
    const time = blindIn(times, restsOn, spanOf(over, outline, apiServer));
    if (time === null) continue;
    const [made, paths] = nulled(figures, path.split('.'));
    figures = made;
    unknown.push(...paths.map((figure) => ({ figure, why: blindText(time) })));
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
