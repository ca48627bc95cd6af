import { type ClusterAccess, withinLimit } from '../../cluster/index.ts';
import { messageOf } from '../../common/errors.ts';
import { counted } from '../../common/text/counted.ts';
import { gibOf, readClusterNodes } from '../../observe/index.ts';
import type { ClusterNodes, EventBody, Machine } from '../../timeline/index.ts';
import type { Recorder } from '../backend.ts';
import type { OwnClusterOptions } from './context.ts';

/** Node's names for what Go calls otherwise. @see go tool dist list */
const architectures: Readonly<Record<string, string>> = { amd64: 'x64', '386': 'ia32' };

/** The machine under a node, as the node itself reports it. @throws CallFailed; the signal's reason */
export const machineOf = async (
  { client, config }: ClusterAccess,
  node: string,
  signal: AbortSignal,
): Promise<Machine> => {
  const api = config.makeApiClient(client.CoreV1Api);
  const { metadata, status } = await withinLimit({ client, signal }, (limited) =>
    api.readNode({ name: node }, limited),
  );
  const { cpu = '0', memory = '0' } = status?.capacity ?? {};
  const architecture = status?.nodeInfo?.architecture ?? 'unknown';
  return {
    architecture: architectures[architecture] ?? architecture,
    cpus: Number.parseInt(cpu, 10),
    memoryGib: gibOf(memory) ?? 0,
    cpu: metadata?.labels?.['node.kubernetes.io/instance-type'] ?? 'unknown',
  };
};

/** `worker is node-7`, of the nodes that are hit: the plan's own names stand in everything that follows. */
export const namesText = (targets: readonly string[], nodeOf: ReadonlyMap<string, string>): string =>
  targets.map((target) => `${target} is ${nodeOf.get(target) ?? 'no node'}`).join(', ');

/** Where the run is, once it is known. */
export const placeEvent = (
  { survey, agentImage, injector, nodeOf }: OwnClusterOptions,
  targets: readonly string[],
  machine: Machine,
  nodesRead: ClusterNodes | null,
): EventBody => {
  const planes = survey.nodes.filter(({ controlPlane }) => controlPlane !== null).length;
  const kubelets = [...new Set(survey.nodes.map(({ kubeletVersion }) => kubeletVersion ?? 'unknown'))].sort();
  return {
    type: 'run.place',
    target: `cluster ${survey.clusterName} (context ${survey.context}, ${survey.server}, UID ${survey.uid}), Kubernetes ${survey.serverVersion}, ${counted(planes, 'control plane')} + ${counted(survey.nodes.length - planes, 'worker')}; ${namesText(targets, nodeOf)}`,
    versions: {
      kubernetes: survey.serverVersion,
      kubelets: kubelets.join(', '),
      cluster: survey.uid,
      agentImage,
      ...(injector === 'agent' ? {} : { injector }),
      node: process.version,
    },
    machine,
    ...(nodesRead === null ? {} : { cluster: nodesRead }),
  };
};

/** Of which class the cluster is, as far as its nodes report it; null, and a note, where they were not read. @throws the signal's reason */
const readNodes = (
  { access, survey }: OwnClusterOptions,
  recorder: Recorder,
  signal: AbortSignal,
): Promise<ClusterNodes | null> => {
  const planes = new Set(survey.nodes.flatMap(({ name, controlPlane }) => (controlPlane === null ? [] : [name])));
  return readClusterNodes(access, { isPlane: (name) => planes.has(name), counts: () => true, signal }).catch(
    (thrown: unknown) => {
      signal.throwIfAborted();
      recorder.event({ type: 'note', text: `the class of the cluster was not read: ${messageOf(thrown)}` });
      return null;
    },
  );
};

/** Where the run is, with the machine under the first node that is hit, and the class of the cluster. @throws CallFailed; the signal's reason */
export const readPlace = async (
  options: OwnClusterOptions,
  targets: readonly string[],
  recorder: Recorder,
  signal: AbortSignal,
): Promise<EventBody> => {
  const [target = ''] = targets;
  const machine = await machineOf(options.access, options.nodeOf.get(target) ?? '', signal);
  return placeEvent(options, targets, machine, await readNodes(options, recorder, signal));
};
