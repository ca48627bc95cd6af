import { isMapping, type Path } from '../../common/plain-data.ts';
import { valueAt } from '../read/problems.ts';

export const integerFrom = (value: unknown, min: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= min;

export const maxInt32 = 2 ** 31 - 1;

export const at = (value: unknown, ...path: Path): unknown => valueAt(value, path);

export const textAt = (value: unknown, ...path: Path): string | null => {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : null;
};

export const labelsAt = (value: unknown, ...path: Path): Readonly<Record<string, string>> | null => {
  const found = at(value, ...path);
  if (!isMapping(found)) return null;
  const entries = Object.entries(found);
  return entries.length > 0 && entries.every(([, text]) => typeof text === 'string')
    ? (found as Readonly<Record<string, string>>)
    : null;
};

export const idOf = (object: unknown): string => `${textAt(object, 'kind')} ${textAt(object, 'metadata', 'name')}`;

/** What is written without a value is left out to an API server, wherever it stands. */
export const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMapping(value)) return value;
  const present = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(present.map(([key, one]) => [key, withoutNulls(one)]));
};

/** Containers that run beside each other: those of restartable init containers, too. */
export const runningContainers = (spec: unknown): readonly unknown[] => {
  const [main, init] = [at(spec, 'containers'), at(spec, 'initContainers')];
  return [
    ...(Array.isArray(init) ? init.filter((one) => at(one, 'restartPolicy') === 'Always') : []),
    ...(Array.isArray(main) ? main : []),
  ];
};
