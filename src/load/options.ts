import { isIP } from 'node:net';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { formProblems, type RequestForm } from './asked.ts';
import type { ConnectionChoice } from './schedule.ts';

/** One place that requests go to, and what each of them is. */
export type LoadTarget = RequestForm & {
  /** An IP address: looking up a name would be measured with the requests. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** The node that this is; its name stands in the records. */
  readonly entrance?: string;
};

/** What the worker needs to know: a load without its listener. It is cloned into the worker as it stands. */
export type LoadPlan = {
  /** At least one; of several each in turn, whatever became of the others. */
  readonly targets: readonly LoadTarget[];
  /** More than 0, at most 5,000. */
  readonly ratePerSecond: number;
  readonly connection: ConnectionChoice;
  /** From when a request was sent until its response is complete; more than 0, at most 24 h. */
  readonly timeoutMs: number;
  /** `process.hrtime.bigint()` at the run's start: all times in records are ms since then (threads share that clock). */
  readonly runStartNs: bigint;
  /** No request is due later than this after the first, whatever happens; more than 0, at most 24 h. */
  readonly maxDurationMs: number;
  /**
   * Of a schedule that several generators share, the part of this one: the requests of the target at `index`. All others are
   * somebody else's. Left out: it has all of them.
   */
  readonly share?: { readonly index: number };
  /** When request 0 is due, in ms since the run started, so that several generators keep one schedule. Left out: as soon as it can. */
  readonly startAtMs?: number;
  /** A request that is due while this many are in flight is `dropped`: recorded, never queued. 20,000 if not given. */
  readonly maxInFlight?: number;
};

export const maxRatePerSecond = 5000;
const dayMs = 86_400_000;

/** What an HTTP request line can carry as it stands: no blanks, control characters or fragments. */
const requestPath = /^\/[!-"$-~]*$/;

/**
 * Checks a load before anything is started.
 * @throws SkipbeatError LOAD_INVALID (exit code 64) that lists every problem at once
 */
export const checkLoadPlan = (plan: LoadPlan): void => {
  const problems: string[] = [];
  const check = (good: boolean, field: string, expected: string, received: unknown): void => {
    if (!good) problems.push(`load.${field}: expected ${expected}, received ${JSON.stringify(received) ?? received}.`);
  };
  const within = (value: number, max: number): boolean => value > 0 && value <= max;
  const integerWithin = (value: number, max: number): boolean => Number.isInteger(value) && within(value, max);

  check(plan.targets.length > 0, 'targets', 'at least one', plan.targets);
  for (const [index, { host, port, path, ...form }] of plan.targets.entries()) {
    const at = `targets[${index}]`;
    check(isIP(host) !== 0, `${at}.host`, 'an IP address', host);
    check(integerWithin(port, 65_535), `${at}.port`, 'an integer from 1 to 65535', port);
    check(requestPath.test(path), `${at}.path`, 'a path that starts with / and has no blanks', path);
    for (const { field, expected, received } of formProblems(form)) check(false, `${at}.${field}`, expected, received);
  }
  check(
    within(plan.ratePerSecond, maxRatePerSecond),
    'ratePerSecond',
    `a number above 0 and at most ${maxRatePerSecond}`,
    numberText(plan.ratePerSecond),
  );
  check(within(plan.timeoutMs, dayMs), 'timeoutMs', 'a number above 0 and at most 24 h', numberText(plan.timeoutMs));
  check(
    within(plan.maxDurationMs, dayMs),
    'maxDurationMs',
    'a number above 0 and at most 24 h',
    numberText(plan.maxDurationMs),
  );
  const { share, startAtMs } = plan;
  check(
    share === undefined ||
      (Number.isInteger(share.index) && share.index >= 0 && share.index < Math.max(1, plan.targets.length)),
    'share.index',
    'the place of a target, from 0',
    share?.index,
  );
  check(
    startAtMs === undefined || (startAtMs >= 0 && Number.isFinite(startAtMs)),
    'startAtMs',
    'a number from 0',
    startAtMs === undefined ? undefined : numberText(startAtMs),
  );
  check(
    plan.maxInFlight === undefined || integerWithin(plan.maxInFlight, Number.MAX_SAFE_INTEGER),
    'maxInFlight',
    'an integer from 1',
    plan.maxInFlight,
  );
  if (problems.length > 0) {
    throw new SkipbeatError('LOAD_INVALID', problems.join('\n'), {
      next: `correct the load of the scenario, then run  ${skipbeat('validate FILE')}`,
      exitCode: exitCodes.usage,
    });
  }
};

/** JSON has no words for NaN and Infinity. */
const numberText = (value: number): unknown => (Number.isFinite(value) ? value : String(value));
