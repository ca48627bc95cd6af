import { type HostExec, succeeded } from '../common/command.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { type EngineInfo, engineIdOf } from '../common/host/engine-id.ts';
import { skipbeat } from '../common/invocation.ts';
import { type PollResult, waitUntil } from '../common/wait.ts';
import { failureLine } from '../node/index.ts';
import { clusterNameFrom, clusterPrefix, incarnationOf, markPath, shortNodeName } from './names.ts';

/** One container of a kind cluster, as the engine tells it. */
export type ClusterContainer = {
  readonly id: string;
  readonly container: string;
  /** `worker2`; kind's load balancer is `external-load-balancer`. */
  readonly node: string;
  readonly role: 'control-plane' | 'worker' | 'external-load-balancer' | string;
  readonly running: boolean;
  /** Address in kind's network; null while it is not running. */
  readonly address: string | null;
  readonly marked: boolean;
  /** Of the mark; null where it does not say. */
  readonly incarnation: string | null;
};

/** One that runs Kubernetes, and bears a mark where it is ours; kind's load balancer bears none. */
export const isNode = ({ role }: Pick<ClusterContainer, 'role'>): boolean =>
  role === 'control-plane' || role === 'worker';

export type InspectedCluster = {
  readonly name: string;
  readonly containers: readonly ClusterContainer[];
  /** Bears a name that we give, and every node of it our mark. */
  readonly ours: boolean;
  /** Which cluster of that name; null where its nodes do not say, or not the same. */
  readonly incarnation: string | null;
};

type Inspected = {
  Id: string;
  Name: string;
  State: { Running: boolean };
  Config: { Labels: Record<string, string> };
  Mounts: { Destination: string; Source: string }[];
  NetworkSettings: { Networks: Record<string, { IPAddress: string }> };
};

const clusterLabel = 'io.x-k8s.kind.cluster';
const roleLabel = 'io.x-k8s.kind.role';

/** Of a container that is to go with its cluster, as what kind makes does. @param role none of kind's own */
export const clusterLabels = (cluster: string, role: string): readonly string[] => [
  `${clusterLabel}=${cluster}`,
  `${roleLabel}=${role}`,
];

const engineFailed = (line: string): SkipbeatError =>
  new SkipbeatError('ENGINE_UNREACHABLE', `The container engine did not answer: ${line}.`, {
    exitCode: exitCodes.environment,
    next: skipbeat('doctor'),
  });

