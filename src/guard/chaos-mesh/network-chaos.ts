import { agentNamespace, ownLabels, runLabel } from '../names.ts';

export const networkChaosApi = 'chaos-mesh.org/v1alpha1';

/** A NetworkChaos as it is written. */
export type NetworkChaos = {
  readonly apiVersion: typeof networkChaosApi;
  readonly kind: 'NetworkChaos';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
};

export type NetworkChaosSite = {
  /** Of the act: names the object. `[a-z0-9-]{1,50}` */
  readonly id: string;
  /** The label's value. */
  readonly run: string;
  /** The agent's pod, which has the node's own network. */
  readonly pod: string;
  /** After so long Chaos Mesh ends it by itself. */
  readonly durationMs: number;
};

/**
 * The object that asks Chaos Mesh for it: on one pod of the run's own alone, whose network is the node's. Pure.
 * @param action what is done to which packets
 * @see chaos-mesh config/crd/bases/chaos-mesh.org_networkchaos.yaml
 */
export const networkChaosOf = (
  action: Readonly<Record<string, unknown>>,
  { id, run, pod, durationMs }: NetworkChaosSite,
): NetworkChaos => ({
  apiVersion: networkChaosApi,
  kind: 'NetworkChaos',
  metadata: { name: id, namespace: agentNamespace, labels: { ...ownLabels, [runLabel]: run } },
  spec: {
    mode: 'all',
    selector: { namespaces: [agentNamespace], pods: { [agentNamespace]: [pod] } },
    ...action,
    duration: `${durationMs}ms`,
  },
});
