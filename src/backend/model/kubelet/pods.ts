import {
  firstProbeUs,
  maxVolumeBackOffUs,
  podCountUs,
  podMadeUs,
  podRelistUs,
  podStatusTickUs,
  podStopUs,
  podsAfterNodeUs,
  podsListedUs,
  probePeriodUs,
  volumeBackOffUs,
} from '../engine/constants.ts';
import { hold } from '../engine/process.ts';
import type { Simulation } from '../engine/simulation.ts';
import { isFrozen, isRunning, type NodeState, type Pod } from '../engine/state.ts';
import { type ApiClient, newRequest } from '../network/apiserver.ts';
import { isBlocked } from '../network/link.ts';
import { createEndAll } from './pod-endings.ts';

export type KubeletPods = {
  /** Its watch has brought the kubelet its pods: what came has come, whatever is still on its way behind it. */
  readonly sync: (node: NodeState) => void;
  /** Its watch has brought it its own node, whose status says which volumes are attached. */
  readonly nodeSeen: (node: NodeState) => void;
  /**
   * It ends its pods in order, for its node is being shut down, each within so long at most, and takes none from then on.
   * @returns when the last of them has ended
   */
  readonly endAll: (node: NodeState, withinUs: number) => number;
  /** A kubelet starts again over pods that run. */
  readonly restarted: (node: NodeState) => void;
  /** One that was frozen from `fromUs` on goes on. */
  readonly wentOn: (node: NodeState, fromUs: number) => void;
};

/** Whose kubelet is to do something, unless another has taken its place by then. */
type Own = { readonly node: NodeState; readonly incarnation: number };
type OwnPod = Own & { readonly pod: Pod };

/**
 * What a kubelet does about pods: it starts and ends them, and every 10 s it puts right what the API has otherwise than
 * it knows, whatever the condition of its node is.
 * @see kubernetes pkg/kubelet/status, syncBatch
 */
