import { judgedWindow, type RunDocument, type WindowCheck } from '../../../verdict/index.ts';
import { zeroOf } from '../input.ts';

/** One first (or last) of the chain; times in ms since the page's zero, null = not seen. */
export type ChainRow = {
  readonly name: string;
  readonly atMs: number | null;
  readonly window: readonly [number, number] | null;
  readonly fit: 'inside' | 'outside' | null;
};

const names: Readonly<Record<WindowCheck['link'], string>> = {
  lastLease: 'last lease',
  notReady: 'node NotReady',
  tainted: 'NoExecute taint',
  endpointsEmpty: 'no endpoint left',
  refused: 'first refused',
  evicted: 'pod evicted',
  allReady: 'all Ready again',
  lastRefused: 'last refused',
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
  const endpointLost = own('endpoint lost', timing.firstEndpointLostMs);
  const replaced = own('new pod ready', timing.firstReplacementReadyMs);
  if (calibration.length > 0) {
    return calibration.flatMap((check) => {
      const { link, observedMs, fit } = check;
      const row: ChainRow = { name: names[link], atMs: observedMs, window: judgedWindow(check), fit };
      if (link === 'endpointsEmpty') return [endpointLost, row];
      return link === 'evicted' ? [row, replaced] : [row];
    });
  }
  const load = document.steps.some(({ kind }) => kind === 'steady' || kind === 'fault' || kind === 'recover');
  if (!load) return [];
  return [
    own(names.notReady, timing.firstNotReadyMs),
    endpointLost,
    own(names.endpointsEmpty, timing.firstEndpointsEmptyMs),
    own(names.refused, timing.firstRefusedMs),
    own(names.evicted, timing.firstEvictionMs),
    replaced,
    own(names.allReady, timing.lastReadyMs),
    own(names.lastRefused, timing.lastRefusedMs),
  ];
};
