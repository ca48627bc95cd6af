import type { RunDocument } from '../document.ts';

/** Instants that several runs share; ms since the first fault began, since the load began where there is no fault. */
export type SinceFault = {
  readonly firstNotReadyMs: number | null;
  readonly firstEndpointsEmptyMs: number | null;
  readonly firstRefusedMs: number | null;
  readonly firstEvictionMs: number | null;
  readonly lastReadyMs: number | null;
  readonly lastRefusedMs: number | null;
};

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
