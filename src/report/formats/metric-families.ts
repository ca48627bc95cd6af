import { clean } from '../../common/layout.ts';

export type Labels = Readonly<Record<string, string>>;
export type Sample = { readonly suffix?: '_total' | '_info'; readonly labels: Labels; readonly value: number | null };
export type Family = {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'summary' | 'info' | 'stateset';
  /** The unit that the name ends in. */
  readonly unit?: 'seconds';
  readonly help: string;
  readonly samples: readonly Sample[];
};

const escaped = (text: string): string => clean(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"');

const labelText = (labels: Labels): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`;

/** Labels that no sample of the family has yet: what would stand twice, as an expectation may, is numbered. */
const distinct = (labels: Labels, taken: Set<string>): string => {
  for (let number = 1; ; number += 1) {
    const text = labelText(number === 1 ? labels : { ...labels, number: String(number) });
    if (taken.has(text)) continue;
    taken.add(text);
    return text;
  }
};

/** A family without a sample is left out: what was not seen has no value, and none is made up for it. */
const familyLines = ({ name, type, unit, help, samples }: Family, common: Labels): readonly string[] => {
  const taken = new Set<string>();
  const lines = samples.flatMap(({ suffix = '', labels, value }) =>
    value === null ? [] : [`${name}${suffix}${distinct({ ...common, ...labels }, taken)} ${value}`],
  );
  if (lines.length === 0) return [];
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}`,
    ...lines,
  ];
};

/** Families in their order, each sample with the labels that all share; ends in `# EOF`. */
export const metricsText = (families: readonly Family[], common: Labels): string =>
  [...families.flatMap((family) => familyLines(family, common)), '# EOF'].map((line) => `${line}\n`).join('');

/** Stamps have a thousandth of a millisecond; what is below is arithmetic. */
export const inSeconds = (ms: number | null): number | null => (ms === null ? null : Number((ms / 1000).toFixed(6)));
