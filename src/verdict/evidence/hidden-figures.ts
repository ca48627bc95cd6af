import { isTree } from '../../common/plain-data.ts';
import { type Figure, type FigureSource, figureRegistry } from '../../figures/index.ts';
import type { CountedWrites, RunDocument, UnknownFigure } from '../document.ts';
import type { MeasurementWindow } from '../measurement-window.ts';
import { secondsText } from '../text.ts';
import type { BlindTime } from './blind-times.ts';

// Figures that nobody knows, for a blind time may hide something of them.

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

export const blindText = ({ source, fromMs, toMs, spacingMs, outage }: BlindTime): string => {
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
 * To be put behind a finding that says how many there were, or when: that some may be missing. Empty where all of them came.
 * @param also times in which what was seen came late, which hide no number and make a distance in time another one
 */
export const missingText = (
  times: readonly BlindTime[],
  restsOn: readonly FigureSource[],
  span: Span,
  also: 'late' | null = null,
): string => {
  const all = also === 'late' ? times.map((time) => ({ ...time, late: false })) : times;
  const time = blindIn(all, restsOn, span);
  return time === null ? '' : `; some may be missing, or have been seen late, for ${blindText(time)}`;
};

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
