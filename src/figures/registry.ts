import { requestOutcomes } from '../timeline/index.ts';
import type { Figure, FigureMetric, FigureSource } from './figure.ts';

/** Figures that are alike but for their names. @param each what one has besides, by its name */
const alike = (
  prefix: string,
  names: readonly string[],
  common: Omit<Figure, 'path'>,
  each: (name: string) => Partial<Figure> = () => ({}),
): readonly Figure[] => names.map((name) => ({ path: `${prefix}.${name}`, ...common, ...each(name) }));

/** An eviction is a deletion that the pod itself or, below v1.26, an Event announces. */
const evictions: readonly FigureSource[] = ['pods', 'events'];

const quantiles: Readonly<Record<string, string>> = { p50: '0.5', p90: '0.9', p99: '0.99', max: '1.0' };
const quantileNames = Object.keys(quantiles);

const count = { unit: 'count', better: 'lower', restsOn: [], over: 'measured' } as const;
const events = { ...count, over: 'disturbed', counts: true } as const;
const nodes = { restsOn: ['nodes'] } as const;
const requests = { restsOn: ['requests'] } as const;
const moment = { unit: 'momentMs', better: 'depends', over: 'disturbed' } as const;
const latency = { unit: 'durationMs', better: 'lower', restsOn: ['requests'], over: 'disturbed' } as const;
const offered = { ...count, better: 'depends' } as const;
const writes = { unit: 'perNodeMinute', better: 'lower', restsOn: [] } as const;

/** How requests ended is a figure of all, of each phase and of each entrance. What is not answered is a harm. */
const outcome =
  (family: FigureMetric['family']) =>
  (name: string): Partial<Figure> => ({
    ...(name === 'ok' ? { better: 'higher' as const } : {}),
    metric: { family, labels: { outcome: name } },
  });

const outcomeLabels: Readonly<Record<string, string>> = {
  ok: 'requests ok',
  refused: 'requests refused',
  timeout: 'requests timed out',
};

const quantile =
  (family: FigureMetric['family']) =>
  (name: string): Partial<Figure> => ({ metric: { family, labels: { quantile: quantiles[name] as string } } });

/** @param since whether `sinceFault` has it, too */
const momentMetrics = (name: string, since: boolean): Partial<Figure> => {
  const labels = { moment: name.replace(/Ms$/, '') };
  return {
    metric: { family: 'skipbeat_moment_seconds', labels },
    ...(since ? { repeatsMetric: { family: 'skipbeat_repeats_since_fault_seconds', labels } } : {}),
  };
};

const writeMetrics = (kind: string): Partial<Figure> => ({
  metric: { family: 'skipbeat_heartbeat_writes_per_node_minute', labels: { kind } },
  repeatsMetric: { family: 'skipbeat_repeats_heartbeat_writes_per_node_minute', labels: { kind } },
});

const ofNodes: readonly Figure[] = [
  { path: 'nodes.notReadyTransitions', ...events, ...nodes, compared: 'harm', label: 'NotReady transitions' },
  {
    path: 'nodes.notReadyByKubelet',
    ...events,
    ...nodes,
    label: 'NotReady by the kubelet’s own report',
    short: 'NotReady by own report',
  },
  {
    path: 'nodes.maxNotReady',
    ...count,
    ...nodes,
    over: 'disturbed',
    label: 'nodes NotReady at once',
    metric: { family: 'skipbeat_nodes_not_ready_max' },
    repeatsMetric: { family: 'skipbeat_repeats_nodes_not_ready_max' },
  },
  { path: 'nodes.notReadyTransitionsBeforeFault', ...count, ...nodes, over: 'undisturbed', compared: 'harm' },
  {
    path: 'nodes.notReadyNodeSeconds',
    ...count,
    ...nodes,
    unit: 'seconds',
    compared: 'harm',
    label: 'NotReady node-seconds',
    short: 'NotReady node seconds',
    repeatsMetric: { family: 'skipbeat_repeats_not_ready_node_seconds' },
  },
  {
    path: 'nodes.unrecovered',
    ...count,
    ...nodes,
    over: 'end',
    label: 'nodes not Ready at the end',
    short: 'nodes unrecovered',
    metric: { family: 'skipbeat_nodes_unrecovered' },
    repeatsMetric: { family: 'skipbeat_repeats_nodes_unrecovered' },
  },
  {
    path: 'nodes.byNode.*.notReadyTransitions',
    ...events,
    ...nodes,
    metric: { family: 'skipbeat_node_not_ready_transitions' },
  },
  {
    path: 'nodes.byNode.*.notReadyByKubelet',
    ...events,
    ...nodes,
    metric: { family: 'skipbeat_node_not_ready_by_kubelet' },
  },
  ...alike('nodes.byNode.*', ['firstNotReadyMs', 'lastReadyMs'], { ...moment, ...nodes }),
  {
    path: 'nodes.byNode.*.notReadySeconds',
    ...count,
    ...nodes,
    unit: 'seconds',
    metric: { family: 'skipbeat_node_not_ready_seconds' },
  },
];

