import type { Path } from '../../common/plain-data.ts';
import type { Override } from '../types.ts';
import type { Problem } from './problems.ts';
import { describeValue } from './value-labels.ts';
import { readYaml } from './yaml.ts';

/** An override that cannot be read or has no place to go. */
export type OverrideProblem = Problem & { readonly origin: string };

const origin = (path: string): string => `--set ${path}`;

/** `phases[1].fault` and `phases.1.fault` are the same. */
const stepsOf = (path: string): readonly string[] => path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');

const refused = (from: string, message: string): { readonly problem: OverrideProblem } => ({
  problem: { origin: from, path: [], message },
});

/**
 * Reads one `path=value` of `--set`: a dotted path and YAML.
 * @param text as typed after `--set`
 */
export const parseSet = (text: string): { readonly override: Override } | { readonly problem: OverrideProblem } => {
  const split = text.indexOf('=');
  const path = text.slice(0, split);
  if (split < 1 || !/^[\w-]+(\[\d+\]|\.[\w-]+)*$/.test(path)) {
    return refused(
      '--set',
      `expected a dotted path, = and a value, such as load.timeout=2s, received ${describeValue(text)}`,
    );
  }
  const read = readYaml(text.slice(split + 1));
  if (!read.ok) return refused(origin(path), read.problems.map(({ message }) => message).join('; '));
  return { override: { origin: origin(path), path: stepsOf(path), value: read.data } };
};

/** Sets an own key, whatever its name: `__proto__` is a key like any other here. */
const withKey = (mapping: object, key: string, value: unknown): object =>
  Object.defineProperty({ ...mapping }, key, { value, enumerable: true, configurable: true, writable: true });

type Placed = { readonly data: unknown } | { readonly message: string };

const place = (data: unknown, steps: readonly string[], value: unknown): Placed => {
  const [key, ...rest] = steps;
  if (key === undefined) return { data: value };
  if (Array.isArray(data)) {
    const index = /^\d+$/.test(key) ? Number(key) : Number.NaN;
    if (!(index <= data.length)) {
      return { message: `expected a place in the list, 0 to ${data.length}, received ${describeValue(key)}` };
    }
    const inner = place(data[index], rest, value);
    return 'message' in inner ? inner : { data: data.toSpliced(index, 1, inner.data) };
  }
  const mapping = data ?? {};
  if (typeof mapping !== 'object') {
    return { message: `expected a mapping around ${describeValue(key)}, received ${describeValue(data)}` };
  }
  const inner = place(Object.hasOwn(mapping, key) ? Reflect.get(mapping, key) : undefined, rest, value);
  return 'message' in inner ? inner : { data: withKey(mapping, key, inner.data) };
};

/** Puts every override in its place, in order; what has none is reported and left out. The data is not changed. */
export const applyOverrides = (
  data: unknown,
  overrides: readonly Override[],
): { readonly data: unknown; readonly problems: readonly OverrideProblem[] } => {
  const problems: OverrideProblem[] = [];
  let changed = data;
  for (const override of overrides) {
    const placed = place(changed, override.path, override.value);
    if ('message' in placed) {
      problems.push({ origin: override.origin, path: override.path, message: placed.message });
    } else changed = placed.data;
  }
  return { data: changed, problems };
};

/** The override that a problem at this path comes from, the last one winning; null where it comes from the file. */
export const attribute = (path: Path, overrides: readonly Override[], inFile: boolean): string | null => {
  const startsWith = (path: Path, start: Path) => start.every((step, index) => String(path[index]) === String(step));
  const source = overrides.findLast(
    (override) => startsWith(path, override.path) || (!inFile && startsWith(override.path, path)),
  );
  return source?.origin ?? null;
};
