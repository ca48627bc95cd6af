import { formatDuration, parseDurationMs } from '../common/duration.ts';
import type { ErrorCode } from '../common/error-codes.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import type { ComparisonDocument } from '../compare/index.ts';
import { isCount } from '../figures/index.ts';
import { describeValue } from '../scenario/index.ts';
import {
  failedOf,
  figureAt,
  hasValidEvidence,
  lateRecoveries,
  numberText,
  type RepeatsDocument,
  type RunDocument,
} from '../verdict/index.ts';

/** What evidence says to a question. Where it does not say, that is the answer: it is neither yes nor no. */
export type Answer = {
  readonly answer: 'yes' | 'no' | 'unknown';
  /** What was found, as the rest of a sentence; of an unknown, why it is not known. */
  readonly found: string;
};

/** A bound on a figure, in the figure's own unit. */
export type Bounds = { readonly min?: number; readonly max?: number; readonly equals?: number };

const usage = (code: ErrorCode, message: string, next: string): SkipbeatError =>
  new SkipbeatError(code, message, { exitCode: exitCodes.usage, next });

/** Of what `run` gives, or of a document alone, such as one read from a run.json. @throws SkipbeatError NOT_A_RUN */
export const documentOf = (judged: unknown): RunDocument | RepeatsDocument => {
  const inner = typeof judged === 'object' && judged !== null && 'document' in judged ? judged.document : judged;
  const isDocument = typeof inner === 'object' && inner !== null && 'verdict' in inner && 'expectations' in inner;
  if (isDocument) return inner as RunDocument | RepeatsDocument;
  throw usage(
    'NOT_A_RUN',
    `Expected what run() gives, or the document of a run.json, received ${describeValue(judged)}.`,
    "expect(await run('tight-grace')).toHold()",
  );
};

/** @throws SkipbeatError DURATION_INVALID */
const durationOf = (text: string): number => {
  const ms = typeof text === 'string' ? parseDurationMs(text) : null;
  if (ms !== null && ms >= 0) return ms;
  throw usage(
    'DURATION_INVALID',
    `Expected a duration with its unit, such as '60s' or '1m30s', received ${describeValue(text)}.`,
    "toDetectWithin('60s')",
  );
};

const yes = (found: string): Answer => ({ answer: 'yes', found });
const no = (found: string): Answer => ({ answer: 'no', found });
const unknown = (found: string): Answer => ({ answer: 'unknown', found });

const inconclusive = ({ reasons }: Pick<RunDocument, 'reasons'>): Answer =>
  unknown(`the run is inconclusive: ${reasons.join('; ') || 'it says no reason'}`);

/** Of a run that ended too early, or where its cluster did not recover: what was counted may be a part of what would have come. */
const unlessCut = (run: RunDocument, said: Answer, isSure: (run: RunDocument) => boolean): Answer => {
  const [late] = lateRecoveries(run.steps);
  const why = late ?? (hasValidEvidence(run) ? null : run.reasons.join('; '));
  return why === null || said.answer !== 'yes' || isSure(run)
    ? said
    : unknown(`${said.found}, and the run ended there: ${why}`);
};

/**
 * Asks each run. One with valid evidence that says no is enough for a no; a yes takes all that were planned, and evidence
 * of each.
 * @param isSure whether a yes stands for a run that did not recover in time as well: nothing that is still to come can change it
 */
const ofEach = (
  judged: unknown,
  ask: (run: RunDocument) => Answer,
  isSure: (run: RunDocument) => boolean = () => false,
): Answer => {
  const document = documentOf(judged);
  const single = !('repeats' in document);
  const runs = single ? [document] : document.repeats;
  const answers = runs.map((one, index) => {
    const { answer, found } = one.verdict === 'inconclusive' ? inconclusive(one) : unlessCut(one, ask(one), isSure);
    return { answer, found: single ? found : `repeat ${one.repeat?.number ?? index + 1}: ${found}` };
  });
  const isReported = (which: Answer['answer']): string =>
    answers.flatMap(({ answer, found }) => (answer === which ? [found] : [])).join('; ');
  if (answers.some(({ answer }) => answer === 'no')) return no(isReported('no'));
  if (answers.some(({ answer }) => answer === 'unknown')) return unknown(isReported('unknown'));
  const planned = single ? 1 : document.repeatsPlanned;
  if (runs.length < planned) return unknown(`${runs.length} of ${planned} repeats came to their end`);
  return document.verdict === 'inconclusive' ? inconclusive(document) : yes(isReported('yes'));
};