const ofRequests: readonly Figure[] = [
  { path: 'requests.offered', ...offered, label: 'requests offered' },
  ...alike('requests', requestOutcomes, { ...events, ...requests }, (name) => ({
    ...outcome('skipbeat_requests')(name),
    repeatsMetric: { family: 'skipbeat_repeats_requests', labels: { outcome: name } },
    ...(outcomeLabels[name] === undefined ? {} : { label: outcomeLabels[name] }),
    ...(name === 'refused' ? { short: 'requests refused' } : {}),
    // What the load could not send was not answered either; beyond a few of them a run is inconclusive.
    ...(name === 'ok' ? {} : { compared: 'harm' }),
  })),
  { path: 'requests.reusedPort', ...events, ...requests },
  ...alike('requests.latencyMs', quantileNames, latency, (name) => ({
    ...quantile('skipbeat_request_latency_seconds')(name),
    repeatsMetric: { family: 'skipbeat_repeats_request_latency_seconds', labels: { of: name } },
    ...(name === 'p50' || name === 'p99' ? { label: `latency of answers, ${name}` } : {}),
    ...(name === 'p99' ? { short: 'p99 of answers' } : {}),
    // Of what is slow for fewer than 1 % of the requests, p99 knows nothing.
    ...(name === 'p99' || name === 'max' ? { compared: 'harm' } : {}),
  })),
  ...alike('requests.allLatencyMs', quantileNames, latency),
  ...alike(
    'requests.latenessMs',
    quantileNames,
    { ...latency, restsOn: [], over: 'measured' },
    quantile('skipbeat_request_lateness_seconds'),
  ),
  { path: 'requests.byPhase.*.offered', ...offered },
  ...alike(
    'requests.byPhase.*',
    requestOutcomes,
    { ...events, ...requests, over: 'phase' },
    outcome('skipbeat_phase_requests'),
  ),
  ...alike('requests.byPhase.*.latencyMs', quantileNames, { ...latency, over: 'phase' }, (name) => ({
    ...quantile('skipbeat_phase_request_latency_seconds')(name),
    // Of the phase in which it was worst: what is slow for 5 % of a short one may be less than 1 % of all.
    ...(name === 'p99' ? { compared: 'harm' } : {}),
  })),
  ...alike('requests.byPhase.*.allLatencyMs', quantileNames, { ...latency, over: 'phase' }),
  { path: 'requests.byEntrance.*.offered', ...offered },
  ...alike('requests.byEntrance.*', requestOutcomes, { ...events, ...requests }, outcome('skipbeat_entrance_requests')),
  ...alike('requests.byEntrance.*.latencyMs', quantileNames, latency),
  ...alike('requests.byEntrance.*.allLatencyMs', quantileNames, latency),
];

/** An instant of `timing`. @param since whether `sinceFault` has it, too */
const inTiming = (
  name: string,
  restsOn: readonly FigureSource[],
  own: Partial<Figure> & { readonly since?: boolean } = {},
): Figure => {
  const { since = false, ...rest } = own;
  const short = rest.compared === undefined || rest.label === undefined ? {} : { short: rest.label };
  return { path: `timing.${name}`, ...moment, restsOn, ...momentMetrics(name, since), ...short, ...rest };
};

const ofTiming: readonly Figure[] = [
  inTiming('faultStartMs', [], { over: 'measured' }),
  inTiming('firstNotReadyMs', ['nodes'], { since: true, compared: 'timing', label: 'first node NotReady' }),
  inTiming('firstEndpointLostMs', ['endpointslices']),
  inTiming('firstEndpointsEmptyMs', ['endpointslices'], { since: true, label: 'no endpoint left' }),
  inTiming('firstRefusedMs', ['requests'], { since: true, compared: 'timing', label: 'first refused' }),
  inTiming('firstEvictionMs', evictions, { since: true, compared: 'timing', label: 'first pod evicted' }),
  inTiming('firstReplacementReadyMs', evictions),
  inTiming('lastReadyMs', ['nodes'], {
    since: true,
    better: 'lower',
    compared: 'harm',
    label: 'last node Ready again',
  }),
  inTiming('lastRefusedMs', ['requests'], { since: true, better: 'lower', compared: 'harm', label: 'last refused' }),
];

