import { getHeapStatistics } from 'node:v8';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { counted } from '../../common/text/counted.ts';
import { hitsOnlyControlPlanes, whyWorkersAlone } from '../../plan/index.ts';
import { knownMinors, versionRange } from '../../profile/index.ts';
import type { ModelConfig, ModelPhase } from './config.ts';
import { type ModelFault, modelFaultKinds } from './faults/kinds.ts';

/** Bytes a node takes, with what happens to it next: measured with 1,000 to 8,000 nodes (bench/model.ts), rounded up. */
const bytesPerNode = 12_000;
const bytesAtLeast = 90_000_000;
/** Things that happen in a second on one core: the low end of bench/model.ts. */
const eventsPerSecond = 500_000;

export type Estimate = {
  readonly nodes: number;
  readonly virtualSeconds: number;
  /** Things that happen in virtual time. */
  readonly eventCount: number;
  readonly seconds: number;
  readonly bytes: number;
};

const phaseUs = (phase: ModelPhase): number => (phase.kind === 'recover' ? phase.withinUs : phase.durationUs);

/** What a simulation will take at most, before it is begun. */
export const estimateModel = (config: ModelConfig): Estimate => {
  const { settings } = config;
  const nodes = config.controlPlanes + config.workers + (config.hollow?.nodes ?? 0);
  const virtualUs = config.phases.reduce((sum, phase) => sum + phaseUs(phase), 0) + 3 * settings.leaseRenewUs;
  // A renewal is four events (due, taken, answered, seen), a status tick one.
  const perNode = virtualUs * (4 / settings.leaseRenewUs + 1 / settings.statusUpdateUs + 4 / settings.statusReportUs);
  const eventCount = Math.ceil(nodes * perNode + (virtualUs / settings.monitorPeriodUs) * 20);
  return {
    nodes,
    virtualSeconds: virtualUs / 1_000_000,
    eventCount,
    seconds: eventCount / eventsPerSecond,
    bytes: bytesAtLeast + nodes * bytesPerNode,
  };
};

const problem = (path: string, expected: string, received: unknown): string =>
  `${path}: expected ${expected}, received ${JSON.stringify(received)}`;

const integerProblem = (path: string, value: number, min: number): string[] =>
  Number.isSafeInteger(value) && value >= min ? [] : [problem(path, `an integer of at least ${min}`, value)];

const faultProblems = (fault: ModelFault, path: string, config: ModelConfig): string[] => {
  const known = modelFaultKinds.includes(fault.kind);
  if (!known) return [problem(`${path}.kind`, `one of ${modelFaultKinds.join(', ')}`, fault.kind)];
  const problems = fault.targets.flatMap((target, index) => {
    const at = `${path}.targets[${index}]`;
    const parts = /^(control-plane|worker|hollow-)([1-9]\d*)?$/.exec(target);
    const [, role = '', digits] = parts ?? [];
    const number = Number(digits ?? 1);
    const sizes: Readonly<Record<string, number>> = {
      'control-plane': config.controlPlanes,
      worker: config.workers,
      'hollow-': config.hollow?.nodes ?? 0,
    };
    // Of others the first has no number.
    const isName = role === 'hollow-' ? digits !== undefined : digits !== '1';
    if (!isName || number > (sizes[role] ?? 0)) return [problem(at, 'a node of the cluster', target)];
    if (hitsOnlyControlPlanes(fault.kind) && role !== 'control-plane') return [problem(at, 'a control plane', target)];
    if (whyWorkersAlone(fault.kind) !== null && role !== 'worker') return [problem(at, 'a worker', target)];
    return [];
  });
  const loss =
    'loss' in fault && !(fault.loss >= 0 && fault.loss <= 1)
      ? [problem(`${path}.loss`, 'a share from 0 to 1', fault.loss)]
      : [];
  const delay = 'delayUs' in fault ? integerProblem(`${path}.delayUs`, fault.delayUs, 0) : [];
  const jitter = 'jitterUs' in fault ? integerProblem(`${path}.jitterUs`, fault.jitterUs, 0) : [];
  return [...problems, ...loss, ...delay, ...jitter];
};

const configProblems = (config: ModelConfig): string[] => {
  const { version, settings, load } = config;
  const inRange = knownMinors.includes(version.minor);
  const positive = [
    'statusUpdateUs',
    'statusReportUs',
    'leaseRenewUs',
    'heartbeatTimeoutUs',
    'leaseDurationUs',
    'monitorPeriodUs',
    'graceUs',
  ] as const;
  return [
    ...(inRange ? [] : [problem('version', versionRange.replaceAll('v', ''), `1.${version.minor}.${version.patch}`)]),
    ...integerProblem('controlPlanes', config.controlPlanes, 0),
    ...(config.controlPlanes + config.workers === 0 ? [problem('workers', '1 or more without control planes', 0)] : []),
    ...integerProblem('workers', config.workers, 0),
    ...integerProblem('zones', config.zones, 1),
    ...integerProblem('replicas', config.replicas, 0),
    ...positive.flatMap((name) => integerProblem(`settings.${name}`, settings[name], 1)),
    ...(load === null || (load.ratePerSecond > 0 && Number.isFinite(load.ratePerSecond))
      ? []
      : [problem('load.ratePerSecond', 'more than 0', load.ratePerSecond)]),
    ...config.phases.flatMap((phase, index) => [
      ...integerProblem(`phases[${index}]`, phaseUs(phase), 0),
      ...(phase.kind === 'fault'
        ? phase.inject.flatMap((fault, number) => faultProblems(fault, `phases[${index}].inject[${number}]`, config))
        : []),
    ]),
  ];
};

const readable = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/**
 * Says no to what cannot be simulated, all of it at once, and to what this process has no memory for.
 * @param limitBytes what a simulation may take; by default the limit of this process's heap
 * @throws SkipbeatError MODEL_INVALID, MODEL_TOO_LARGE (both exit 64)
 */
export const checkConfig = (config: ModelConfig, limitBytes: number = getHeapStatistics().heap_size_limit): void => {
  const problems = configProblems(config);
  if (problems.length > 0) {
    throw new SkipbeatError('MODEL_INVALID', problems.join('\n'), { exitCode: exitCodes.usage });
  }
  const { nodes, bytes, seconds } = estimateModel(config);
  if (bytes > limitBytes) {
    throw new SkipbeatError(
      'MODEL_TOO_LARGE',
      `${counted(nodes, 'node')} would take about ${readable(bytes)} and ${Math.ceil(seconds)} s: expected at most the ${readable(limitBytes)} that this process may use`,
      {
        exitCode: exitCodes.usage,
        next: 'simulate fewer nodes, or raise the limit with NODE_OPTIONS=--max-old-space-size=MB',
      },
    );
  }
};
