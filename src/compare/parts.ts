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

/** Of a record that was read from JSON, whatever its names are: `constructor` is one for a node. */
const entryOf = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;

/** What any of the runs has. */
const namesIn = (runs: readonly RunDocument[], of: (run: RunDocument) => object): readonly string[] => [
  ...new Set(runs.flatMap((run) => Object.keys(of(run)))),
];

const outcomeParts = (of: string, asked: (run: RunDocument) => Asked | undefined): readonly Part[] =>
  requestOutcomes
    .filter((outcome) => outcome !== 'ok')
    .map((outcome) => ({
      figure: `requests.${outcome}`,
      name: `${of}.${outcome}`,
      value: (run) => asked(run)?.[outcome] ?? null,
    }));

/** The mean answer of one recovery, in ms. */
const meanIn =
  (name: string): Part['value'] =>
  (run) => {
    const found = recoveryAnswers(run, [name]);
    return found === null || found.answered === 0 ? null : found.sumMs / found.answered;
  };

/** How requests of each phase ended, and what answers of each recovery took; by phase of a planned length these are figures of their own. */
const phaseParts = (runs: readonly RunDocument[]): readonly Part[] => {
  const recoveries = new Set(runs.flatMap(recoveriesOf));
  return namesIn(runs, ({ requests }) => requests.byPhase).flatMap((name): readonly Part[] => [
    ...outcomeParts(name, ({ requests }) => entryOf(requests.byPhase, name)),
    ...(recoveries.has(name)
      ? [{ figure: 'requests.slowSeconds', name: `${name}.latencyMs.mean`, value: meanIn(name) }]
      : []),
  ]);
};

/** How requests through each entrance ended, and what answers there took. Of one entrance there is nothing beside the total. */
const entranceParts = (runs: readonly RunDocument[]): readonly Part[] => {
  const names = namesIn(runs, ({ requests }) => requests.byEntrance ?? {});
  if (names.length < 2) return [];
  return names.flatMap((name): readonly Part[] => [
    ...outcomeParts(name, ({ requests }) => entryOf(requests.byEntrance, name)),
    ...(['p50', 'p90', 'p99', 'mean'] as const).map((quantile) => ({
      figure: `requests.plannedLatencyMs.${quantile}`,
      name: `${name}.latencyMs.${quantile}`,
      value: ({ requests }: RunDocument) => entryOf(requests.byEntrance, name)?.latencyMs[quantile] ?? null,
    })),
  ]);
};

/** Of clusters with more nodes those whose means differ most are looked at. */
const maxNodes = 100;

const meanOf = (values: readonly (number | null)[]): number =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length;

/** How often, and for how long, each node was NotReady. */
const nodeParts = (base: readonly RunDocument[], candidate: readonly RunDocument[]): readonly Part[] => {
  const names = namesIn([...base, ...candidate], ({ nodes }) => nodes.byNode);
  const readOf =
    (name: string, field: 'notReadyTransitions' | 'notReadySeconds') =>
    ({ nodes }: RunDocument): number | null => {
      // A node that a document does not name was Ready all the time, where that was seen at all.
      const none = nodes.notReadyTransitions === null ? null : 0;
      const own = entryOf(nodes.byNode, name);
      return own === undefined ? none : (own[field] ?? null);
    };
  const more = (name: string, field: 'notReadyTransitions' | 'notReadySeconds'): number =>
    meanOf(candidate.map(readOf(name, field))) - meanOf(base.map(readOf(name, field)));
  const top = (field: 'notReadyTransitions' | 'notReadySeconds'): readonly string[] =>
    names.toSorted((one, other) => more(other, field) - more(one, field)).slice(0, maxNodes / 2);
  const chosen =
    names.length <= maxNodes ? names : [...new Set([...top('notReadyTransitions'), ...top('notReadySeconds')])];
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
  const runs = [...base, ...candidate];
  return [...phaseParts(runs), ...entranceParts(runs), ...nodeParts(base, candidate)];
};

const above = (values: readonly number[], bound: number): number =>
  values.filter((value) => value > bound).length / values.length;

/** So rare a harm that no sum of ranks tells it: greater than nearly all of the base's, in more runs than may be so. */
const isRarelyWorse = (one: readonly number[], other: readonly number[], bound: number, frequency: number): boolean => {
  const sorted = one.toSorted((a, b) => a - b);
  const usual = sorted[Math.ceil((1 - frequency) * sorted.length) - 1] ?? 0;
  return above(other, usual + bound) - above(one, usual + bound) > frequency;
};

/**
 * Parts that are worse by themselves, by the path of the figure that they are a part of: in one family of their own, in which
 * chance alone makes any look so in at most 5 % of comparisons; or worse than nearly all of the base's in more runs than the
 * frequency tolerance; or not known of some runs. What no run has is left out.
 * @returns by figure, in words: `fault-2.timeout by itself is worse`
 */
export const hiddenParts = (
  base: readonly RunDocument[],
  candidate: readonly RunDocument[],
  { deals, tolerance, unseen }: { readonly deals: Deals; readonly tolerance: Tolerance; readonly unseen: Unseen },
): ReadonlyMap<string, readonly string[]> => {
  const parts = partsOf(base, candidate).map((part) => ({
    ...part,
    one: base.map(part.value),
    other: candidate.map(part.value),
  }));
  const isKnown = (values: readonly (number | null)[]): values is readonly number[] =>
    values.every((value) => value !== null);
  const known = parts.flatMap(({ one, other, ...part }) =>
    isKnown(one) && isKnown(other) ? [{ ...part, one, other }] : [],
  );
  const inSome = parts.filter(({ one, other }) => {
    const all = [...one, ...other];
    return all.includes(null) && all.some((value) => value !== null);
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
    // Which of many nodes is lost now and then is chance.
    const isOfNode = figure.startsWith('nodes.');
    return verdict === 'worse' || (!isOfNode && isRarelyWorse(one, other, bound, tolerance.frequency));
  });
  const texts = [
    ...found.map(({ figure, name }) => ({ figure, text: `${name} by itself is worse` })),
    ...inSome.map(({ figure, name }) => ({ figure, text: `${name} is not known of every run` })),
  ];
  const byFigure = Map.groupBy(texts, ({ figure }) => figure);
  return new Map([...byFigure].map(([figure, each]) => [figure, each.map(({ text }) => text)]));
};
