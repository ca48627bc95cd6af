import type { Plan } from '../../plan/index.ts';
import type { TimelineEvent } from '../../timeline/index.ts';
import type { HollowBand, RequestSeries, RunDocument } from '../../verdict/index.ts';

/** All that a page is made from; the same input gives the same bytes. */
export type HtmlInput = {
  readonly plan: Plan;
  /** In the order of their time. */
  readonly events: readonly TimelineEvent[];
  readonly document: RunDocument;
  readonly series: RequestSeries;
  /** What the model's runs had of its hollow nodes over time; null: that is not known. */
  readonly hollowBand: HollowBand | null;
  /** scenario.yaml as it lies in the folder; null where it does not. */
  readonly scenarioYaml: string | null;
};

/** What the page's times count from: the fault, where one began, else the load; ms since the run's start. */
export const zeroOf = ({ document }: Pick<HtmlInput, 'document'>): { readonly ms: number; readonly what: string } => {
  const { timing, steps } = document;
  if (timing.faultStartMs !== null) return { ms: timing.faultStartMs, what: 'since the fault' };
  const load = steps.find(({ kind }) => kind === 'steady' || kind === 'fault' || kind === 'recover');
  return load === undefined
    ? { ms: 0, what: 'since the run’s start' }
    : { ms: load.startMs, what: 'since the load began' };
};

/** Where the record ends: the run's end, or what was seen last. */
export const endOf = ({ document, events }: Pick<HtmlInput, 'document' | 'events'>): number =>
  Math.max(document.durationMs ?? 0, events.at(-1)?.atMs ?? 0);
