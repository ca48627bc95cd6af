import type { TimelineEvent } from '../../timeline/index.ts';
import type { RunDocument } from '../document.ts';
import { type EventOf, type MeasurementWindow, ofType, undisturbedTime } from '../measurement-window.ts';
import { evictedPods } from './evicted.ts';
import { isLoss, isReturn, type ReadyChange } from './nodes.ts';
import type { RequestFigures } from './requests.ts';

const counted = <T extends { readonly atMs: number }>(items: readonly T[], window: MeasurementWindow): T[] => {
  const { countFromMs, measuredToMs } = window;
  return items.filter(({ atMs }) => countFromMs !== null && atMs >= countFromMs && atMs <= (measuredToMs ?? atMs));
};

const evictions = (events: readonly TimelineEvent[], window: MeasurementWindow): EventOf<'pod'>[] =>
  counted(evictedPods(events), window);

const podsOf = (events: readonly EventOf<'pod'>[]): number => new Set(events.map(({ uid }) => uid)).size;

/** Pods evicted since `countFromMs`, and from the start of measuring up to the first fault, each once; null where no pod was seen at all. */
export const podFigures = (events: readonly TimelineEvent[], window: MeasurementWindow): RunDocument['pods'] => {
  const seen = ofType(events, 'pod').length > 0;
  const time = undisturbedTime(window);
  const before = evictedPods(events).filter(({ atMs }) => time !== null && atMs >= time.fromMs && atMs < time.toMs);
  return {
    evicted: window.countFromMs === null || !seen ? null : podsOf(evictions(events, window)),
    evictedBeforeFault: window.measuredFromMs === null || !seen ? null : podsOf(before),
  };
};

/** Each time that the Service had fewer ready endpoints than before. */
export const endpointLosses = (events: readonly TimelineEvent[]): readonly EventOf<'endpoints'>[] => {
  const numbers = ofType(events, 'endpoints');
  return numbers.filter(({ ready }, index) => ready < (numbers[index - 1]?.ready ?? 0));
};

/** Pods that were seen first after an eviction, each time that one is Ready; none where there was no eviction. */
export const replacementsReady = (
  events: readonly TimelineEvent[],
  eviction: EventOf<'pod'> | null,
): readonly EventOf<'pod'>[] => {
  if (eviction === null) return [];
  const pods = ofType(events, 'pod');
  const before = new Set(pods.filter(({ atMs }) => atMs <= eviction.atMs).map(({ uid }) => uid));
  return pods.filter(({ change, uid }) => change === 'ready' && !before.has(uid));
};

/** When things first and last happened since `countFromMs`; ms since the run's start, null where not seen. */
export const timingFigures = (
  events: readonly TimelineEvent[],
  changes: readonly ReadyChange[],
  window: MeasurementWindow,
  { firstRefusedMs, lastRefusedMs, lastFailedMs }: RequestFigures,
): RunDocument['timing'] => ({
  faultStartMs: window.faultStartMs,
  firstNotReadyMs: counted(changes, window).find(isLoss)?.atMs ?? null,
  firstEndpointLostMs: counted(endpointLosses(events), window)[0]?.atMs ?? null,
  firstEndpointsEmptyMs: counted(ofType(events, 'endpoints'), window).find(({ ready }) => ready === 0)?.atMs ?? null,
  firstRefusedMs,
  firstEvictionMs: evictions(events, window)[0]?.atMs ?? null,
  firstReplacementReadyMs:
    counted(replacementsReady(events, evictions(events, window)[0] ?? null), window)[0]?.atMs ?? null,
  lastReadyMs: counted(changes, window).findLast(isReturn)?.atMs ?? null,
  lastRefusedMs,
  lastFailedMs,
});
