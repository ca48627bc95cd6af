/** What a table says of a name on a minor: the letter before the range; null: nothing. */
export type Stated = (minor: number) => string | null;

const range = /([A-Z?]?)(\d+)(?:-(\d+))?/g;

/** What `11-16 T17-22` says. */
export const statedBy = (ranges: string): Stated => {
  const parts = [...ranges.matchAll(range)].map(([, state = '', first, last = first]) => ({
    state,
    first: Number(first),
    last: Number(last),
  }));
  return (minor) => parts.find(({ first, last }) => minor >= first && minor <= last)?.state ?? null;
};

/** The names of a table whose lines are `11-16 T17-22: name name`; a line without ranges goes on with those before. */
export const readTable = (table: string): ReadonlyMap<string, Stated> => {
  const named = new Map<string, Stated>();
  let stated: Stated = () => null;
  for (const line of table.trim().split('\n')) {
    const [, ranges, names = ''] = /^(?:(.*):)?(.*)$/.exec(line.trim()) ?? [];
    if (ranges !== undefined) stated = statedBy(ranges);
    for (const name of names.trim().split(/\s+/)) named.set(name, stated);
  }
  return named;
};
