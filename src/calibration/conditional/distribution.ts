/** A time that lies evenly in each of some parts, each with its share of the whole; in ms, the parts in their order. */
export type Distribution = readonly { readonly fromMs: number; readonly toMs: number; readonly share: number }[];

export const evenly = (fromMs: number, toMs: number): Distribution => [{ fromMs, toMs, share: 1 }];

/** Everything later by so much. */
export const later = (distribution: Distribution, byMs: number): Distribution =>
  distribution.map(({ fromMs, toMs, share }) => ({ fromMs: fromMs + byMs, toMs: toMs + byMs, share }));

/** The share (0 to 1) that lies before a moment. */
export const shareBefore = (distribution: Distribution, atMs: number): number => {
  const last = distribution.at(-1);
  // What is certain is so exactly: shares of many parts do not add up to that.
  if (last !== undefined && atMs >= last.toMs) return 1;
  return distribution.reduce((sum, { fromMs, toMs, share }) => {
    if (atMs >= toMs) return sum + share;
    return atMs <= fromMs ? sum : sum + (share * (atMs - fromMs)) / (toMs - fromMs);
  }, 0);
};

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

/** Parts that follow one another, made of such that may lie over each other or be empty; what lies evenly side by side is one. */
export const disjoint = (distribution: Distribution): Distribution => {
  const bounds = [...new Set(distribution.flatMap(({ fromMs, toMs }) => [fromMs, toMs]))].sort(
    (one, other) => one - other,
  );
  const parts: { fromMs: number; toMs: number; share: number }[] = [];
  for (const [index, fromMs] of bounds.entries()) {
    const toMs = bounds[index + 1];
    if (toMs === undefined) break;
    const share = distribution.reduce(
      (sum, part) =>
        part.fromMs <= fromMs && toMs <= part.toMs
          ? sum + (part.share * (toMs - fromMs)) / (part.toMs - part.fromMs)
          : sum,
      0,
    );
    const last = parts.at(-1);
    if (share === 0) continue;
    const isSame =
      last !== undefined &&
      last.toMs === fromMs &&
      Math.abs(last.share / (last.toMs - last.fromMs) - share / (toMs - fromMs)) < 1e-12;
    if (isSame) parts[parts.length - 1] = { fromMs: last.fromMs, toMs, share: last.share + share };
    else parts.push({ fromMs, toMs, share });
  }
  return parts;
};
