import { requestOutcomes } from '../timeline/index.ts';

const counts = ['offered', ...requestOutcomes];
const quantiles = ['p50', 'p90', 'p99', 'max'];

const under = (prefix: string, names: readonly string[]): readonly string[] => names.map((name) => `${prefix}.${name}`);

/**
 * Every figure of run.json that an expectation may name, by its dotted path.
 * @param phaseNames as the plan names them: `steady`, `fault`, `fault-2`
 * @param nodeNames short: `worker2`
 */
export const knownFigures = (phaseNames: readonly string[], nodeNames: readonly string[]): readonly string[] => [
  ...under('nodes', [
    'notReadyTransitions',
    'notReadyTransitionsBeforeFault',
    'maxNotReady',
    'notReadyNodeSeconds',
    'unrecovered',
  ]),
  ...nodeNames.flatMap((node) =>
    under(`nodes.byNode.${node}`, ['notReadyTransitions', 'notReadySeconds', 'firstNotReadyMs', 'lastReadyMs']),
  ),
  ...under('requests', counts),
  ...under('requests.latencyMs', quantiles),
  ...under('requests.latenessMs', quantiles),
  ...phaseNames.flatMap((phase) => [
    ...under(`requests.byPhase.${phase}`, counts),
    ...under(`requests.byPhase.${phase}.latencyMs`, quantiles),
  ]),
  'pods.evicted',
  ...under('timing', [
    'faultStartMs',
    'firstNotReadyMs',
    'firstEndpointLostMs',
    'firstEndpointsEmptyMs',
    'firstRefusedMs',
    'firstEvictionMs',
    'firstReplacementReadyMs',
    'lastReadyMs',
    'lastRefusedMs',
  ]),
  ...under('writes', ['leasePerNodeMinute', 'statusPerNodeMinute']),
  ...under('writes.apiServer', [
    'fromMs',
    'toMs',
    'leasePerNodeMinute',
    'statusPerNodeMinute',
    'leases.counted',
    'leases.seen',
    'statuses.counted',
    'statuses.seen',
    'tolerance',
  ]),
  'durationMs',
];
