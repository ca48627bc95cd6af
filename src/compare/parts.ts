import { requestOutcomes } from '../timeline/index.ts';
import { type RunDocument, summaryOf } from '../verdict/index.ts';
import { recoveryAnswers } from './answers.ts';
import { figures, recoveriesOf } from './figures.ts';
import { judgeFigure, liesWithin } from './judge.ts';
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

type Asked = Readonly<Partial<Record<(typeof requestOutcomes)[number], number | null>>>;

const outcomeParts = (of: string, asked: (run: RunDocument) => Asked | undefined): readonly Part[] =>
  requestOutcomes
    .filter((outcome) => outcome !== 'ok')
    .map((outcome) => ({
      figure: `requests.${outcome}`,
      name: `${of}.${outcome}`,
      value: (run) => asked(run)?.[outcome] ?? null,
    }));

/** Beyond this an answer of a recovery is slow, in ms, as in `requests.slowSeconds`. */
const slowMs = 20;

/** What the answers of a recovery surely took beyond that, in seconds: by their sum, for of each nothing is on record. */
const slowIn =
  (name: string): Part['value'] =>
  (run) => {
    const found = recoveryAnswers(run, [name]);
    return found === null ? null : Math.max(0, found.sumMs - slowMs * found.answered) / 1000;
  };

/** How requests of each phase ended, and what answers of each recovery took; by phase of a planned length these are figures of their own. */
const phaseParts = (run: RunDocument): readonly Part[] => {
  const recoveries = recoveriesOf(run);
  return Object.keys(run.requests.byPhase).flatMap((name): readonly Part[] => {
    // Of one recovery there is nothing beside the total.
    const isPart = recoveries.length > 1 && recoveries.includes(name);
    return [
      ...outcomeParts(name, ({ requests }) => requests.byPhase[name]),
      ...(isPart ? [{ figure: 'requests.slowSeconds', name: `${name}.slowSeconds`, value: slowIn(name) }] : []),
    ];
  });
};

/** How requests through each entrance ended, and what answers there took. Of one entrance there is nothing beside the total. */
const entranceParts = ({ requests: { byEntrance = {} } }: RunDocument): readonly Part[] => {
  const names = Object.keys(byEntrance);
  if (names.length < 2) return [];
  return names.flatMap((name): readonly Part[] => [
    ...outcomeParts(name, ({ requests }) => requests.byEntrance?.[name]),
    ...(['p50', 'p90', 'p99', 'mean'] as const).map((quantile) => ({
      figure: `requests.plannedLatencyMs.${quantile}`,
      name: `${name}.latencyMs.${quantile}`,
      value: ({ requests }: RunDocument) => requests.byEntrance?.[name]?.latencyMs[quantile] ?? null,
    })),
  ]);
};

/** Of clusters with more nodes those whose means differ most are looked at. */
const maxNodes = 100;

const meanOf = (values: readonly (number | null)[]): number =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length;

/** How often, and for how long, each node was NotReady. */
const nodeParts = (base: readonly RunDocument[], candidate: readonly RunDocument[]): readonly Part[] => {
  const names = [...new Set([...base, ...candidate].flatMap(({ nodes }) => Object.keys(nodes.byNode)))];
  const readOf =
    (name: string, field: 'notReadyTransitions' | 'notReadySeconds') =>
    ({ nodes }: RunDocument): number | null => {
      // A node that a document does not name was Ready all the time, where that was seen at all.
      const none = nodes.notReadyTransitions === null ? null : 0;
      const own = nodes.byNode[name];
      return own === undefined ? none : (own[field] ?? null);
    };
  const more = (name: string): number =>
    meanOf(candidate.map(readOf(name, 'notReadySeconds'))) - meanOf(base.map(readOf(name, 'notReadySeconds')));
  const chosen =
    names.length <= maxNodes ? names : names.toSorted((one, other) => more(other) - more(one)).slice(0, maxNodes);
  return chosen.flatMap((name): readonly Part[] => [
    {
      figure: 'nodes.notReadyTransitions',
      name: `${name}.notReadyTransitions`,
      value: readOf(name, 'notReadyTransitions'),
    },
    { figure: 'nodes.notReadyNodeSeconds', name: `${name}.notReadySeconds`, value: readOf(name, 'notReadySeconds') },
  ]);
};

const partsOf = (base: readonly RunDocument[], candidate: readonly RunDocument[]): readonly Part[] => {
  const [first] = base;
  return first === undefined ? [] : [...phaseParts(first), ...entranceParts(first), ...nodeParts(base, candidate)];
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
  const known = partsOf(base, candidate).flatMap((part) => {
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
      isWithin: liesWithin(one, other, bound),
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
