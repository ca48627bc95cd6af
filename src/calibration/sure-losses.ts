import { hang } from '../common/layout.ts';
import { countedGrouped, nounFor } from '../common/text/counted.ts';
import { type ConditionalMilestone, conditionText, isSureLoss, numberText, secondsText } from '../verdict/index.ts';

/** A loss that was predicted with a chance of over 99 %, and never came. */
export type MissedLoss = Pick<ConditionalMilestone, 'of' | 'given' | 'chance' | 'p1Ms' | 'p99Ms'> & {
  /** Its place among the runs that were given, from 0. */
  readonly run: number;
};

/**
 * Losses predicted with a chance of over 99 %: how many, and those that never came. Of right predictions less than 1 % are; a
 * controller with a longer grace than its plan says loses none of its nodes, so that no time of a loss tells of it.
 */
export type SureLosses = { readonly cases: number; readonly missed: readonly MissedLoss[] };

export const sureLossesOf = (runs: readonly (readonly ConditionalMilestone[])[]): SureLosses => {
  const sure = runs.flatMap((milestones, run) => milestones.filter(isSureLoss).map((one) => ({ run, ...one })));
  const missed = sure.filter(({ observedMs }) => observedMs === null);
  return {
    cases: sure.length,
    missed: missed.map(({ run, of, given, chance, p1Ms, p99Ms }) => ({ run, of, given, chance, p1Ms, p99Ms })),
  };
};

const columns = 80;
const maxRuns = 12;
const maxLosses = 4;

const lossText = ({ of, given, p1Ms, p99Ms }: MissedLoss): string => {
  const fromText = secondsText(p1Ms - given.atMs).replace(/ s$/, '');
  return `${of} ${fromText} … ${secondsText(p99Ms - given.atMs)} after ${conditionText({ link: 'notReady', given })}`;
};

const andMore = (count: number, what = ''): readonly string[] =>
  count > 0 ? [`and ${numberText(count)} more${what}`] : [];

/** Which losses never came that were as good as certain, by run, in 80 columns; nothing where all came. */
export const missedLines = ({ cases, missed }: SureLosses, nameOf: (run: number) => string): readonly string[] => {
  if (missed.length === 0) return [];
  const byRun = [...Map.groupBy(missed, ({ run }) => run)];
  const inRuns = `in ${countedGrouped(byRun.length, 'run')}`;
  const sure = `${countedGrouped(cases, 'loss that was', 'losses that were')} predicted with over 99 %`;
  const texts = byRun.slice(0, maxRuns).map(([run, own]) => {
    const each = [...own.slice(0, maxLosses).map(lossText), ...andMore(own.length - maxLosses)];
    return `${nameOf(run)}: ${each.join(', ')}`;
  });
  return [
    ...hang('  ', `NEVER CAME: ${numberText(missed.length)} of ${sure}, ${inRuns}`, columns),
    ...[...texts, ...andMore(byRun.length - maxRuns, ` ${nounFor(byRun.length - maxRuns, 'run')}`)].flatMap((text) =>
      hang('    ', text, columns),
    ),
  ];
};
