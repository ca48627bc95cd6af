import * as z from 'zod';
import { countShape, momentShape } from './units.ts';

export const zonePeakShape = z.strictObject({
  zone: z.string().nullable(),
  maxNotReady: countShape,
  /** When that was, and how many nodes the zone had then. */
  atMs: momentShape,
  ofNodes: countShape,
});

/** The most nodes of a zone that were not Ready at the same time. */
export type ZonePeak = z.infer<typeof zonePeakShape>;

/** More zones than any cluster has: what a label of somebody's makes more of is left out. */
const maxZones = 1000;

export const createZones = (from: readonly ZonePeak[]) => {
  const peaks = new Map<string | null, ZonePeak>(from.map((peak) => [peak.zone, { ...peak }]));
  return {
    poll: (zone: string | null, notReady: number, ofNodes: number, atMs: number): void => {
      const known = peaks.get(zone);
      if (known === undefined && peaks.size >= maxZones) return;
      if (known !== undefined && known.maxNotReady >= notReady) return;
      peaks.set(zone, { zone, maxNotReady: notReady, atMs, ofNodes });
    },
    save: (): ZonePeak[] => [...peaks.values()],
  };
};
