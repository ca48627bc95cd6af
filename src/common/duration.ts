const unitNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** The longest that Go's time.Duration holds: 2^63 - 1 nanoseconds, some 292 years. */
const maxNs = 2 ** 63;

/**
 * Reads a duration as Kubernetes and Go's time.ParseDuration write it: `10s`, `1m30s`, `1.5h`, `250ms`, `0`.
 * @returns milliseconds, exact to the nanosecond, or null where the text is no duration (a number without a unit is
 *   none, except `0`) or a longer one than Go can hold.
 *   A sign is read too; whether a negative duration makes sense is the caller's to say.
 */
export const parseDurationMs = (text: string): number | null => {
  const match = /^([+-]?)(0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (match === null) return null;
  let totalNs = 0;
  for (const part of (match[2] ?? '').matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    totalNs += Number(part[1]) * (unitNs[part[2] ?? ''] ?? Number.NaN);
  }
  if (!(totalNs < maxNs)) return null;
  const ms = Math.round(totalNs) / 1e6;
  return match[1] === '-' && ms !== 0 ? -ms : ms;
};

/** Without what binary fractions add beyond the nanosecond. */
const toNanosecond = (ms: number): number => Math.round(ms * 1e6) / 1e6;

/** Less than a second, in the largest unit that keeps it at 1 or more: `250ms`, `1.5ms`, `20µs`. */
const belowSecond = (ms: number): string => {
  const ns = Math.round(ms * 1e6);
  if (ns >= 1e6) return `${ns / 1e6}ms`;
  return ns >= 1e3 ? `${ns / 1e3}µs` : `${ns}ns`;
};

type Clock = { readonly hours: number; readonly minutes: number; readonly seconds: number };

const written = (ms: number, fromSecond: (clock: Clock) => string): string => {
  const length = toNanosecond(Math.abs(ms));
  if (length === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  if (length < 1000) return sign + belowSecond(length);
  const hours = Math.floor(length / 3_600_000);
  const minutes = Math.floor((length - hours * 3_600_000) / 60_000);
  const seconds = toNanosecond(length - hours * 3_600_000 - minutes * 60_000);
  return sign + fromSecond({ hours, minutes, seconds: Math.round(seconds * 1e6) / 1e9 });
};

/** Milliseconds in the shortest spelling that Kubernetes reads back as the same: `10s`, `1m30s`, `5m`, `250ms`. */
export const formatDuration = (ms: number): string =>
  written(
    ms,
    ({ hours, minutes, seconds }) =>
      (hours > 0 ? `${hours}h` : '') + (minutes > 0 ? `${minutes}m` : '') + (seconds > 0 ? `${seconds}s` : ''),
  );

/** Milliseconds as Go's Duration.String prints them, so as configz shows them: `10s`, `5m0s`, `1h0m0s`, `250ms`. */
export const formatGoDuration = (ms: number): string =>
  written(
    ms,
    ({ hours, minutes, seconds }) =>
      (hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : '') + `${seconds}s`,
  );

/** Milliseconds as seconds with one decimal, for people: `2.7 s`; `–` where nothing was seen. */
export const secondsText = (ms: number | null): string => (ms === null ? '–' : `${(ms / 1000).toFixed(1)} s`);
