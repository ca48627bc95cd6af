import type * as z from 'zod';
import { isMapping, type Path } from '../../../common/plain-data.ts';
import { describeValue } from '../../../scenario/index.ts';
import { isSecret, notShown, shownValue } from '../../shown.ts';
import type { Reader } from '../document.ts';

/** A document that is unlike anything would fill pages. */
const maxNamed = 10;

type Fault = { readonly path: Path; readonly text: string };

const steps = (path: readonly PropertyKey[]): Path => path.filter((step) => typeof step !== 'symbol');

const valueAt = (data: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
    return isMapping(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }, data);

const received = (value: unknown, path: Path): string => {
  if (value === undefined) return 'is missing';
  const place = path.join('.');
  if (isSecret(place)) return `is ${notShown}`;
  return `is ${describeValue(typeof value === 'string' ? shownValue(place, value) : value, true)}`;
};

const faultsOf = (issue: z.core.$ZodIssue, data: unknown): readonly Fault[] => {
  const path = steps(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], text: 'is no field that is read' }));
  }
  if (issue.code === 'invalid_key') return [{ path, text: issue.issues[0]?.message ?? 'has a key that is none' }];
  // Of several shapes the one that is meant is that which fits but for its inside.
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? [];
    const deeper = inner.filter((each) => each.path.length > 0 || each.code === 'unrecognized_keys');
    if (deeper.length > 0) {
      return deeper.flatMap((each) => faultsOf({ ...each, path: [...issue.path, ...each.path] } as typeof issue, data));
    }
  }
  const isOwn = issue.message !== '' && !/^(?:Invalid|Expected|Too|Unrecognized)/.test(issue.message);
  return [{ path, text: isOwn ? issue.message : received(valueAt(data, path), path) }];
};

/**
 * Names what does not fit the shape of a document that is surely taken, each as not read.
 * @param because what then may happen, behind a colon
 */
export const leaveUnfit = (reader: Reader, data: unknown, shape: z.ZodType, because: string): void => {
  const { error } = shape.safeParse(data);
  const faults = (error?.issues ?? []).flatMap((issue) => faultsOf(issue, data));
  for (const { path, text } of faults.slice(0, maxNamed)) {
    reader.leaveUnread(path, `${path.join('.')} ${text}: ${because}`);
  }
  const [next] = faults.slice(maxNamed);
  if (next !== undefined) reader.leaveUnread([], `${faults.length - maxNamed} more do not fit: ${because}`);
};
