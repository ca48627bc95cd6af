/** One sample of a metrics page: its name, its labels, its value. */
export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

const samplePattern = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/;
const labelPattern = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/**
 * The samples of these names in Prometheus' text format; a line of any other form says nothing.
 * @param names of families, as their samples have them: a histogram's end in `_bucket`
 */
export const samplesOf = (page: string, names: ReadonlySet<string>): readonly Sample[] =>
  page.split('\n').flatMap((line): Sample[] => {
    // Most of a page is about something else: it is left before anything is taken apart.
    const end = line.search(/[{ ]/);
    if (!names.has(line.slice(0, end))) return [];
    const [, name, labels = '', text] = samplePattern.exec(line) ?? [];
    const value = text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
    if (name === undefined || Number.isNaN(value)) return [];
    const entries = [...labels.matchAll(labelPattern)].map(([, key = '', own = '']) => [key, own] as const);
    return [{ name, labels: Object.fromEntries(entries), value }];
  });

/** The sum of what has a name and these labels; null where nothing has. */
export const sumOf = (
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | null => {
  const own = samples.filter(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  return own.length === 0 ? null : own.reduce((sum, { value }) => sum + value, 0);
};

/**
 * A quantile of a histogram: the line through the bucket in which it lies, as Prometheus' histogram_quantile draws it; of
 * what is longer than the last bound that bound. null: nothing was counted.
 * @param buckets how many took at most so many seconds, by that bound; the last bound is infinite
 */
export const bucketQuantile = (buckets: ReadonlyMap<number, number>, quantile: number): number | null => {
  const ascending = [...buckets].sort(([a], [b]) => a - b);
  const total = ascending.at(-1)?.[1] ?? 0;
  if (total === 0) return null;
  const rank = quantile * total;
  let [belowBound, below] = [0, 0];
  for (const [bound, count] of ascending) {
    if (count >= rank) {
      if (bound === Number.POSITIVE_INFINITY) return belowBound;
      return count === below ? bound : belowBound + ((bound - belowBound) * (rank - below)) / (count - below);
    }
    [belowBound, below] = [bound, count];
  }
  return belowBound;
};
