import { renewsInOneRequest, scattersReports, secondStatusOf, statusFirst } from '../../../profile/index.ts';
import { secondUs } from './constants.ts';

/** One of those whose settings are known (`knownMinors`); the major is always 1. */
export type ModelVersion = { readonly minor: number; readonly patch: number };

/** What a version does differently from another; sources are paths of kubernetes unless another repository is named. */
export type Behaviour = {
  /** Leases: none (to 1.13), a GET before each PUT (to 1.15), one PUT; pkg/kubelet/nodelease. */
  readonly leases: 'none' | 'get-put' | 'put';
  /** TaintNodesByCondition, 1.12. */
  readonly noScheduleTaints: boolean;
  /** TaintBasedEvictions, 1.13: tolerations count, not --pod-eviction-timeout, unless the taint manager is off. */
  readonly noExecuteTaints: boolean;
  /** Nodes named …master or …master-xyz never count for a zone's state, to 1.20: LegacyNodeRoleBehavior. */
  readonly mastersNeverCount: boolean;
  /** Nor do nodes labelled node.kubernetes.io/exclude-disruption, from 1.19 on: NodeDisruptionExclusion. */
  readonly disruptionLabel: boolean;
  /** A pod that comes to a node whose condition is known and not True is marked NotReady, 1.15.11, 1.16.8, 1.17: processPod. */
  readonly marksNewPods: boolean;
  /**
   * What a pass does with a node that lacks its NoExecute taint and was queued before: nothing (kubernetes#89012); it is
   * queued once more, and its first place is left behind (kubernetes#94183); it goes to the end.
   */
  readonly requeue: 'none' | 'doubles' | 'moves';
  /** A node that was evicted by timeout takes no pod until a pass has seen it Ready, 1.17: nodeEvictionMap. */
  readonly remembersEvictions: boolean;
  /** Pods whose marking failed are marked again, 1.15.11, 1.16.8 and 1.17. */
  readonly retriesMarking: boolean;
  /** An event for each marked pod, 1.19. */
  readonly podEvents: boolean;
  /** Workers of a monitor pass: 1, from 1.27 on 8. */
  readonly monitorWorkers: number;
  /** The pass taints by the condition it wrote (1.34), not by the one it read. */
  readonly taintsByWrittenCondition: boolean;
  /** No Unknown without a live lease that matches, 1.37: NodeControllerLeaseCircuitBreaker. */
  readonly leaseCircuitBreaker: boolean;
  /**
   * A node tainted out-of-service is given up, 1.26 (alpha 1.24, GA 1.28): PodGC deletes the pods that end there, where it is not
   * Ready, and its volumes are detached at once. NodeOutOfServiceVolumeDetach in pkg/features.
   */
  readonly outOfService: boolean;
  /**
   * No volume in use is detached from a node that is Ready, however long it was waited for: 1.25, 1.24.9 and perhaps
   * 1.24.8 (kubernetes#110721); pkg/controller/volume/attachdetach/reconciler, nodeIsHealthy.
   */
  readonly sparesMountedVolumes: boolean;
  /**
   * A kubelet that waits for a volume looks for it ever more seldom, up to 122 s; from 1.22.7, 1.23.3 and 1.24 on it sees the volume
   * in its node's status as soon as that is there (kubernetes#106853); pkg/volume/util/operationexecutor,
   * GenerateVerifyControllerAttachedVolumeFunc.
   */
  readonly backsOffForVolumes: boolean;
  /** Condition DisruptionTarget before a DELETE, 1.26: PodDisruptionConditions. */
  readonly disruptionTarget: boolean;
  /** It was applied even where it was there, to 1.26.10, 1.27.7 and 1.28.3. */
  readonly repeatsDisruptionTarget: boolean;
  /** Of a pod that it has deleted, taint eviction keeps that it did so, to 1.32 (workers of TimedWorkerQueue). */
  readonly keepsEvictions: boolean;
  /** A timer runs on though nothing but what the pod tolerates for ever is left of its taints, kubernetes#90794. */
  readonly keepsTimers: boolean;
  /** taint-eviction-controller with a client of its own, 1.29. */
  readonly ownEvictionClient: boolean;
  /** First try of a status post compares with the kubelet's informer, 1.31. */
  readonly statusFromInformer: boolean;
  /** A kubelet that starts posts Ready=False first, to 1.30. */
  readonly startsNotReady: boolean;
  /** And a second status once it has its node, from 1.26 on if that is lost; pkg/kubelet/kubelet.go, fastStatusUpdateOnce. */
  readonly secondStatus: 'always' | 'whereLost' | 'none';
  /**
   * What a kubelet that starts again makes of pods that are probed and Ready. To 1.21 it begins to probe a pod before it
   * first states its status, and a pod without a result is not ready: `unready` until its first probe. To 1.34 it begins
   * after that, so that the pod stays Ready; but its prober takes every container for new and begins with a failure,
   * until the probe just after it succeeds: `blink`. Its status manager sends what it has once it comes to that pod, so that
   * nothing is written where both came before: so in one of three restarts of a real v1.34.4, and never here, for how long it
   * is busy with other pods then is not known. From 1.35 on `kept`: ChangeContainerStatusOnKubeletRestart is off.
   * @see pkg/kubelet/kubelet.go, HandlePodAdditions and SyncPod (AddPod); pkg/kubelet/prober, UpdatePodStatus and doProbe;
   *   pkg/kubelet/status, syncBatch
   */
  readonly restartedPods: 'unready' | 'blink' | 'kept';
  /**
   * What a kubelet writes of a pod that it ends in an orderly shutdown, 1.20. To 1.21 `failedFirst`: at once phase Failed and no
   * condition Ready, though its container ends later. 1.22.0 to 1.22.4 and 1.23.0 `running`: not Ready once it has ended, and no
   * phase. 1.22.5 to 1.22.8 and 1.23.1 to 1.23.5 `failedReady`: at once Failed, and Ready until it has ended. Since then `failedLast`:
   * both once it has ended. Read in the sources of each of these patches and of the one before it.
   * @see pkg/kubelet/nodeshutdown, processShutdownEvent; pkg/kubelet/status, mergePodStatus; pkg/kubelet, syncPod, syncTerminatingPod
   */
  readonly shutdownPods: 'failedFirst' | 'running' | 'failedReady' | 'failedLast';
  /**
   * Critical pods are ended once all others have, or after their share of the period, and periods are whole seconds, 1.23; to
   * 1.22 they wait for all of that share.
   */
  readonly shutdownInTurn: boolean;
  /** A container that is to end within no time has 2 s all the same: not in 1.27.0, but in 1.28.15. */
  readonly givesTwoSeconds: boolean;
  /** A kubelet that starts lists its pods when it has received its node, which it asks once a second; pkg/kubelet/config. */
  readonly listsPodsAfterNode: boolean;
  /** A prober waits a random part of its period only where its kubelet is younger than that, 1.21; else always. */
  readonly probesAtOnce: boolean;
  /** Chance that a kubelet which was frozen computes its status before it has asked its container runtime. */
  readonly statusFirst: number;
  /** Listing its pods a kubelet puts its own statuses into what it compares with, kubernetes#80968. */
  readonly spoilsPodStatus: boolean;
  /** A kubelet that starts again posts no status until something has changed, kubernetes#130001: 1.32.0 to 1.32.2. */
  readonly forgetsReport: boolean;
  /** After a changed status the next unforced post comes after F · U[0.5, 1.5], 1.34 and 1.32.0 to 1.32.2. */
  readonly scattersReports: boolean;
  /** client-go gives up a silent HTTP/2 connection, 1.20.0, 1.19.5, 1.18.18. */
  readonly connectionHealthCheck: boolean;
  /** The second heartbeat that fails in a row closes all connections, to 1.22. */
  readonly closesOnRepeatedFailure: boolean;
  /** A leader election request gives up after the renew deadline, from 1.21 on after half of it (5 s by default), 1 s at least. */
  readonly leaderRequestShare: 0.5 | 1;
  /** kube-proxy's minSyncPeriod: 0, from 1.19 on 1 s. */
  readonly proxyMinSyncUs: number;
  /** Syncs that may follow each other at once: 2, from 1.34 on 1; pkg/proxy/runner. */
  readonly proxyBurst: number;
  /** Terminating endpoints that serve are used where none is ready, 1.26. */
  readonly terminatingFallback: boolean;
};