export const createKubeletPods = (simulation: Simulation, clientOf: (node: NodeState) => ApiClient): KubeletPods => {
  const { api, behaviour, clock, config, hollowPods, pods, settings, store } = simulation;
  const readinessPeriodUs = config.workload?.readinessPeriodUs ?? probePeriodUs;
  /**
   * A container runs, is seen to by the next list, and is probed within a period of that.
   * @see kubernetes pkg/kubelet/pleg, Relist; pkg/kubelet/prober/worker.go, run and doProbe
   */
  const startUs = ({ checks }: NodeState): number => {
    const [fromUs, toUs] = podMadeUs;
    return fromUs + checks.below(toUs - fromUs) + checks.below(podRelistUs) + checks.below(readinessPeriodUs);
  };

  const syncIfConnected = (node: NodeState): void => {
    if (!isBlocked(node.knownLink)) sync(node);
  };
  const write = (node: NodeState, commit: () => void, then?: (written: boolean) => void): void => {
    const done = (_: unknown, reply: string): void => {
      // Its status manager compares again at its next tick, whether it receives anything by then or not.
      if (reply !== 'ok' && !node.reconciling) {
        node.reconciling = true;
        clock.at(nextTickUs(node), reconcile, { node, incarnation: node.incarnation });
      }
      then?.(reply === 'ok');
    };
    const take = (): 'ok' => {
      commit();
      return 'ok';
    };
    api.send(newRequest(clientOf(node), 'write', settings.heartbeatTimeoutUs, null, take, done));
  };
  const writeReady = (node: NodeState, pod: Pod, then?: (written: boolean) => void): void => {
    const { serving } = pod;
    const commit = (): void => {
      if (pod.gone || pod.ready === serving) return;
      pod.ready = serving;
      store.podWritten(pod);
    };
    write(node, commit, then);
  };

  const unlessAway = <T extends Own>(act: (own: T) => void): ((own: T) => void) => {
    const guarded = (own: T): void => {
      if (own.node.incarnation !== own.incarnation) return;
      if (own.node.kubelet.frozen) hold(own.node.kubelet, guarded, own);
      else act(own);
    };
    return guarded;
  };
  const started = unlessAway(({ node, pod }: OwnPod) => {
    pod.starting = false;
    if (pod.stopping) return;
    simulation.flushLoad();
    pod.running = true;
    pod.ended = false;
    pod.serving = true;
    if (pod.volume !== null) pod.volume.hasRun = true;
    writeReady(node, pod);
  });
  /** A prober's first sight of a container: it fails it, probes it, and finds that it is ready. */
  const probedAnew = unlessAway((own: OwnPod) => {
    const { node, pod } = own;
    if (!pod.serving || pod.stopping) return;
    pod.serving = false;
    pod.starting = true;
    // Its status manager writes one after the other.
    const [fromUs, toUs] = firstProbeUs;
    writeReady(node, pod, () => clock.at(clock.now() + fromUs + node.random.below(toUs - fromUs), started, own));
  });
  /** Its status manager tries again at its next tick what it could not write. */
  const remove = unlessAway((own: OwnPod) => {
    const { node, pod } = own;
    const commit = (): void => {
      node.pods.delete(pod);
      if (pod.gone) return;
      pod.gone = true;
      pod.ready = false;
      pods.delete(pod);
      hollowPods.delete(pod);
      store.podWritten(pod);
    };
    write(node, commit, (written) => {
      if (!written) clock.at(nextTickUs(node), remove, own);
    });
  });
  const ended = unlessAway((own: OwnPod) => {
    simulation.flushLoad();
    own.pod.running = false;
    own.pod.serving = false;
    if (own.pod.volume !== null) own.pod.volume.inUse = false;
    remove(own);
  });
  /** When each kubelet last counted what its pods use, or first will; and the revisions of pods that it then spoilt. */
  const countedUs = new Map<NodeState, number>();
  const spoilt = new Map<Pod, number>();
  const nextCountUs = (node: NodeState): number => {
    const countUs = countedUs.get(node) ?? node.checks.below(podCountUs);
    countedUs.set(node, countUs);
    return countUs + Math.max(0, Math.floor((clock.now() - countUs) / podCountUs) + 1) * podCountUs;
  };
  /** It lists its pods with its own statuses, into the very objects that it compares with later: kubernetes#80968. */
  const count = unlessAway(({ node }: Own) => {
    for (const pod of node.pods) spoilt.set(pod, pod.seen.revision);
  });
  const isSpoilt = (pod: Pod): boolean => spoilt.get(pod) === pod.seen.revision;

  const reconcile = unlessAway(({ node }: Own) => {
    node.reconciling = false;
    node.backgroundMarked = false;
    for (const pod of node.pods) {
      if (pod.serving !== pod.seen.ready && !pod.seen.deleting && !isSpoilt(pod)) writeReady(node, pod);
    }
  });

  const nextTickUs = ({ podTickUs }: NodeState): number =>
    clock.now() +
    podStatusTickUs -
    ((((clock.now() - podTickUs) % podStatusTickUs) + podStatusTickUs) % podStatusTickUs);

  const beginStart = ({ node, pod, incarnation }: OwnPod): void => {
    pod.starting = true;
    clock.at(clock.now() + startUs(node), started, { node, pod, incarnation });
  };
  /** Its node's status says that it reported the volume, and that it is attached. */
  const isMountable = ({ own }: NodeState, name: string): boolean =>
    own?.volumesInUse?.includes(name) === true && own.volumesAttached?.includes(name) === true;
  /**
   * A pod whose volume is not there yet waits for it. @see kubernetes pkg/kubelet/volumemanager/reconciler, waitForVolumeAttach
   */
  const begin = (own: OwnPod): void => {
    const { node, pod } = own;
    const { volume } = pod;
    if (volume === null) {
      beginStart(own);
      return;
    }
    volume.inUse = true;
    if (!behaviour.backsOffForVolumes) {
      if (isMountable(node, volume.name)) beginStart(own);
    } else if (volume.backOffUs === null) {
      verifyAttached(own);
    }
  };
  const verifyAttached = unlessAway((own: OwnPod) => {
    const { node, pod } = own;
    const { volume } = pod;
    if (volume === null || pod.stopping || pod.starting || pod.serving) return;
    if (isMountable(node, volume.name)) {
      volume.backOffUs = null;
      beginStart(own);
      return;
    }
    volume.backOffUs = volume.backOffUs === null ? volumeBackOffUs : Math.min(2 * volume.backOffUs, maxVolumeBackOffUs);
    clock.at(clock.now() + volume.backOffUs, verifyAttached, own);
  });

  const sync = (node: NodeState): void => {
    if (!isRunning(node) || clock.now() < node.beginsUs || isFrozen(node) || node.awaitsLease) return;
    const { incarnation } = node;
    let differs = node.backgroundMarked;
    for (const pod of node.knownPods ?? []) {
      const own = { node, pod, incarnation };
      if (pod.seen.deleting) {
        if (pod.stopping) continue;
        pod.stopping = true;
        // kwok has no container to end.
        clock.at(clock.now() + (node.hollow ? 0 : podStopUs), ended, own);
      } else if (node.endsInOrder) {
        // Not admitted. @see kubernetes pkg/kubelet/nodeshutdown, Admit
        if (pod.stopping) continue;
        pod.stopping = true;
        remove(own);
      } else if (pod.failed) {
        pod.stopping = true;
        remove(own);
      } else if (!pod.serving && !pod.starting) {
        begin(own);
      } else if (pod.serving && !pod.seen.ready && !isSpoilt(pod)) {
        differs = true;
      }
    }
    if (!differs || node.reconciling) return;
    node.reconciling = true;
    const reconcileUs = nextTickUs(node);
    clock.at(reconcileUs, reconcile, { node, incarnation });
    if (!behaviour.spoilsPodStatus) return;
    const countUs = nextCountUs(node);
    if (countUs < reconcileUs) clock.at(countUs, count, { node, incarnation });
  };

  /** How old a kubelet is when it lists its pods and sets their probers up. */
  const ageUs = behaviour.listsPodsAfterNode ? podsAfterNodeUs : 0;
  const untilProbeUs = (node: NodeState): number =>
    behaviour.probesAtOnce && ageUs >= readinessPeriodUs ? 0 : node.random.below(readinessPeriodUs + 1);
  /** A kubelet that has started knows the pods that run on its node, and begins to probe them. */
  const listed = unlessAway(({ node, incarnation }: Own) => {
    for (const pod of node.pods) {
      if (node.hollow || behaviour.restartedPods === 'kept' || !pod.serving || pod.stopping) continue;
      const own = { node, pod, incarnation };
      const probeAtUs = clock.now() + untilProbeUs(node);
      if (behaviour.restartedPods === 'blink') {
        clock.at(probeAtUs, probedAnew, own);
        continue;
      }
      pod.serving = false;
      pod.starting = true;
      writeReady(node, pod);
      clock.at(probeAtUs, started, own);
    }
    syncIfConnected(node);
  });

  const endAll = createEndAll(simulation, { guard: unlessAway, write, writeReady, ended });

  return {
    sync,
    endAll,
    nodeSeen: (node) => {
      if (behaviour.backsOffForVolumes) return;
      const { incarnation } = node;
      for (const pod of node.pods) {
        const isWaiting = pod.volume?.inUse === true && !pod.serving && !pod.starting && !pod.seen.deleting;
        if (isWaiting) begin({ node, pod, incarnation });
      }
    },
    wentOn: (node, fromUs) => {
      if (!behaviour.spoilsPodStatus) return;
      const nextUs = nextCountUs(node) - podCountUs;
      // One that was missed is made at once, and from then on every minute again.
      if (nextUs > fromUs) countedUs.set(node, clock.now());
    },
    restarted: (node) => {
      const { incarnation } = node;
      node.reconciling = false;
      if (behaviour.spoilsPodStatus) countedUs.set(node, clock.now());
      for (const pod of node.pods) {
        pod.stopping = false;
        // Whatever the kubelet before it had begun with a container, this one begins anew.
        pod.starting = false;
        if (pod.volume !== null) pod.volume.backOffUs = null;
      }
      clock.at(clock.now() + ageUs + node.random.below(podsListedUs), listed, { node, incarnation });
    },
  };
};
