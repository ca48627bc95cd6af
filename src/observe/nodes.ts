import type { V1Node, V1NodeCondition } from '@kubernetes/client-node';
import type { EventBody, ReadyStatus } from '../timeline/index.ts';
import type { ObservedNode } from './state.ts';

const statusOf = (condition: V1NodeCondition | undefined): ReadyStatus => {
  const status = condition?.status;
  return status === 'True' || status === 'False' ? status : 'Unknown';
};

/**
 * What one sight of a Node object says beyond the sight before.
 * @param node the short name
 * @param object as the API server sends it: stamps are RFC 3339 text, not dates
 * @param before null at first sight, when everything is emitted once
 */
export const seeNode = (
  node: string,
  object: V1Node,
  before: ObservedNode | null,
): { readonly seen: ObservedNode; readonly events: readonly EventBody[] } => {
  const condition = object.status?.conditions?.find(({ type }) => type === 'Ready');
  const stamps = condition as unknown as { lastHeartbeatTime?: string; lastTransitionTime?: string } | undefined;
  const taints = new Map((object.spec?.taints ?? []).map((taint) => [`${taint.key}:${taint.effect}`, taint]));
  const seen: ObservedNode = {
    ready: statusOf(condition),
    reason: condition?.reason ?? '',
    heartbeat: stamps?.lastHeartbeatTime ?? null,
    taints: new Set(taints.keys()),
  };
  const events: EventBody[] = [];
  if (before === null || before.ready !== seen.ready || before.reason !== seen.reason) {
    events.push({
      type: 'node.ready',
      node,
      status: seen.ready,
      reason: seen.reason,
      lastTransitionTime: stamps?.lastTransitionTime ?? null,
      resourceVersion: object.metadata?.resourceVersion ?? '',
    });
  }
  // The controller leaves the stamp alone when it sets Unknown: one that moved is the kubelet's own.
  if (seen.heartbeat !== null && before !== null && before.heartbeat !== seen.heartbeat) {
    events.push({ type: 'node.statusPosted', node, lastHeartbeatTime: seen.heartbeat });
  }
  for (const [key, taint] of taints) {
    if (before?.taints.has(key)) continue;
    const timeAdded = (taint.timeAdded as unknown as string | undefined) ?? null;
    events.push({ type: 'node.taint', node, change: 'added', key: taint.key, effect: taint.effect, timeAdded });
  }
  for (const key of before?.taints ?? []) {
    if (taints.has(key)) continue;
    const cut = key.lastIndexOf(':');
    const [name, effect] = [key.slice(0, cut), key.slice(cut + 1)];
    events.push({ type: 'node.taint', node, change: 'removed', key: name, effect, timeAdded: null });
  }
  return { seen, events };
};
