import { requestOutcomes } from '../timeline/index.ts';
import { type RunDocument, summaryOf } from '../verdict/index.ts';
import { figures } from './figures.ts';
import { judgeFigure } from './judge.ts';
import type { Deals } from './statistics/deals.ts';
import { oftenOf, type Unseen } from './statistics/often.ts';
import { harmedOf, permute, ranksOf } from './statistics/permute.ts';
import { shiftOf } from './statistics/shift.ts';
import { type Tolerance, toleranceFor } from './statistics/tolerance.ts';

// A total that is the same may hide a phase, or an entrance, that came to harm: what another loses alike is a part of its tolerance.

/** A part of a figure, by run. */
type Part = {
  /** The path of the figure. */
  readonly figure: string;
  readonly name: string;
  readonly value: (run: RunDocument) => number | null;
};

type Asked = Pick<RunDocument['requests']['byPhase'][string], 'latencyMs'> &
  Readonly<Partial<Record<(typeof requestOutcomes)[number], number | null>>>;

/** How requests of each phase and each entrance ended, and what answers took by entrance; by phase these are figures of their own. */
const partsOf = (run: RunDocument): readonly Part[] => {
  const { byPhase, byEntrance = {} } = run.requests;
  const outcomes = (of: string, asked: (one: RunDocument) => Asked | undefined): readonly Part[] =>
    requestOutcomes
      .filter((outcome) => outcome !== 'ok')
      .map((outcome) => ({
        figure: `requests.${outcome}`,
        name: `${of}.${outcome}`,
        value: (one) => asked(one)?.[outcome] ?? null,
      }));
  const phases = Object.keys(byPhase).flatMap((name) => outcomes(name, ({ requests }) => requests.byPhase[name]));
  // Of one entrance there is nothing beside the total.
  const entrances = Object.keys(byEntrance).length < 2 ? [] : Object.keys(byEntrance);
  return [
    ...phases,
    ...entrances.flatMap((name): readonly Part[] => [
      ...outcomes(name, ({ requests }) => requests.byEntrance?.[name]),
      ...(['p50', 'p90', 'p99', 'mean'] as const).map((quantile) => ({
        figure: `requests.plannedLatencyMs.${quantile}`,
        name: `${name}.latencyMs.${quantile}`,
        value: ({ requests }: RunDocument) => requests.byEntrance?.[name]?.latencyMs[quantile] ?? null,
      })),
    ]),
  ];
};

/**
 * Parts that are worse by themselves, by the path of the figure that they are a part of: in one family of their own, in which
 * chance alone makes any look so in at most 5 % of comparisons; or worse than in every run of the base, in more runs than the
 * frequency tolerance. What is not known of every run is left out.
 */
export const worseParts = (
  base: readonly RunDocument[],
  candidate: readonly RunDocument[],
  { deals, tolerance, unseen }: { readonly deals: Deals; readonly tolerance: Tolerance; readonly unseen: Unseen },
): ReadonlyMap<string, readonly string[]> => {
  const [first] = base;
  const known = (first === undefined ? [] : partsOf(first)).flatMap((part) => {
    const [one, other] = [base, candidate].map((runs) => runs.map(part.value));
    const isKnown = (values: typeof one): values is number[] => values?.every((value) => value !== null) === true;
    return isKnown(one) && isKnown(other) ? [{ ...part, one, other }] : [];
  });
  const statistics = known.flatMap(({ one, other }) => {
    const all = [...one, ...other];
    return [
      { scores: ranksOf(all), weight: 1 },
      { scores: harmedOf(all), weight: 1 },
    ];
  });
  const { worse, better } = permute(deals, statistics);
  const found = known.filter(({ figure, one, other }, index) => {
    const pOf = (p: readonly number[]) => ({ much: p[2 * index] ?? 1, often: p[2 * index + 1] ?? 1 });
    const minTolerance = figures.find(({ path }) => path === figure)?.minTolerance ?? 0;
    const bound = toleranceFor(tolerance, { path: figure, minTolerance }, summaryOf(one).median);
    const { verdict } = judgeFigure({
      kind: 'harm',
      p: { worse: pOf(worse), better: pOf(better) },
      shift: shiftOf(one, other, deals),
      isWithin: Math.max(Math.max(...other) - Math.min(...one), Math.max(...one) - Math.min(...other)) <= bound,
      often: oftenOf(one, other, bound, unseen),
      tolerance: bound,
      frequencyTolerance: tolerance.frequency,
    });
    // So rare a harm that no sum of ranks tells it, and greater than any of the base's.
    const beyond = other.filter((value) => value > Math.max(...one) + bound).length;
    return verdict === 'worse' || beyond > tolerance.frequency * other.length;
  });
  const byFigure = Map.groupBy(found, ({ figure }) => figure);
  return new Map([...byFigure].map(([figure, parts]) => [figure, parts.map(({ name }) => name)]));
};