export const atLeast = (version: ModelVersion, minor: number, patch = 0): boolean =>
  version.minor > minor || (version.minor === minor && version.patch >= patch);

const hasHealthCheck = (version: ModelVersion): boolean =>
  atLeast(version, 20) || (version.minor === 19 && version.patch >= 5) || (version.minor === 18 && version.patch >= 18);

const marksNewPods = ({ minor, patch }: ModelVersion): boolean =>
  patch >= ({ 15: 11, 16: 8 }[minor] ?? (minor < 17 ? Number.POSITIVE_INFINITY : 0));

/** markNodeForTainting: kubernetes#89059 in 1.19.0, its fix #96876 in 1.21.0, 1.20.5 and 1.19.9, and both in 1.18.17. */
const requeueOf = ({ minor, patch }: ModelVersion): Behaviour['requeue'] => {
  const moves = patch >= ({ 18: 17, 19: 9, 20: 5 }[minor] ?? 0);
  if (minor < 18 || (minor === 18 && !moves)) return 'none';
  return moves ? 'moves' : 'doubles';
};

/** processPodOnNode: fixed in 1.19.0, 1.18.9, 1.17.12 and 1.16.15, perhaps in 1.16.14 already. */
const keepsTimers = ({ minor, patch }: ModelVersion): boolean =>
  minor < 16 || patch < ({ 16: 15, 17: 12, 18: 9 }[minor] ?? 0);

