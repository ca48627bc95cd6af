/** A family of openmetrics.txt whose samples are figures. Where it has a unit, its name ends in it. */
export type FigureFamily = {
  readonly type: 'counter' | 'gauge' | 'summary';
  readonly unit?: 'seconds';
  readonly help: string;
  /** The label that bears the name which `*` stands for in the paths of its figures. */
  readonly each?: 'phase' | 'entrance' | 'node';
};

const families = {
  skipbeat_run_duration_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'From the start of the run to its end.',
  },
  skipbeat_requests: { type: 'counter', help: 'Requests by how they ended; their sum is what was offered.' },
  skipbeat_phase_requests: {
    type: 'counter',
    each: 'phase',
    help: 'Requests by the phase in which they were due and by how they ended.',
  },
  skipbeat_entrance_requests: {
    type: 'counter',
    each: 'entrance',
    help: 'Requests by the node through which they entered and by how they ended.',
  },
  skipbeat_request_latency_seconds: {
    type: 'summary',
    unit: 'seconds',
    help: 'From when a request was due to its answer; answered requests alone.',
  },
  skipbeat_phase_request_latency_seconds: {
    type: 'summary',
    unit: 'seconds',
    each: 'phase',
    help: 'The same, by phase.',
  },
  skipbeat_request_mean_latency_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'Mean of the same, of answered requests alone.',
  },
  skipbeat_phase_request_mean_latency_seconds: {
    type: 'gauge',
    unit: 'seconds',
    each: 'phase',
    help: 'Mean of the same, by phase.',
  },
  skipbeat_request_lateness_seconds: {
    type: 'summary',
    unit: 'seconds',
    help: 'From when a request was due to when it was sent: the generator itself.',
  },
  skipbeat_node_not_ready_transitions: {
    type: 'counter',
    each: 'node',
    help: 'Transitions of a node into NotReady since the first fault began.',
  },
  skipbeat_node_not_ready_by_kubelet: {
    type: 'counter',
    each: 'node',
    help: 'Of these transitions, the ones that the kubelet reported itself and not the controller for want of heartbeats.',
  },
  skipbeat_node_not_ready_seconds: {
    type: 'counter',
    unit: 'seconds',
    each: 'node',
    help: 'Time that a node was NotReady while the load ran.',
  },
  skipbeat_nodes_not_ready_max: { type: 'gauge', help: 'Most nodes NotReady at one moment.' },
  skipbeat_nodes_unrecovered: { type: 'gauge', help: 'Nodes that were not Ready when the observation ended.' },
  skipbeat_pods_evicted: { type: 'counter', help: 'Pods evicted since the first fault began.' },
  skipbeat_heartbeat_writes_per_node_minute: {
    type: 'gauge',
    help: 'Heartbeat writes that were seen before the first fault.',
  },
  skipbeat_moment_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'When things first and last happened, from the start of the run.',
  },
  skipbeat_repeats_requests: {
    type: 'gauge',
    help: 'Requests of a repeat by how they ended, over all repeats.',
  },
  skipbeat_repeats_request_latency_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'Latency of the answers of a repeat, over all repeats.',
  },
  skipbeat_repeats_not_ready_node_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'Time that nodes of a repeat were NotReady, all together, over all repeats.',
  },
  skipbeat_repeats_nodes_not_ready_max: {
    type: 'gauge',
    help: 'Most nodes NotReady at one moment of a repeat, over all repeats.',
  },
  skipbeat_repeats_nodes_unrecovered: {
    type: 'gauge',
    help: 'Nodes of a repeat that were not Ready when its observation ended, over all repeats.',
  },
  skipbeat_repeats_pods_evicted: { type: 'gauge', help: 'Pods evicted in a repeat, over all repeats.' },
  skipbeat_repeats_since_fault_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'When things first and last happened, from the start of the first fault, over all repeats.',
  },
  skipbeat_repeats_heartbeat_writes_per_node_minute: {
    type: 'gauge',
    help: 'Heartbeat writes before the first fault, over all repeats.',
  },
} as const satisfies Readonly<Record<string, FigureFamily>>;

export type MetricFamilyName = keyof typeof families;

/** In the order in which they stand in openmetrics.txt. */
export const figureFamilies: Readonly<Record<MetricFamilyName, FigureFamily>> = families;
