import { parseDurationMs } from '../common/duration.ts';

/** How the value of a flag or a field is read. `text` stays as it is; `list` is pflag's StringSlice. */
export type ValueKind = 'duration' | 'integer' | 'number' | 'boolean' | 'list' | 'text';

const truths: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false] as const),
]);

/** As Go's strconv.ParseBool; null where the text is none. */
export const parseGoBoolean = (text: string): boolean | null => truths.get(text) ?? null;

const integer = /^([+-]?)(0[xX](?:_?[\da-fA-F])+|0[oO]?(?:_?[0-7])+|0[bB](?:_?[01])+|0|[1-9](?:_?\d)*)$/;
const maxInt64 = 2n ** 63n;

/**
 * As Go's strconv.ParseInt with base 0 and 64 bits, which pflag uses: `-1`, `0x1e`, `017` (octal), `1_000`.
 * @returns null where the text is none
 */
export const parseGoInteger = (text: string): number | null => {
  const parts = integer.exec(text);
  if (parts === null) return null;
  const digits = (parts[2] ?? '').replaceAll('_', '');
  const value = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const signed = parts[1] === '-' ? -value : value;
  return signed >= maxInt64 || signed < -maxInt64 ? null : Number(signed);
};

/**
 * As Go's strconv.ParseUint with base 10, which the flags of klog use: digits alone, `02` being 2.
 * @returns null where the text is none
 * @see component-base logs/api/v1/pflags.go, verbosityLevelPflag; klog klog.go, Level.Set, which takes a sign as well
 */
export const parseGoDecimal = (text: string): number | null => (/^\d+$/.test(text) ? Number(text) : null);

/** `0x1.8p-3`; null where the text is none. */
const parseHexFloat = (text: string): number | null => {
  const [, sign = '', before = '', after = '', exponent] =
    /^([+-]?)0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)[pP]([+-]?\d{1,4})$/.exec(text) ?? [];
  if (exponent === undefined || before + after === '') return null;
  const digits = Number.parseInt(`0${before}${after}`, 16);
  return (sign === '-' ? -1 : 1) * digits * 2 ** (Number(exponent) - 4 * after.length);
};

/** `Inf`, `-infinity`, `NaN`: a component takes them. */
const parseNoNumber = (text: string): number | null => {
  if (/^nan$/i.test(text)) return Number.NaN;
  const [, sign] = /^([+-]?)inf(?:inity)?$/i.exec(text) ?? [];
  return sign === undefined ? null : sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
};

/**
 * As pflag's float: a decimal number, with an exponent or without, a hexadecimal one with an exponent, or none at all.
 * @see Go strconv.ParseFloat
 */
const parseGoNumber = (text: string): number | null =>
  /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)
    ? Number(text)
    : (parseHexFloat(text) ?? parseNoNumber(text));

/** One line of comma-separated values, as pflag's StringSlice reads it, quotes included. */
export const splitList = (text: string): readonly string[] =>
  text === ''
    ? []
    : [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
      );

/** The value as data; null where a component would refuse the text. */
export const parseValue = (kind: ValueKind, text: string): number | boolean | string | null => {
  switch (kind) {
    case 'duration':
      return parseDurationMs(text);
    case 'integer':
      return parseGoInteger(text);
    case 'number':
      return parseGoNumber(text);
    case 'boolean':
      return parseGoBoolean(text);
    case 'list':
      return JSON.stringify(splitList(text));
    case 'text':
      return text;
  }
};

/** Whether two texts are the same to the component that reads them: `60s` and `1m0s`. */
export const isSameValue = (kind: ValueKind, one: string, other: string): boolean =>
  one === other || (parseValue(kind, one) !== null && parseValue(kind, one) === parseValue(kind, other));
