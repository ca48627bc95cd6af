import type { RepeatsDocument, RunDocument } from '../../verdict/index.ts';
import { outcomeOf, outcomes } from '../outcome.ts';
import { figureMetrics } from './figure-metrics.ts';
import { type Family, inSeconds, type Labels, metricsText } from './metric-families.ts';

export const verdictFamily = (name: string, help: string, document: RunDocument | RepeatsDocument): Family => ({
  name,
  type: 'stateset',
  help,
  samples: outcomes.map((outcome) => ({
    labels: { [name]: outcome },
    value: outcomeOf(document) === outcome ? 1 : 0,
  })),
});

export const heldFamily = (
  name: string,
  help: string,
  { expectations }: Pick<RunDocument | RepeatsDocument, 'expectations'>,
): Family => ({
  name,
  type: 'gauge',
  help,
  samples: expectations.map(({ figure, expected, held }) => ({ labels: { figure, expected }, value: held ? 1 : 0 })),
});

const runFamilies = (document: RunDocument): readonly Family[] => [
  {
    name: 'skipbeat_run',
    type: 'info',
    help: 'What was run.',
    samples: [
      {
        suffix: '_info',
        labels: {
          reading: document.profile.reading,
          backend: document.backend ?? '',
          topology: document.topology.name,
          seed: String(document.seed),
        },
        value: 1,
      },
    ],
  },
  verdictFamily('skipbeat_verdict', 'The verdict of the run.', document),
  heldFamily(
    'skipbeat_expectation_held',
    'Whether an expectation met; says nothing where the run is inconclusive.',
    document,
  ),
];

const predictedFamilies = ({ prediction }: RunDocument): readonly Family[] => [
  {
    name: 'skipbeat_predicted_window_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Windows from closed formulas, from the start of the first fault.',
    samples: Object.entries({ notReady: prediction.notReadyAfterMs, eviction: prediction.evictionAfterMs }).flatMap(
      ([moment, window]) => [
        { labels: { moment, bound: 'earliest' }, value: inSeconds(window?.[0] ?? null) },
        { labels: { moment, bound: 'latest' }, value: inSeconds(window?.[1] ?? null) },
      ],
    ),
  },
];

/** Whether the evidence is as its run left it; why not, as labels. */
export const evidenceFamilies = (
  { evidence }: Pick<RunDocument, 'evidence'>,
  prefix = 'skipbeat',
): readonly Family[] => [
  {
    name: `${prefix}_evidence_sealed`,
    type: 'gauge',
    help: 'Whether the record is proved to be as its run left it; of one that is not, no figure proves anything.',
    samples: [{ labels: {}, value: evidence === undefined || evidence.sealed ? 1 : 0 }],
  },
  {
    name: `${prefix}_evidence_doubt`,
    type: 'info',
    help: 'Why it is not.',
    samples: [...new Set(evidence?.why ?? [])].map((why) => ({ suffix: '_info', labels: { why }, value: 1 })),
  },
];

/** All families of one run, in their order. */
export const familiesOf = (document: RunDocument): readonly Family[] => [
  ...runFamilies(document),
  ...evidenceFamilies(document),
  ...figureMetrics(document, 'metric', (value, labels, inUnit) => [
    { labels, value: inUnit(typeof value === 'number' ? value : null) },
  ]),
  ...predictedFamilies(document),
];

/** The labels that every sample has: a figure never stands without what it is a figure of. */
export const commonLabels = (document: RunDocument | RepeatsDocument): Labels => ({
  scenario: document.scenario,
  profile: document.profile.name,
  kubernetes: document.kubernetesVersion,
  predicted: String(document.predicted),
});

/**
 * openmetrics.txt: the figures of run.json as OpenMetrics 1.0 text, durations in seconds. Every sample says its scenario,
 * profile and version, and whether it is predicted; what was not seen has no sample.
 */
export const openMetricsText = (document: RunDocument): string =>
  metricsText(familiesOf(document), commonLabels(document));
