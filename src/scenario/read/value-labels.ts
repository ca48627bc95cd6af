import * as z from 'zod';

/** How a value is asked for in error texts: `expected <expected>, received …<hint>`. */
export type ValueLabels = {
  readonly expected: string;
  readonly hint?: (value: unknown) => string;
  /** Of mappings that are told apart by their `kind`: what is said of one that is none of theirs. */
  readonly kindHint?: (kind: string) => string;
};

/** The words of each schema that is not a mapping, a list or a wrapper around one. */
export const valueLabels = z.registry<ValueLabels>();

const maxQuote = 60;

const quoted = (text: string): string => JSON.stringify(text.length > maxQuote ? `${text.slice(0, maxQuote)}…` : text);

/** A received value in a few words; with its type where the type is what was wrong. */
export const describeValue = (value: unknown, withType = false): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing (null)';
  if (typeof value === 'string') return withType ? `${quoted(value)} (string)` : quoted(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Date) return 'a date';
  if (value instanceof Uint8Array) return 'binary data';
  return typeof value === 'object' ? 'a mapping' : `${String(value)} (${typeof value})`;
};
