import * as z from 'zod';
import type { BlindSource } from './sighting.ts';
import { countShape, durationShape, momentShape } from './units.ts';

export const blindSources = [
  'nodes',
  'leases',
  'api',
  'process',
  'unwatched',
  'cluster',
] as const satisfies readonly BlindSource[];

export const blindTimeShape = z.strictObject({
  fromMs: momentShape,
  toMs: momentShape,
  sources: z.array(z.enum(blindSources)),
  reason: z.string(),
});

/** A time of which nothing is known. */
export type BlindTime = z.infer<typeof blindTimeShape>;

export const blindStateShape = z.strictObject({
  totalMs: durationShape,
  count: countShape,
  lastEndMs: momentShape,
  /** Up to when all was seen: where nothing is known now, the beginning of that. */
  seenToMs: momentShape,
  kept: z.array(blindTimeShape),
});

export type BlindState = z.infer<typeof blindStateShape>;

/** How many are kept, the longest ones; all are counted, and all are in the record. */
const maxKept = 100;

/** What else was the reason of one blind time is added up to here. */
const maxReasonLength = 500;

/** What was held back while nothing was seen comes at once when it is over: its time of arrival says nothing. */
const catchUpMs = 1000;

/** The union of all blind times, whatever their sources: what overlaps counts once. */
export const createBlindRecord = (from: BlindState | null) => {
  let { totalMs, count, lastEndMs, seenToMs, kept } = from ?? {
    totalMs: 0,
    count: 0,
    lastEndMs: 0,
    seenToMs: 0,
    kept: [],
  };
  const open = new Map<BlindSource, string>();
  let began: { fromMs: number; sources: Set<BlindSource>; reason: string } | null = null;
  const isCatchingUp = (atMs: number): boolean => count > 0 && atMs < lastEndMs + catchUpMs;
  const isLive = (atMs: number): boolean => began === null && !isCatchingUp(atMs);
  const untilNow = (atMs: number): number => (began === null ? 0 : Math.max(0, atMs - began.fromMs));
  return {
    /** @returns whether nothing was blind before */
    begin: (source: BlindSource, reason: string, fromMs: number): boolean => {
      const isFirst = began === null;
      const sinceMs = Math.max(fromMs, lastEndMs);
      open.set(source, reason);
      // What follows before all has been caught up with leaves no time between that was seen.
      if (isFirst && !isCatchingUp(sinceMs)) seenToMs = sinceMs;
      seenToMs = Math.min(seenToMs, sinceMs);
      began ??= { fromMs: sinceMs, sources: new Set(), reason };
      began.fromMs = Math.min(began.fromMs, sinceMs);
      if (!began.reason.includes(reason) && began.reason.length < maxReasonLength) began.reason += `; ${reason}`;
      began.sources.add(source);
      return isFirst;
    },
    /** @returns the blind time that is over with this; null where another source is still blind, or none was */
    end: (source: BlindSource, atMs: number): BlindTime | null => {
      if (!open.delete(source) || open.size > 0 || began === null) return null;
      const toMs = Math.max(atMs, began.fromMs);
      const over: BlindTime = { fromMs: began.fromMs, toMs, sources: [...began.sources], reason: began.reason };
      totalMs += toMs - began.fromMs;
      count += 1;
      lastEndMs = toMs;
      kept = [...kept, over];
      if (kept.length > maxKept) {
        const shortest = kept.reduce((min, each) => (each.toMs - each.fromMs < min.toMs - min.fromMs ? each : min));
        kept = kept.filter((each) => each !== shortest);
      }
      began = null;
      return over;
    },
    isLive,
    /** Up to when all was seen, as it is known at `atMs`. */
    seenToMs: (atMs: number): number => (isLive(atMs) ? atMs : seenToMs),
    /** What is open goes up to `atMs`. */
    state: (atMs: number): BlindState => ({
      totalMs: totalMs + untilNow(atMs),
      count: count + (began === null ? 0 : 1),
      lastEndMs: began === null ? lastEndMs : Math.max(atMs, began.fromMs),
      seenToMs: isLive(atMs) ? atMs : seenToMs,
      kept:
        began === null
          ? kept
          : [
              ...kept,
              {
                fromMs: began.fromMs,
                toMs: Math.max(atMs, began.fromMs),
                sources: [...began.sources],
                reason: began.reason,
              },
            ],
    }),
  };
};
