import * as z from 'zod';
import type { NamedContext } from '../../common/command.ts';
import { zoneOf } from '../../common/kubernetes/zone.ts';
import type { ReadyStatus } from '../../timeline/index.ts';
import { printable } from '../names.ts';

/** Which machine a node is, as its kubelet reports it; null: it does not say, or says nothing of that form. */
export type NodeMachine = {
  /** `/etc/machine-id`. */
  readonly id: string | null;
  /** Of the firmware: those of clones of one disk differ in it alone. */
  readonly uuid: string | null;
};

/** What one node is, as far as the rules ask. null: it does not say. */
export type SurveyedNode = {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Why it is of the control plane, in words; null: nothing says that it is. */
  readonly controlPlane: string | null;
  /** `eu/eu-1a`, as the node lifecycle controller tells zones apart; '': of none. */
  readonly zone: string;
  /** Of its condition Ready; null: it has none. */
  readonly ready: ReadyStatus | null;
  /** The condition's reason; '' where there is none. */
  readonly reason: string;
  readonly unschedulable: boolean;
  readonly kubeletVersion: string | null;
  /** `linux`. */
  readonly os: string | null;
  readonly taints: readonly { readonly key: string; readonly value: string; readonly effect: string }[];
  /** All that it reports, its host name too. */
  readonly addresses: readonly string[];
  /** The first InternalIP. */
  readonly address: string | null;
  /** ms since 1970, by the API server's clock. */
  readonly createdAtMs: number;
  readonly machine: NodeMachine;
  /** It has a deletionTimestamp: it goes once its finalizers are done. */
  readonly isDeleting: boolean;
};

/** Who holds a cluster. */
export type Holder = {
  readonly run: string;
  /** `process 812 on build-7`; null: the Lease does not say. */
  readonly who: string | null;
  /** By the API server's clock: renewed within its duration. */
  readonly isLive: boolean;
  /** Since its last renewal, ms; null: it was never renewed, or its time cannot be read. */
  readonly silentMs: number | null;
};

/** Where this process runs, so that no fault hits it. */
export type Self = {
  readonly host: string;
  readonly addresses: readonly string[];
  /** The node of this process, where it is a pod of this very cluster. */
  readonly node: string | null;
  /** Why that cannot be known, in words; null: it is known. */
  readonly unknown: string | null;
};

/** An address and a port at which an API server listens. */
export type ApiServerPlace = { readonly address: string; readonly port: number };

/** What a cluster is before anything is written to it. */
export type ClusterSurvey = NamedContext & {
  /** The name that the context gives the cluster: what a person types. */
  readonly clusterName: string;
  readonly server: string;
  /** Of the namespace kube-system. */
  readonly uid: string;
  /** ms since 1970, of the namespace kube-system. */
  readonly createdAtMs: number;
  /** `v1.34.4`, without what a vendor adds. */
  readonly serverVersion: string;
  /** The API server's clock, ms since 1970. */
  readonly nowMs: number;
  /** Addresses of its API servers. */
  readonly apiServers: readonly string[];
  /** The same with their ports. */
  readonly apiServerPlaces: readonly ApiServerPlace[];
  readonly nodes: readonly SurveyedNode[];
  /** null: nobody. */
  readonly holder: Holder | null;
  /** Runs that left entries in the cluster's journal. */
  readonly unfinished: readonly string[];
  readonly self: Self;
};

/**
 * Marks of a control plane: kubeadm's of today and before 1.24, RKE's, etcd of its own, and that of MicroK8s, which gives no role.
 * @see kubeadm constants.go; canonical/microk8s microk8s-resources/default-args/kubelet, `--node-labels`, and
 *   scripts/wrappers/common/cluster/utils.py, get_control_plane_nodes_internal_ips
 */
const roles = [
  ...['control-plane', 'master', 'controlplane', 'etcd'].map((role) => `node-role.kubernetes.io/${role}`),
  'node.kubernetes.io/microk8s-controlplane',
];

/**
 * Every node of MicroK8s bears the first one, and only one that joined as a worker the second. Which of the others are of the control
 * plane is known by a label that older ones did not give: they may be.
 * @see canonical/microk8s scripts/wrappers/join.py, update_cert_auth_kubelet; its default-args/kubelet before that label
 */
const [ofMicroK8s, microK8sWorker] = ['microk8s.io/cluster', 'node.kubernetes.io/microk8s-worker'];

/** By what a node bears; null: by nothing. */
const markOf = (
  labels: Readonly<Record<string, string>>,
  taints: readonly { readonly key: string }[],
): string | null => {
  const role = roles.find((each) => each in labels || taints.some(({ key }) => key === each));
  if (role !== undefined) return `it bears ${role}`;
  if (!(ofMicroK8s in labels) || microK8sWorker in labels) return null;
  return `it may be: it bears ${ofMicroK8s}, and no ${microK8sWorker}`;
};

const text = z.record(z.string(), z.string()).default({});

/** @see k8s.io/api core/v1 types.go, NodeSystemInfo */
export const machineCode = /^[\w-]{1,100}$/;

const code = z
  .string()
  .optional()
  .transform((said) => (said !== undefined && machineCode.test(said) ? said : null));

/** A Node, of which only what the rules ask is read; a field of another form is an error, not an absence. */
const nodeShape = z.object({
  metadata: z.object({
    name: z.string().min(1),
    uid: z.string().min(1),
    labels: text,
    creationTimestamp: z.iso.datetime({ offset: true }),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z
    .object({
      unschedulable: z.boolean().default(false),
      taints: z.array(z.object({ key: z.string(), value: z.string().default(''), effect: z.string() })).default([]),
    })
    .prefault({}),
  status: z
    .object({
      conditions: z
        .array(
          z.object({ type: z.string(), status: z.enum(['True', 'False', 'Unknown']), reason: z.string().default('') }),
        )
        .default([]),
      addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
      nodeInfo: z
        .object({
          ...{ kubeletVersion: z.string().optional(), operatingSystem: z.string().optional() },
          ...{ machineID: code, systemUUID: code },
        })
        .prefault({}),
    })
    .prefault({}),
});

/** Reads a Node as the API server sends it. @param apiServers addresses of the cluster's API servers */
export const surveyedNode = (apiServers: readonly string[]) =>
  nodeShape.transform(({ metadata, spec, status }): SurveyedNode => {
    const { labels } = metadata;
    const addresses = status.addresses.map(({ address }) => address);
    const condition = status.conditions.find(({ type }) => type === 'Ready');
    const served = addresses.find((address) => apiServers.includes(address));
    const serves = served === undefined ? null : `an API server answers at ${served}, its address`;
    return {
      name: metadata.name,
      uid: metadata.uid,
      labels,
      controlPlane: markOf(labels, spec.taints) ?? serves,
      zone: zoneOf(labels),
      ready: condition?.status ?? null,
      reason: printable(condition?.reason ?? ''),
      unschedulable: spec.unschedulable,
      kubeletVersion: status.nodeInfo.kubeletVersion === undefined ? null : printable(status.nodeInfo.kubeletVersion),
      os: status.nodeInfo.operatingSystem ?? labels['kubernetes.io/os'] ?? null,
      taints: spec.taints,
      addresses,
      address: status.addresses.find(({ type }) => type === 'InternalIP')?.address ?? null,
      createdAtMs: Date.parse(metadata.creationTimestamp),
      machine: { id: status.nodeInfo.machineID, uuid: status.nodeInfo.systemUUID },
      isDeleting: metadata.deletionTimestamp !== undefined,
    };
  });
