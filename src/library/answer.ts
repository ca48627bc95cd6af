import { parseDurationMs } from '../common/duration.ts';
import type { ErrorCode } from '../common/error-codes.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { describeValue } from '../scenario/index.ts';
import { hasValidEvidence, lateRecoveries, type RepeatsDocument, type RunDocument } from '../verdict/index.ts';

/** What evidence says to a question. Where it does not say, that is the answer: it is neither yes nor no. */
export type Answer = {
  readonly answer: 'yes' | 'no' | 'unknown';
  /** What was found, as the rest of a sentence; of an unknown, why it is not known. */
  readonly found: string;
};

export const usage = (code: ErrorCode, message: string, next: string): SkipbeatError =>
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
export const durationOf = (text: string): number => {
  const ms = typeof text === 'string' ? parseDurationMs(text) : null;
  if (ms !== null && ms >= 0) return ms;
  throw usage(
    'DURATION_INVALID',
    `Expected a duration with its unit, such as '60s' or '1m30s', received ${describeValue(text)}.`,
    "toDetectWithin('60s')",
  );
};

export const yes = (found: string): Answer => ({ answer: 'yes', found });
export const no = (found: string): Answer => ({ answer: 'no', found });
export const unknown = (found: string): Answer => ({ answer: 'unknown', found });

export const inconclusive = ({ reasons }: Pick<RunDocument, 'reasons'>): Answer =>
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
export const ofEach = (
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
export const whyUnknown = (run: RunDocument, figure: string): string | null => {
  if (run.unknown === undefined) return 'this document is older than the record of what was not seen';
  return run.unknown.find((one) => one.figure === figure)?.why ?? null;
};
