import { type Figure, figureRegistry } from '../figures/index.ts';
import { type FigureSummary, type RepeatsDocument, summaryOf, unitText } from '../verdict/index.ts';

type Unit = (value: number | null) => string;

/** A figure over several runs, as people call it and in the unit in which they read it. */
export type NamedFigure = { readonly name: string; readonly summary: FigureSummary; readonly unit: Unit };

const isSummary = (value: unknown): value is FigureSummary =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, 'median');

/** The summary at a dotted path; undefined where an older skipbeat wrote the document and knew no such figure. */
export const summaryAt = (document: RepeatsDocument, path: string): FigureSummary | undefined => {
  let at: unknown = document;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return isSummary(at) ? at : undefined;
};

const isMoment = ({ path }: Figure): boolean => path.startsWith('timing.');

/** Figures of the registry as tables over repeats show them; instants since the fault, or since the load began. */
export const namedFigures = (
  document: RepeatsDocument,
  figures: readonly Figure[],
  nameOf: (figure: Figure) => string | undefined,
): readonly NamedFigure[] =>
  figures.flatMap((figure) => {
    const name = nameOf(figure);
    const summary = summaryAt(document, figure.path.replace(/^timing\./, 'sinceFault.'));
    return name === undefined || summary === undefined ? [] : [{ name, summary, unit: unitText[figure.unit] }];
  });

/** Printed only where it happened. */
const rare: ReadonlySet<string> = new Set(['nodes.notReadyByKubelet']);

/** The few figures that tell what a disturbance did, times since the fault first. */
export const mainFigures = (document: RepeatsDocument): readonly NamedFigure[] => {
  const shown = figureRegistry.filter(({ path }) => !rare.has(path) || (summaryAt(document, path)?.max ?? 0) > 0);
  return namedFigures(
    document,
    [...shown.filter(isMoment), ...shown.filter((one) => !isMoment(one))],
    ({ short }) => short,
  );
};

/** What times count from. */
export const zeroText = ({ repeats }: RepeatsDocument): string =>
  repeats[0]?.faults.length === 0 ? 'since the load began' : 'since the fault';

/** `9.1 … 11.9 s`: the unit once, at the end; null where there is no range. */
export const rangeText = (ends: readonly [number | null, number | null] | null, unit: Unit): string | null => {
  if (ends === null || ends[0] === null || ends[1] === null) return null;
  const [low, high] = ends.map(unit) as [string, string];
  return `${low.replace(/ (s|ms)$/, '')} … ${high}`;
};

/** What the intervals are, and how sure so many repeats make them: `interval of the median: 98.8 % of 11 repeats`. */
export const intervalText = (repeats: number): string => {
  const level = summaryOf(Array.from({ length: repeats }, () => 0)).level ?? null;
  return level === null
    ? 'no interval of the median: fewer than 6 repeats give none of 95 %'
    : `≥ 95 %: interval of the median by order statistics, ${Math.floor(level * 1000) / 10} % with ${repeats} repeats`;
};

/** Things of which each repeat says whether they happened, in words. */
export const chanceNames: Readonly<Record<keyof RepeatsDocument['chances'], string>> = {
  nodeNotReady: 'a node went NotReady',
  requestRefused: 'a request was refused',
  requestFailed: 'a request was not answered ok',
  podEvicted: 'a pod was evicted',
  expectationMissed: 'an expectation was missed',
};

/** `the lease of worker was 0.9, 4.2 s old when the faults began`; null where that is not on record. */
export const startsText = ({ repeats }: RepeatsDocument): string | null => {
  const ages = repeats.map(({ repeat }) => repeat?.leaseAgeAtFaultMs ?? null).filter((age) => age !== null);
  const node = repeats[0]?.repeat?.heartbeatOf ?? null;
  if (ages.length === 0 || node === null) return null;
  const shown = ages.toSorted((a, b) => a - b).map((age) => (age / 1000).toFixed(1));
  return `the lease of ${node} was ${shown.join(', ')} s old when the faults began`;
};
