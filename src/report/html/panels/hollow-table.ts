import { type BandPoint, countAt, type HollowBand, hollowCurves, numberText } from '../../../verdict/index.ts';
import type { HtmlInput } from '../input.ts';
import { seconds } from '../labels.ts';
import { type Cell, el, type Markup, table } from '../markup.ts';

/** A table of more is not read. */
const maxRows = 24;

const momentsOf = ({ notReady, tainted }: HollowBand): readonly number[] => {
  const all = [...new Set([notReady, tainted].flatMap(({ points }) => points.flat().map(({ atMs }) => atMs)))];
  const sorted = all.toSorted((one, other) => one - other);
  const every = Math.max(1, Math.ceil((sorted.length - 1) / (maxRows - 1)));
  return sorted.filter((_, index) => index % every === 0 || index === sorted.length - 1);
};

/** What the model had at a moment; null where it says nothing of it. */
const predictedAt = (stretches: readonly (readonly BandPoint[])[], momentMs: number): readonly number[] | null => {
  for (const points of stretches.toReversed()) {
    const next = points.findIndex(({ atMs }) => atMs >= momentMs);
    const [before, after] = [points[Math.max(0, next - 1)], points[next]];
    if (before === undefined || after === undefined || before.atMs > momentMs) continue;
    const part = after.atMs === before.atMs ? 1 : (momentMs - before.atMs) / (after.atMs - before.atMs);
    return (['p5', 'p50', 'p95'] as const).map((name) => before[name] + part * (after[name] - before[name]));
  }
  return null;
};

/** What the panels of hollow nodes show, as numbers at some moments; null where no model was asked. */
export const hollowCountTable = ({ document, events, hollowBand }: HtmlInput): Markup | null => {
  const { faultStartMs } = document.timing;
  if (hollowBand === null || faultStartMs === null) return null;
  const curves = hollowCurves(events);
  const number = (value: number): Cell => ({ number: numberText(Math.round(value)) });
  const rows = momentsOf(hollowBand).map((momentMs): readonly Cell[] => [
    { number: seconds(momentMs) },
    ...(['notReady', 'tainted'] as const).flatMap((name): readonly Cell[] => {
      const [p5, p50, p95] = predictedAt(hollowBand[name].points, momentMs) ?? [];
      const range =
        p5 === undefined || p95 === undefined ? '' : `${numberText(Math.round(p5))} … ${numberText(Math.round(p95))}`;
      return [
        number(countAt(curves[name], faultStartMs + momentMs)),
        p50 === undefined ? '' : number(p50),
        { number: range },
      ];
    }),
  ]);
  return el(
    'details',
    {},
    el('summary', {}, 'Hollow nodes over time as a table'),
    table(
      'Hollow nodes NotReady and tainted NoExecute, beside the model',
      ['#since the fault', '#NotReady', '#model p50', '#p5 … p95', '#tainted', '#model p50', '#p5 … p95'],
      rows,
    ),
  );
};
