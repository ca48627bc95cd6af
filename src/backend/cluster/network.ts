import type { V1Pod } from '@kubernetes/client-node';
import { askNode } from '../../agent/index.ts';
import type { ClusterAccess } from '../../cluster/index.ts';
import { messageOf } from '../../common/errors.ts';
import { networkScript, parseNetwork } from '../../observe/index.ts';
import type { Recorder } from '../backend.ts';

/** kube-proxy is asked for 2 s at most; all else is read at once. */
const timeoutMs = 10_000;

/** Puts on record, once for each node of the plan, what it says of its network. Resolves whatever became of it. @throws the signal's reason */
export type NetworkReader = (target: string, pod: V1Pod, signal: AbortSignal) => Promise<void>;

export const networkReader = (access: ClusterAccess, recorder: Recorder): NetworkReader => {
  const asked = new Set<string>();
  return async (target, pod, signal) => {
    if (asked.has(target)) return;
    asked.add(target);
    try {
      const printed = await askNode(access, pod, networkScript, { timeoutMs, signal });
      recorder.event({ type: 'node.network', node: target, ...parseNetwork(printed) });
    } catch (thrown) {
      signal.throwIfAborted();
      const why = `the node was not asked of which class its network is: ${messageOf(thrown)}`;
      recorder.event({ type: 'node.network', node: target, cni: null, kubeProxyMode: null, why });
    }
  };
};
