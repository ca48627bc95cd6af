import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import type { Plan } from '../plan/index.ts';
import { isFailure, type RequestRecord } from '../timeline/index.ts';
import type { AbortConditions } from './abort-conditions.ts';

/** Over the requests that ended within so long, up to the last one, the share is taken. */
export const abortWindowMs = 10_000;

/** Of fewer requests in that time no share is taken: one of two is no half. */
export const minAbortRequests = 20;

/**
 * Reads `20%`, `0.5 %`: a share, from 0 to 1. Requests that fail in every way count; those that were not sent do not.
 * @throws SkipbeatError ABORT_WHEN_INVALID (exit 64)
 */
export const readAbortWhen = (text: string): number => {
  const [, number] = /^(\d{1,3}(?:\.\d+)?) ?%$/.exec(text.trim()) ?? [];
  const percent = number === undefined ? Number.NaN : Number(number);
  if (percent > 0 && percent < 100) return percent / 100;
  throw new SkipbeatError(
    'ABORT_WHEN_INVALID',
    `--abort-when: expected a share of the requests over 0 % and under 100 %, received ${JSON.stringify(text)}.`,
    { exitCode: exitCodes.usage, next: '--abort-when 20%' },
  );
};

const percentOf = (share: number): string => `${Math.round(share * 1000) / 10} %`;

const abortedBy = ({ scenario }: Pick<Plan, 'scenario'>, failed: number, all: number, share: number): SkipbeatError =>
  new SkipbeatError(
    'GUARD_TRIPPED',
    `${failed} of the ${all} requests that ended within ${abortWindowMs / 1000} s failed, ${percentOf(failed / all)}, and --abort-when is ${percentOf(share)}: the run was ended.`,
    {
      exitCode: exitCodes.inconclusive,
      next: `${skipbeat(`run ${scenario}`)}   (with a higher --abort-when, or a smaller fault)`,
    },
  );

/**
 * Ends a run as soon as more than that share of its requests failed, in whatever phase: what a person does not want to cost others,
 * whatever it would prove.
 * @param share from 0 to 1
 */
export const watchAbortWhen = (plan: Pick<Plan, 'scenario'>, share: number): AbortConditions => {
  const controller = new AbortController();
  let recent: { readonly endedMs: number; readonly failed: boolean }[] = [];
  const take = (batch: readonly RequestRecord[]): void => {
    const sent = batch.filter(({ outcome }) => outcome !== 'dropped');
    recent.push(...sent.map(({ endedMs, outcome }) => ({ endedMs, failed: isFailure(outcome) })));
    const lastMs = recent.reduce((last, { endedMs }) => Math.max(last, endedMs), Number.NEGATIVE_INFINITY);
    recent = recent.filter(({ endedMs }) => endedMs > lastMs - abortWindowMs);
    const failed = recent.filter((one) => one.failed).length;
    if (recent.length < minAbortRequests || failed <= share * recent.length) return;
    controller.abort(abortedBy(plan, failed, recent.length, share));
  };
  return {
    listener: {
      onEvent: () => undefined,
      onRequests: (batch) => {
        if (!controller.signal.aborted) take(batch);
      },
    },
    tripped: controller.signal,
    dispose: () => undefined,
  };
};
