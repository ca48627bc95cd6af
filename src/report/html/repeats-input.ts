import type { Plan } from '../../plan/index.ts';
import type { RepeatsDocument, RequestSeries, RunDocument } from '../../verdict/index.ts';

export type RepeatsInput = {
  readonly plan: Plan;
  readonly document: RepeatsDocument;
  /** The repeats that the figures are of, in the order of `document.repeats`, and where the report of each lies. */
  readonly runs: readonly { readonly document: RunDocument; readonly series: RequestSeries; readonly href: string }[];
};

/** What the spread shows: its name for people, the figure since the fault, and the link of the calibration. */
export const events = [
  ['node NotReady', 'firstNotReadyMs', 'notReady'],
  ['no endpoint left', 'firstEndpointsEmptyMs', 'endpointsEmpty'],
  ['first refused', 'firstRefusedMs', 'refused'],
  ['pod evicted', 'firstEvictionMs', 'evicted'],
  ['all Ready again', 'lastReadyMs', 'allReady'],
  ['last refused', 'lastRefusedMs', 'lastRefused'],
] as const;
