import { requestOutcomes } from '../../timeline/index.ts';
import type { FigureSummary, RepeatsDocument } from '../../verdict/index.ts';
import { type Family, inSeconds, type Labels, metricsText, type Sample } from './metric-families.ts';
import { commonLabels, evidenceFamilies, familiesOf } from './open-metrics.ts';

const asItIs = (value: number | null): number | null => value;

/** One sample a statistic; what was not seen, or has no interval, has none. */
const summarySamples = (
  { median, min, max, ci95 }: FigureSummary,
  labels: Labels = {},
  unit: (value: number | null) => number | null = asItIs,
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
      valid: document.repeats.filter(({ verdict }) => verdict !== 'inconclusive').length,
    }).map(([state, value]) => ({ labels: { state }, value })),
  },
  {
    name: 'skipbeat_repeats_verdict',
    type: 'stateset',
    help: 'The verdict over all repeats.',
    samples: (['pass', 'fail', 'inconclusive'] as const).map((verdict) => ({
      labels: { skipbeat_repeats_verdict: verdict },
      value: document.verdict === verdict ? 1 : 0,
    })),
  },
  {
    name: 'skipbeat_repeats_expectation_held',
    type: 'gauge',
    help: 'Whether an expectation held in every repeat; says nothing where the whole is inconclusive.',
    samples: document.expectations.map(({ figure, expected, held }) => ({
      labels: { figure, expected },
      value: held ? 1 : 0,
    })),
  },
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

const figureFamilies = ({ requests, nodes, pods, sinceFault, writes }: RepeatsDocument): readonly Family[] => [
  {
    name: 'skipbeat_repeats_requests',
    type: 'gauge',
    help: 'Requests of a repeat by how they ended, over all repeats.',
    samples: requestOutcomes.flatMap((outcome) => summarySamples(requests[outcome], { outcome })),
  },
  {
    name: 'skipbeat_repeats_request_latency_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Latency of the answers of a repeat, over all repeats.',
    samples: Object.entries(requests.latencyMs).flatMap(([of, summary]) => summarySamples(summary, { of }, inSeconds)),
  },
  {
    name: 'skipbeat_repeats_not_ready_node_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Time that nodes of a repeat were NotReady, all together, over all repeats.',
    samples: summarySamples(nodes.notReadyNodeSeconds),
  },
  {
    name: 'skipbeat_repeats_nodes_not_ready_max',
    type: 'gauge',
    help: 'Most nodes NotReady at one moment of a repeat, over all repeats.',
    samples: summarySamples(nodes.maxNotReady),
  },
  {
    name: 'skipbeat_repeats_nodes_unrecovered',
    type: 'gauge',
    help: 'Nodes of a repeat that were not Ready when its observation ended, over all repeats.',
    samples: nodes.unrecovered === undefined ? [] : summarySamples(nodes.unrecovered),
  },
  {
    name: 'skipbeat_repeats_pods_evicted',
    type: 'gauge',
    help: 'Pods evicted in a repeat, over all repeats.',
    samples: summarySamples(pods.evicted),
  },
  {
    name: 'skipbeat_repeats_since_fault_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When things first and last happened, from the start of the first fault, over all repeats.',
    samples: Object.entries(sinceFault).flatMap(([name, summary]) =>
      summarySamples(summary, { moment: name.replace(/Ms$/, '') }, inSeconds),
    ),
  },
  {
    name: 'skipbeat_repeats_heartbeat_writes_per_node_minute',
    type: 'gauge',
    help: 'Heartbeat writes before the first fault, over all repeats.',
    samples: [
      ...summarySamples(writes.leasePerNodeMinute, { kind: 'lease' }),
      ...summarySamples(writes.statusPerNodeMinute, { kind: 'status' }),
    ],
  },
];

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
