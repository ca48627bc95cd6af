import { requestOutcomes, type WatchedResource } from '../timeline/index.ts';

/**
 * The time of a run that a figure is taken over. `measured`: from the start of the load to its end; `disturbed`: from the
 * first fault on (all of it where the plan has none); `undisturbed`: up to the first fault; `phase`: the phase that its path
 * names; `end`: the last moment of `measured`; `counted`: between the two readings of the API servers' counters.
 */
export type FigureTime = 'measured' | 'disturbed' | 'undisturbed' | 'phase' | 'end' | 'counted';

/** What a figure can be seen by: a watch, or the requests of the load. */
export type FigureSource = WatchedResource | 'requests';

/** A figure of run.json, and what it can be seen by. */
export type Figure = {
  /** Dotted; `*` stands for the name of a node or of a phase. */
  readonly path: string;
  /** All that it rests on; nothing where it comes from skipbeat's own clock or from a counter that was read. */
  readonly restsOn: readonly FigureSource[];
  readonly over: FigureTime;
  /** A count of what was seen to happen: whatever was missed besides, it is no less. */
  readonly counts?: true;
};

const figures = (
  prefix: string,
  names: readonly string[],
  restsOn: readonly FigureSource[] = [],
  over: FigureTime = 'measured',
): readonly Figure[] => names.map((name) => ({ path: prefix === '' ? name : `${prefix}.${name}`, restsOn, over }));

const counts = (figures: readonly Figure[]): readonly Figure[] =>
  figures.map((figure) => ({ ...figure, counts: true }));

/** An eviction is a deletion that the pod itself or, below v1.26, an Event announces. */
const evictions: readonly FigureSource[] = ['pods', 'events'];
const quantiles = ['p50', 'p90', 'p99', 'max'];

/** Figures that an expectation may name. What is not declared here cannot be expected, and what is says what it rests on. */
const expectable: readonly Figure[] = [
  ...counts(figures('nodes', ['notReadyTransitions', 'notReadyByKubelet'], ['nodes'], 'disturbed')),
  ...figures('nodes', ['maxNotReady'], ['nodes'], 'disturbed'),
  ...figures('nodes', ['notReadyTransitionsBeforeFault'], ['nodes'], 'undisturbed'),
  ...figures('nodes', ['notReadyNodeSeconds'], ['nodes']),
  ...figures('nodes', ['unrecovered'], ['nodes'], 'end'),
  ...counts(figures('nodes.byNode.*', ['notReadyTransitions', 'notReadyByKubelet'], ['nodes'], 'disturbed')),
  ...figures('nodes.byNode.*', ['firstNotReadyMs', 'lastReadyMs'], ['nodes'], 'disturbed'),
  ...figures('nodes.byNode.*', ['notReadySeconds'], ['nodes']),
  ...figures('requests', ['offered']),
  ...counts(figures('requests', [...requestOutcomes, 'reusedPort'], ['requests'], 'disturbed')),
  ...figures('requests.latencyMs', quantiles, ['requests'], 'disturbed'),
  ...figures('requests.allLatencyMs', quantiles, ['requests'], 'disturbed'),
  ...figures('requests.latenessMs', quantiles),
  ...figures('requests.byPhase.*', ['offered']),
  ...counts(figures('requests.byPhase.*', requestOutcomes, ['requests'], 'phase')),
  ...figures('requests.byPhase.*.latencyMs', quantiles, ['requests'], 'phase'),
  ...figures('requests.byPhase.*.allLatencyMs', quantiles, ['requests'], 'phase'),
  ...figures('requests.byEntrance.*', ['offered']),
  ...counts(figures('requests.byEntrance.*', requestOutcomes, ['requests'], 'disturbed')),
  ...figures('requests.byEntrance.*.latencyMs', quantiles, ['requests'], 'disturbed'),
  ...figures('requests.byEntrance.*.allLatencyMs', quantiles, ['requests'], 'disturbed'),
  ...counts(figures('pods', ['evicted'], evictions, 'disturbed')),
  ...figures('timing', ['faultStartMs']),
  ...figures('timing', ['firstRefusedMs', 'lastRefusedMs'], ['requests'], 'disturbed'),
  ...figures('timing', ['firstNotReadyMs', 'lastReadyMs'], ['nodes'], 'disturbed'),
  ...figures('timing', ['firstEndpointLostMs', 'firstEndpointsEmptyMs'], ['endpointslices'], 'disturbed'),
  ...figures('timing', ['firstEvictionMs', 'firstReplacementReadyMs'], evictions, 'disturbed'),
  ...figures('writes', ['leasePerNodeMinute'], ['leases'], 'undisturbed'),
  ...figures('writes', ['statusPerNodeMinute'], ['nodes'], 'undisturbed'),
  ...figures('writes.apiServer', ['fromMs', 'toMs', 'statusPerNodeMinute', 'statuses.counted'], [], 'counted'),
  // Of all leases that were counted, those that are no node's are taken off as the watch has seen them.
  ...figures('writes.apiServer', ['leasePerNodeMinute', 'leases.counted', 'leases.seen'], ['leases'], 'counted'),
  ...figures('writes.apiServer', ['statuses.seen'], ['nodes'], 'counted'),
  ...figures('writes.apiServer', ['tolerance'], ['leases', 'nodes'], 'counted'),
  ...figures('', ['durationMs']),
];

/** What else rests on a watch: the milestones that `calibration` holds against the prediction, and a repeat's own. */
const others: readonly Figure[] = [
  ...figures('milestones', ['lastLease'], ['leases']),
  ...figures('milestones', ['notReady', 'tainted', 'allReady'], ['nodes'], 'disturbed'),
  ...figures('milestones', ['endpointsEmpty'], ['endpointslices'], 'disturbed'),
  ...figures('milestones', ['evicted'], evictions, 'disturbed'),
  ...figures('milestones', ['refused', 'lastRefused'], ['requests'], 'disturbed'),
  ...figures('repeat', ['leaseAgeAtFaultMs'], ['leases'], 'undisturbed'),
];

/** Every figure with what it rests on: the one place that says so. */
export const figureTable: readonly Figure[] = [...expectable, ...others];

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

/** Whether a figure that an expectation names is a count of what was seen to happen. */
export const isCount = (figure: string): boolean => {
  const steps = figure.split('.');
  return expectable.some(({ path, counts }) => {
    const own = path.split('.');
    return (
      counts === true && own.length === steps.length && own.every((step, at) => step === '*' || step === steps[at])
    );
  });
};
