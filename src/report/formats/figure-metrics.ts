import { isTree } from '../../common/plain-data.ts';
import { type Figure, figureFamilies, figureRegistry, type MetricFamilyName } from '../../figures/index.ts';
import { type Family, inSeconds, type Labels, type Sample } from './metric-families.ts';

/** What stands at a dotted path; undefined where the document has no such path. */
const valueAt = (document: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (isTree(at) && Object.hasOwn(at, key) ? at[key] : undefined), document);

/** The names that `*` stands for in this document; one of no meaning where the path has none. */
const namesIn = (document: unknown, path: readonly string[]): readonly string[] => {
  const star = path.indexOf('*');
  if (star === -1) return [''];
  const named = valueAt(document, path.slice(0, star));
  return isTree(named) ? Object.keys(named) : [];
};

/** Milliseconds are written in seconds. */
const inUnitOf = ({ unit }: Figure): ((value: number | null) => number | null) =>
  unit === 'momentMs' || unit === 'durationMs' ? inSeconds : (value) => value;

/**
 * The families of the registered figures, each with the samples that a document has of them.
 * @param samplesOf the samples of one figure: of what stands in the document at its path, in the unit of its family
 */
export const figureMetrics = (
  document: object,
  metric: 'metric' | 'repeatsMetric',
  samplesOf: (value: unknown, labels: Labels, inUnit: (value: number | null) => number | null) => readonly Sample[],
): readonly Family[] =>
  Object.entries(figureFamilies).flatMap(([name, { type, unit, help, each }]): Family[] => {
    const members = figureRegistry.filter((figure) => figure[metric]?.family === (name as MetricFamilyName));
    const [first] = members;
    if (first === undefined) return [];
    const samples = namesIn(document, first.path.split('.')).flatMap((named) =>
      members.flatMap((figure) => {
        // A name may have a dot in it.
        const path = figure.path.split('.').map((key) => (key === '*' ? named : key));
        const own = { ...(each === undefined ? {} : { [each]: named }), ...figure[metric]?.labels };
        return samplesOf(valueAt(document, path), own, inUnitOf(figure));
      }),
    );
    return [
      {
        name,
        type,
        ...(unit === undefined ? {} : { unit }),
        help,
        samples: type === 'counter' ? samples.map((sample) => ({ ...sample, suffix: '_total' as const })) : samples,
      },
    ];
  });
