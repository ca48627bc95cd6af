import { outOfService } from '../engine/state.ts';
import { withoutTaint, withTaint } from '../engine/store.ts';
import { declare, type Maker, type Nothing, nothing } from './active-fault.ts';

/** Keys of the taints that follow from the Ready condition. */
const conditionKeys: readonly string[] = ['not-ready', 'unreachable'];

/**
 * Somebody removes the taints of a node's condition, with one PATCH of the Node object. Who gets that object next does with
 * it what it does with any other: the scheduler takes the node for free until the controller has put NoSchedule back at the
 * update, taint eviction calls its timers off, and NoExecute comes back by the pass that finds it missing, if it does.
 * @see kubernetes pkg/controller/nodelifecycle, doNoScheduleTaintingPass, markNodeForTainting (`requeue` of `Behaviour`)
 */
const taintsRemoved: Maker<Nothing> = ({ simulation: { api, store } }, node) => {
  const found = node.object?.taints ?? [];
  const removed = api.takesWrites() ? found.filter(({ key }) => conditionKeys.includes(key)) : [];
  if (removed.length > 0) store.writeNode(node, { taints: found.filter((taint) => !removed.includes(taint)) });
  const names = removed.map(({ key, effect }) => `node.kubernetes.io/${key}:${effect}`).join(', ');
  return {
    holds: () => removed.length > 0,
    evidence: removed.length > 0 ? `removed ${names}` : 'neither taint of its condition could be removed',
    undo: () => undefined,
  };
};

/**
 * Somebody who knows that a node is off says so: `node.kubernetes.io/out-of-service:NoExecute`. No pod tolerates it, so all of
 * them are deleted at once; from v1.26 on PodGC then removes those of a node that is not Ready, and the attach/detach
 * controller takes its volumes.
 * @see kubernetes pkg/controller/podgc, gcTerminating; `outOfService` of `Behaviour`
 */
const taintedOutOfService: Maker<Nothing> = ({ simulation: { api, clock, store } }, node) => {
  const stands = (): boolean => node.object?.taints.some(({ key }) => key === outOfService) === true;
  if (node.object !== null && api.takesWrites())
    store.writeNode(node, { taints: withTaint(node.object, 'NoExecute', outOfService, clock.now()) });
  return {
    holds: stands,
    evidence: stands() ? `it has the taint ${outOfService}:NoExecute` : 'it could not be tainted',
    undo: () => {
      if (node.object !== null && stands())
        store.writeNode(node, { taints: withoutTaint(node.object, 'NoExecute', outOfService) });
    },
  };
};

/** Faults of Node objects alone. */
export const nodeObjectKinds = {
  'taints-removed': declare(taintsRemoved, nothing),
  'out-of-service': declare(taintedOutOfService, nothing),
};
