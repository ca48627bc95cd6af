import { quantile } from '../common/statistics.ts';
import type { TimelineEvent, WatchedResource } from '../timeline/index.ts';
import {
  type BandPoint,
  type CountCurve,
  type CurveBand,
  countAt,
  type FaultSpan,
  type HollowBand,
  type HollowCurveName,
  type HollowCurves,
  hollowCurves,
} from '../verdict/index.ts';
import { neverBack } from './blindness.ts';

/** Hollow nodes over time in one run of the model, and when that run ended; ms since its start. */
export type SimulatedHollow = { readonly span: FaultSpan; readonly curves: HollowCurves; readonly endMs: number };

/** Finer than this nobody sees on a page of minutes. */
const minStepMs = 500;
const maxSteps = 300;

const momentsTo = (lengthMs: number): readonly number[] => {
  if (lengthMs < 0) return [];
  const stepMs = minStepMs * Math.max(1, Math.ceil(lengthMs / minStepMs / maxSteps));
  return [...Array.from({ length: Math.ceil(lengthMs / stepMs) }, (_, index) => index * stepMs), lengthMs];
};

/** A time in which runs are held beside each other: where it begins in each of them and in the run that was measured. */
type Stretch = {
  readonly lengthMs: number;
  readonly fromMs: number;
  readonly simulatedFromMs: (one: SimulatedHollow) => number;
};

/** While the fault stands: as long as it does in the run and in all of the model's. */
const faultStretch = (all: readonly SimulatedHollow[], { startMs, undoingMs, laterMs }: FaultSpan): Stretch => {
  const ends = all.map(({ span, endMs }) => (span.undoingMs ?? endMs) - span.startMs);
  const own = Math.min(undoingMs ?? Number.POSITIVE_INFINITY, laterMs ?? Number.POSITIVE_INFINITY) - startMs;
  return { lengthMs: Math.min(own, ...ends), fromMs: startMs, simulatedFromMs: ({ span }) => span.startMs };
};

/**
 * From the undo on, to the next fault. What a run of the model came to at its end is known to last only where all of its
 * nodes were back.
 */
const undoStretch = (all: readonly SimulatedHollow[], { undoingMs, laterMs }: FaultSpan): Stretch | null => {
  if (undoingMs === null || all.some(({ span }) => span.undoingMs === null)) return null;
  const simulatedFromMs = ({ span }: SimulatedHollow): number => span.undoingMs ?? 0;
  const isBack = ({ curves, endMs }: SimulatedHollow): boolean =>
    countAt(curves.notReady, endMs) === 0 && countAt(curves.tainted, endMs) === 0;
  const known = all.map((one) =>
    Math.min(
      isBack(one) ? Number.POSITIVE_INFINITY : one.endMs - simulatedFromMs(one),
      (one.span.laterMs ?? Number.POSITIVE_INFINITY) - simulatedFromMs(one),
    ),
  );
  const last = Math.max(...all.map((one) => one.endMs - simulatedFromMs(one)));
  const own = (laterMs ?? Number.POSITIVE_INFINITY) - undoingMs;
  return { lengthMs: Math.min(last, own, ...known), fromMs: undoingMs, simulatedFromMs };
};

const pointsOf = (
  { lengthMs, fromMs, simulatedFromMs }: Stretch,
  all: readonly SimulatedHollow[],
  name: HollowCurveName,
  { startMs }: FaultSpan,
): readonly BandPoint[] =>
  momentsTo(lengthMs).map((momentMs) => {
    const sorted = all
      .map((one) => countAt(one.curves[name], simulatedFromMs(one) + momentMs))
      .toSorted((one, other) => one - other);
    const at = (part: number): number => quantile(sorted, part) ?? Number.NaN;
    const atMs = Math.round((fromMs - startMs + momentMs) * 1000) / 1000;
    return { atMs, p1: at(0.01), p5: at(0.05), p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  });

const isSame = (one: BandPoint | undefined, other: BandPoint | undefined): boolean =>
  one !== undefined &&
  other !== undefined &&
  one.p1 === other.p1 &&
  one.p5 === other.p5 &&
  one.p50 === other.p50 &&
  one.p95 === other.p95 &&
  one.p99 === other.p99;

/** Without what lies on a straight line between two others. */
const bends = (points: readonly BandPoint[]): BandPoint[] =>
  points.filter((point, index) => !(isSame(points[index - 1], point) && isSame(point, points[index + 1])));

const withinShare = (
  points: readonly BandPoint[],
  measured: CountCurve,
  startMs: number,
  endMs: number,
): number | null => {
  const judged = points.flatMap(({ atMs, p1, p99 }) => {
    if (startMs + atMs > endMs) return [];
    const count = countAt(measured, startMs + atMs);
    const isWithin = count >= p1 && count <= p99;
    return p1 === p99 && isWithin ? [] : [isWithin];
  });
  return judged.length === 0 ? null : judged.filter((isWithin) => isWithin).length / judged.length;
};

/**
 * Whether a watch that brings a curve may have missed some of it since a moment. What it missed before, it has brought by
 * then, unless it never came back.
 */
const isBlind = (all: readonly TimelineEvent[], name: HollowCurveName, fromMs: number): boolean => {
  const events = all.filter(({ atMs }) => atMs >= fromMs);
  // Below v1.26 only an Event says that a deletion is an eviction.
  const resources: readonly WatchedResource[] = name === 'evicted' ? ['pods', 'events'] : ['nodes'];
  const answered = new Set(events.flatMap((event) => (event.type === 'api.answered' ? [event.fromMs] : [])));
  return (
    neverBack(all, resources) ||
    events.some(
      (event) =>
        ((event.type === 'watch.lost' || event.type === 'watch.gap') && resources.includes(event.resource)) ||
        (event.type === 'api.silent' && !answered.has(event.fromMs)),
    )
  );
};

/**
 * What runs of the model had of hollow nodes over time, beside what a run showed of them.
 * @param events of the run, in the order of their time
 * @param span of the run
 */
export const hollowBandOf = (
  events: readonly TimelineEvent[],
  span: FaultSpan,
  simulations: readonly SimulatedHollow[],
): HollowBand => {
  const measured = hollowCurves(events);
  const endMs = events.at(-1)?.atMs ?? 0;
  const stretches = [faultStretch(simulations, span), undoStretch(simulations, span)].filter((one) => one !== null);
  const bandOf = (name: HollowCurveName): CurveBand => {
    const parts = stretches.map((stretch) => pointsOf(stretch, simulations, name, span));
    return {
      points: parts.map(bends),
      within: isBlind(events, name, span.startMs)
        ? null
        : withinShare(parts.flat(), measured[name], span.startMs, endMs),
    };
  };
  return { notReady: bandOf('notReady'), tainted: bandOf('tainted'), evicted: bandOf('evicted') };
};
