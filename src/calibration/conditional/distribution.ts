/** A time that lies evenly in each of some parts, each with its share of the whole; in ms, the parts in their order. */
export type Distribution = readonly { readonly fromMs: number; readonly toMs: number; readonly share: number }[];

export const evenly = (fromMs: number, toMs: number): Distribution => [{ fromMs, toMs, share: 1 }];

/** Everything later by so much. */
export const later = (distribution: Distribution, byMs: number): Distribution =>
  distribution.map(({ fromMs, toMs, share }) => ({ fromMs: fromMs + byMs, toMs: toMs + byMs, share }));

/** The share (0 to 1) that lies before a moment. */
export const shareBefore = (distribution: Distribution, atMs: number): number =>
  distribution.reduce((sum, { fromMs, toMs, share }) => {
    if (atMs >= toMs) return sum + share;
    return atMs <= fromMs ? sum : sum + (share * (atMs - fromMs)) / (toMs - fromMs);
  }, 0);

/** The moment before which such a share (0 to 1) lies. */
export const momentOf = (distribution: Distribution, share: number): number => {
  let left = share;
  for (const part of distribution) {
    if (left <= part.share && part.share > 0) return part.fromMs + (part.toMs - part.fromMs) * (left / part.share);
    left -= part.share;
  }
  return distribution.at(-1)?.toMs ?? Number.NaN;
};

/** What is left of it where it is known to come before a moment; null where it cannot. */
export const truncateAt = (distribution: Distribution, atMs: number): Distribution | null => {
  const total = shareBefore(distribution, atMs);
  if (total === 0) return null;
  return distribution.flatMap(({ fromMs, toMs, share }) => {
    if (fromMs >= atMs) return [];
    const endMs = Math.min(toMs, atMs);
    return [{ fromMs, toMs: endMs, share: (share * (endMs - fromMs)) / (toMs - fromMs) / total }];
  });
};
