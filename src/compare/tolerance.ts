import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { figures } from './figures.ts';

type Bound = { readonly share: number } | { readonly amount: number };

/** What still counts as the same: a share of the base's median, or an amount in a figure's own unit. */
export type Tolerance = { readonly all: Bound; readonly byFigure: Readonly<Record<string, Bound>> };

export const defaultTolerance: Tolerance = { all: { share: 0.1 }, byFigure: {} };

const boundOf = (text: string): Bound | null => {
  const [, number = '', percent] = /^(\d+(?:\.\d+)?)\s*(%)?$/.exec(text.trim()) ?? [];
  if (number === '') return null;
  return percent === undefined ? { amount: Number(number) } : { share: Number(number) / 100 };
};

/**
 * Reads `--tolerance`: `10%` for all figures, or `requests.refused=5`, `requests.latencyMs.p99=20%` for one.
 * @throws SkipbeatError TOLERANCE_INVALID (exit 64)
 */
export const readTolerance = (texts: readonly string[]): Tolerance => {
  let { all } = defaultTolerance;
  const byFigure: Record<string, Bound> = {};
  const wrong: string[] = [];
  for (const text of texts) {
    const [name = '', value, ...more] = text.split('=');
    const bound = more.length > 0 ? null : boundOf(value ?? name);
    if (value === undefined && bound !== null && 'share' in bound) all = bound;
    else if (value !== undefined && bound !== null && figures.some(({ path }) => path === name)) byFigure[name] = bound;
    else wrong.push(JSON.stringify(text));
  }
  if (wrong.length === 0) return { all, byFigure };
  throw new SkipbeatError(
    'TOLERANCE_INVALID',
    `--tolerance: expected a share of the base for all figures, such as 10%, or FIGURE=NUMBER or FIGURE=SHARE% for one of ${figures.map(({ path }) => path).join(', ')}; received ${wrong.join(', ')}.`,
    { exitCode: exitCodes.usage, next: '--tolerance 10% --tolerance requests.refused=5' },
  );
};

/** In the figure's own unit. */
export const toleranceFor = ({ all, byFigure }: Tolerance, path: string, base: number | null): number => {
  const bound = byFigure[path] ?? all;
  return 'amount' in bound ? bound.amount : bound.share * Math.abs(base ?? 0);
};
