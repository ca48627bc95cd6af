import { relistDownAfterMs, runtimeCheckPeriodMs, runtimeDownAfterMs } from '../../../profile/index.ts';

/**
 * Every number of the model that no profile sets, in µs unless the name says otherwise. Each has its source; what no
 * source gives is marked `assumption` and is a plausible figure, never one that was adjusted until a result looked right.
 */
export const secondUs = 1_000_000;

// Node monitor: kubernetes pkg/controller/nodelifecycle and cmd/kube-controller-manager options, 1.11 to 1.37.
export const taintLoopUs = 100_000;
/**
 * How much later than asked that loop begins its next call at most: what an idle call takes and a timer's own lateness, anew each time,
 * so that its ticks drift past those of the monitor. Go waits in whole ms, one more where less is left (runtime/netpoll_epoll.go); how
 * often other work wakes a process in that ms, which differs from one to the next, so that each draws its own limit, and what comes
 * on top, is an assumption. What the monitor's wait is late, fifty times less often, is in `passBaseUs`.
 */
export const taintLoopLateUs = 1100;
/** A status update that failed is tried again after 20 ms, for 100 ms. */
export const updateRetryUs = 20_000;
export const updateTries = 5;
/** UpdateTaintBackoff of pkg/controller: after a conflict again in 100 ms and up to as much more, five tries in all. */
export const taintRetryUs = 100_000;
export const taintTries = 5;
/** nodeUpdateWorkerSize, which set NoSchedule taints. */
export const taintWorkers = 8;
/** Events of one object: defaultSpamBurst, defaultSpamQPS, maxLruCacheEntries of k8s.io/client-go tools/record. */
export const eventBurst = 25;
export const eventIntervalUs = 300 * secondUs;
export const eventSubjects = 4096;
/** So many wait to be written, and what comes beyond is dropped: maxQueuedEvents, in all versions; DropIfChannelFull of apimachinery pkg/watch. */
export const maxQueuedEvents = 1000;
/**
 * Reading the caches for one node, and what surrounds it: assumption. monitorNodeHealth of v1.34.4 alone, of 100 to 1,000 nodes that
 * are well, took 10 to 30 µs of a processor for each. It must not be nothing: with a grace of whole periods the strict comparison
 * would then cost one more pass than any real cluster takes.
 */
export const passBaseUs = 1000;
export const passNodeUs = 20;

// Taint eviction: kubernetes pkg/controller/tainteviction.
export const deleteRetryUs = 10_000;
export const deleteTries = 5;

// Leader election: k8s.io/client-go tools/leaderelection, component-base defaults.
/** A candidate waits retryPeriod · U[1, 2.2]. */
export const candidateJitter = 1.2;
/** Restart of the exited container, without back-off at first: assumption, 1 to 3 s. */
export const controllerRestartUs: readonly [number, number] = [1 * secondUs, 3 * secondUs];
/** Later restarts wait 10, 20, 40 … s, at most 5 min; kubernetes pkg/kubelet. */
export const crashBackOffUs = 10 * secondUs;
export const maxCrashBackOffUs = 300 * secondUs;

// Kubelet: k8s.io/component-helpers apimachinery/lease, kubernetes pkg/kubelet.
export const leaseTries = 5;
export const leaseBackOffUs = 100_000;
export const maxLeaseBackOffUs = 7 * secondUs;
export const statusTries = 5;
export const runtimeCheckUs = runtimeCheckPeriodMs * 1000;
export const runtimeDownAfterUs = runtimeDownAfterMs * 1000;
export const relistDownAfterUs = relistDownAfterMs * 1000;
/** Status manager: how often it compares the API's pods with its own. */
export const podStatusTickUs = 10 * secondUs;
/** How often it counts what the volumes of its pods use; pkg/kubelet/server/stats, volumeStatsAggPeriod. */
export const podCountUs = 60 * secondUs;
/**
 * From the moment at which a node has its power again until its kubelet starts: assumption. Real v1.34.4 in kind: its first lease
 * came 2.4 s after its container had been started, and 4.2 s after on a busy machine.
 */