const ofWrites: readonly Figure[] = [
  {
    path: 'writes.leasePerNodeMinute',
    ...writes,
    restsOn: ['leases'],
    over: 'undisturbed',
    compared: 'cost',
    label: 'lease renewals a minute and node',
    ...writeMetrics('lease'),
  },
  {
    path: 'writes.statusPerNodeMinute',
    ...writes,
    ...nodes,
    over: 'undisturbed',
    compared: 'cost',
    label: 'status posts a minute and node',
    ...writeMetrics('status'),
  },
  ...alike('writes.apiServer', ['fromMs', 'toMs'], { ...moment, restsOn: [], over: 'counted' }),
  { path: 'writes.apiServer.statusPerNodeMinute', ...writes, over: 'counted' },
  { path: 'writes.apiServer.statuses.counted', ...count, over: 'counted' },
  // Of all leases that were counted, those that are no node's are taken off as the watch has seen them.
  { path: 'writes.apiServer.leasePerNodeMinute', ...writes, restsOn: ['leases'], over: 'counted' },
  ...alike('writes.apiServer.leases', ['counted', 'seen'], { ...count, restsOn: ['leases'], over: 'counted' }),
  { path: 'writes.apiServer.statuses.seen', ...count, ...nodes, over: 'counted' },
  { path: 'writes.apiServer.tolerance', ...count, restsOn: ['leases', 'nodes'], over: 'counted' },
];

/** What else rests on a watch: the milestones that `calibration` holds against the prediction, and a repeat's own. */
const internal: readonly Figure[] = [
  ...alike('milestones', ['lastLease'], { ...moment, restsOn: ['leases'], over: 'measured' }),
  ...alike('milestones', ['notReady', 'lastNotReady', 'tainted', 'allReady'], { ...moment, ...nodes }),
  ...alike('milestones', ['endpointLost', 'endpointsEmpty'], { ...moment, restsOn: ['endpointslices'] }),
  ...alike('milestones', ['evicted', 'replaced'], { ...moment, restsOn: evictions }),
  ...alike('milestones', ['refused', 'lastRefused'], { ...moment, ...requests }),
  ...alike('lost', ['requests'], { ...events, ...requests }),
  ...alike('repeat', ['leaseAgeAtFaultMs'], {
    unit: 'durationMs',
    better: 'depends',
    restsOn: ['leases'],
    over: 'undisturbed',
  }),
  { path: 'steps.recover.timedOut', ...count, compared: 'harm' as const },
].map((figure) => ({ ...figure, internal: true }));

/** Every figure, in the order of run.json: the one place that says what there is to know of it. */
export const figureRegistry: readonly Figure[] = [
  ...ofNodes,
  ...ofRequests,
  {
    path: 'pods.evicted',
    ...events,
    restsOn: evictions,
    compared: 'harm',
    label: 'pods evicted',
    metric: { family: 'skipbeat_pods_evicted' },
    repeatsMetric: { family: 'skipbeat_repeats_pods_evicted' },
  },
  {
    path: 'pods.unavailableSeconds',
    ...count,
    unit: 'seconds',
    restsOn: ['endpointslices'],
    label: 'replica-seconds unavailable',
  },
  { path: 'pods.stuckTerminating', ...events, restsOn: ['pods'], label: 'pods stuck Terminating' },
  { path: 'pods.evictedBeforeFault', ...count, restsOn: evictions, over: 'undisturbed', compared: 'harm' },
  ...ofTiming,
  ...ofWrites,
  {
    path: 'durationMs',
    unit: 'durationMs',
    better: 'depends',
    restsOn: [],
    over: 'measured',
    metric: { family: 'skipbeat_run_duration_seconds' },
  },
  ...internal,
];

/** The figures that an expectation may name. */
const expectable = figureRegistry.filter(({ internal }) => internal !== true);

/**
 * Every figure of run.json that an expectation may name, by its dotted path.
 * @param phaseNames as the plan names them: `steady`, `fault`, `fault-2`
 * @param nodeNames short: `worker2`
 */
export const knownFigures = (phaseNames: readonly string[], nodeNames: readonly string[]): readonly string[] =>
  expectable.flatMap(({ path }) => {
    if (!path.includes('*')) return [path];
    return (path.startsWith('requests.byPhase.') ? phaseNames : nodeNames).map((name) => path.replace('*', name));
  });

/** The figure that a dotted path names, `*` standing for any one name; null: there is none. */
export const figureFor = (path: string): Figure | null => {
  const steps = path.split('.');
  const isNamed = (own: readonly string[]): boolean =>
    own.length === steps.length && own.every((step, at) => step === '*' || step === steps[at]);
  return expectable.find((figure) => isNamed(figure.path.split('.'))) ?? null;
};

/** Whether a figure that an expectation names is a count of what was seen to happen. */
export const isCount = (path: string): boolean => figureFor(path)?.counts === true;

/** The figures that tables of people show, each with its label. */
export const labelledFigures: readonly (Figure & { readonly label: string })[] = figureRegistry.flatMap((figure) =>
  figure.label === undefined ? [] : [{ ...figure, label: figure.label }],
);