const containerOf = (cluster: string, inspected: Inspected): ClusterContainer => {
  const container = inspected.Name.replace(/^\//, '');
  const addresses = Object.values(inspected.NetworkSettings.Networks).map((network) => network.IPAddress);
  const mark = inspected.Mounts.find((mount) => mount.Destination === markPath);
  return {
    id: inspected.Id,
    container,
    node: shortNodeName(cluster, container),
    role: inspected.Config.Labels[roleLabel] ?? '',
    running: inspected.State.Running,
    address: addresses.find((address) => address !== '') ?? null,
    marked: mark !== undefined,
    incarnation: mark === undefined ? null : incarnationOf(mark.Source),
  };
};

/** An engine copies a node image's volume while it makes a container: on a busy disk that takes its time. */
const beingMadeMs = 120_000;

/**
 * All containers that bear a label. A container that goes away between the list and its inspection is left out; one that
 * is still being made is listed before it can be inspected, and is waited for.
 */
const inspectAll = async (host: HostExec, label: string, signal?: AbortSignal): Promise<readonly Inspected[]> => {
  const probe = async (attempt: AbortSignal): Promise<PollResult<readonly Inspected[]>> => {
    const filter = ['--filter', `label=${label}`];
    const listed = await host(
      { argv: ['docker', 'ps', '--all', '--quiet', '--no-trunc', ...filter], timeoutMs: 20_000 },
      attempt,
    );
    if (!succeeded(listed)) throw engineFailed(failureLine(listed));
    const ids = listed.stdout.split('\n').filter((id) => id !== '');
    if (ids.length === 0) return { found: [] };
    const inspected = await host(
      { argv: ['docker', 'inspect', '--type', 'container', ...ids], timeoutMs: 20_000 },
      attempt,
    );
    if (succeeded(inspected)) return { found: JSON.parse(inspected.stdout) as Inspected[] };
    return { seen: failureLine(inspected) };
  };
  const patience = { timeoutMs: beingMadeMs, everyMs: 100, signal: signal ?? new AbortController().signal };
  return waitUntil('the engine to tell about every container that it lists', probe, patience);
};

const clustersOf = (inspected: readonly Inspected[]): readonly InspectedCluster[] => {
  const clusters = new Map<string, ClusterContainer[]>();
  for (const one of inspected) {
    const name = one.Config.Labels[clusterLabel] ?? '';
    if (!name.startsWith(clusterPrefix)) continue;
    clusters.set(name, [...(clusters.get(name) ?? []), containerOf(name, one)]);
  }
  return [...clusters].map(([name, containers]) => {
    const nodes = containers.filter(isNode);
    const [incarnation = null, ...others] = new Set(nodes.map((node) => node.incarnation));
    const ours =
      clusterNameFrom(name) === name && nodes.length > 0 && nodes.every((node) => node.marked) && others.length === 0;
    return { name, containers, ours, incarnation: others.length === 0 ? incarnation : null };
  });
};

/** Every kind cluster whose name begins with our prefix, ours or not. @throws SkipbeatError ENGINE_UNREACHABLE */
export const inspectClusters = async (host: HostExec, signal?: AbortSignal): Promise<readonly InspectedCluster[]> =>
  clustersOf(await inspectAll(host, clusterLabel, signal));

/**
 * The cluster of that name, or null. Containers of other clusters are not waited for.
 * @throws SkipbeatError ENGINE_UNREACHABLE
 */
export const inspectCluster = async (
  host: HostExec,
  name: string,
  signal?: AbortSignal,
): Promise<InspectedCluster | null> =>
  clustersOf(await inspectAll(host, `${clusterLabel}=${name}`, signal)).find((cluster) => cluster.name === name) ??
  null;

/** Whether nothing is left that could say who made it, as where kind or a removal was killed beside its load balancer. */
export const isNodeless = ({ containers }: Pick<InspectedCluster, 'containers'>): boolean => !containers.some(isNode);

/** Of a cluster without a node. */
export const nodelessText = ({ containers }: Pick<InspectedCluster, 'containers'>): string =>
  `no node of it stands, and ${containers.map(({ container }) => container).join(', ')} does not say who made it`;

export const clusterForeign = (cluster: Pick<InspectedCluster, 'name' | 'containers'>): SkipbeatError => {
  const { name } = cluster;
  const [found, then] =
    isNodeless(cluster) && clusterNameFrom(name) === name
      ? [`that ${nodelessText(cluster)}`, skipbeat(`cleanup --cluster ${name}`)]
      : ['one without that mark', 'delete that cluster yourself'];
  return new SkipbeatError(
    'CLUSTER_FOREIGN',
    `Cluster ${name}: expected one that skipbeat made (each node with ${markPath}), found ${found}. It was left untouched.`,
    { exitCode: exitCodes.usage, next: `choose another name with --cluster, or ${then}` },
  );
};

/** @throws SkipbeatError CLUSTER_FOREIGN (exit 64) unless prefix and marks say that skipbeat made it */
export const assertOurs = (cluster: InspectedCluster): void => {
  if (!cluster.ours) throw clusterForeign(cluster);
};

/** Statuses in which a container's processes are there. @see docker-ps(1), "status" */
const withProcesses = ['running', 'paused', 'restarting'].flatMap((status) => ['--filter', `status=${status}`]);

/** Every node of kind that runs on the engine, whoever made it. @throws SkipbeatError ENGINE_UNREACHABLE */
export const kindNodes = async (
  host: HostExec,
  signal?: AbortSignal,
): Promise<readonly { readonly cluster: string; readonly role: string }[]> => {
  const format = `{{.Label "${clusterLabel}"}} {{.Label "${roleLabel}"}}`;
  const filter = ['--filter', `label=${clusterLabel}`];
  const listed = await host(
    { argv: ['docker', 'ps', ...withProcesses, '--format', format, ...filter], timeoutMs: 20_000 },
    signal,
  );
  signal?.throwIfAborted();
  if (!succeeded(listed)) throw engineFailed(failureLine(listed));
  return listed.stdout.split('\n').flatMap((line) => {
    const [cluster, role] = line.split(' ');
    return cluster === undefined || role === undefined ? [] : [{ cluster, role }];
  });
};

/**
 * The engine that answers: another DOCKER_HOST or context is another one. @throws SkipbeatError ENGINE_UNREACHABLE (exit 75)
 */
export const engineId = async (host: HostExec): Promise<string> => {
  const asked = await host({ argv: ['docker', 'info', '--format', '{{json .}}'], timeoutMs: 20_000 });
  const id = succeeded(asked) ? engineIdOf(JSON.parse(asked.stdout) as EngineInfo) : '';
  if (!succeeded(asked) || id === '') throw engineFailed(failureLine(asked));
  return id;
};
