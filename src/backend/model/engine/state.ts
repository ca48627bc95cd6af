import type { RandomGenerator } from '../../../common/random.ts';
import type { ReadyStatus } from '../../../timeline/index.ts';
import type { Link } from '../network/link.ts';
import type { Process } from './process.ts';
import type { Rng } from './random.ts';

/** Conditions that kubelets or a network post beside Ready, each of which has a NoSchedule taint of its own. */
export type OtherCondition = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure' | 'NetworkUnavailable';

/** Keys of the taints that follow from Ready, without their prefix node.kubernetes.io/. */
export type TaintKey = 'unreachable' | 'not-ready';

/** What a person puts on a node that is off for good; with no prefix left out, for it follows from no condition. */
export const outOfService = 'node.kubernetes.io/out-of-service';

export type Condition = {
  readonly type: OtherCondition;
  readonly status: ReadyStatus;
  readonly reason: string;
  readonly heartbeatUs: number;
  readonly transitionUs: number;
};

export type Taint = {
  /** One that follows from a condition has no prefix here; any other is as it was written. */
  readonly key: string;
  readonly effect: 'NoSchedule' | 'NoExecute';
  readonly addedUs: number;
};

/** A Node object at one revision. A write makes a new one, so who read it before keeps what was read. */
export type NodeObject = {
  readonly revision: number;
  readonly createdUs: number;
  /** Null while nobody has posted a Ready condition; its stamps then mean nothing. */
  readonly ready: ReadyStatus | null;
  readonly reason: string;
  /** The kubelet's stamp, cut to a whole second as the API has it. */
  readonly heartbeatUs: number;
  readonly transitionUs: number;
  /** Beside Ready. Kubelets of the model post none: nothing in its results follows from them. */
  readonly conditions: readonly Condition[];
  readonly taints: readonly Taint[];
  /** Volumes that its kubelet reported as in use, and those that the attach/detach controller says are attached; none where left out. */
  readonly volumesInUse?: readonly string[];
  readonly volumesAttached?: readonly string[];
};

/** A loop, for it is asked at every change of a node: a closure would cost as much where there is no taint. */
export const hasTaint = ({ taints }: NodeObject, effect: Taint['effect'], key: string): boolean => {
  for (const taint of taints) if (taint.key === key && taint.effect === effect) return true;
  return false;
};

/** Renewals as the API server has them; `revision` 0: no lease yet. */
export type Lease = { renewUs: number; revision: number };

/** How long a pod stays on a node with each NoExecute taint, by key: seconds, for ever, or null (or nothing) where it does not tolerate it. */
export type Tolerations = Readonly<Record<string, number | 'forever' | null>>;

/** The volume that a pod cannot start without. */
export type PodVolume = {
  readonly name: string;
  /** Its kubelet means to mount it, or has not unmounted it yet: the next status says that it is in use. */
  inUse: boolean;
  /** A container of the pod has run: while the pod ends, the API has it as running until its kubelet says otherwise. */
  hasRun: boolean;
  /** How long its kubelet waits until it checks again whether it is attached; null while it does not check. */
  backOffUs: number | null;
};

export type Pod = {
  readonly name: string;
  readonly uid: string;
  tolerations: Tolerations;
  /** Of a DaemonSet, whose pods are not evicted by timeout. */
  readonly daemon: boolean;
  node: NodeState | null;
  /** The Ready condition and the deletion as the API server has them. */
  ready: boolean;
  deleting: boolean;
  evicted: boolean;
  /** When the DELETE came; the API's stamp is the grace later. */
  deletedUs: number | null;
  readonly graceUs: number;
  /** Its phase is Failed though its container may run yet: its controller makes another. */
  failed: boolean;
  gone: boolean;
  /** Counts its writes: one that was read before another is a conflict. */
  revision: number;
  /** The condition DisruptionTarget: an eviction has said that it deletes the pod. */
  disruptionTarget: boolean;
  /** What watchers inside the cluster have received. */
  readonly seen: { ready: boolean; deleting: boolean; gone: boolean; node: NodeState | null; revision: number };
  /** Whether it has an address: its container runs, or has ended and its sandbox is still there. */
  running: boolean;
  /** Its container has ended, and its address refuses whatever comes. */
  ended: boolean;
  /** Whether its kubelet takes it for ready, whatever the API says. */
  serving: boolean;
  starting: boolean;
  stopping: boolean;
  /** null where it needs none. */
  readonly volume: PodVolume | null;
};

