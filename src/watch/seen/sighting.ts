import type { V1Lease, V1Node } from '@kubernetes/client-node';
import { zoneOf } from '../../common/kubernetes/zone.ts';
import type { ReadyStatus } from '../../timeline/index.ts';
import type { Reading } from './said.ts';

/** What is kept of a Node object. Stamps stay the text that the API server sends. */
export type NodeSight = {
  readonly node: string;
  readonly uid: string;
  readonly ready: ReadyStatus;
  readonly reason: string;
  readonly message: string;
  /** false: there is no Ready condition, so nobody has ever posted one. */
  readonly hasReady: boolean;
  /** lastHeartbeatTime of the Ready condition: the kubelet's clock, whole seconds; null: it is not of a kubelet. */
  readonly heartbeat: string | null;
  /** Its lastTransitionTime: the clock of whoever changed it. */
  readonly transition: string | null;
  /** `key:effect`, sorted. */
  readonly taints: readonly string[];
  /** By the node's labels; null: it has none. */
  readonly zone: string | null;
  readonly bootId: string;
  readonly kubeletVersion: string;
  readonly unschedulable: boolean;
};

/** What is kept of a node's Lease. */
export type LeaseSight = {
  readonly node: string;
  readonly uid: string;
  /** By the kubelet's clock, ms since 1970; null: never renewed. */
  readonly renewMs: number | null;
  readonly durationSeconds: number | null;
};

/**
 * Where nothing can be seen: a watch that is down, an API server that does not answer, this process standing still, and
 * the time between two sittings.
 */
export type BlindSource = 'nodes' | 'leases' | 'api' | 'process' | 'unwatched' | 'cluster';

/**
 * What came, at `atMs`: ms since 1970 by this machine's clock at the start of the sitting plus what has passed since on
 * the monotonic one, so it never goes back. `nodes` and `leases` are complete lists: what is not among them is gone.
 */
export type Sighting = { readonly atMs: number } & (
  | { readonly type: 'nodes'; readonly nodes: readonly NodeSight[] }
  | { readonly type: 'node'; readonly node: NodeSight }
  | { readonly type: 'nodeGone'; readonly node: string }
  | { readonly type: 'leases'; readonly leases: readonly LeaseSight[] }
  | { readonly type: 'lease'; readonly lease: LeaseSight }
  /** Nothing is seen from `atMs` on, which may be some time ago. */
  | { readonly type: 'blind'; readonly source: BlindSource; readonly reason: string }
  | { readonly type: 'sighted'; readonly source: BlindSource }
  /** The API server's Date header (whole seconds, cut off) in an answer to what was asked at `askedMs`. */
  | { readonly type: 'date'; readonly askedMs: number; readonly dateMs: number }
  /** The kube-controller-manager that leads, by an answer to what was asked at `askedMs`. */
  | {
      readonly type: 'leader';
      readonly holder: string;
      /** Of its lease, as it is sent; null: it does not say. */
      readonly renewTime: string | null;
      /** For how long after a renewal nobody else may take it; null: it does not say. */
      readonly leaseSeconds: number | null;
      readonly askedMs: number;
    }
  /** What the control plane says of its own settings, or why it does not. */
  | ({ readonly type: 'controller' } & Reading)
  | { readonly type: 'kubelet'; readonly node: string; readonly settings: KubeletSettings }
);

/** Of `configz`; null: not read, or not there. */
export type KubeletSettings = {
  readonly nodeStatusUpdateFrequencyMs: number | null;
  readonly nodeStatusReportFrequencyMs: number | null;
  readonly nodeLeaseDurationSeconds: number | null;
};

/**
 * What the controller writes of a node without a Ready condition. Its lastHeartbeatTime is the node's creationTimestamp.
 * @see kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go, tryUpdateNodeHealth
 */
export const neverUpdated = 'NodeStatusNeverUpdated';

/** Of a Node as the API server sends it: stamps are RFC 3339 text, not dates. */
export const nodeSight = ({ metadata, spec, status }: V1Node): NodeSight => {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  const stamps = condition as unknown as { lastHeartbeatTime?: string; lastTransitionTime?: string } | undefined;
  const ready = condition?.status;
  return {
    node: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    ready: ready === 'True' || ready === 'False' ? ready : 'Unknown',
    reason: condition?.reason ?? '',
    message: (condition?.message ?? '').slice(0, 500),
    hasReady: condition !== undefined,
    heartbeat: condition?.reason === neverUpdated ? null : (stamps?.lastHeartbeatTime ?? null),
    transition: stamps?.lastTransitionTime ?? null,
    taints: [...new Set((spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`))].sort(),
    zone: zoneOf(metadata?.labels ?? {}) || null,
    bootId: status?.nodeInfo?.bootID ?? '',
    kubeletVersion: status?.nodeInfo?.kubeletVersion ?? '',
    unschedulable: spec?.unschedulable === true,
  };
};

/** Of a Lease as the API server sends it. */
export const leaseSight = ({ metadata, spec }: V1Lease): LeaseSight => {
  const stamp = spec?.renewTime as unknown as string | undefined;
  const renewMs = stamp === undefined || stamp === null ? Number.NaN : Date.parse(stamp);
  return {
    node: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    renewMs: Number.isFinite(renewMs) ? renewMs : null,
    durationSeconds: spec?.leaseDurationSeconds ?? null,
  };
};
