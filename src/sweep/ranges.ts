import { parseDurationMs } from '../common/duration.ts';

/** What was read, or a sentence on why it could not be: what was expected and what was received. */
export type Read<T> = { readonly value: T } | { readonly problem: string };

/** More values than this no table shows. */
const maxValues = 1000;

const example = 'such as 5s..120s/5s or 10s,30s';

const ascending = (values: readonly number[]): readonly number[] =>
  [...new Set(values)].toSorted((one, other) => one - other);

const positiveMs = (text: string): number | null => {
  const ms = parseDurationMs(text.trim());
  return ms !== null && ms > 0 ? ms : null;
};

const readRange = (text: string): Read<readonly number[]> => {
  const received = `received ${JSON.stringify(text)}`;
  const parts = /^([^./]+(?:\.\d[^./]*)?)\.\.([^/]+)\/(.+)$/.exec(text);
  if (parts === null) {
    if (text.includes('..')) return { problem: `expected a range as from..to/step, ${example}, ${received}` };
    const ms = positiveMs(text);
    return ms === null ? { problem: `expected durations of more than 0, ${example}, ${received}` } : { value: [ms] };
  }
  const [from, to, step] = parts.slice(1).map(positiveMs);
  if (from == null || to == null || step == null) {
    return { problem: `expected a range of durations of more than 0, ${example}, ${received}` };
  }
  if (from > to) return { problem: `expected a range that rises, ${example}, ${received}` };
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  if (count > maxValues) {
    const found = count.toLocaleString('en-US');
    return {
      problem: `expected at most ${maxValues.toLocaleString('en-US')} values, received ${found} in ${JSON.stringify(text)}`,
    };
  }
  return { value: Array.from({ length: count }, (_, index) => Math.round((from + index * step) * 1e6) / 1e6) };
};

/** Durations and ranges of them, `from..to/step` with both ends, between commas. @returns ms, ascending, each once */
export const readDurations = (
  text: string,
): { readonly values: readonly number[]; readonly problems: readonly string[] } => {
  const reads = text.split(',').map((part) => readRange(part.trim()));
  return {
    values: ascending(reads.flatMap((read) => ('value' in read ? read.value : []))),
    problems: reads.flatMap((read) => ('problem' in read ? [read.problem] : [])),
  };
};

/** An integer within bounds. */
export const readInteger = (text: string, min: number, max: number): Read<number> => {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return { value };
  const upTo = max === Number.MAX_SAFE_INTEGER ? ` of at least ${min}` : ` from ${min} to ${max}`;
  return { problem: `expected an integer${upTo}, received ${JSON.stringify(text)}` };
};

/** Integers between commas. @returns ascending, each once */
export const readWholes = (
  text: string,
  min: number,
): { readonly values: readonly number[]; readonly problems: readonly string[] } => {
  const reads = text.split(',').map((part) => readInteger(part, min, Number.MAX_SAFE_INTEGER));
  return {
    values: ascending(reads.flatMap((read) => ('value' in read ? [read.value] : []))),
    problems: reads.flatMap((read) => ('problem' in read ? [read.problem] : [])),
  };
};
