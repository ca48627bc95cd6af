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

/** Faults of Node objects alone. */
export const nodeObjectKinds = { 'taints-removed': declare(taintsRemoved, nothing) };
