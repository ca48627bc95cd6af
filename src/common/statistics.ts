/** The chance of fewer than `count` of `of` independent trials with that chance each. */
export const fewerThan = (count: number, of: number, chance: number): number => {
  if (count > of) return 1;
  if (chance <= 0) return count > 0 ? 1 : 0;
  if (chance >= 1) return 0;
  const odds = Math.log(chance) - Math.log1p(-chance);
  let logOne = of * Math.log1p(-chance);
  let sum = 0;
  for (let seen = 0; seen < count; seen += 1) {
    sum += Math.exp(logOne);
    logOne += Math.log((of - seen) / (seen + 1)) + odds;
  }
  return Math.min(1, sum);
};

/**
 * The smallest value that at least `part` (0 to 1) of them do not exceed; null where there are none.
 * @param sorted ascending
 */
export const quantile = (sorted: readonly number[], part: number): number | null =>
  sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null;

/**
 * The middle one, between the middle two where their number is even, infinite where those are; null where there are none.
 * @param sorted ascending
 */
export const median = (sorted: readonly number[]): number | null => {
  const [lower, upper] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (lower === undefined || upper === undefined) return null;
  return lower === upper ? lower : (lower + upper) / 2;
};
