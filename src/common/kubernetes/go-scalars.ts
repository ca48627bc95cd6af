import type { ScalarTag, Tags } from 'yaml';

const [minInt64, maxUint64] = [-(2n ** 63n), 2n ** 64n - 1n];

const integer = /^([-+]?)(?:(0[xX][\da-fA-F]+)|(0[oO][0-7]+)|(0[bB][01]+)|0([0-7]+)|(0|[1-9]\d*))$/;

/** strconv.ParseInt and ParseUint with base 0 and 64 bits. */
const integerOf = (plain: string): number | null => {
  const [match, sign, hexadecimal, octal, binary, leading, decimal] = integer.exec(plain) ?? [];
  if (match === undefined) return null;
  const prefixed = (hexadecimal ?? octal ?? binary)?.toLowerCase();
  const size = BigInt(prefixed ?? (leading === undefined ? (decimal ?? '0') : `0o${leading}`));
  const value = sign === '-' ? -size : size;
  return value < minInt64 || value > maxUint64 ? null : Number(value);
};

const float = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;

/** A scalar without quotes that begins like a number: that number, or its text. */
const numberOrText = (source: string): number | string => {
  const plain = source.startsWith('.') ? source : source.replaceAll('_', '');
  const parsed = integerOf(plain);
  if (parsed !== null) return parsed;
  const value = float.test(plain) ? Number(plain) : Number.NaN;
  return Number.isFinite(value) ? value : source;
};

const noNumber: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  resolve: (source, onError) => {
    onError(`expected a number that JSON has, received ${JSON.stringify(source)}`);
    return source;
  },
};

const number: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^[-+.\d]/,
  resolve: numberOrText,
};

/**
 * Tags of YAML 1.1 as Kubernetes reads scalars, which makes JSON of YAML first: `0o40` is 32, `1:00` and a date are text,
 * `.inf` is refused. @see sigs.k8s.io/yaml v1.2.0 and v1.6.0, whose outcomes are the same; gopkg.in/yaml.v2 resolve.go
 */
export const goTags = (tags: Tags): Tags => [
  noNumber,
  number,
  ...tags.filter((tag) => typeof tag === 'string' || !/:(?:int|float|timestamp|binary)$/.test(tag.tag)),
];
