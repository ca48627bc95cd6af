import * as z from 'zod';
import { formatDuration, parseDurationMs } from '../../common/duration.ts';
import { knownMinors, versionRange } from '../../profile/index.ts';
import { describeValue, valueLabels } from './value-labels.ts';

/** Timers of this platform end at 24.8 days; nothing here is sensible for more than one. */
const boundMs = 86_400_000;

const durationPattern = /^[+]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/;

/** What of a duration is fine beside whole milliseconds and more. */
type Allowed = {
  readonly zeroIsFine: boolean;
  /** Below a millisecond, which times and settings here cannot keep: an amount that is handed on as it stands. */
  readonly fractionIsFine?: boolean;
  /** Where less or more cannot be made. */
  readonly minMs?: number;
  readonly maxMs?: number;
};

/** What a number that lacks its unit may have been meant as, where that would be taken. */
const unitHint =
  (allowed: Allowed) =>
  (value: unknown): string => {
    const forgotten = typeof value === 'number' ? value >= 0 && value <= boundMs : /^\d+(\.\d+)?$/.test(String(value));
    const meant = `${value}s`;
    return forgotten && durationProblem(meant, parseDurationMs(meant), allowed) === null ? `: write ${meant}` : '';
  };

const durationProblem = (text: string, ms: number | null, allowed: Allowed): string | null => {
  const { zeroIsFine, fractionIsFine, minMs = 0, maxMs = boundMs } = allowed;
  if (ms === null) {
    return `expected a duration such as 10s, 1m30s or 2m, received ${describeValue(text)}${unitHint(allowed)(text)}`;
  }
  const received = `received ${describeValue(text)}`;
  if (zeroIsFine && ms < 0) return `expected a duration of 0 or more, such as 10s, ${received}`;
  if (!zeroIsFine && ms <= 0) return `expected a duration of more than 0, such as 10s, ${received}`;
  if (ms !== 0 && ms < 1 && fractionIsFine !== true) {
    return `expected a duration of ${zeroIsFine ? '0, or of ' : ''}1ms or more, such as 10s, ${received}`;
  }
  if (ms < minMs) return `expected a duration of ${formatDuration(minMs)} or more, ${received}`;
  return ms > maxMs ? `expected a duration of at most ${formatDuration(maxMs)}, ${received}` : null;
};

/** A duration as Kubernetes writes it, read as milliseconds; a millisecond or more, and at most a day. */
export const duration = (description: string, allowed: Allowed) =>
  z
    .string()
    .meta({ description: `${description}, such as 10s or 1m30s`, pattern: durationPattern.source })
    .register(valueLabels, { expected: 'a duration such as 10s, 1m30s or 2m', hint: unitHint(allowed) })
    .transform((text, context) => {
      const ms = parseDurationMs(text);
      const message = durationProblem(text, ms, allowed);
      if (ms !== null && message === null) return ms;
      context.issues.push({ code: 'custom', message: message ?? '', input: text });
      return z.NEVER;
    });

/** A version is text: YAML would read an unquoted 1.20 as the number 1.2. */
const versionHint = (value: unknown): string =>
  typeof value === 'number' ? ': write it with its v, for YAML takes 1.20 for 1.2' : '';

/** `v1.34`, the minor, or `v1.34.4`, exactly; the v may be left out where YAML sees text. */
export const kubernetesVersion = z
  .string()
  .regex(new RegExp(`^v?1\\.(${knownMinors.join('|')})(\\.\\d{1,3})?$`))
  .meta({ description: `Kubernetes ${versionRange}: a minor, such as v1.34, or an exact version, such as v1.34.4` })
  .register(valueLabels, {
    expected: `a Kubernetes version from ${versionRange}, such as v1.34 or v1.34.4`,
    hint: versionHint,
  });

/** An integer between two, both included. */
export const integer = (min: number, max: number, description: string) =>
  z
    .int()
    .min(min)
    .max(max)
    .meta({ description })
    .register(valueLabels, { expected: `an integer from ${min} to ${max}` });

/** A share in percent, as tc(8) takes it. */
export const percent = (description: string) =>
  z
    .number()
    .min(0)
    .max(100)
    .meta({ description })
    .register(valueLabels, { expected: 'a number from 0 to 100 (percent)' });

/** One of some fixed texts. */
export const oneOf = <const T extends readonly [string, ...string[]]>(values: T, description: string) =>
  z
    .enum(values)
    .meta({ description })
    .register(valueLabels, { expected: values.length === 1 ? values[0] : `one of ${values.join(', ')}` });

/** Lower-case letters, digits and dashes: it becomes part of a folder's and a cluster's name. */
export const shortName = (description: string) =>
  z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/)
    .meta({ description })
    .register(valueLabels, { expected: 'a name of up to 40 lower-case letters, digits and dashes' });
