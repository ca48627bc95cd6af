import type { RunDocument } from './document.ts';

/**
 * A window comes from a formula in which calls take no time. Monitor passes, requests and the watch take some ms each;
 * over the few passes of a detection half a second is ample, and far below the 5 s period that shapes the window.
 */
export const windowSlackMs = 500;

export type WindowCheck = {
  /** ms since the fault began; null where it was not seen. */
  readonly observedMs: number | null;
  readonly window: readonly [number, number] | null;
  /** null where there is nothing to compare. */
  readonly fit: 'inside' | 'outside' | null;
};

const check = (
  atMs: number | null,
  window: readonly [number, number] | null,
  startMs: number | null,
  injectedMs: number | null,
): WindowCheck => {
  if (atMs === null || startMs === null) return { observedMs: null, window, fit: null };
  const observedMs = atMs - startMs;
  if (window === null) return { observedMs, window, fit: null };
  // The fault took hold somewhere between the start of its injection and its being in place.
  const latestMs = window[1] + (injectedMs ?? startMs) - startMs;
  const inside = observedMs >= window[0] - windowSlackMs && observedMs <= latestMs + windowSlackMs;
  return { observedMs, window, fit: inside ? 'inside' : 'outside' };
};

/** What was seen beside what the plan predicted. */
export const windowChecks = ({
  timing,
  prediction,
  faults,
}: Pick<RunDocument, 'timing' | 'prediction' | 'faults'>): { notReady: WindowCheck; eviction: WindowCheck } => {
  const startMs = timing.faultStartMs;
  const injectedMs = faults.find((fault) => fault.startMs === startMs)?.injectedMs ?? null;
  return {
    notReady: check(timing.firstNotReadyMs, prediction.notReadyAfterMs, startMs, injectedMs),
    eviction: check(timing.firstEvictionMs, prediction.evictionAfterMs, startMs, injectedMs),
  };
};
