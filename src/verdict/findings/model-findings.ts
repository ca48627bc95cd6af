import type { RunDocument } from '../document.ts';
import { numberText, secondsText } from '../text.ts';
import type { WindowCheck } from './calibration.ts';
import { linkNames } from './milestones.ts';

/** What runs of the model had of one link, as far as a finding tells of it. */
type Spread = {
  /** Runs in which it happened. */
  readonly seen: number;
  readonly minMs: number | null;
  readonly maxMs: number | null;
  readonly fit: 'inside' | 'outside' | null;
};

/** A run beside the model's own runs of its plan: calibration.json. */
export type Modelled = {
  /** null: the model could not be asked. */
  readonly model: { readonly runs: number } | null;
  readonly links: readonly (WindowCheck & { readonly model: Spread | null })[];
};

/** What was observed though no run of the model had it, or had it then; what every run of it had, and was not observed. */
export const modelFindings = ({ model, links }: Modelled): readonly string[] => {
  if (model === null) return [];
  const runs = `${numberText(model.runs)} ${model.runs === 1 ? 'run' : 'runs'} of the model`;
  return links.flatMap(({ link, observedMs, model: spread }) => {
    if (spread?.fit !== 'outside') return [];
    const name = linkNames[link];
    if (observedMs === null) return [`${name} was not seen; every one of ${runs} had it`];
    const at = `${name} ${secondsText(observedMs)} after the fault began`;
    return spread.seen === 0
      ? [`${at}; none of ${runs} had it`]
      : [`${at}, outside of what ${runs} had: ${secondsText(spread.minMs)} to ${secondsText(spread.maxMs)}`];
  });
};

/** A result document with what speaks against the model among its findings. */
export const withModel = (document: RunDocument, modelled: Modelled): RunDocument => ({
  ...document,
  findings: [...document.findings, ...modelFindings(modelled)],
});
