import {
  evictionIntervalUs,
  largeClusterThreshold,
  secondaryEvictionIntervalUs,
  unhealthyZoneThreshold,
} from './constants.ts';
import type { Watched } from './instance.ts';

export type ZoneState = 'initial' | 'normal' | 'partial' | 'full';

export type ZoneCount = { ready: number; notReady: number };

/** A bucket for one token. `intervalUs` null: it never fills. */
type Bucket = { intervalUs: number | null; nextUs: number };

/** Nodes of a zone that wait for their taint (or, by pod-eviction-timeout, for their pods' deletion). */
export type Zone = {
  state: ZoneState | null;
  bucket: Bucket;
  /** In the order of queueing; a node that is queued anew goes to the end. */
  readonly waiting: Set<Watched>;
  /** Queued since they were last taken out: queueing them again does nothing. */
  readonly seen: Set<Watched>;
};

export const createZone = (): Zone => ({
  state: null,
  bucket: { intervalUs: evictionIntervalUs, nextUs: 0 },
  waiting: new Set(),
  seen: new Set(),
});

export const enqueue = (zone: Zone, watched: Watched): void => {
  if (zone.seen.has(watched)) return;
  zone.seen.add(watched);
  zone.waiting.add(watched);
};

export const dequeue = (zone: Zone, watched: Watched): void => {
  zone.seen.delete(watched);
  zone.waiting.delete(watched);
};

export const takeToken = (zone: Zone, nowUs: number): boolean => {
  const { bucket } = zone;
  if (bucket.intervalUs === null || nowUs < bucket.nextUs) return false;
  bucket.nextUs = nowUs + bucket.intervalUs;
  return true;
};

/** A new bucket starts with a token only if the old one had one; at the same rate the old one stays. */
const setInterval = (zone: Zone, intervalUs: number | null, nowUs: number): void => {
  if (zone.bucket.intervalUs === intervalUs) return;
  const hadToken = takeToken(zone, nowUs);
  zone.bucket = { intervalUs, nextUs: hadToken ? nowUs : nowUs + (intervalUs ?? 0) };
};

/** @see kubernetes pkg/controller/nodelifecycle, ComputeZoneState; the share is a float32 there */
export const zoneStateOf = ({ ready, notReady }: ZoneCount): ZoneState => {
  if (ready === 0 && notReady > 0) return 'full';
  return notReady > 2 && Math.fround(notReady / (notReady + ready)) >= unhealthyZoneThreshold ? 'partial' : 'normal';
};

const intervalOf = (state: ZoneState, { ready, notReady }: ZoneCount): number | null => {
  if (state !== 'partial') return evictionIntervalUs;
  return ready + notReady > largeClusterThreshold ? secondaryEvictionIntervalUs : null;
};

export type DisruptionChange = 'allDown' | 'backFromAllDown' | 'none';

const allFull = (states: Iterable<ZoneState | null>): boolean => [...states].every((state) => state === 'full');

/** Whether `handleDisruption` will set any rate anew, and so has to wait for the lock that the tainting loop holds. */
export const changesRates = (zones: ReadonlyMap<number, Zone>, counts: ReadonlyMap<number, ZoneCount>): boolean => {
  const present = [...zones].filter(([name]) => counts.has(name));
  const are = allFull([...counts.values()].map(zoneStateOf));
  const were = allFull(present.map(([, zone]) => zone.state));
  if (are || were) return are !== were;
  return present.some(([name, zone]) => zone.state !== zoneStateOf(counts.get(name) ?? { ready: 0, notReady: 0 }));
};

/**
 * Adapts the rates to what a pass counted.
 * @returns what else the pass has to do: clear all taints it read (`allDown`), or grant every node a new grace
 * @see kubernetes pkg/controller/nodelifecycle, handleDisruption
 */
export const handleDisruption = (
  zones: ReadonlyMap<number, Zone>,
  counts: ReadonlyMap<number, ZoneCount>,
  nowUs: number,
): DisruptionChange => {
  const states = new Map([...counts].map(([name, count]) => [name, zoneStateOf(count)]));
  const are = allFull(states.values());
  for (const [name, zone] of zones) if (!counts.has(name)) zone.state = null;
  const present = [...zones].filter(([, zone]) => zone.state !== null);
  const were = allFull(present.map(([, zone]) => zone.state));
  if (are && were) return 'none';
  for (const [name, zone] of present) {
    const state = states.get(name);
    const count = counts.get(name);
    if (state === undefined || count === undefined) continue;
    if (are) setInterval(zone, null, nowUs);
    else if (were || zone.state !== state) setInterval(zone, intervalOf(state, count), nowUs);
    zone.state = state;
  }
  if (are) return 'allDown';
  return were ? 'backFromAllDown' : 'none';
};
