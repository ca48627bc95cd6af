export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((one, other) => one - other);
  const low = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return (low + high) / 2;
};

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The value below which that share of the others lies. */
export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((one, other) => one - other)[Math.floor(share * (values.length - 1))] ?? Number.NaN;

/**
 * Between which shares the hits of so many throws lie, but for one time in a million: 4.9 standard deviations of the
 * binomial distribution, whose normal approximation holds from some hundred throws on.
 */
export const shareInterval = (share: number, tries: number): readonly [number, number] => {
  const reach = 4.9 * Math.sqrt((share * (1 - share)) / tries);
  return [share - reach, share + reach];
};

/** Lengths of the runs of numbers that are missing between 1 and `last`. */
export const missingRuns = (present: readonly number[], last: number): readonly number[] => {
  const there = new Set(present);
  const runs: number[] = [];
  let run = 0;
  for (let number = 1; number <= last + 1; number += 1) {
    if (number <= last && !there.has(number)) run += 1;
    else {
      if (run > 0) runs.push(run);
      run = 0;
    }
  }
  return runs;
};
