import { lacksOnlyTime } from '../plan/index.ts';
import type { RepeatsDocument, RunDocument } from '../verdict/index.ts';

/**
 * What a run is said to have come to. One without an expectation was measured: nothing could have failed, so nothing
 * passed; run.json calls it `pass`, and its list of expectations is empty.
 */
export type Outcome = RunDocument['verdict'] | 'measured';

export const outcomes = ['pass', 'measured', 'fail', 'inconclusive'] as const satisfies readonly Outcome[];

export const outcomeOf = ({
  verdict,
  expectations,
}: Pick<RunDocument | RepeatsDocument, 'verdict' | 'expectations'>): Outcome =>
  verdict === 'pass' && expectations.length === 0 ? 'measured' : verdict;

/** Beside the outcome, where it is `measured`. */
export const nothingExpected = 'nothing was expected of it';

/** How many recoveries of a run did not come in time. Their reasons stand first in `reasons`. */
export const lateRecoveries = ({ steps }: Pick<RunDocument, 'steps'>): number =>
  steps.filter(({ kind, outcome, detail }) => kind === 'recover' && outcome === 'timedOut' && !lacksOnlyTime(detail))
    .length;

/** Beside the outcome, where it is `fail` for that. */
export const recoveredLate = 'the cluster did not recover in time';

const isCutShort = ({ durationMs, steps }: RunDocument): boolean =>
  durationMs === null || steps.some(({ outcome }) => outcome === 'failed' || outcome === 'interrupted');

/** Beside the outcome, where it is `inconclusive`: what is the matter, the reasons below it say more. */
export const undecided = (document: RunDocument): string => {
  const { evidence, settings, faults } = document;
  const matter = (): string => {
    if (evidence?.sealed === false) return 'the evidence is not as its run left it';
    if (isCutShort(document)) return 'the run did not come to its end';
    if (!settings.attested) return 'the settings are not proved';
    if (faults.some(({ attested, undone }) => !attested || !undone)) return 'a fault is not proved';
    return 'what was seen does not decide it';
  };
  return `neither pass nor fail: ${matter()}`;
};

/** Reasons that no row of an expectation tells. */
export const otherReasons = ({ reasons, expectations }: RunDocument): readonly string[] =>
  reasons.filter((reason) => !expectations.some(({ figure }) => reason.startsWith(`${figure}: expected `)));

/**
 * What a failed run leaves open beside what was refuted: by any of these it would be no pass, had nothing failed. Empty for every
 * other verdict: all reasons of an inconclusive run are of that kind.
 */
export const openReasons = (document: RunDocument): readonly string[] =>
  document.verdict === 'fail' ? otherReasons(document).slice(lateRecoveries(document)) : [];
