import { secondsText } from '../../common/duration.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { abortWindowMs, minAbortRequests, readAbortWhen } from '../../run/index.ts';
import type { Scenario } from '../../scenario/index.ts';

type Asked = {
  readonly abortWhen?: string;
  readonly context?: string;
  readonly backend: string;
  readonly loadFrom?: string;
};

const withoutRequests = (expected: string, next: string): SkipbeatError =>
  new SkipbeatError('ABORT_WHEN_INVALID', `--abort-when: expected ${expected}.`, { exitCode: exitCodes.usage, next });

/**
 * The share of `--abort-when`, from 0 to 1; null: it was not asked for.
 * @throws SkipbeatError ABORT_WHEN_INVALID (exit 64) for what is none, and where a run has no requests that could end it, or never as many as a share is taken of
 */
export const abortWhenOf = (
  { abortWhen, context, backend, loadFrom }: Asked,
  { ratePerSecond }: Pick<Scenario['load'], 'ratePerSecond'>,
): number | null => {
  if (abortWhen === undefined) return null;
  if (backend === 'model')
    throw withoutRequests('a run on a real cluster, received --backend model', 'leave --abort-when out');
  if ((context !== undefined || backend === 'cluster') && loadFrom !== 'pod')
    throw withoutRequests('a load on a cluster of --context, found none', '--load-from pod');
  const inWindow = (ratePerSecond * abortWindowMs) / 1000;
  if (inWindow < minAbortRequests)
    throw withoutRequests(
      `at least ${minAbortRequests} requests in ${secondsText(abortWindowMs)}, of fewer no share is taken, found ${Math.floor(inWindow)} by a load of ${ratePerSecond} a second`,
      `--set load.ratePerSecond=${(minAbortRequests * 1000) / abortWindowMs} or more, or leave --abort-when out`,
    );
  return readAbortWhen(abortWhen);
};
