import type * as z from 'zod';
import type { Frozen } from '../../common/frozen.ts';
import { figureShapes } from '../../figures/index.ts';
import type { RunDocument } from '../document.ts';

export const sinceFaultShape = figureShapes.timing
  .pick({
    firstNotReadyMs: true,
    firstEndpointsEmptyMs: true,
    firstRefusedMs: true,
    firstEvictionMs: true,
    lastReadyMs: true,
    lastRefusedMs: true,
  })
  .describe(
    'Instants that several runs share; ms since the first fault began, since the load began where there is no fault.',
  );

export type SinceFault = Frozen<z.infer<typeof sinceFaultShape>>;

/** `timing` counts from a run's start, which holds the making of a cluster in one run and not in the next. */
export const sinceFault = ({ timing, faults, steps }: Pick<RunDocument, 'timing' | 'faults' | 'steps'>): SinceFault => {
  const loadMs = steps.find(({ kind }) => kind === 'steady' || kind === 'fault' || kind === 'recover')?.startMs ?? null;
  const zeroMs = faults.length > 0 ? timing.faultStartMs : loadMs;
  const since = (atMs: number | null): number | null =>
    atMs === null || zeroMs === null ? null : Math.round((atMs - zeroMs) * 1000) / 1000;
  return {
    firstNotReadyMs: since(timing.firstNotReadyMs),
    firstEndpointsEmptyMs: since(timing.firstEndpointsEmptyMs),
    firstRefusedMs: since(timing.firstRefusedMs),
    firstEvictionMs: since(timing.firstEvictionMs),
    lastReadyMs: since(timing.lastReadyMs),
    lastRefusedMs: since(timing.lastRefusedMs),
  };
};
