import { assertAgentCan } from '../../agent/index.ts';
import { type OwnLoad, podNameOf } from '../../backend/index.ts';
import { formatDuration } from '../../common/duration.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { counted } from '../../common/text/counted.ts';
import type { ClusterSurvey } from '../../guard/index.ts';
import { entrancesOf, hitBy, type Plan } from '../../plan/index.ts';
import { nodeNames, type Scenario, type ScenarioFault, targetNodes } from '../../scenario/index.ts';

/** Why a scenario cannot be run on a cluster that somebody has. */
export const refused = ({ name }: Scenario, why: string): SkipbeatError =>
  new SkipbeatError('SCENARIO_NOT_FOR_CONTEXT', `${name} cannot be run on a cluster of --context: ${why}.`, {
    exitCode: exitCodes.usage,
    next: `run it on a cluster of its own: ${skipbeat(`run ${name} --backend kind`)}`,
  });

const faultsOf = ({ phases }: Scenario): readonly ScenarioFault[] =>
  phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []));

/**
 * Refuses what no agent makes, and what a cluster of somebody else cannot be: before anybody is asked anything.
 * @throws SkipbeatError FAULT_NOT_FOR_CONTEXT, SCENARIO_NOT_FOR_CONTEXT (exit 64)
 */
export const assertForContext = (scenario: Scenario): void => {
  const faults = faultsOf(scenario);
  for (const fault of faults) assertAgentCan({ ...fault, id: fault.kind });
  if (faults.length === 0)
    throw refused(scenario, `it has no fault; to only watch, ${skipbeat('watch --context NAME')}`);
  if (scenario.cluster.hollow !== undefined)
    throw refused(scenario, 'it asks for hollow nodes, and none are made there');
  if (faults.some(({ target }) => 'leader' in target)) throw refused(scenario, 'it hits a leader of the control plane');
};

/**
 * Refuses a load that is not made there: before anybody is asked anything.
 * @throws SkipbeatError SCENARIO_NOT_FOR_CONTEXT (exit 64)
 */
export const assertLoadForContext = (scenario: Scenario): void => {
  const { workload, load, cluster } = scenario;
  if (workload.manifest !== undefined)
    throw refused(scenario, 'it brings objects of its own, which are not made there');
  if (workload.kind === 'statefulset')
    throw refused(scenario, 'its workload is a StatefulSet, which is not made there');
  if (workload.podDisruptionBudget !== undefined)
    throw refused(scenario, 'it has a PodDisruptionBudget, which is not made there');
  if (workload.volume !== undefined) throw refused(scenario, 'its pods need volumes, which are not made there');
  if ((cluster.podsPerNode ?? 0) > 0) throw refused(scenario, 'it asks for pods beside the workload');
  if ((load.through ?? 'untouched') !== 'untouched')
    throw refused(scenario, 'its load comes through nodes that faults hit, and the generator is on none of these');
};

const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.');

const named = ({ nodes }: ClusterSurvey, isPlane: boolean): readonly string[] =>
  nodes
    .filter(({ controlPlane }) => (controlPlane !== null) === isPlane)
    .map(({ name }) => name)
    .sort();

/** The scenario as it is on that cluster: of its version, with as many nodes as it has. Pure. @throws SkipbeatError SCENARIO_NOT_FOR_CONTEXT (exit 64) */
export const onCluster = (scenario: Scenario, survey: ClusterSurvey): Scenario => {
  const [controlPlanes, workers] = [named(survey, true).length, named(survey, false).length];
  const topology = controlPlanes === 0 ? 'managed' : controlPlanes === 1 ? 'single' : 'ha';
  const cluster = {
    topology,
    kubernetes: minorOf(survey.serverVersion),
    controlPlanes,
    workers,
    apiServerPort: null,
  } as const;
  const known = nodeNames(cluster);
  for (const target of faultsOf(scenario).flatMap((fault) => targetNodes(fault.target, cluster))) {
    if (target.startsWith('control-plane'))
      throw refused(scenario, `it hits ${target}, and control planes are never hit`);
    if (!known.includes(target))
      throw refused(
        scenario,
        `it hits ${target}, and there ${workers === 1 ? 'is' : 'are'} ${counted(workers, 'worker')}`,
      );
  }
  return { ...scenario, cluster };
};

