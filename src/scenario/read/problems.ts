import * as z from 'zod';
import { isMapping, type Path } from '../../common/plain-data.ts';
import { didYouMean } from './did-you-mean.ts';
import { describeValue, valueLabels } from './value-labels.ts';

/** Something wrong at a place; `message` begins with what was expected. `atKey`: the key itself is wrong. */
export type Problem = { readonly path: Path; readonly message: string; readonly atKey?: boolean };

const stepText = (step: string | number, first: boolean): string => {
  if (typeof step === 'number') return `[${step}]`;
  if (!/^[\w-]{1,60}$/.test(step)) return `[${describeValue(step)}]`;
  return first ? step : `.${step}`;
};

/** `phases[1].inject[0].kind`; a key that is no word is quoted: `cluster["a b"]`. */
export const pathText = (path: Path): string => path.map((step, index) => stepText(step, index === 0)).join('');

/** The value at a path of plain data; undefined where there is none. */
export const valueAt = (data: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
    return isMapping(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }, data);

/** Takes off what wraps a schema without changing what it reads. */
const unwrapped = (schema: z.core.$ZodType): z.core.$ZodType => {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrapped(schema.unwrap());
  }
  return schema instanceof z.ZodPipe ? unwrapped(schema.def.in) : schema;
};

/** Of kinds, the one that a value says it is; null where it says none. */
const chosen = (schema: z.core.$ZodType | null, value: unknown): z.core.$ZodType | null => {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema;
  const kind = isMapping(value) ? value.kind : undefined;
  return schema.options.find((each) => each instanceof z.ZodObject && each.shape.kind?.safeParse(kind).success) ?? null;
};

const step = (within: z.core.$ZodType | null, key: string | number, value: unknown): z.core.$ZodType | null => {
  const schema = chosen(within, value);
  if (schema instanceof z.ZodArray) return unwrapped(schema.element);
  if (!(schema instanceof z.ZodObject)) return null;
  const inner = Object.hasOwn(schema.shape, key) ? schema.shape[key] : undefined;
  return inner === undefined ? null : unwrapped(inner);
};

const schemaAt = (schema: z.core.$ZodType, data: unknown, path: Path): z.core.$ZodType | null =>
  path.reduce<z.core.$ZodType | null>(
    (inner, key, index) => step(inner, key, valueAt(data, path.slice(0, index))),
    schema,
  );

const keysOf = (schema: z.core.$ZodType | null): readonly string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];

const unknownKeys = (path: Path, keys: readonly string[], known: readonly string[]): readonly Problem[] =>
  keys.map((key) => ({
    path: [...path, key],
    message: `expected one of the keys ${known.join(', ')}, received ${describeValue(key)}${didYouMean(key, known)}`,
    atKey: true,
  }));

const choices = (issue: z.core.$ZodIssue): readonly string[] => {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  return issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)
    ? issue.options.map(String)
    : [];
};

const expectedText = (schema: z.core.$ZodType | null, issue: z.core.$ZodIssue): string => {
  const registered = schema === null ? undefined : valueLabels.get(schema)?.expected;
  if (registered !== undefined) return registered;
  const keys = keysOf(schema);
  if (keys.length > 0) return `a mapping with the keys ${keys.join(', ')}`;
  const known = choices(issue);
  return known.length > 0 ? `one of ${known.join(', ')}` : 'a mapping';
};

/** What the mapping around a `kind` that nobody knows has to say of it. */
const kindHint = (schema: z.core.$ZodType, data: unknown, path: Path): string => {
  const kind = valueAt(data, path);
  if (path.at(-1) !== 'kind' || typeof kind !== 'string') return '';
  const around = schemaAt(schema, data, path.slice(0, -1));
  return around === null ? '' : (valueLabels.get(around)?.kindHint?.(kind) ?? '');
};

/** What the schema found, in this project's words. `data` is what was parsed. */
export const problemsOf = (schema: z.core.$ZodType, data: unknown, error: z.ZodError): readonly Problem[] =>
  error.issues.flatMap((issue): readonly Problem[] => {
    const path = issue.path.filter((key) => typeof key !== 'symbol');
    const here = schemaAt(schema, data, path);
    if (issue.code === 'unrecognized_keys')
      return unknownKeys(path, issue.keys, keysOf(chosen(here, valueAt(data, path))));
    if (issue.code === 'custom') return [{ path, message: issue.message }];
    const value = valueAt(data, path);
    const why = kindHint(schema, data, path);
    const typo = typeof value === 'string' && why === '' ? didYouMean(value, choices(issue)) : '';
    const received = describeValue(value, issue.code === 'invalid_type');
    const hint = here === null ? '' : (valueLabels.get(here)?.hint?.(value) ?? '');
    return [{ path, message: `expected ${expectedText(here, issue)}, received ${received}${hint}${why}${typo}` }];
  });
