import { requestOutcomes } from '../../timeline/index.ts';
import type { OutcomeCounts, Quantiles, RepeatsDocument, RunDocument } from '../../verdict/index.ts';
import { type Family, inSeconds, type Labels, metricsText, type Sample } from './metric-families.ts';

const outcomeSamples = (counts: OutcomeCounts, labels: Labels = {}): readonly Sample[] =>
  requestOutcomes.map((outcome) => ({ suffix: '_total', labels: { ...labels, outcome }, value: counts[outcome] }));

const quantileSamples = (quantiles: Quantiles, labels: Labels = {}): readonly Sample[] =>
  ([0.5, 0.9, 0.99, 1] as const).map((quantile) => {
    const ms = { 0.5: quantiles.p50, 0.9: quantiles.p90, 0.99: quantiles.p99, 1: quantiles.max }[quantile];
    return { labels: { ...labels, quantile: quantile === 1 ? '1.0' : String(quantile) }, value: inSeconds(ms) };
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
  {
    name: 'skipbeat_verdict',
    type: 'stateset',
    help: 'The verdict of the run.',
    samples: (['pass', 'fail', 'inconclusive'] as const).map((verdict) => ({
      labels: { skipbeat_verdict: verdict },
      value: document.verdict === verdict ? 1 : 0,
    })),
  },
  {
    name: 'skipbeat_run_duration_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'From the start of the run to its end.',
    samples: [{ labels: {}, value: inSeconds(document.durationMs) }],
  },
  {
    name: 'skipbeat_expectation_held',
    type: 'gauge',
    help: 'Whether an expectation held; says nothing where the run is inconclusive.',
    samples: document.expectations.map(({ figure, expected, held }) => ({
      labels: { figure, expected },
      value: held ? 1 : 0,
    })),
  },
];

const requestFamilies = ({ requests }: RunDocument): readonly Family[] => {
  const phases = Object.entries(requests.byPhase);
  return [
    {
      name: 'skipbeat_requests',
      type: 'counter',
      help: 'Requests by how they ended; their sum is what was offered.',
      samples: outcomeSamples(requests),
    },
    {
      name: 'skipbeat_phase_requests',
      type: 'counter',
      help: 'Requests by the phase in which they were due and by how they ended.',
      samples: phases.flatMap(([phase, counts]) => outcomeSamples(counts, { phase })),
    },
    {
      name: 'skipbeat_entrance_requests',
      type: 'counter',
      help: 'Requests by the node through which they entered and by how they ended.',
      samples: Object.entries(requests.byEntrance ?? {}).flatMap(([entrance, counts]) =>
        outcomeSamples(counts, { entrance }),
      ),
    },
    {
      name: 'skipbeat_request_latency_seconds',
      type: 'summary',
      unit: 'seconds',
      help: 'From when a request was due to its answer; answered requests alone.',
      samples: quantileSamples(requests.latencyMs),
    },
    {
      name: 'skipbeat_phase_request_latency_seconds',
      type: 'summary',
      unit: 'seconds',
      help: 'The same, by phase.',
      samples: phases.flatMap(([phase, { latencyMs }]) => quantileSamples(latencyMs, { phase })),
    },
    {
      name: 'skipbeat_request_lateness_seconds',
      type: 'summary',
      unit: 'seconds',
      help: 'From when a request was due to when it was sent: the generator itself.',
      samples: quantileSamples(requests.latenessMs),
    },
  ];
};

const nodeFamilies = ({ nodes, pods, writes }: RunDocument): readonly Family[] => {
  const byNode = Object.entries(nodes.byNode);
  return [
    {
      name: 'skipbeat_node_not_ready_transitions',
      type: 'counter',
      help: 'Transitions of a node into NotReady since the first fault began.',
      samples: byNode.map(([node, figures]) => ({
        suffix: '_total',
        labels: { node },
        value: figures.notReadyTransitions,
      })),
    },
    {
      name: 'skipbeat_node_not_ready_by_kubelet',
      type: 'counter',
      help: 'Of these transitions, the ones that the kubelet reported itself and not the controller for want of heartbeats.',
      samples: byNode.map(([node, figures]) => ({
        suffix: '_total',
        labels: { node },
        value: figures.notReadyByKubelet ?? null,
      })),
    },
    {
      name: 'skipbeat_node_not_ready_seconds',
      type: 'counter',
      unit: 'seconds',
      help: 'Time that a node was NotReady while the load ran.',
      samples: byNode.map(([node, figures]) => ({
        suffix: '_total',
        labels: { node },
        value: figures.notReadySeconds,
      })),
    },
    {
      name: 'skipbeat_nodes_not_ready_max',
      type: 'gauge',
      help: 'Most nodes NotReady at one moment.',
      samples: [{ labels: {}, value: nodes.maxNotReady }],
    },
    {
      name: 'skipbeat_nodes_unrecovered',
      type: 'gauge',
      help: 'Nodes that were not Ready when the observation ended.',
      samples: [{ labels: {}, value: nodes.unrecovered ?? null }],
    },
    {
      name: 'skipbeat_pods_evicted',
      type: 'counter',
      help: 'Pods evicted since the first fault began.',
      samples: [{ suffix: '_total', labels: {}, value: pods.evicted }],
    },
    {
      name: 'skipbeat_heartbeat_writes_per_node_minute',
      type: 'gauge',
      help: 'Heartbeat writes that were seen before the first fault.',
      samples: [
        { labels: { kind: 'lease' }, value: writes.leasePerNodeMinute },
        { labels: { kind: 'status' }, value: writes.statusPerNodeMinute },
      ],
    },
  ];
};

const timingFamilies = ({ timing, prediction }: RunDocument): readonly Family[] => [
  {
    name: 'skipbeat_moment_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When things first and last happened, from the start of the run.',
    samples: Object.entries(timing).map(([name, ms]) => ({
      labels: { moment: name.replace(/Ms$/, '') },
      value: inSeconds(ms),
    })),
  },
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
  ...requestFamilies(document),
  ...nodeFamilies(document),
  ...timingFamilies(document),
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
