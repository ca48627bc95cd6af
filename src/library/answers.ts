import type { ComparisonDocument } from '../compare/shapes.ts';
import { isCount } from '../figures/index.ts';
import { describeValue } from '../scenario/index.ts';
import { failedOf, figureAt, numberText, type RunDocument } from '../verdict/index.ts';
import { type Answer, documentOf, inconclusive, no, ofEach, unknown, usage, whyUnknown, yes } from './answer.ts';

/** A bound on a figure, in the figure's own unit. */
export type Bounds = { readonly min?: number; readonly max?: number; readonly equals?: number };

/** Whether every expectation of the scenario is met. */
export const holds = (judged: unknown): Answer => {
  const document = documentOf(judged);
  if (document.verdict === 'inconclusive') return inconclusive(document);
  const { expectations, reasons } = document;
  if (expectations.length === 0) return unknown('the scenario expects nothing');
  if (document.verdict === 'fail') return no(reasons.join('; '));
  const texts = expectations.map(({ figure, expected }) => `${figure} ${expected}`);
  return expectations.every(({ held }) => held)
    ? yes(texts.join('; '))
    : unknown('an expectation is not marked as met');
};

export const boundsText = ({ min, max, equals }: Bounds): string =>
  [
    ...(equals === undefined ? [] : [`= ${numberText(equals)}`]),
    ...(min === undefined ? [] : [`≥ ${numberText(min)}`]),
    ...(max === undefined ? [] : [`≤ ${numberText(max)}`]),
  ].join(' and ');

/** @throws SkipbeatError BOUNDS_INVALID */
const checkBounds = (bounds: Bounds): void => {
  const present = [bounds.min, bounds.max, bounds.equals].filter((one) => one !== undefined);
  if (present.length > 0 && present.every((one) => Number.isFinite(one))) return;
  throw usage(
    'BOUNDS_INVALID',
    `Expected finite numbers as min, max or equals, at least one, received ${describeValue(bounds)}.`,
    "toMeasure('requests.refused', { max: 5 })",
  );
};

/** Of a count of which a part was seen: so many it was at least. */
const ofLowerEnd = (from: number, { max, equals }: Bounds): boolean => from > (max ?? equals ?? Infinity);

/**
 * Whether a figure of run.json lies within bounds.
 * @param figure its dotted path: `requests.byPhase.fault.refused`
 * @throws SkipbeatError FIGURE_UNKNOWN where the document has no number there, BOUNDS_INVALID
 */
export const measures = (judged: unknown, figure: string, bounds: Bounds): Answer => {
  checkBounds(bounds);
  const hasMinAlone = bounds.max === undefined && bounds.equals === undefined && isCount(figure);
  const ask = (run: RunDocument): Answer => {
    const observed = figureAt(run, figure);
    if (observed === undefined) {
      throw usage(
        'FIGURE_UNKNOWN',
        `${figure}: expected a figure of run.json, found none at that path.`,
        'look into run.json',
      );
    }
    if (observed === null) {
      const entry = run.unknown?.find((one) => one.figure === figure);
      if (entry?.atLeast !== undefined && ofLowerEnd(entry.atLeast, bounds)) {
        return no(`${figure} was at least ${numberText(entry.atLeast)}`);
      }
      return unknown(`${figure} is not known: ${whyUnknown(run, figure) ?? 'it never happened, or was not measured'}`);
    }
    const { min = -Infinity, max = Infinity, equals = observed } = bounds;
    const found = `${figure} was ${numberText(observed)}`;
    return observed >= min && observed <= max && observed === equals ? yes(found) : no(found);
  };
  // Of what is only counted up there is no less in the end.
  return ofEach(judged, ask, () => hasMinAlone);
};

/** @throws SkipbeatError COUNT_INVALID */
const countOf = (count: number): number => {
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw usage('COUNT_INVALID', `Expected an integer from 0 on, received ${describeValue(count)}.`, 'toRefuseAtMost(0)');
};

/** Harm of the same kind that a figure leaves out: what it is, and how much of it there was; null: that is not known. */
type LeftOut = { readonly what: string; readonly count: number | null };

/** A bound that is kept only because its figure leaves some harm out is not known to be kept. */
const atMost = (judged: unknown, figure: string, max: number, leftOut: (run: RunDocument) => LeftOut): Answer => {
  const counted = measures(judged, figure, { max });
  if (counted.answer !== 'yes') return counted;
  const all = ofEach(judged, (run) => {
    const { what, count } = leftOut(run);
    if (count === null) return unknown(`${counted.found}, and of ${what} nothing is known`);
    return Number(figureAt(run, figure)) + count <= max
      ? yes(counted.found)
      : unknown(`${counted.found}, and ${numberText(count)} ${what}`);
  });
  return all.answer === 'yes' ? counted : all;
};

/** Whether at most so many requests were refused; where as many failed in another way, that is not what was asked for. */
export const refusesAtMost = (judged: unknown, count: number): Answer =>
  atMost(judged, 'requests.refused', countOf(count), ({ requests }) => ({
    what: 'requests failed otherwise',
    count: requests.refused === null ? null : failedOf(requests) - requests.refused,
  }));

/** Whether at most so many pods were evicted, those from before the first fault included. */
export const evictsAtMost = (judged: unknown, count: number): Answer =>
  atMost(judged, 'pods.evicted', countOf(count), ({ pods }) => ({
    what: 'pods were evicted before the first fault',
    count: pods.evictedBeforeFault ?? null,
  }));

/** Whether no node was NotReady, be it before the first fault, by settings that lose nodes by themselves, or from it on. */
export const staysReady = (judged: unknown): Answer => {
  const before = measures(judged, 'nodes.notReadyTransitionsBeforeFault', { max: 0 });
  const since = measures(judged, 'nodes.notReadyTransitions', { max: 0 });
  // One that was NotReady when the load began, and came back, made no transition.
  const seconds = measures(judged, 'nodes.notReadyNodeSeconds', { max: 0 });
  const counted = [since, before].find(({ answer }) => answer === 'no') ?? (since.answer === 'yes' ? before : since);
  return counted.answer === 'yes' && seconds.answer !== 'yes' ? seconds : counted;
};

/** Whether a comparison found the candidate no worse. What rests on unsealed or unfair evidence is no good news. */
export const isNoWorse = (compared: unknown): Answer => {
  const isComparison =
    typeof compared === 'object' && compared !== null && 'verdict' in compared && 'figures' in compared;
  if (!isComparison) {
    throw usage(
      'NOT_A_COMPARISON',
      `Expected what compare() gives, received ${describeValue(compared)}.`,
      'expect(await compare(base, candidate)).toBeNoWorse()',
    );
  }
  const { verdict, uneven, mayDifferOutsideOfRuns, unsealed, figures } = compared as ComparisonDocument;
  const worse = figures.filter((one) => one.verdict === 'worse').map(({ figure }) => figure);
  if (uneven) return unknown('more runs dropped out of one side than of the other');
  if (verdict === 'worse') return no(`the candidate is worse in ${worse.join(', ')}`);
  if (unsealed.length > 0) return unknown(`evidence is not sealed: ${unsealed.join('; ')}`);
  if (mayDifferOutsideOfRuns) return unknown('the sides differ, or may differ, in what no run has');
  return verdict === 'unknown' ? unknown('the runs cannot tell') : yes(`the verdict is ${verdict}`);
};
