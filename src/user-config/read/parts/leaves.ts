import { isMapping, type Path } from '../../../common/plain-data.ts';
import type { Reader } from '../document.ts';

/** One thing of a document: the path within it, and its text without what is empty. */
export type Leaf = { readonly path: Path; readonly value: unknown };

export const isEmptyField = (value: unknown): boolean => value !== null && isEmpty(value);

export const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isMapping(value) && Object.values(value).every(isEmpty));

/** The same text for the same thing: keys sorted, and what is empty left out. */
export const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    isMapping(each)
      ? Object.fromEntries(
          Object.entries(each)
            .filter(([, inner]) => !isEmpty(inner))
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : each,
  );

export const nameOf = (item: unknown): string | null => {
  if (!isMapping(item)) return null;
  const name = item.mountPath ?? item.name;
  return typeof name === 'string' ? name : null;
};

/** Booleans that are false where nobody says them. */
const offByDefault = /^(?:disabled|readOnly|hostNetwork|hostPID|hostIPC|unsafeSkipCAVerification)$/;

/** Items that have a name go by it: their order says nothing. */
export const leavesOf = (value: unknown, path: Path): readonly Leaf[] => {
  // Of a boolean nobody knows here that false is what it is where nobody says it, but for these.
  if (value === false && !offByDefault.test(String(path.at(-1)))) return [{ path, value }];
  if (isEmpty(value) && !isMapping(value)) return [];
  if (isMapping(value)) return Object.entries(value).flatMap(([key, each]) => leavesOf(each, [...path, key]));
  return [{ path, value }];
};

export const add = (reader: Reader, unit: string, { path, value }: Leaf, key: Path = path): void => {
  if (!Array.isArray(value) || !value.every((item) => nameOf(item) !== null)) {
    reader.part({ unit, key: key.join('.'), value: textOf(value) }, path);
    return;
  }
  for (const [index, item] of value.entries()) {
    reader.part({ unit, key: [...key, nameOf(item)].join('.'), value: textOf(item) }, [...path, index]);
  }
};
