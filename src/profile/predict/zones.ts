import { controllerManagerOf } from '../controller-manager.ts';
import type { EffectiveSettings } from '../types.ts';

// How fast the controller empties zones.

/** How many nodes of one zone are silent, of how many. */
export type ZoneLoss = { readonly paused: number; readonly nodes: number };

/**
 * What the controller makes of so many NotReady nodes in one zone. Unless `normal` it stops evicting in a zone of up
 * to 50 nodes.
 * @see kubernetes pkg/controller/nodelifecycle, ComputeZoneState; --unhealthy-zone-threshold, 0.55 by default
 */
export const zoneState = (
  { paused, nodes }: ZoneLoss,
  effective: Pick<EffectiveSettings, 'controllerManager'>,
): 'normal' | 'partial' | 'full' => {
  if (paused > 0 && paused === nodes) return 'full';
  // Both are a float32 there.
  const threshold = Math.fround(controllerManagerOf(effective).unhealthyZoneThreshold);
  return paused > 2 && Math.fround(paused / nodes) >= threshold ? 'partial' : 'normal';
};

/** How often the queue of a zone lets a node through, where not every zone is down. null: never. */
const zoneIntervalMs = (zone: ZoneLoss, effective: Pick<EffectiveSettings, 'controllerManager'>): number | null => {
  const { nodeEvictionRatePerSecond, secondaryNodeEvictionRatePerSecond, largeClusterSizeThreshold } =
    controllerManagerOf(effective);
  // A zone that is down among others that are not is emptied as if it were well.
  if (zoneState(zone, effective) !== 'partial') return 1000 / nodeEvictionRatePerSecond;
  return zone.nodes > largeClusterSizeThreshold && secondaryNodeEvictionRatePerSecond > 0
    ? 1000 / secondaryNodeEvictionRatePerSecond
    : null;
};

/**
 * In how long at most a zone with silent nodes loses one of them, in ms, of those zones that lose any; null where none does:
 * every zone is down, or those with silent nodes are partly down and small.
 * @see kubernetes pkg/controller/nodelifecycle, handleDisruption, setLimiterInZone, ReducedQPSFunc
 */
export const evictionIntervalMs = (
  effective: Pick<EffectiveSettings, 'controllerManager'>,
  { zones, paused, nodes }: ZoneLoss & { readonly zones?: readonly ZoneLoss[] },
): number | null => {
  const all = zones ?? [{ paused, nodes }];
  if (all.every((zone) => zoneState(zone, effective) === 'full')) return null;
  const intervals = all
    .filter((zone) => zone.paused > 0)
    .map((zone) => zoneIntervalMs(zone, effective))
    .filter((ms) => ms !== null);
  return intervals.length === 0 ? null : Math.max(...intervals);
};
