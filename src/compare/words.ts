import type { ComparedFigure, Comparison, FigureVerdict } from './compare.ts';
import { figures } from './figures.ts';

export const textOf = (path: string): ((value: number | null) => string) =>
  figures.find((figure) => figure.path === path)?.text ?? ((value) => (value === null ? '–' : String(value)));

/** With its sign, `±0` for none: `+1,341`, `-2.7 s`. */
export const signed = (text: (value: number | null) => string, value: number | null): string => {
  if (value === null) return text(null);
  if (value === 0) return '±0';
  return value > 0 ? `+${text(value)}` : text(value);
};

/** `+380 … +1,155`, the unit once. */
export const intervalText = ({ figure, ci95 }: ComparedFigure): string => {
  if (ci95 === null) return '–';
  const text = textOf(figure);
  const [low, high] = ci95.map((end) => signed(text, end)) as [string, string];
  return low === high ? low : `${low.replace(/ (s|ms)$/, '')} … ${high}`;
};

/** Never 0: a permutation of so many runs cannot say less than one in all its ways. */
export const pText = (p: number | null): string => {
  if (p === null) return '–';
  return p < 0.001 ? '<0.001' : p.toFixed(3);
};

export const signOf: Readonly<Record<FigureVerdict, string>> = { worse: '✗', better: '✓', same: '=', unknown: '?' };

/** What the whole comparison says, in a sentence. */
export const verdictText = ({ verdict, telling, runs, figures: compared }: Comparison): string => {
  if (!telling) {
    return `${runs.base} and ${runs.candidate} runs are too few to tell any difference from chance; take five or more a side (--repeats 5)`;
  }
  const judged = compared.filter(({ better }) => better !== null);
  const named = (wanted: FigureVerdict): string =>
    judged
      .filter((one) => one.verdict === wanted)
      .map(({ figure }) => figure)
      .join(', ');
  const unknown = judged.filter((one) => one.verdict === 'unknown').length;
  const open =
    unknown === 0 ? '' : `; ${unknown} of ${judged.length} figures may differ by more than the tolerance, or not`;
  if (verdict === 'worse') return `worse in ${named('worse')}`;
  if (verdict === 'better') return `no regression, better in ${named('better')}${open}`;
  return verdict === 'same' ? 'every judged figure is the same within the tolerance' : `no regression was found${open}`;
};

/** Of what neither side ever saw, its chance: so many runs do not show that it never happens. */
export const neverSeen = (compared: readonly ComparedFigure[]): readonly string[] =>
  compared
    .filter(({ base, candidate, better }) => better !== null && base.max === 0 && candidate.max === 0)
    .map(({ figure }) => figure);