/** isUpdateStatusPeriodExperid, taken back in 1.32.3 (#130356); pkg/kubelet/kubelet_node_status.go. */
const isEarly32 = ({ minor, patch }: ModelVersion): boolean => minor === 32 && patch <= 2;

/** GetPods: from 1.15.0 on, fixed in 1.15.8, 1.16.5 and 1.17.1; pkg/kubelet/kubelet_getters.go. */
const spoilsPodStatus = ({ minor, patch }: ModelVersion): boolean => patch < ({ 15: 8, 16: 5, 17: 1 }[minor] ?? 0);

/** newSourceApiserver's nodeHasSynced: 1.18.19, 1.19.11, 1.20.7, 1.21.1; read in the source of these and of the patch before. */
const listsPodsAfterNode = ({ minor, patch }: ModelVersion): boolean =>
  minor >= 18 && patch >= ({ 18: 19, 19: 11, 20: 7, 21: 1 }[minor] ?? 0);

/** The first patch of each minor that reads before it writes; none before 1.26 writes at all. */
const repeatsTarget = ({ minor, patch }: ModelVersion): boolean => patch < ({ 26: 11, 27: 8, 28: 4 }[minor] ?? 0);

/** The first patches that have both checks before the operation; read in the sources of these and of the patch before. */
const backsOffForVolumes = ({ minor, patch }: ModelVersion): boolean =>
  minor < 22 || patch < ({ 22: 7, 23: 3 }[minor] ?? 0);

const shutdownPods = ({ minor, patch }: ModelVersion): Behaviour['shutdownPods'] => {
  if (minor < 22) return 'failedFirst';
  const [failsFrom, lastFrom] = { 22: [5, 9], 23: [1, 6] }[minor] ?? [0, 0];
  return patch < Number(failsFrom) ? 'running' : patch < Number(lastFrom) ? 'failedReady' : 'failedLast';
};

export const behaviourOf = (version: ModelVersion): Behaviour => {
  const from = (minor: number): boolean => atLeast(version, minor);
  return {
    leases: !from(14) ? 'none' : renewsInOneRequest(version) ? 'put' : 'get-put',
    noScheduleTaints: from(12),
    noExecuteTaints: from(13),
    mastersNeverCount: !from(21),
    disruptionLabel: from(19),
    marksNewPods: marksNewPods(version),
    requeue: requeueOf(version),
    remembersEvictions: from(17),
    retriesMarking: marksNewPods(version),
    podEvents: from(19),
    monitorWorkers: from(27) ? 8 : 1,
    taintsByWrittenCondition: from(34),
    leaseCircuitBreaker: from(37),
    outOfService: from(26),
    sparesMountedVolumes: atLeast(version, 24, 9),
    backsOffForVolumes: backsOffForVolumes(version),
    disruptionTarget: from(26),
    repeatsDisruptionTarget: repeatsTarget(version),
    keepsEvictions: !from(33),
    keepsTimers: keepsTimers(version),
    ownEvictionClient: from(29),
    statusFromInformer: from(31),
    startsNotReady: !from(31),
    secondStatus: secondStatusOf(version),
    restartedPods: !from(22) ? 'unready' : !from(35) ? 'blink' : 'kept',
    shutdownPods: shutdownPods(version),
    shutdownInTurn: from(23),
    givesTwoSeconds: from(28),
    listsPodsAfterNode: listsPodsAfterNode(version),
    probesAtOnce: from(21),
    spoilsPodStatus: spoilsPodStatus(version),
    statusFirst: statusFirst(version).modelled,
    forgetsReport: isEarly32(version),
    scattersReports: scattersReports(version),
    connectionHealthCheck: hasHealthCheck(version),
    closesOnRepeatedFailure: !from(23),
    leaderRequestShare: from(21) ? 0.5 : 1,
    proxyMinSyncUs: from(19) ? secondUs : 0,
    proxyBurst: from(34) ? 1 : 2,
    terminatingFallback: from(26),
  };
};
