import { type FigureSummary, hasValidEvidence, type RepeatsDocument } from '../../verdict/index.ts';
import { figureMetrics } from './figure-metrics.ts';
import { type Family, type Labels, metricsText, type Sample } from './metric-families.ts';
import { commonLabels, evidenceFamilies, familiesOf, heldFamily, verdictFamily } from './open-metrics.ts';

/** One sample a statistic; what was not seen, or has no interval, has none. */
const summarySamples = (
  { median, min, max, ci95 }: FigureSummary,
  labels: Labels,
  unit: (value: number | null) => number | null,
): readonly Sample[] =>
  Object.entries({ median, min, max, ci95_low: ci95?.[0] ?? null, ci95_high: ci95?.[1] ?? null }).map(
    ([statistic, value]) => ({ labels: { ...labels, statistic }, value: unit(value) }),
  );

const countFamilies = (document: RepeatsDocument): readonly Family[] => [
  {
    name: 'skipbeat_repeats',
    type: 'gauge',
    help: 'Repeats that were planned, that came to their end, and that have valid evidence.',
    samples: Object.entries({
      planned: document.repeatsPlanned,
      whole: document.repeats.length,
      valid: document.repeats.filter(hasValidEvidence).length,
    }).map(([state, value]) => ({ labels: { state }, value })),
  },
  verdictFamily('skipbeat_repeats_verdict', 'The verdict over all repeats.', document),
  heldFamily(
    'skipbeat_repeats_expectation_held',
    'Whether an expectation met in every repeat; says nothing where the whole is inconclusive.',
    document,
  ),
  {
    name: 'skipbeat_repeats_chance_ratio',
    type: 'gauge',
    help: 'In what share of the repeats with valid evidence it happened, with its 95 % interval (Wilson; exact at 0 and 1).',
    samples: Object.entries(document.chances).flatMap(([event, { share, ci95 }]) =>
      Object.entries({ share, ci95_low: ci95?.[0] ?? null, ci95_high: ci95?.[1] ?? null }).map(
        ([statistic, value]) => ({ labels: { event, statistic }, value }),
      ),
    ),
  },
];

/** Instants count from the start of the first fault here: `timing` counts from each run's own start. */
const figureFamilies = (document: RepeatsDocument): readonly Family[] =>
  figureMetrics({ ...document, timing: document.sinceFault }, 'repeatsMetric', (value, labels, inUnit) =>
    value === undefined ? [] : summarySamples(value as FigureSummary, labels, inUnit),
  );

/** The families of all runs, each once, with the samples of every run under the number of its repeat. */
const familiesOfRuns = ({ repeats }: RepeatsDocument): readonly Family[] => {
  const together = new Map<string, Family>();
  repeats.forEach((run, index) => {
    const repeat = String(run.repeat?.number ?? index + 1);
    for (const family of familiesOf(run)) {
      const samples = family.samples.map((sample) => ({ ...sample, labels: { repeat, ...sample.labels } }));
      const before = together.get(family.name);
      together.set(family.name, { ...family, samples: [...(before?.samples ?? []), ...samples] });
    }
  });
  return [...together.values()];
};

/** openmetrics.txt of several repeats: their figures together, and those of each, as `openMetricsText` makes them of one. */
export const repeatsOpenMetricsText = (document: RepeatsDocument): string => {
  const families = [
    ...countFamilies(document),
    ...evidenceFamilies(document, 'skipbeat_repeats'),
    ...(document.repeats.length === 0 ? [] : figureFamilies(document)),
    ...familiesOfRuns(document),
  ];
  return metricsText(families, commonLabels(document));
};
