import type { ModelSettings } from '../engine/settings.ts';
import type { NodeHealth } from './controller-manager.ts';
import { ZoneQueue } from './eviction/zone-queue.ts';

type ZoneSettings = Pick<
  ModelSettings,
  'evictionIntervalUs' | 'secondaryEvictionIntervalUs' | 'largeClusterThreshold' | 'unhealthyZoneThreshold'
>;

export type ZoneState = 'initial' | 'normal' | 'partial' | 'full';

export type ZoneCount = { ready: number; notReady: number };

/** A bucket for one token. `intervalUs` null: it never fills. */
type Bucket = { intervalUs: number | null; nextUs: number };

export type Zone = {
  state: ZoneState | null;
  bucket: Bucket;
  readonly queue: ZoneQueue;
};

/** @param members the nodes of the zone, by their `inZone` */
export const createZone = ({ evictionIntervalUs }: ZoneSettings, members: readonly NodeHealth[]): Zone => ({
  state: null,
  bucket: { intervalUs: evictionIntervalUs, nextUs: 0 },
  queue: new ZoneQueue(members),
});

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
export const zoneStateOf = ({ unhealthyZoneThreshold }: ZoneSettings, { ready, notReady }: ZoneCount): ZoneState => {
  if (ready === 0 && notReady > 0) return 'full';
  return notReady > 2 && Math.fround(notReady / (notReady + ready)) >= unhealthyZoneThreshold ? 'partial' : 'normal';
};

const intervalOf = (settings: ZoneSettings, state: ZoneState, { ready, notReady }: ZoneCount): number | null => {
  if (state !== 'partial') return settings.evictionIntervalUs;
  return ready + notReady > settings.largeClusterThreshold ? settings.secondaryEvictionIntervalUs : null;
};

const allFull = (states: Iterable<ZoneState | null>): boolean => [...states].every((state) => state === 'full');

const present = (zones: ReadonlyMap<number, Zone>, counts: ReadonlyMap<number, ZoneCount>) =>
  [...zones].filter(([name, { state }]) => counts.has(name) && state !== null);

/**
 * Whether everything is down by what a pass counted, and was not before. All taints that the pass read are then taken
 * away first, and only after that do the rates become 0: a queue that is read meanwhile still gives a token.
 */
export const becomesAllDown = (
  settings: ZoneSettings,
  zones: ReadonlyMap<number, Zone>,
  counts: ReadonlyMap<number, ZoneCount>,
): boolean =>
  allFull([...counts.values()].map((count) => zoneStateOf(settings, count))) &&
  !allFull(present(zones, counts).map(([, { state }]) => state));

/** Zones whose rate `handleDisruption` will set anew, for which it needs the lock that the tainting loop holds meanwhile. */
export const zonesToSet = (
  settings: ZoneSettings,
  zones: ReadonlyMap<number, Zone>,
  counts: ReadonlyMap<number, ZoneCount>,
): ReadonlySet<Zone> => {
  const known = present(zones, counts);
  const are = allFull([...counts.values()].map((count) => zoneStateOf(settings, count)));
  const were = allFull(known.map(([, zone]) => zone.state));
  if (are && were) return new Set();
  const set = known.filter(
    ([name, { state }]) =>
      are || were || state !== zoneStateOf(settings, counts.get(name) ?? { ready: 0, notReady: 0 }),
  );
  return new Set(set.map(([, zone]) => zone));
};

/**
 * Adapts the rates to what a pass counted.
 * @returns whether not all is down any more: the pass then grants every node a new grace
 * @see kubernetes pkg/controller/nodelifecycle, handleDisruption
 */
export const handleDisruption = (
  settings: ZoneSettings,
  zones: ReadonlyMap<number, Zone>,
  counts: ReadonlyMap<number, ZoneCount>,
  nowUs: number,
): boolean => {
  const states = new Map([...counts].map(([name, count]) => [name, zoneStateOf(settings, count)]));
  const are = allFull(states.values());
  for (const [name, zone] of zones) if (!counts.has(name)) zone.state = null;
  const known = present(zones, counts);
  const were = allFull(known.map(([, zone]) => zone.state));
  if (are && were) return false;
  for (const [name, zone] of known) {
    const state = states.get(name);
    const count = counts.get(name);
    if (state === undefined || count === undefined) continue;
    if (are) setInterval(zone, null, nowUs);
    else if (were || zone.state !== state) setInterval(zone, intervalOf(settings, state, count), nowUs);
    zone.state = state;
  }
  return were;
};
