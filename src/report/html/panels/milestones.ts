import {
  conditionText,
  judgedWindow,
  milestoneNames,
  milestoneTraitsOf,
  type RunDocument,
  type WindowCheck,
} from '../../../verdict/index.ts';
import { zeroOf } from '../input.ts';

/** One milestone; times in ms since the page's zero, null = not seen. */
export type MilestoneRow = {
  readonly name: string;
  readonly atMs: number | null;
  readonly window: readonly [number, number] | null;
  readonly fit: 'inside' | 'outside' | null;
  /** p1 to p99 as predicted from what was seen before the very event; null where it was not. */
  readonly given: ConditionalCheck | null;
};

type ConditionalCheck = {
  readonly window: readonly [number, number];
  readonly after: string;
  readonly fit: MilestoneRow['fit'];
};

/** Instants of one event, each rounded in its own way. */
const sameMs = 1;

/** What was predicted of the very event that a row shows, of whichever node or pod it is; ms since the page's zero. */
const conditionalOf = (
  { prediction: { conditional = [] } }: RunDocument,
  milestone: WindowCheck['link'],
  atMs: number | null,
  zeroMs: number,
): ConditionalCheck | null => {
  if (atMs === null) return null;
  const name = milestoneTraitsOf(milestone).conditional;
  const one = conditional.find(
    (each) => each.link === name && each.observedMs !== null && Math.abs(each.observedMs - zeroMs - atMs) < sameMs,
  );
  if (one === undefined) return null;
  return { window: [one.p1Ms - zeroMs, one.p99Ms - zeroMs], after: conditionText(one), fit: one.fit };
};

/**
 * The milestones in the order in which one leads to the next, as run.json has it: `calibration` where the run had a
 * fault, with what `timing` holds beside it.
 */
export const milestoneRows = (document: RunDocument): readonly MilestoneRow[] => {
  const { timing, calibration } = document;
  const zeroMs = zeroOf({ document }).ms;
  const own = (name: string, atMs: number | null): MilestoneRow => ({
    name,
    atMs: atMs === null ? null : atMs - zeroMs,
    window: null,
    fit: null,
    given: null,
  });
  if (calibration.length > 0) {
    return calibration.map((check) => {
      const { link: milestone, observedMs, fit } = check;
      const conditional = conditionalOf(document, milestone, observedMs, zeroMs);
      return {
        name: milestoneTraitsOf(milestone).short,
        atMs: observedMs,
        window: judgedWindow(check),
        fit,
        given: conditional,
      };
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
  return milestoneNames.flatMap((milestone) => {
    const atMs = moments[milestone];
    return atMs === undefined ? [] : [own(milestoneTraitsOf(milestone).short, atMs)];
  });
};