/** Why a figure is null; null where it was watched, so that what it counts from never happened. */
const whyUnknown = (run: RunDocument, figure: string): string | null => {
  if (run.unknown === undefined) return 'this document is older than the record of what was not seen';
  return run.unknown.find((one) => one.figure === figure)?.why ?? null;
};

/** Whether every expectation of the scenario held. */
export const holds = (judged: unknown): Answer => {
  const document = documentOf(judged);
  if (document.verdict === 'inconclusive') return inconclusive(document);
  const { expectations, reasons } = document;
  if (expectations.length === 0) return unknown('the scenario expects nothing');
  if (document.verdict === 'fail') return no(reasons.join('; '));
  const texts = expectations.map(({ figure, expected }) => `${figure} ${expected}`);
  return expectations.every(({ held }) => held)
    ? yes(texts.join('; '))
    : unknown('an expectation is not marked as held');
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
  return [since, before].find(({ answer }) => answer === 'no') ?? (since.answer === 'yes' ? before : since);
};

const within = (what: string, ms: number, limitMs: number): Answer => {
  const found = `${what} after ${formatDuration(Math.round(ms))}`;
  return ms <= limitMs ? yes(found) : no(found);
};

/** Whether the first node became NotReady so soon after the first fault began. */
export const detectsWithin = (judged: unknown, duration: string): Answer => {
  const limitMs = durationOf(duration);
  const ask = (run: RunDocument): Answer => {
    const { faultStartMs, firstNotReadyMs } = run.timing;
    if (run.faults.length === 0) return unknown('the scenario has no fault that could be detected');
    if (faultStartMs === null) return unknown('no fault began');
    if (firstNotReadyMs !== null) return within('the first node was NotReady', firstNotReadyMs - faultStartMs, limitMs);
    const why = whyUnknown(run, 'timing.firstNotReadyMs');
    return why === null ? no('no node became NotReady') : unknown(`timing.firstNotReadyMs is not known: ${why}`);
  };
  return ofEach(judged, ask, () => true);
};

/** Whether every node was Ready again so soon after the last fault was undone; at once where none ever was NotReady. */
export const recoversWithin = (judged: unknown, duration: string): Answer => {
  const limitMs = durationOf(duration);
  return ofEach(judged, (run) => {
    const { unrecovered, notReadyTransitions } = run.nodes;
    if (run.faults.length === 0) return unknown('the scenario has no fault to recover from');
    if (unrecovered === null || unrecovered === undefined || notReadyTransitions === null) {
      const figure = notReadyTransitions === null ? 'nodes.notReadyTransitions' : 'nodes.unrecovered';
      return unknown(`${figure} is not known: ${whyUnknown(run, figure) ?? 'it was not measured'}`);
    }
    const [late] = lateRecoveries(run.steps);
    if (late !== undefined) return no(late);
    if (unrecovered > 0) return no(`${numberText(unrecovered)} nodes were not Ready at the end`);
    if (notReadyTransitions === 0) return yes('no node was NotReady');
    const ends = run.faults.map(({ endMs }) => endMs);
    const { lastReadyMs } = run.timing;
    if (lastReadyMs === null || ends.some((one) => one === null)) {
      return unknown('it is not on record when the fault ended and the last node was Ready');
    }
    // Before the undo, where a node was Ready again while the fault still stood.
    const afterMs = Math.max(0, lastReadyMs - Math.max(...ends.map(Number)));
    return within('the last node was Ready again', afterMs, limitMs);
  });
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
