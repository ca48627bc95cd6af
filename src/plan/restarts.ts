import { controlPlaneComponents, electedComponents } from '../common/kubernetes/components.ts';
import { controllerManagerDefaults, controllerManagerOf } from '../profile/index.ts';
import { faultTraits } from '../scenario/index.ts';
import { isControlPlane } from './fault-effects.ts';
import { bootMs, returnMs } from './fault-times.ts';
import type { Plan, PlannedFault } from './types.ts';

/** One time that a fault stood, and a process that is another one afterwards. */
export type MayRestart = {
  readonly fault: PlannedFault;
  /** Those that it hit. */
  readonly targets: readonly string[];
  readonly stoodMs: number;
  /** As a process calls itself: `kube-apiserver`. */
  readonly component: string;
  readonly node: string;
};

/** k8s.io/client-go tools/leaderelection, JitterFactor: a candidate waits for its retry period · U[1, 2.2]. */
const candidateWaits = 2.2;

/**
 * Of the leaders of a component, in ms: how long they may be kept from renewing before one exits at the earliest, how long
 * one of their requests waits, and how long after a candidate began to try, or the last renewal of another, it leads at
 * the latest. By default 8, 5 and 23.8 s.
 * @see k8s.io/client-go tools/leaderelection
 */
export const leaderTimes = ({ profile }: Plan, component: string) => {
  const { leaderElectLeaseDurationMs, leaderElectRenewDeadlineMs, leaderElectRetryPeriodMs } =
    component === 'kube-controller-manager' ? controllerManagerOf(profile.effective) : controllerManagerDefaults;
  return {
    holdsOutMs: leaderElectRenewDeadlineMs - leaderElectRetryPeriodMs,
    requestMs: Math.max(1000, leaderElectRenewDeadlineMs / 2),
    takenOverMs: leaderElectLeaseDurationMs + 2 * candidateWaits * leaderElectRetryPeriodMs,
  };
};

const leaders: ReadonlySet<string> = new Set(electedComponents);
const probed: ReadonlySet<string> = new Set(controlPlaneComponents);
const ofSystemd: ReadonlySet<string> = new Set(['kubelet', 'containerd']);

/**
 * The probes that kubeadm gives the static pods: so many in a row that failed end one. They begin so far apart, and one
 * after the other where each takes its time.
 * @see kubernetes cmd/kubeadm/app/util/staticpod/utils.go, LivenessProbe
 */
export const liveness = { failures: 8, periodMs: 10_000, timeoutMs: 15_000 } as const;

const probesFailMs = (liveness.failures - 1) * liveness.periodMs;

/** Kubelets wait 10, 20, 40 … s before they start again what ended more than once, at most so long. @see kubernetes pkg/kubelet/kubelet.go */
const firstBackOffMs = 10_000;
const maxBackOffMs = 300_000;

/** A request that has to connect first: TCP, TLS, and itself, which may have to read before it writes. */
const roundTrips = 5;

/** What a fault delays, at most. null: it does something else than to delay. */
const delayOf = (fault: PlannedFault): number | null =>
  'delayMs' in fault ? fault.delayMs + ('jitterMs' in fault ? fault.jitterMs : 0) : null;

/** Whether what a fault does can keep a request waiting until its client gives up. Partial loss can. */
const keepsWaiting = (fault: PlannedFault, requestMs: number): boolean => {
  const delayMs = delayOf(fault);
  if (delayMs === null || ('lossPercent' in fault && fault.lossPercent > 0)) return true;
  return delayMs * roundTrips >= requestMs;
};

/** For how long a fault may have kept something waiting: what it delays comes so much after it is undone. */
const waitsMs = ({ fault, stoodMs }: MayRestart): number => stoodMs + (delayOf(fault) ?? 0);

/** Whether a fault of a path, or of all of a node, reaches what members of etcd say to each other. */
const reachesPeers = (fault: PlannedFault): boolean =>
  !(('traffic' in fault && fault.traffic === 'control') || ('peer' in fault && fault.peer === 'api-server'));

/** Whether a fault may keep from answering what a process on a node lives by, long enough to end that process. */
const mayStarve = (plan: Plan, restart: MayRestart): boolean => {
  const { fault, targets, component, node } = restart;
  const { stalls, hits } = faultTraits(fault.kind);
  const { controlPlanes } = plan.topology;
  const hit = targets.filter(isControlPlane);
  // What a single control plane says to itself goes by no path that a fault could hit.
  if (stalls === 'nothing' || hit.length === 0 || (hits === 'path' && controlPlanes < 2)) return false;
  const everywhere = stalls === 'etcd' && reachesPeers(fault) && hit.length > (controlPlanes - 1) / 2;
  if (!isControlPlane(node) || !(everywhere || hit.includes(node))) return false;
  const { holdsOutMs, requestMs } = leaderTimes(plan, component);
  if (!keepsWaiting(fault, requestMs)) return false;
  if (stalls === 'controllerManager' && component !== 'kube-controller-manager') return false;
  const waitedMs = waitsMs(restart);
  return (leaders.has(component) && waitedMs >= holdsOutMs) || (probed.has(component) && waitedMs >= probesFailMs);
};

/** Times at which faults of the plan may have ended something, those of the repeats before it on the same cluster included. */
const endingsBefore = (plan: Plan): number =>
  plan.phases
    .flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []))
    .reduce((sum, { occurrences }) => sum + occurrences.length, 0) * (plan.repeat?.number ?? 1);

/** What faults of a kind end alone; null: nothing, or all of a node. */
const endedComponent = {
  kubelet: 'kubelet',
  controllerManager: 'kube-controller-manager',
  node: null,
  nothing: null,
} as const;

/** Whether a fault ends the process of a component on each of its targets, so that it cannot run on afterwards. */
export const endsProcess = ({ kind }: Pick<PlannedFault, 'kind'>, component: string): boolean => {
  const { ends } = faultTraits(kind);
  return ends === 'node' || component === endedComponent[ends];
};

/**
 * How long after its undo a process may begin in the place of one that a fault ended, in ms; null: the fault does not end
 * it. Of a leader it is the time at which another process may begin to try.
 */
export const restartsLateMs = (plan: Plan, restart: MayRestart): number | null => {
  const { fault, targets, component, node } = restart;
  const { ends } = faultTraits(fault.kind);
  const backOffMs = Math.min(maxBackOffMs, firstBackOffMs * 2 ** (endingsBefore(plan) - 1) + waitsMs(restart));
  if (targets.includes(node)) {
    if (ends === 'kubelet' && component === 'kubelet') return returnMs;
    // Its undo waits for the process.
    if (ends === 'controllerManager' && component === 'kube-controller-manager') return 0;
    if (ends === 'node') return bootMs + (ofSystemd.has(component) ? 0 : backOffMs);
  }
  return mayStarve(plan, restart) ? backOffMs : null;
};