export const bootUs: readonly [number, number] = [1 * secondUs, 6 * secondUs];
/**
 * From the start of a kubelet that was stopped to its first lease: assumption. Real v1.34.4 in kind, from the undo of a stop on quiet
 * machines: 0.67, 0.69 and 1.04 s; 6.36 s of a v1.20.2 on a machine that was busy, which is left out.
 */
export const kubeletStartUs: readonly [number, number] = [0.5 * secondUs, 2 * secondUs];
/** From the start of kwok, whose nodes begin together, until it looks at their leases: assumption. */
export const kwokStartUs = 1 * secondUs;
/** From then until its container runtime has answered, before which a status says NotReady, to v1.30: assumption, 0.1 s of a real v1.20.2 and more. */
export const runtimeStartUs = 1 * secondUs;
/** How often a kubelet that starts looks whether it has its node: kubernetes pkg/kubelet/kubelet.go, fastStatusUpdateOnce. */
export const fastStatusUs = 100_000;
/**
 * From a pod's sight by its kubelet until its container runs, image present: assumption. With the two below a start takes 0.3 to
 * 4 s; 30 of real v1.34.4 in kind took 1.2 s on a quiet machine, 1.8 to 3.5 s on one with 20 times as much to do as it has
 * cores, where four took 6.3 to 9.4 s.
 */
export const podMadeUs: readonly [number, number] = [0.3 * secondUs, 2 * secondUs];
/** kubernetes pkg/kubelet/kubelet.go, genericPlegRelistPeriod: how often a kubelet looks which containers run; then probes may pass. */
export const podRelistUs = 1 * secondUs;
/**
 * From the sight of a deletion to the pod's end, the program leaving at SIGTERM: assumption. By then no Service sends to it; where
 * its node is shut down they do, and how it ends is seen: `shutdownStopUs`.
 */
export const podStopUs = 1 * secondUs;
/**
 * How a pod ends whose node is shut down, each from the one before, the program leaving at SIGTERM: its container has ended and its
 * address refuses; its sandbox is down and nobody answers; its kubelet writes it. Assumption, from two real shutdowns of v1.34.4,
 * in which requests were refused from 0.2 s on, unanswered from 0.6 s on or not at all, and the pod was written after 0.6 s.
 * @see kubernetes pkg/kubelet, killPod and SyncTerminatingPod
 */