/** How a fault keeps a machine or its kubelet from running. */
export type Hold = 'pauses' | 'offs' | 'stops';

/** When a kubelet was frozen, when it went on, and when it had last asked its container runtime; µs. */
export type Thaw = { readonly fromUs: number; readonly toUs: number; readonly lastCheckUs: number };

/**
 * One machine of the cluster. Its kubelet's process, its path, its set of pods and its random numbers are made when they are first asked for, since of
 * thousands most never are; `known…` is null until then.
 */
export type NodeState = {
  readonly index: number;
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  /** It has a heartbeat, and at most pods that run nothing: no runtime, no network. */
  readonly hollow: boolean;
  /** kwok was started again, and does nothing of this hollow node before it has taken its lease over from the one before it. */
  awaitsLease: boolean;
  readonly zone: number;
  /** Keys of its labels that a controller reads. */
  readonly labels: readonly string[];
  readonly kubelet: Process;
  readonly knownKubelet: Process | null;
  /** Its containers answer nobody: the whole machine is frozen, or off. */
  silent: 'no' | 'frozen' | 'off';
  /** Faults that have its machine frozen, its machine off, and its kubelet stopped. */
  holds: Readonly<Record<Hold, number>>;
  /**
   * Its machine is to be shut down in order. To be called when nothing holds the shutdown up any more. null: nobody shuts it
   * down.
   */
  goOff: (() => void) | null;
  /** Its kubelet knows of that: it says NotReady, takes no pod and ends those that it has. */
  endsInOrder: boolean;
  /** Its machine, which was off, has its power again and boots until then, µs: no kubelet runs. null: it does not boot. */
  bootedUs: number | null;
  /** From then on the kubelet that was started last does what kubelets do, and holds its lock of systemd-logind; µs. */
  beginsUs: number;
  /** How often its machine went off: what its kernel had, such as rules, went with it. */
  losses: number;
  /** What the load gets that enters through a control plane, where a fault cuts all traffic between the two. */
  unreachable: 'no' | 'drop' | 'reject';
  /** Counts the kubelet's starts: what an earlier one had going ends. Odd numbers run, even ones are stopped. */
  incarnation: number;
  /** By how much its clock is off, µs, and whether it ever was. What it does at its own times is by a monotonic one. */
  clock: { readonly offUs: number; readonly wasOff: boolean };
  readonly link: Link;
  readonly knownLink: Link | null;
  /** What the loop of its lease and that of its status draw from, each alone; and what everything else of it does. */
  readonly leaseDraws: RandomGenerator;
  readonly statusDraws: Rng;
  readonly random: Rng;
  /** null until the node has registered. */
  object: NodeObject | null;
  readonly lease: Lease;
  /** The node as watches inside the cluster have brought it; null until they have. */
  seen: NodeObject | null;
  /** The node as its own kubelet's informer has it. */
  own: NodeObject | null;
  readonly pods: Set<Pod>;
  readonly knownPods: ReadonlySet<Pod> | null;
  /** DaemonSet and static pods: marked NotReady with the others, never evicted. */
  readonly backgroundPods: number;
  backgroundMarked: boolean;
  /** The kubelet compares pods at these instants: this one, and every 10 s around it. */
  readonly podTickUs: number;
  reconciling: boolean;
  /** What its checks of the container runtime draw from. */
  readonly checks: Rng;
  /** The kubelet asks its container runtime at this instant, and every 5 s after it. */
  runtimeCheckUs: number;
  /** Its last freeze that is over, and when it had last asked its runtime before; null where there was none. */
  thawed: Thaw | null;
};

export const isRunning = (node: NodeState): boolean => node.incarnation % 2 === 1;

export const isFrozen = ({ knownKubelet }: NodeState): boolean => knownKubelet?.frozen === true;

/** One more fault, or one less, that holds it so. */
export const changeHolds = (node: NodeState, hold: Hold, by: 1 | -1): void => {
  node.holds = { ...node.holds, [hold]: node.holds[hold] + by };
};
