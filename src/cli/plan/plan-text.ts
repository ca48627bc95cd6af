import { clusterPrefix, fullNodeName } from '../../cluster/index.ts';
import { formatDuration } from '../../common/duration.ts';
import { hang, wrap } from '../../common/layout.ts';
import { counted } from '../../common/text/counted.ts';
import { faultCommands } from '../../fault/index.ts';
import {
  besidesText,
  type Expectation,
  entranceText,
  faultsText,
  type Plan,
  type PlannedPhase,
} from '../../plan/index.ts';
import type { Shutdown } from '../../profile/index.ts';
import { type Beside, predictionLines } from './prediction-text.ts';

type Lines = readonly string[];

const label = 12;

/** `  label     text`, wrapped beside the label. */
const row = (name: string, text: string, columns: number): Lines => hang(`  ${name.padEnd(label)}`, text, columns);

const section = (heading: string, lines: Lines): Lines => (lines.length === 0 ? [] : ['', heading, ...lines]);

const flags = (component: string, passed: Readonly<Record<string, string>>): Lines =>
  Object.entries(passed).map(([name, value]) => `  ${component.padEnd(26)}--${name}=${value}`);

const settingLines = ({ profile }: Plan): Lines => {
  const lines = [
    ...flags('kube-controller-manager', profile.controllerManagerArgs),
    ...flags('kube-apiserver', profile.apiServerArgs),
    ...Object.entries(profile.kubeletConfiguration).map(
      ([field, value]) => `  ${'KubeletConfiguration'.padEnd(26)}${field}: ${value}`,
    ),
  ];
  return lines.length > 0 ? lines : ['  none: the defaults of this version hold'];
};

const evictionText = ({ eviction }: Plan['profile']['effective']): string =>
  eviction.kind === 'tolerations'
    ? `tolerations of ${formatDuration(eviction.seconds * 1000)}, counted from the taint`
    : `pod-eviction-timeout of ${formatDuration(eviction.timeoutMs)}, counted from the last heartbeat`;

const shutdownText = ({ gracePeriodMs, criticalPodsMs }: Shutdown): string =>
  `in order, ${formatDuration(gracePeriodMs)} at the most, the last ${formatDuration(criticalPodsMs)} for critical pods; in the model alone`;

const effectiveLines = ({ profile: { effective } }: Plan, columns: number): Lines => {
  const up = effective.leaseJitter > 0 ? ` and up to ${effective.leaseJitter * 100} % later` : '';
  const renew = `renewed every ${formatDuration(effective.leaseRenewIntervalMs)}${up}`;
  const lease =
    effective.withoutLeases === true
      ? 'none that anybody reads: the status is the heartbeat'
      : `${effective.nodeLeaseDurationSeconds}s, ${renew}`;
  return [
    ...row('lease', lease, columns),
    ...row(
      'status',
      `computed every ${formatDuration(effective.nodeStatusUpdateFrequencyMs)}, ` +
        `posted unchanged every ${formatDuration(effective.nodeStatusReportFrequencyMs)}`,
      columns,
    ),
    ...row(
      'monitor',
      `every ${formatDuration(effective.nodeMonitorPeriodMs)}, grace ${formatDuration(effective.nodeMonitorGracePeriodMs)}`,
      columns,
    ),
    ...row('eviction', evictionText(effective), columns),
    ...(effective.shutdown === undefined ? [] : row('shutdown', shutdownText(effective.shutdown), columns)),
  ];
};

const phaseText = (phase: PlannedPhase): string => {
  if (phase.kind === 'recover') return `within ${formatDuration(phase.withinMs)} every node is to be Ready again`;
  if (phase.kind === 'steady') return formatDuration(phase.durationMs);
  return `${formatDuration(phase.durationMs)}, ${faultsText(phase)}`;
};

