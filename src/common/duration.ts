const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Reads a duration as Kubernetes and Go's time.ParseDuration write it: `10s`, `1m30s`, `1.5h`, `250ms`, `0`.
 * @returns milliseconds, or null where the text is no duration (a number without a unit is none, except `0`).
 *   A sign is read too; whether a negative duration makes sense is the caller's to say.
 */
export const parseDurationMs = (text: string): number | null => {
  if (text === '0') return 0;
  const whole = /^([+-]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (whole === null) return null;
  let totalMs = 0;
  for (const part of (whole[2] ?? '').matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    totalMs += Number(part[1]) * (unitMs[part[2] ?? ''] ?? Number.NaN);
  }
  return whole[1] === '-' ? -totalMs : totalMs;
};

/** Writes milliseconds the way Kubernetes' own flags print them: `10s`, `1m30s`, `5m0s` is written `5m`. */
export const formatDuration = (ms: number): string => {
  if (ms === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  let rest = Math.abs(ms);
  if (rest < 1000) return `${sign}${rest}ms`;
  const hours = Math.floor(rest / 3_600_000);
  rest -= hours * 3_600_000;
  const minutes = Math.floor(rest / 60_000);
  rest -= minutes * 60_000;
  const seconds = Number((rest / 1000).toFixed(3));
  return (
    sign + (hours > 0 ? `${hours}h` : '') + (minutes > 0 ? `${minutes}m` : '') + (seconds > 0 ? `${seconds}s` : '')
  );
};

/** Milliseconds as seconds with one decimal, for people: `2.7 s`; `–` where nothing was seen. */
export const secondsText = (ms: number | null): string => (ms === null ? '–' : `${(ms / 1000).toFixed(1)} s`);
