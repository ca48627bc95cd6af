import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { type Figure, figureNamed, figures } from '../figures.ts';

type Bound = { readonly share: number } | { readonly amount: number };

/** What still counts as the same. */
export type Tolerance = {
  /** In size: a share of the base's median, no less than a figure's own least; or an amount in a figure's own unit. */
  readonly all: Bound;
  readonly byFigure: Readonly<Record<string, Bound>>;
  /** In which share of runs (0 to 1) a side may be worse by more than that. */
  readonly frequency: number;
};

export const defaultTolerance: Tolerance = { all: { share: 0.1 }, byFigure: {}, frequency: 0.05 };

const boundOf = (text: string): Bound | null => {
  const [, number = '', percent] = /^(\d+(?:\.\d+)?)\s*(%)?$/.exec(text.trim()) ?? [];
  if (number === '') return null;
  return percent === undefined ? { amount: Number(number) } : { share: Number(number) / 100 };
};

const sizeProblem = (wrong: readonly string[]): string =>
  `--tolerance: expected a share of the base for all figures, such as 10%, or FIGURE=NUMBER or FIGURE=SHARE% for one of ${figures.map(({ path }) => path).join(', ')}; received ${wrong.join(', ')}.`;

/**
 * Reads `--tolerance`: `10%` for all figures, or `requests.refused=5`, `requests.plannedLatencyMs.p99=20%` for one; and
 * `--frequency-tolerance`: `5%` of the runs.
 * @throws SkipbeatError TOLERANCE_INVALID (exit 64)
 */
export const readTolerance = (texts: readonly string[], frequencyText: string | null = null): Tolerance => {
  let { all } = defaultTolerance;
  const byFigure: Record<string, Bound> = {};
  const wrong: string[] = [];
  for (const text of texts) {
    const [name = '', value, ...more] = text.split('=');
    const bound = more.length > 0 ? null : boundOf(value ?? name);
    if (value === undefined && bound !== null && 'share' in bound) all = bound;
    else if (value !== undefined && bound !== null && figureNamed(name) !== null) byFigure[name] = bound;
    else wrong.push(JSON.stringify(text));
  }
  const asked = frequencyText === null ? { share: defaultTolerance.frequency } : boundOf(frequencyText);
  const frequency = asked !== null && 'share' in asked && asked.share < 1 ? asked.share : null;
  if (wrong.length === 0 && frequency !== null) return { all, byFigure, frequency };
  const problems = [
    ...(wrong.length === 0 ? [] : [sizeProblem(wrong)]),
    ...(frequency === null
      ? [
          `--frequency-tolerance: expected a share of the runs below 100%, such as 5%; received ${JSON.stringify(frequencyText)}.`,
        ]
      : []),
  ];
  throw new SkipbeatError('TOLERANCE_INVALID', problems.join('\n'), {
    exitCode: exitCodes.usage,
    next: wrong.length === 0 ? '--frequency-tolerance 5%' : '--tolerance 10% --tolerance requests.refused=5',
  });
};

/**
 * In the figure's own unit. A share of the base is no less than the figure's own `minTolerance`; of a base that is nothing
 * to take a share of, it is that. What was asked for the one figure stands as it is.
 */
export const toleranceFor = (
  { all, byFigure }: Tolerance,
  { path, minTolerance }: Pick<Figure, 'path' | 'minTolerance'>,
  base: number | null,
): number => {
  const own = byFigure[path] ?? byFigure[figureNamed(path)?.path ?? path];
  const bound = own ?? all;
  if ('amount' in bound) return bound.amount;
  const share = base === null || !Number.isFinite(base) ? 0 : bound.share * Math.abs(base);
  return own === undefined ? Math.max(share, minTolerance) : share;
};