export const shutdownStopUs = {
  container: [0.05 * secondUs, 0.3 * secondUs],
  sandbox: [0.2 * secondUs, 0.8 * secondUs],
  written: [0.01 * secondUs, 0.3 * secondUs],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;
/** kubernetes pkg/kubelet/kuberuntime, minimumGracePeriodInSeconds. */
export const minStopUs = 2 * secondUs;
/** systemd-logind's own InhibitDelayMaxSec, which a kubelet raises where its period is longer; logind.conf(5). */
export const inhibitDelayUs = 5 * secondUs;
/** What a pod is given to end in where nothing is said: v1.PodSpec, terminationGracePeriodSeconds. */
export const gracePeriodUs = 30 * secondUs;
/** kubernetes pkg/controller/podgc, gcCheckPeriod. */
export const podGarbageUs = 20 * secondUs;
/** kubernetes pkg/controller/volume/attachdetach, DefaultTimerConfig, v1.11 to v1.37: how often volumes are reconciled, and how long one that is in use is waited for. */
export const attachDetachLoopUs = 100_000;
export const maxWaitForUnmountUs = 360 * secondUs;
/** kubernetes pkg/util/goroutinemap/exponentialbackoff: what a kubelet waits before it looks for a volume again, and at most. */
export const volumeBackOffUs = 500_000;
export const maxVolumeBackOffUs = 122 * secondUs;
/** The workload's readiness probe. */
export const probePeriodUs = 1 * secondUs;
/** kubernetes pkg/kubelet/config, WaitForAPIServerSyncPeriod. */
export const podsAfterNodeUs = 1 * secondUs;
/** From then until a kubelet has listed its pods and set up each: 0 to 0.4 s in 30 starts of kubelets of v1.34.4 in kind. */
export const podsListedUs = 0.3 * secondUs;
/** From the failure that a prober begins with to what its first probe finds: 1 to 162 ms in these, half of them below 40. */
export const firstProbeUs: readonly [number, number] = [2000, 75_000];

// Requests: assumptions, together inside the 4 to 7 ms seen from renewTime to a watch of v1.34 in kind.
export const requestUpUs = 500;
export const requestDownUs = 500;
export const commitUs = 2000;
export const readUs = 500;
export const watchUs = 2000;

/** Cores that busy loops share with a control plane: assumption. */
export const pressedCores = 2;
/** A heartbeat on the wire, for faults that limit a rate: assumption. */
export const heartbeatBits = 16_000;

// Connections: golang.org/x/net/http2 and net/http as client-go sets them (health checks since 1.20.0), Linux TCP.
export const pingAfterUs = 30 * secondUs;
export const pingPatienceUs = 15 * secondUs;
export const deadConnectionUs = pingAfterUs + pingPatienceUs;
/** client-go transport/cache.go: the dialer's Timeout, and TLSHandshakeTimeout. */
export const dialPatienceUs = 30 * secondUs;
export const handshakePatienceUs = 10 * secondUs;
/** TCP_RTO_MIN, which comes on top of a round trip; TCP_RTO_MAX; TCP_DELACK_MIN; tcp_retries2. */
export const retransmitUs = 200_000;
export const maxRetransmitUs = 120 * secondUs;
export const delayedAckUs = 40_000;
export const maxRetransmissions = 15;
/**
 * When a SYN is sent again within the dialer's patience: TCP_TIMEOUT_INIT of 1 s, doubled only after tcp_syn_linear_timeouts
 * (4, since Linux 6.5; before, it is 1, 3, 7, 15 s). And when its answer is, which is always doubled.
 */
export const synPausesUs = [1, 2, 3, 4, 5, 7, 11, 19].map((seconds) => seconds * secondUs);
export const synAckPausesUs = [1, 3, 7, 15].map((seconds) => seconds * secondUs);
/**
 * From the end of a cut until a SYN of one of a kubelet's watches comes, at most: each of them dials, too, and is in the first pauses
 * of a dial or of its own back-off. Assumption; real client-go was back 0.1 to 0.6 s after seven cuts of 60 to 200 s.
 */
export const watchSynUs = 1 * secondUs;

// Services: k8s.io/endpointslice, kubernetes pkg/proxy.
export const endpointRetryUs = 1 * secondUs;
/** Writing the rules of a small cluster: assumption. */
export const proxySyncUs = 20_000;
/** From the start of a kubelet on a machine that was off until kube-proxy is made anew there. */
export const proxyStartUs = 4 * secondUs;

// The client on the same network: assumptions.
export const answerUs = 1000;
export const refusalUs = 200;

// The script of a run: as the kind backend does it.
export const pollUs = 250_000;
export const podRetryUs = 100_000;
/** kubelets of a fresh cluster join within this time of each other: assumption. */
export const joinSpreadUs = 2 * secondUs;
/**
 * Hollow nodes join one after the other, each so long after the one before, and up to so much later: 100 to 1,000 of real runs took
 * 28 to 66 ms each, on machines that had more or less to do.
 */
export const hollowMadeUs = [25_000, 70_000] as const;
export const hollowSpreadUs = secondUs / 2;

/**
 * Pods of kube-system on each node of kind: kube-proxy and kindnet, on control planes also the four static ones. They
 * bear the cost of marking; coredns and the storage provisioner are left out.
 */
export const backgroundPods = { controlPlane: 6, worker: 2 } as const;
/** The instant that the stamps of simulated objects count from. Arbitrary: the model has no wall clock. */
export const epoch = '2000-01-01T00:00:00.000Z';
