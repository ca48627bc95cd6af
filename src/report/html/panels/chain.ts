import { chainLinks, judgedWindow, linkOf, type RunDocument, type WindowCheck } from '../../../verdict/index.ts';
import { zeroOf } from '../input.ts';

/** One first (or last) of the chain; times in ms since the page's zero, null = not seen. */
export type ChainRow = {
  readonly name: string;
  readonly atMs: number | null;
  readonly window: readonly [number, number] | null;
  readonly fit: 'inside' | 'outside' | null;
};

/**
 * The chain of firsts in the order in which one leads to the next, as run.json has it: `calibration` where the run had a
 * fault, with what `timing` holds beside it.
 */
export const chainRows = (document: RunDocument): readonly ChainRow[] => {
  const { timing, calibration } = document;
  const zeroMs = zeroOf({ document }).ms;
  const own = (name: string, atMs: number | null): ChainRow => ({
    name,
    atMs: atMs === null ? null : atMs - zeroMs,
    window: null,
    fit: null,
  });
  if (calibration.length > 0) {
    return calibration.map((check) => {
      const { link, observedMs, fit } = check;
      return { name: linkOf(link).short, atMs: observedMs, window: judgedWindow(check), fit };
    });
  }
  const load = document.steps.some(({ kind }) => kind === 'steady' || kind === 'fault' || kind === 'recover');
  if (!load) return [];
  const moments: Partial<Record<WindowCheck['link'], number | null>> = {
    notReady: timing.firstNotReadyMs,
    endpointLost: timing.firstEndpointLostMs,
    endpointsEmpty: timing.firstEndpointsEmptyMs,
    refused: timing.firstRefusedMs,
    evicted: timing.firstEvictionMs,
    replaced: timing.firstReplacementReadyMs,
    allReady: timing.lastReadyMs,
    lastRefused: timing.lastRefusedMs,
  };
  return chainLinks.flatMap((link) => {
    const atMs = moments[link];
    return atMs === undefined ? [] : [own(linkOf(link).short, atMs)];
  });
};
