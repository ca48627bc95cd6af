import type { PreparedAct } from '../../agent/index.ts';
import { maxAsks, maxLoadMs, maxServiceInFlight, networkScript, type OwnLoad } from '../../backend/index.ts';
import { workloadName, workloadNamespace } from '../../cluster/index.ts';
import { quoteCommand } from '../../common/command.ts';
import { formatDuration } from '../../common/duration.ts';
import { counted } from '../../common/text/counted.ts';
import {
  type ClusterSurvey,
  type Eligibility,
  type LoadKind,
  type MissingRight,
  rightsOf,
  type ServicePlace,
  serviceText,
} from '../../guard/index.ts';
import type { Plan } from '../../plan/index.ts';
import { formText } from './form.ts';
import type { AskedOwnCluster } from './options.ts';

const indented = (text: string): readonly string[] => text.split('\n').map((line) => `      ${line}`);

const placeLines = ({ clusterName, context, server, uid, serverVersion, nodes }: ClusterSurvey): readonly string[] => [
  `cluster  ${clusterName}  (context ${context}, ${server})`,
  `UID      ${uid}`,
  `version  ${serverVersion}, ${counted(nodes.length, 'node')}`,
];

/** What is run on each node, in full. */
const commandLines = (acts: readonly PreparedAct[]): readonly string[] =>
  acts.flatMap(({ act }) => [
    `on ${act.node}, for ${formatDuration(act.lengthMs)}:`,
    ...(act.survey === null ? [] : ['    survey', ...indented(quoteCommand(act.survey))]),
    '    apply',
    ...indented(quoteCommand(act.apply)),
    '    undo',
    ...indented(quoteCommand(act.undo)),
    '    verify',
    ...indented(quoteCommand(act.verify)),
  ]);

/** What each node that is hit is asked beside that, so that its runs compare. */
const readLines: readonly string[] = [
  'on each of them, once, to read the mode of kube-proxy and the network of its pods:',
  ...indented(quoteCommand(['sh', '-c', networkScript])),
];

/** Which rights the load takes. */
export const loadKind = ({ load }: Pick<AskedOwnCluster, 'load'>): LoadKind => {
  if (load === null) return null;
  return load.service === null ? 'workload' : { service: load.service };
};

const rightLines = (asked: Pick<AskedOwnCluster, 'load' | 'injector'>): readonly string[] =>
  rightsOf(loadKind(asked), asked.injector === 'chaos-mesh').map(
    ({ namespace, resource, verbs, why }) =>
      `    ${verbs.join(', ')} ${resource}${namespace === null ? '' : ` in ${namespace}`}: to ${why}`,
  );

const podLines = ({ generators, image }: OwnLoad): readonly string[] =>
  generators.map(
    ({ pod, node, entrance }) =>
      `         Pod ${pod}: ${generators.length === 1 ? "the load's generator" : 'a generator of the load'}, on ${node} (${entrance} in the plan), which no fault hits, of ${image}`,
  );

const fromText = ({ generators }: OwnLoad): string =>
  generators.length === 1 ? 'from there' : `from these ${generators.length} in turn`;

/** How many requests come before the load. */
const askedText = ({ generators, form }: OwnLoad, repeats: number): string => {
  const max = maxAsks(form);
  const all = generators.length * repeats;
  return max === 1
    ? `         before the load ${all === 1 ? 'it is sent once' : `it is sent ${all} times, once by each generator${repeats === 1 ? '' : ' in each repeat'}`}; again only where no connection came about`
    : `         before the load ${all === 1 ? 'once' : `${all} times, once by each generator${repeats === 1 ? '' : ' in each repeat'},`} where it answers, and at most ${max * all} times where it does not`;
};