/** What each fault will run, as a person would type it; containers as a cluster of the scenario's name would have them. */
const commandLines = (plan: Plan): Lines => {
  const container = (node: string): string => fullNodeName(`${clusterPrefix}${plan.scenario}`, node);
  const faults = plan.phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []));
  return faults.flatMap((fault) =>
    faultCommands(fault, container).flatMap(({ node, apply, undo }) => [
      `  # ${fault.id} on ${node}`,
      ...apply.flatMap((command) => command.split('\n').map((line) => `  ${line}`)),
      `  # its undo`,
      ...undo.flatMap((command) => command.split('\n').map((line) => `  ${line}`)),
    ]),
  );
};

const expectationText = ({ figure, min, max, equals }: Expectation): string => {
  const bounds = [
    ...(equals === null ? [] : [`= ${equals}`]),
    ...(min === null ? [] : [`≥ ${min}`]),
    ...(max === null ? [] : [`≤ ${max}`]),
  ];
  return `${figure} ${bounds.join(' and ')}`;
};

/** `GET /healthz of Service web, 2 replicas of a StatefulSet, grace 5s, own toleration of unreachable 10s, probed every 5s` */
const workloadText = ({ replicas, kind, manifest, ...how }: Plan['workload']): string =>
  [
    ...(manifest === undefined ? [] : [`GET ${manifest.path} of Service ${manifest.service}`]),
    `${counted(replicas, 'replica')}${kind === undefined ? '' : ' of a StatefulSet'}`,
    ...(how.terminationGracePeriodMs === undefined ? [] : [`grace ${formatDuration(how.terminationGracePeriodMs)}`]),
    ...Object.entries(how.tolerations ?? {}).map(
      ([taint, stay]) => `own toleration of ${taint} ${stay === 'forever' ? stay : formatDuration(stay * 1000)}`,
    ),
    ...Object.entries(how.podDisruptionBudget ?? {}).map(([name, pods]) => `PodDisruptionBudget ${name} ${pods}`),
    ...(how.volume === undefined ? [] : [`a ${how.volume.accessMode} volume${kind === undefined ? '' : ' each'}`]),
    ...(how.readiness === undefined
      ? []
      : [
          `probed every ${formatDuration(how.readiness.periodMs)}, not ready after ${counted(how.readiness.failureThreshold, 'failure')}`,
        ]),
  ].join(', ');

/**
 * A plan for people: what will be passed, what then holds, what will be done and what closed formulas say of it.
 * @param versionNote where the exact version comes from
 */
export const planText = (
  plan: Plan,
  versionNote: string,
  columns: number,
  beside: Beside = { typed: ['plan', plan.scenario], losses: null },
): string => {
  const { topology, load, profile } = plan;
  const planes =
    topology.controlPlanes === 0 ? 'a managed control plane' : counted(topology.controlPlanes, 'control plane');
  const size = `${planes}, ${counted(topology.workers, 'worker')}${besidesText(topology)}`;
  const connections = load.connection === 'both' ? 'fresh and kept connections' : `${load.connection} connections`;
  const lines = [
    ...wrap(`${plan.scenario}: ${plan.title}`, columns),
    ...wrap(`Kubernetes ${plan.kubernetesVersion} (${versionNote})`, columns),
    ...wrap(`${size}; profile ${profile.name}, ${profile.reading} reading`, columns),
    ...section('Settings that are passed', settingLines(plan)),
    ...section('What then holds', effectiveLines(plan, columns)),
    ...section('What is done', [
      ...row('workload', workloadText(plan.workload), columns),
      ...row(
        'load',
        `${counted(load.ratePerSecond, 'request')}/s on ${connections}, timeout ${formatDuration(load.timeoutMs)}`,
        columns,
      ),
      ...row('entrance', entranceText(plan), columns),
      ...plan.phases.flatMap((phase) => row(phase.name, phaseText(phase), columns)),
    ]),
    ...section(
      'What is expected',
      plan.expectations.flatMap((each) => hang('  ', expectationText(each), columns)),
    ),
    ...section('Predicted by formula, nothing was run', predictionLines(plan, columns, beside)),
    ...section(
      'Good to know',
      [...profile.warnings, ...plan.warnings].flatMap((each) => hang('  - ', each, columns)),
    ),
    ...section('Commands of the faults, on a real cluster', commandLines(plan)),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
