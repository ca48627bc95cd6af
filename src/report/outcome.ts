import type { RepeatsDocument, RunDocument } from '../verdict/index.ts';

/**
 * What a run is said to have come to. One without an expectation was measured: nothing could have failed, so nothing
 * passed; run.json calls it `pass`, and its list of expectations is empty.
 */
export type Outcome = RunDocument['verdict'] | 'measured';

export const outcomeOf = ({
  verdict,
  expectations,
}: Pick<RunDocument | RepeatsDocument, 'verdict' | 'expectations'>): Outcome =>
  verdict === 'pass' && expectations.length === 0 ? 'measured' : verdict;

/** Beside the outcome, where it is `measured`. */
export const nothingExpected = 'nothing was expected of it';

/** How many recoveries of a run did not come in time. Their reasons stand first in `reasons`. */
export const lateRecoveries = ({ steps }: Pick<RunDocument, 'steps'>): number =>
  steps.filter(({ kind, outcome }) => kind === 'recover' && outcome === 'timedOut').length;

/** Beside the outcome, where it is `fail` for that. */
export const recoveredLate = 'the cluster did not recover in time';
