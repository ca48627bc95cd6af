import { minStopUs, shutdownStopUs } from '../engine/constants.ts';
import type { Simulation } from '../engine/simulation.ts';
import type { NodeState, Pod } from '../engine/state.ts';

type OwnPod = { readonly node: NodeState; readonly incarnation: number; readonly pod: Pod };

type Parts = {
  /** Done only where that kubelet still runs, and when it is not frozen. */
  readonly guard: (act: (own: OwnPod) => void) => (own: OwnPod) => void;
  /** A write of its status manager, tried again at its next tick. */
  readonly write: (node: NodeState, commit: () => void) => void;
  /** Writes whether it is ready, as its kubelet has it. */
  readonly writeReady: (node: NodeState, pod: Pod) => void;
  /** Its container has ended, and it is taken from the API server. */
  readonly ended: (own: OwnPod) => void;
};

/**
 * How a kubelet ends all pods of a node that is being shut down; what it writes of each is the version's (`shutdownPods`).
 * No Service is asked to leave them alone first: a pod refuses what comes once its container has ended, and then is silent.
 * What is left of a pod that has Failed, which nobody counts and the API server keeps, is left out.
 * @see kubernetes pkg/kubelet/nodeshutdown, processShutdownEvent and killPods; pkg/kubelet/kuberuntime, killContainer
 */
export const createEndAll = (
  { behaviour, clock, flushLoad, store }: Simulation,
  { guard, write, writeReady, ended }: Parts,
): ((node: NodeState, withinUs: number) => number) => {
  const failsFirst = behaviour.shutdownPods === 'failedFirst' || behaviour.shutdownPods === 'failedReady';
  const fail = (node: NodeState, pod: Pod): void =>
    write(node, () => {
      if (pod.gone) return;
      pod.failed = true;
      if (behaviour.shutdownPods === 'failedFirst') pod.ready = false;
      store.podWritten(pod);
    });
  const containerEnded = guard(({ pod }) => {
    flushLoad();
    pod.ended = true;
  });
  const sandboxEnded = guard(({ pod }) => {
    flushLoad();
    pod.running = false;
  });
  const written = guard((own) => {
    const { node, pod } = own;
    if (behaviour.shutdownPods !== 'running' || pod.deleting) {
      ended(own);
      return;
    }
    pod.serving = false;
    writeReady(node, pod);
  });
  return (node, withinUs) => {
    const { incarnation, checks } = node;
    const drawUs = ([fromUs, toUs]: readonly [number, number]): number => fromUs + checks.below(toUs - fromUs);
    let lastUs = clock.now();
    for (const pod of node.pods) {
      if (pod.stopping) continue;
      pod.stopping = true;
      const killUs = Math.min(pod.graceUs, withinUs);
      const graceUs = behaviour.givesTwoSeconds ? Math.max(minStopUs, killUs) : killUs;
      const own = { node, pod, incarnation };
      const containerUs = clock.now() + Math.min(drawUs(shutdownStopUs.container), graceUs);
      const sandboxUs = containerUs + drawUs(shutdownStopUs.sandbox);
      const writtenUs = sandboxUs + drawUs(shutdownStopUs.written);
      if (failsFirst) fail(node, pod);
      clock.at(containerUs, containerEnded, own);
      clock.at(sandboxUs, sandboxEnded, own);
      clock.at(writtenUs, written, own);
      lastUs = Math.max(lastUs, writtenUs);
    }
    return lastUs;
  };
};