/** A Service of somebody's: what it is asked at most, and that nothing of it is changed. */
const serviceLines = (
  plan: Pick<Plan, 'workload' | 'load' | 'phases' | 'repeats'>,
  load: OwnLoad,
  service: ServicePlace,
  hit: readonly string[],
): readonly string[] => {
  const { host, port, ready, nodes } = service;
  const onHit = nodes.filter((node) => hit.includes(node));
  return [
    `bring    Namespace ${workloadNamespace}, where it is not there; it goes again at the end, and ${load.generators.length === 1 ? 'the pod' : 'the pods'} with it`,
    ...podLines(load),
    `load     ${counted(plan.load.ratePerSecond, 'request')} a second ${fromText(load)} to Service ${serviceText(service)}, which is not the run's: ${load.form.method ?? 'GET'} ${load.form.tls === undefined ? 'http' : 'https'}://${host}:${port}${plan.workload.existingService?.path ?? '/'}${formText(load.form)}`,
    `         for ${formatDuration(maxLoadMs(plan))} at most${plan.repeats === 1 ? '' : ` in each of ${plan.repeats} repeats`}, ${maxServiceInFlight} under way at most; nothing of the Service is changed, and no workload is brought`,
    askedText(load, plan.repeats),
    `         ${counted(ready, 'ready endpoint')}, on ${nodes.join(', ') || 'nodes that its slices do not name'}; ${onHit.length === 0 ? 'none is known to be on a node that is hit' : `of these ${onHit.join(', ')} is hit`}`,
  ];
};

/**
 * What is brought beside the agents, object by object, and what is asked; nothing where no load is asked for.
 * @param hit names of the Nodes that faults hit
 */
export const loadText = (
  plan: Pick<Plan, 'workload' | 'load' | 'phases' | 'repeats'>,
  load: OwnLoad | null,
  hit: readonly string[],
): readonly string[] => {
  if (load === null) return [];
  if (load.service !== null) return serviceLines(plan, load, load.service, hit);
  const { workload, load: asked } = plan;
  return [
    `bring    Namespace ${workloadNamespace}, where it is not there; it goes again at the end, and all of these with it`,
    `         Deployment ${workloadName}: ${counted(workload.replicas, 'pod')} of ${load.workloadImage} on ${load.workloadNodes.join(', ')}`,
    `         Service ${workloadName}, of the cluster alone`,
    ...podLines(load),
    `load     ${counted(asked.ratePerSecond, 'request')} a second ${fromText(load)} to the Service, from before the first phase to the end of the last`,
  ];
};

/** A person agrees to all of them at once; nothing where there is one. */
const repeatsLines = (repeats: number): readonly string[] =>
  repeats === 1
    ? []
    : [`repeats  ${repeats}, one after another: each of these nodes is hit as often, and nobody is asked in between`];

/** Before anything is written: what is to be hit, by what, with which rights, for how long at most. */
export const beforeText = (
  survey: ClusterSurvey,
  acts: readonly PreparedAct[],
  missing: readonly MissingRight[],
  asked: Pick<AskedOwnCluster, 'agentImage' | 'maxMs' | 'load' | 'injector'> & Pick<Plan, 'repeats'>,
  beside: readonly string[],
): readonly string[] => [
  ...placeLines(survey),
  `hit      ${acts.map(({ act, target }) => `${act.node} (${target} in the plan): ${act.kind} for ${formatDuration(act.lengthMs)}`).join('; ')}`,
  ...repeatsLines(asked.repeats),
  `at most  ${formatDuration(asked.maxMs)} for each; the undo is armed on the node before it begins`,
  `agent    ${asked.agentImage}, a privileged pod on each of them in namespace skipbeat-agents`,
  ...beside,
  ...commandLines(acts),
  ...readLines,
  'with the rights to',
  ...rightLines(asked),
  ...missing.map(({ right, why }) => `without the right to ${right}: what it is for (to ${why}) stays unknown`),
];

/** Without `--nodes`: which nodes could be hit, and how; nothing is written. */
export const eligibleText = (
  survey: ClusterSurvey,
  eligible: readonly Eligibility[],
  acts: readonly PreparedAct[],
  asked: Pick<AskedOwnCluster, 'load' | 'injector'>,
  beside: readonly string[],
): readonly string[] => [
  ...placeLines(survey),
  'nodes',
  ...eligible.map(
    ({ node, why }) =>
      `    ${why.length === 0 ? '✓' : '✗'} ${node}${why.length === 0 ? '' : `: ${why.join(', and ')}`}`,
  ),
  ...beside,
  ...commandLines(acts),
  ...readLines,
  'with the rights to',
  ...rightLines(asked),
  'nothing was written',
];
