import { selfFlapShare, zoneState } from '../profile/index.ts';
import { nodeNames } from '../scenario/index.ts';
import type { Plan, PlannedFault } from './types.ts';

/** All nodes of a plan, by their short names, control planes first. */
export const nodesOf = ({ topology }: Pick<Plan, 'topology'>): readonly string[] => nodeNames(topology);

export const isControlPlane = (node: string): boolean => node.startsWith('control-plane');

/** Kinds that hit the control plane wherever they are aimed. */
const controlPlaneKinds: ReadonlySet<PlannedFault['kind']> = new Set([
  'apiserver-pause',
  'apiserver-latency',
  'etcd-pause',
  'etcd-latency',
  'etcd-disk-latency',
  'controller-manager-pause',
  'controller-manager-kill',
  'cpu-pressure',
]);

/** Whether a fault reaches what judges nodes or keeps their state, so that it may cost nodes it does not target. */
export const hitsControlPlane = ({ kind, targets }: Pick<PlannedFault, 'kind' | 'targets'>): boolean =>
  controlPlaneKinds.has(kind) || targets.some(isControlPlane);

/** Kinds that leave the API server of their targets alone. */
const sparesApi: ReadonlySet<PlannedFault['kind']> = new Set([
  'kubelet-pause',
  'kubelet-stop',
  'controller-manager-pause',
  'controller-manager-kill',
]);

/** The nodes of a fault whose API server, or the way to it, it reaches. */
export const reachedApi = ({ kind, targets }: PlannedFault): readonly string[] => (sparesApi.has(kind) ? [] : targets);

/** Kinds under which an API server that is hit neither answers nor speaks over its watches. */
const muting: ReadonlySet<PlannedFault['kind']> = new Set(['apiserver-pause', 'etcd-pause', 'node-pause', 'node-stop']);

/** Whether, while the fault stands, no API server can tell what happens. With several, the others go on telling. */
export const mutesApiServer = ({ topology }: Plan, fault: PlannedFault): boolean => {
  if (!muting.has(fault.kind)) return false;
  const hit = fault.targets.filter(isControlPlane).length;
  // Of etcd's members a majority is needed.
  return fault.kind === 'etcd-pause' ? hit > (topology.controlPlanes - 1) / 2 : hit === topology.controlPlanes;
};

/** Whether the profile loses nodes with no fault at all: its grace is no longer than a late heartbeat. */
export const flapsByItself = ({ profile }: Plan): boolean => selfFlapShare(profile.effective) > 0;

/** What the controller makes of so many NotReady nodes at once; unless `normal` it evicts nobody in a small cluster. */
export const disruptionOf = ({ topology }: Plan, notReady: number): 'normal' | 'partial' | 'full' =>
  zoneState({ paused: notReady, nodes: topology.controlPlanes + topology.workers });