/** @throws SkipbeatError SCENARIO_NOT_FOR_CONTEXT (exit 64) for a fault that stands for longer than was agreed to */
export const assertShort = (scenario: Scenario, { phases }: Pick<Plan, 'phases'>, maxMs: number): void => {
  for (const phase of phases) {
    if (phase.kind !== 'fault') continue;
    for (const { startMs, endMs, id } of phase.inject.flatMap(({ occurrences }) => occurrences)) {
      if (endMs - startMs <= maxMs) continue;
      throw refused(
        scenario,
        `${id} stands for ${formatDuration(endMs - startMs)}, and --max-duration is ${formatDuration(maxMs)}`,
      );
    }
  }
};

/** One of each zone in turn, the zones and the nodes of each in their order. */
const acrossZones = (nodes: readonly { readonly name: string; readonly zone: string }[]): readonly string[] => {
  const zones = [...Map.groupBy(nodes, ({ zone }) => zone).values()];
  const rows = Math.max(0, ...zones.map((own) => own.length));
  return Array.from({ length: rows }, (_, row) => zones.flatMap((own) => own[row]?.name ?? [])).flat();
};

/** Workers that no fault hits and that take any pod. @param generators where there are several, one of each zone in turn */
const freeWorkers = (
  { nodes }: ClusterSurvey,
  chosen: readonly string[],
  generators: number | undefined,
): readonly string[] => {
  const free = nodes
    .filter(({ name, controlPlane, unschedulable, os, taints }) => {
      const isTainted = taints.some(({ effect }) => effect !== 'PreferNoSchedule');
      return controlPlane === null && !unschedulable && os === 'linux' && !isTainted && !chosen.includes(name);
    })
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return generators === undefined ? free.map(({ name }) => name) : acrossZones(free);
};

/**
 * Where the generators and the workload's pods are: each generator on a worker of its own that no fault hits; the pods on those that are hit
 * and on others, as many as there are replicas and at least one, so that each that is hit has a pod and each that a pod may
 * move to holds its image. Pure.
 * @throws SkipbeatError LOAD_POD_IMPOSSIBLE (exit 75)
 */
export const placeLoad = (
  plan: Pick<Plan, 'workload' | 'phases' | 'topology' | 'load'>,
  survey: ClusterSurvey,
  chosen: readonly string[],
  nodeOf: ReadonlyMap<string, string>,
): Pick<OwnLoad, 'generators' | 'workloadNodes'> => {
  const { generators: wanted = 1 } = plan.load;
  const free = freeWorkers(survey, chosen, plan.load.generators);
  const generators = entrancesOf(plan)
    .map((entrance, index) => ({ pod: podNameOf(index), node: nodeOf.get(entrance) ?? '', entrance }))
    .filter(({ node }) => free.includes(node));
  if (generators.length < wanted) {
    throw new SkipbeatError(
      'LOAD_POD_IMPOSSIBLE',
      wanted === 1
        ? `--load-from pod: expected a Linux worker that no fault hits, that is not cordoned and has no taint, for the generator, found none of ${counted(survey.nodes.length, 'node')}.`
        : `--load-pods ${wanted}: expected as many Linux workers that no fault hits, that are not cordoned and have no taint, one for each generator, found ${generators.length} of ${counted(survey.nodes.length, 'node')}.`,
      {
        exitCode: exitCodes.environment,
        next:
          wanted === 1
            ? 'leave --load-from out, or let the faults hit fewer nodes'
            : '--load-pods with a smaller number, or let the faults hit fewer nodes',
      },
    );
  }
  if (plan.workload.existingService !== undefined) return { generators, workloadNodes: [] };
  const others = Math.max(1, plan.workload.replicas - chosen.length);
  return { generators, workloadNodes: [...chosen, ...free.slice(0, others)] };
};

/** The Node of each node of the plan: the targets are those that were chosen, the others go by their names. Pure. */
export const mapNodes = (
  plan: Pick<Plan, 'phases' | 'topology' | 'load'>,
  survey: ClusterSurvey,
  chosen: readonly string[],
): ReadonlyMap<string, string> => {
  const targets = [...hitBy(plan)];
  const hit = new Map(targets.map((target, index) => [target, chosen[index] ?? '']));
  const rest = {
    plane: [...named(survey, true)],
    // Those that take any pod first: the load enters through the first of them.
    worker: [...freeWorkers(survey, chosen, plan.load.generators), ...named(survey, false)].filter(
      (name, index, all) => !chosen.includes(name) && all.indexOf(name) === index,
    ),
  };
  return new Map(
    nodeNames(plan.topology).map((node) => {
      const own = hit.get(node) ?? (node.startsWith('control-plane') ? rest.plane : rest.worker).shift() ?? '';
      return [node, own];
    }),
  );
};
