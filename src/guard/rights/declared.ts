import { workloadNamespace } from '../../cluster/index.ts';
import { chaosMeshController, chaosMeshNamespace } from '../chaos-mesh/obstacles.ts';
import { agentNamespace, holdName } from '../names.ts';

/** A right in the cluster: what is done with which objects, where, and why. */
export type Right = {
  /** null: over the whole cluster. */
  readonly namespace: string | null;
  readonly group: string;
  /** `pods/log` is a subresource. Left out of a right to a path. */
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Only those objects; null: all. */
  readonly names: readonly string[] | null;
  /** What it is for, as a sentence after "to". */
  readonly why: string;
  /**
   * `namespace`: only where the agents' namespace is not there, for the run then makes it. `settings`: what is not read
   * without it is null, and the report says so. `workload`: only where the workload's namespace is not there. `unknown`: what is not read
   * without it is found out by trying.
   */
  readonly only: 'always' | 'namespace' | 'settings' | 'workload' | 'unknown';
};

const right = (
  namespace: string | null,
  [group, resource]: readonly [string, string],
  verbs: readonly string[],
  why: string,
  { names = null, only = 'always' }: Partial<Pick<Right, 'names' | 'only'>> = {},
): Right => ({ namespace, group, resource, verbs, names, why, only });

const leases = ['coordination.k8s.io', 'leases'] as const;

/**
 * Every right that a run on somebody's cluster needs, load or not: `skipbeat rbac` prints them, every run asks for each before it
 * writes, and docs/own-cluster.md lists them. Reviews of one's own access are open to everybody who is known.
 * @see kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy, system:basic-user
 */
export const neededRights: readonly Right[] = [
  right(
    null,
    ['', 'nodes'],
    ['get', 'list', 'watch'],
    'see which nodes there are, which may be hit, and what becomes of them',
  ),
  right(null, ['', 'namespaces'], ['get'], "know the cluster by the UID of kube-system, and the agents' namespace", {
    names: ['kube-system', agentNamespace],
  }),
  right(null, ['', 'namespaces'], ['create'], "make the agents' namespace", { only: 'namespace' }),
  right(null, ['', 'namespaces'], ['delete'], "remove the agents' namespace again", {
    names: [agentNamespace],
    only: 'namespace',
  }),
  right(
    'default',
    ['discovery.k8s.io', 'endpointslices'],
    ['get'],
    'know where the API servers are, whatever their nodes are labelled',
    {
      names: ['kubernetes'],
    },
  ),
  right('kube-node-lease', leases, ['list', 'watch'], "see the nodes' heartbeats"),
  right(agentNamespace, leases, ['create'], 'hold the cluster, so that no other run does'),
  right(agentNamespace, leases, ['get', 'update', 'delete'], 'renew the hold, and let go', { names: [holdName] }),
  right(agentNamespace, ['', 'configmaps'], ['create', 'list', 'delete'], 'keep the journal of what is to be undone'),
  right(agentNamespace, ['', 'pods'], ['create', 'get', 'list', 'delete'], 'run an agent on each node that is hit'),
  right(agentNamespace, ['', 'pods/log'], ['get'], 'fetch what an agent recorded'),
  right(agentNamespace, ['', 'pods/exec'], ['create', 'get'], 'give an agent its moment, and fetch what it recorded'),
  right('kube-system', ['', 'pods'], ['list'], 'read nodeMonitorGracePeriod where the control plane is in pods', {
    only: 'settings',
  }),
  right(
    null,
    ['', 'nodes/proxy'],
    ['get'],
    "read the kubelets' settings; it opens all of a kubelet's API, commands in pods too",
    {
      only: 'settings',
    },
  ),
];

/** What a run needs beside these that brings a workload and sends it a load, in a namespace of their own. */
const loadRights: readonly Right[] = [
  right(null, ['', 'namespaces'], ['get'], "see the workload's namespace", { names: [workloadNamespace] }),
  right(null, ['', 'namespaces'], ['create'], "make the workload's namespace", { only: 'workload' }),
  right(null, ['', 'namespaces'], ['delete'], "remove the workload's namespace again", {
    names: [workloadNamespace],
    only: 'workload',
  }),
  right(workloadNamespace, ['apps', 'deployments'], ['create', 'list', 'delete'], 'bring the workload'),
  right(workloadNamespace, ['', 'services'], ['create', 'list', 'delete'], 'give it an address'),
  right(
    workloadNamespace,
    ['', 'pods'],
    ['create', 'get', 'list', 'watch', 'delete'],
    "run the load's generator, and see what becomes of the workload's pods",
  ),
  right(workloadNamespace, ['', 'pods/exec'], ['create', 'get'], 'fetch the record of each request'),
  right(workloadNamespace, ['discovery.k8s.io', 'endpointslices'], ['list', 'watch'], "see the workload's endpoints"),
  right(workloadNamespace, ['', 'events'], ['list', 'watch'], 'see who evicts its pods'),
];

/** The load of a run: to a workload that it brings, or to a Service that stands there; null: none. */
export type LoadKind = 'workload' | { readonly service: { readonly namespace: string; readonly name: string } } | null;

/** Deployments and Services are listed all the same: what goes at the end is found by its labels. */
const loadPodRights: readonly Right[] = [
  ...loadRights.filter(({ namespace }) => namespace === null),
  right(workloadNamespace, ['apps', 'deployments'], ['list'], 'see that nothing of the run is left'),
  right(workloadNamespace, ['', 'services'], ['list'], 'see that nothing of the run is left'),
  right(workloadNamespace, ['', 'pods'], ['create', 'get', 'list', 'delete'], "run the load's generator"),
  right(workloadNamespace, ['', 'pods/exec'], ['create', 'get'], 'fetch the record of each request'),
];

const serviceRights = ({
  namespace,
  name,
}: {
  readonly namespace: string;
  readonly name: string;
}): readonly Right[] => [
  right(namespace, ['', 'services'], ['get'], 'know the address of the Service that gets the load', { names: [name] }),
  right(namespace, ['discovery.k8s.io', 'endpointslices'], ['list', 'watch'], "see the Service's endpoints"),
];

/** What a run needs beside these whose faults Chaos Mesh makes. */
const chaosMeshRights: readonly Right[] = [
  right(
    agentNamespace,
    ['chaos-mesh.org', 'networkchaos'],
    ['create', 'get', 'delete'],
    'ask Chaos Mesh for a fault, see what becomes of it, and take it back',
  ),
  right(chaosMeshNamespace, ['apps', 'deployments'], ['get'], 'see what Chaos Mesh allows before it is asked', {
    names: [chaosMeshController],
    only: 'unknown',
  }),
];

/** Every right that a run with that load needs. @param isChaosMesh whether Chaos Mesh makes its faults */
export const rightsOf = (load: LoadKind, isChaosMesh = false): readonly Right[] => {
  const run = isChaosMesh ? [...neededRights, ...chaosMeshRights] : neededRights;
  if (load === null) return run;
  if (load === 'workload') return [...run, ...loadRights];
  return [...run, ...loadPodRights, ...serviceRights(load.service)];
};
