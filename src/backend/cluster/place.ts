import type { ClusterAccess } from '../../cluster/index.ts';
import type { EventBody, Machine } from '../../timeline/index.ts';
import type { OwnClusterOptions } from './context.ts';

/** Node's names for what Go calls otherwise. @see go tool dist list */
const architectures: Readonly<Record<string, string>> = { amd64: 'x64', '386': 'ia32' };

const gib = 2 ** 30;
const units: Readonly<Record<string, number>> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** A quantity of memory in bytes; 0 where it is none. @see k8s.io/apimachinery pkg/api/resource */
const bytesOf = (quantity: string): number => {
  const [, number = '', unit = ''] = /^(\d+)(Ki|Mi|Gi|Ti)?$/.exec(quantity) ?? [];
  return Number(number) * (units[unit] ?? 1);
};

/** The machine under a node, as the node itself reports it. @throws the client's error */
export const machineOf = async ({ client, config }: ClusterAccess, node: string): Promise<Machine> => {
  const { metadata, status } = await config.makeApiClient(client.CoreV1Api).readNode({ name: node });
  const { cpu = '0', memory = '0' } = status?.capacity ?? {};
  const architecture = status?.nodeInfo?.architecture ?? 'unknown';
  return {
    architecture: architectures[architecture] ?? architecture,
    cpus: Number.parseInt(cpu, 10),
    memoryGib: Math.round(bytesOf(memory) / gib),
    cpu: metadata?.labels?.['node.kubernetes.io/instance-type'] ?? 'unknown',
  };
};

const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** `worker is node-7`, of the nodes that are hit: the plan's own names stand in everything that follows. */
export const namesText = (targets: readonly string[], nodeOf: ReadonlyMap<string, string>): string =>
  targets.map((target) => `${target} is ${nodeOf.get(target) ?? 'no node'}`).join(', ');

/** Where the run is, once it is known. */
export const placeEvent = (
  { survey, agentImage, nodeOf }: OwnClusterOptions,
  targets: readonly string[],
  machine: Machine,
): EventBody => {
  const planes = survey.nodes.filter(({ controlPlane }) => controlPlane !== null).length;
  const kubelets = [...new Set(survey.nodes.map(({ kubeletVersion }) => kubeletVersion ?? 'unknown'))].sort();
  return {
    type: 'run.place',
    target: `cluster ${survey.clusterName} (context ${survey.context}, ${survey.server}, UID ${survey.uid}), Kubernetes ${survey.serverVersion}, ${many(planes, 'control plane')} + ${many(survey.nodes.length - planes, 'worker')}; ${namesText(targets, nodeOf)}`,
    versions: {
      kubernetes: survey.serverVersion,
      kubelets: kubelets.join(', '),
      cluster: survey.uid,
      agentImage,
      node: process.version,
    },
    machine,
  };
};
