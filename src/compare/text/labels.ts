import type { ComparedFigure, Comparison } from '../compare.ts';
import { figureNamed } from '../figures.ts';
import { type FigureVerdict, notMeasured } from '../judge.ts';

export const textOf = (path: string): ((value: number | null) => string) =>
  figureNamed(path)?.text ?? ((value) => (value === null ? '–' : String(value)));

/** With its sign, `±0` for none: `+1,341`, `-2.7 s`. */
export const signed = (text: (value: number | null) => string, value: number | null): string => {
  if (value === null) return text(null);
  if (value === 0 || text(Math.abs(value)) === text(0)) return '±0';
  return value > 0 ? `+${text(value)}` : text(value);
};

/** `+380 … +1,155`, the unit once. */
export const intervalText = ({ figure, ci95 }: ComparedFigure): string => {
  if (ci95 === null) return '–';
  const text = textOf(figure);
  const [low, high] = ci95.map((end) => signed(text, end)) as [string, string];
  return low === high ? low : `${low.replace(/ (s|ms)$/, '')} … ${high}`;
};

/** `0, 9`: runs with any of the harm. */
export const harmedText = ({ harmed }: ComparedFigure): string =>
  harmed === null ? '–' : `${harmed.base}, ${harmed.candidate}`;

export const signOf: Readonly<Record<FigureVerdict, string>> = { worse: '✗', better: '✓', same: '=', unknown: '?' };

const judgedOf = ({ figures: compared }: Comparison): readonly ComparedFigure[] =>
  compared.filter(({ kind }) => kind !== 'timing');

const named = (compared: readonly ComparedFigure[], wanted: FigureVerdict): string =>
  compared
    .filter(({ verdict }) => verdict === wanted)
    .map(({ figure }) => figure)
    .join(', ');

/** Harms that are not known of every run: of these nothing is compared. */
export const unmeasuredHarms = ({ figures: compared }: Pick<Comparison, 'figures'>): readonly string[] =>
  compared.filter(({ kind, why }) => kind === 'harm' && why === notMeasured).map(({ figure }) => figure);

/** `; not comparable, rates differ: 50/s against 5/s: requests.refused, requests.timeout` */
const incomparableText = (harms: readonly ComparedFigure[]): string => {
  const incomparable = harms.filter(({ worseInAtMost, why }) => worseInAtMost === null && why !== notMeasured);
  return [...Map.groupBy(incomparable, ({ why }) => why)]
    .map(([why, compared]) => `; not comparable, ${why}: ${compared.map(({ figure }) => figure).join(', ')}`)
    .join('');
};

/** What the whole comparison says, in a sentence. */
export const verdictText = (comparison: Comparison): string => {
  const { verdict, telling, uneven, mayDifferOutsideOfRuns, runs } = comparison;
  const judged = judgedOf(comparison);
  const [harm, cost] = [judged.filter(({ kind }) => kind === 'harm'), judged.filter(({ kind }) => kind === 'cost')];
  const worse = named(judged, 'worse');
  if (uneven) {
    const left = worse === '' ? '' : `; what is left is worse in ${worse}`;
    return `runs dropped out of one side more than of the other, so what is left is no fair sample${left}`;
  }
  if (!telling) {
    return `${runs.base} and ${runs.candidate} runs are too few to tell any difference from chance; take five or more a side (--repeats 5)`;
  }
  if (verdict === 'worse') return `worse in ${worse}`;
  const better = named(judged, 'better');
  const found = better === '' ? 'no regression was found' : `no regression was found, better in ${better}`;
  const unmeasured = unmeasuredHarms(comparison);
  if (mayDifferOutsideOfRuns) return `${found} in the runs, but the sides differ, or may differ, in what no run has`;
  if (verdict === 'unknown') {
    const unknown = harm.filter((one) => one.verdict === 'unknown').length;
    const not = unmeasured.length === 0 ? '' : `; not measured in every run: ${unmeasured.join(', ')}`;
    return `${found}, and none is ruled out in ${unknown} of ${harm.length} harms${not}${incomparableText(harm)}; take more repeats, or say how many runs may differ (--frequency-tolerance), or fail on regressions alone (--allow-unknown)`;
  }
  const costs = cost.some((one) => one.verdict === 'unknown') ? '; not known of the cost in writes' : '';
  if (verdict === 'better') return `${found}${costs}`;
  return `every harm is the same within the tolerance${costs}`;
};

/** Of what neither side ever saw: so many runs do not show that it never happens. */
export const neverObserved = (compared: readonly ComparedFigure[]): readonly string[] =>
  compared
    .filter(({ base, candidate, kind }) => kind !== 'timing' && base.max === 0 && candidate.max === 0)
    .map(({ figure }) => figure);
