/** Edits (insert, delete, replace, swap of neighbours) that turn one text into the other. */
export const edits = (from: string, to: string): number => {
  const rows = [Array.from({ length: to.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= from.length; i += 1) {
    const above = rows[i - 1] ?? [];
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const change = from[i - 1] === to[j - 1] ? 0 : 1;
      let min = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        min = Math.min(min, (rows[i - 2]?.[j - 2] ?? 0) + 1);
      }
      row.push(min);
    }
    rows.push(row);
  }
  return rows[from.length]?.[to.length] ?? 0;
};

/** Longer than any name that is known here: not worth comparing. */
const maxLength = 80;

/** So much of a name says which it is. */
const tellingStart = 4;

/**
 * The known name that a typo most likely meant, or null where none is near: at most a third of it is
 * wrong, or it is the only one that begins so.
 */
export const closestName = (text: string, known: readonly string[]): string | null => {
  if (text.length > maxLength) return null;
  const folded = text.toLowerCase();
  const begun = known.filter((name) => folded.length >= tellingStart && name.toLowerCase().startsWith(folded));
  if (begun.length === 1) return begun[0] ?? null;
  let best: { name: string; edits: number } | null = null;
  for (const name of known) {
    const count = edits(folded, name.toLowerCase());
    if (count <= Math.max(1, Math.floor(name.length / 3)) && (best === null || count < best.edits)) {
      best = { name, edits: count };
    }
  }
  return best?.name ?? null;
};

/** `; did you mean "fast"?`, or nothing where no known name is near. */
export const didYouMean = (text: string, known: readonly string[]): string => {
  const name = closestName(text, known);
  return name === null ? '' : `; did you mean ${JSON.stringify(name)}?`;
};
