/**
 * A strict reader of OpenMetrics 1.0 text, for tests: the grammar of the exposition format and the rules on types,
 * suffixes, units, labels and order that this project's families meet. Throws at the first line that breaks one.
 * @see https://github.com/prometheus/OpenMetrics, specification/OpenMetrics.md
 */
export type ReadSample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};
export type ReadFamily = { readonly name: string; readonly type: string; readonly samples: readonly ReadSample[] };

const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  info: ['_info'],
  stateset: [''],
  summary: ['', '_count', '_sum', '_created'],
};

const name = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const sampleLine = new RegExp(
  `^(${name})(?:\\{((?:${label}(?:,${label})*)?)\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|[+-]Inf|NaN)$`,
);
const metaLine = new RegExp(`^# (TYPE|UNIT|HELP) (${name}) ((?:[^\\\\\\n]|\\\\[\\\\n"])+)$`);

const unescaped = (text: string): string => text.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one));

const labelsOf = (text: string, line: string): Record<string, string> => {
  const pairs = [...text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\\n]|\\.)*)"/g)];
  const names = pairs.map(([, key]) => key);
  if (new Set(names).size !== names.length) throw new Error(`a label twice: ${line}`);
  return Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, unescaped(value)]));
};

type Open = { name: string; type: string; metas: string[]; samples: ReadSample[] };

const checkSample = (family: Open, sample: ReadSample, line: string): void => {
  const suffix = sample.name.slice(family.name.length);
  if (!sample.name.startsWith(family.name) || !suffixes[family.type]?.includes(suffix)) {
    throw new Error(`not a sample of ${family.type} ${family.name}: ${line}`);
  }
  if (family.type === 'info' && sample.value !== 1) throw new Error(`an info that is not 1: ${line}`);
  if (family.type === 'counter' && !(sample.value >= 0)) throw new Error(`a counter below 0: ${line}`);
  if (family.type === 'stateset' && (sample.labels[family.name] === undefined || ![0, 1].includes(sample.value))) {
    throw new Error(`no state: ${line}`);
  }
  const quantile = Number(sample.labels.quantile ?? 'NaN');
  if (family.type === 'summary' && suffix === '' && !(quantile >= 0 && quantile <= 1))
    throw new Error(`no quantile: ${line}`);
  // Canonical numbers: a float always has its point. @see OpenMetrics, "Considerations: Canonical Numbers"
  if (sample.labels.quantile !== undefined && !/^\d+\.\d+$/.test(sample.labels.quantile))
    throw new Error(`a quantile that is not canonical: ${line}`);
  const same = (other: ReadSample): boolean =>
    other.name === sample.name && JSON.stringify(other.labels) === JSON.stringify(sample.labels);
  if (family.samples.some(same)) throw new Error(`the same sample twice: ${line}`);
};

export const readOpenMetrics = (text: string): readonly ReadFamily[] => {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.pop() !== '# EOF') throw new Error('expected # EOF as the last line');
  const families: Open[] = [];
  for (const line of lines) {
    const meta = metaLine.exec(line);
    const open = families.at(-1);
    if (meta !== null) {
      const [, keyword = '', family = '', rest = ''] = meta;
      if (keyword === 'TYPE') {
        if (families.some((each) => each.name === family)) throw new Error(`a family twice: ${line}`);
        if (suffixes[rest] === undefined) throw new Error(`no type: ${line}`);
        families.push({ name: family, type: rest, metas: [], samples: [] });
        continue;
      }
      if (open?.name !== family || open.samples.length > 0) throw new Error(`out of place: ${line}`);
      if (open.metas.includes(keyword)) throw new Error(`said twice: ${line}`);
      if (keyword === 'UNIT' && !family.endsWith(`_${rest}`)) throw new Error(`the name lacks its unit: ${line}`);
      open.metas.push(keyword);
      continue;
    }
    const sample = sampleLine.exec(line);
    if (sample === null || open === undefined) throw new Error(`no line of OpenMetrics: ${line}`);
    const read = { name: sample[1] ?? '', labels: labelsOf(sample[2] ?? '', line), value: Number(sample[3]) };
    checkSample(open, read, line);
    open.samples.push(read);
  }
  const empty = families.find(({ samples }) => samples.length === 0);
  if (empty !== undefined) throw new Error(`a family without samples: ${empty.name}`);
  return families;
};
