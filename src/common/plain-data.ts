// What a file of YAML or JSON holds, before anything is known of it.

/** Where something stands in plain data. */
export type Path = readonly (string | number)[];

export type Mapping = Readonly<Record<string, unknown>>;

/** Keys and values, and no list. */
export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What has values in it by their keys: a mapping or a list. */
export const isTree = (value: unknown): value is Mapping => typeof value === 'object' && value !== null;
