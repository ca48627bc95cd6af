import { selfFlapShare, zoneState } from '../profile/index.ts';
import { faultTraits, nodeNames } from '../scenario/index.ts';
import type { Plan, PlannedFault } from './types.ts';

/** All nodes of a plan, by their short names, control planes first. */
export const nodesOf = ({ topology }: Pick<Plan, 'topology'>): readonly string[] => nodeNames(topology);

export const isControlPlane = (node: string): boolean => node.startsWith('control-plane');

/** Whether faults of a kind act upon what runs on control planes, and can hit nothing else. */
export const hitsOnlyControlPlanes = (kind: PlannedFault['kind']): boolean => faultTraits(kind).hits === 'controlPlane';

/** Whether a fault reaches what judges nodes or keeps their state, so that it may cost nodes it does not target. */
export const hitsControlPlane = ({ kind, targets }: Pick<PlannedFault, 'kind' | 'targets'>): boolean =>
  hitsOnlyControlPlanes(kind) || targets.some(isControlPlane);

/** Whether a fault hits what gives nodes up, so that no formula says when it does. */
export const hitsJudge = (fault: PlannedFault): boolean =>
  hitsControlPlane(fault) && faultTraits(fault.kind).hits !== 'kubelet';

/** Whether while a fault of the kind stands its targets' kubelets stand still. */
export const stopsKubelet = (kind: PlannedFault['kind']): boolean => faultTraits(kind).kubeletEnds !== null;

/** The nodes of a fault whose API server, or the way to it, it reaches. */
export const reachedApi = ({ kind, targets }: PlannedFault): readonly string[] =>
  faultTraits(kind).sparesApi ? [] : targets;

/** Whether, while the fault stands, no API server can tell what happens. With several, the others go on telling. */
export const mutesApiServer = ({ topology }: Plan, { kind, targets }: PlannedFault): boolean => {
  const { mutesApi } = faultTraits(kind);
  if (mutesApi === 'never') return false;
  const hit = targets.filter(isControlPlane).length;
  // Of etcd's members a majority is needed.
  return mutesApi === 'majority' ? hit > (topology.controlPlanes - 1) / 2 : hit === topology.controlPlanes;
};

/** Whether the profile loses nodes with no fault at all: its grace is no longer than a late heartbeat. */
export const flapsByItself = ({ profile }: Plan): boolean => selfFlapShare(profile.effective) > 0;

/** What the controller makes of so many NotReady nodes at once; unless `normal` it evicts nobody in a small cluster. */
export const disruptionOf = ({ topology, profile }: Plan, notReady: number): 'normal' | 'partial' | 'full' =>
  zoneState({ paused: notReady, nodes: topology.controlPlanes + topology.workers }, profile.effective);
