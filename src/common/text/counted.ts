// A number and what it counts, as people write them: one has no s.

const grouped = new Intl.NumberFormat('en-US');

/** The noun without its number: `nounFor(1, 'header')` is `header`, of any other number `headers`. */
export const nounFor = (count: number, one: string, several = `${one}s`): string => (count === 1 ? one : several);

/**
 * `1 node`, `3 nodes`, `0 nodes`.
 * @param several the plural where it is not the noun and an s: `counted(2, 'process', 'processes')`
 */
export const counted = (count: number, one: string, several?: string): string =>
  `${count} ${nounFor(count, one, several)}`;

/** The same with thousands set apart, as `numberText` of a verdict does: `1,471 requests`. */
export const countedGrouped = (count: number, one: string, several?: string): string =>
  `${grouped.format(count)} ${nounFor(count, one, several)}`;
