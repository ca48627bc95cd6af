import { stringify } from 'yaml';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import type { Plan } from '../plan/index.ts';
import { kubeletEnvironment } from '../profile/index.ts';
import { markPath } from './names.ts';

type KindNode = { readonly role: string; readonly [field: string]: unknown };
type KindConfig = {
  readonly nodes?: readonly KindNode[];
  readonly networking?: object;
  readonly kubeadmConfigPatches?: readonly string[];
  readonly [field: string]: unknown;
};

/** `role` as often as the plan says: the topology file's own entries first, further ones like its last. */
const nodesOf = (config: KindConfig, role: string, count: number): readonly KindNode[] => {
  const templates = (config.nodes ?? []).filter((node) => node.role === role);
  const last = templates.at(-1) ?? { role };
  return Array.from({ length: count }, (_, index) => templates[index] ?? last);
};

/**
 * Merges what a plan asks for into a topology's kind configuration.
 * Patches carry no apiVersion and write `extraArgs` as a map: kind then applies them whichever kubeadm version it
 * renders and converts the map where a list is wanted; with a version of the wrong kind it would drop them silently.
 * @param topology the parsed file of kind-configs/
 * @param markSource file on this machine that is mounted into every node as the mark that the cluster is ours
 * @returns YAML for `kind create cluster --config`
 */
export const kindConfigFor = (plan: Plan, topology: unknown, markSource: string): string => {
  if (typeof topology !== 'object' || topology === null || Array.isArray(topology)) {
    throw new SkipbeatError(
      'KIND_CONFIG_INVALID',
      `kind-configs/${plan.topology.name}.yaml: expected a mapping of kind v1alpha4, received ${topology === null ? 'nothing' : typeof topology}.`,
      { exitCode: exitCodes.usage, next: `git checkout kind-configs/${plan.topology.name}.yaml` },
    );
  }
  const config = topology as KindConfig;
  const marked = [
    ...nodesOf(config, 'control-plane', plan.topology.controlPlanes),
    ...nodesOf(config, 'worker', plan.topology.workers),
  ].map((node) => ({
    ...node,
    extraMounts: [
      ...((node.extraMounts as readonly unknown[] | undefined) ?? []),
      { hostPath: markSource, containerPath: markPath, readOnly: true },
    ],
  }));
  const { apiServerArgs, controllerManagerArgs, kubeletConfiguration } = plan.profile;
  const patches = [
    {
      kind: 'ClusterConfiguration',
      apiServer: { extraArgs: apiServerArgs },
      controllerManager: { extraArgs: controllerManagerArgs },
    },
    { kind: 'KubeletConfiguration', ...kubeletEnvironment(plan.kubernetesVersion), ...kubeletConfiguration },
  ];
  return stringify({
    ...config,
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    nodes: marked,
    networking: {
      ...config.networking,
      // A /24 for each node; the /16 of kind's default holds 256.
      ...((plan.topology.hollow?.nodes ?? 0) > 200 ? { podSubnet: '10.128.0.0/10' } : {}),
      ...(plan.topology.apiServerPort === null ? {} : { apiServerPort: plan.topology.apiServerPort }),
    },
    kubeadmConfigPatches: [...(config.kubeadmConfigPatches ?? []), ...patches.map((patch) => stringify(patch))],
  });
};
