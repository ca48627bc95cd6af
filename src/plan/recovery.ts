import { secondsText } from '../common/duration.ts';
import { counted } from '../common/text/counted.ts';
import { hitsControlPlane, startsKubelet } from './fault-effects.ts';
import type { PlannedFault } from './types.ts';

/** How long every request must have been answered before the clients count as recovered. */
const quietMs = 3000;

/** Requests that are further apart see no outage as a recovery needs to: of what clients felt nothing is known then. */
export const sparseLoadMs = quietMs;

/** A monitor pass begins one period after the one before it ended, and takes this long itself at most on a small cluster. */
const passMs = 500;

/**
 * A kubelet that starts anew checks each pod within this time: its status manager compares them every 10 s.
 * @see kubernetes pkg/kubelet/status/status_manager.go, syncPeriod
 */
const podSyncMs = 10_000;

/** How many, and which of them; named only where a text is made, for a cluster may have thousands. */
export type Some = { readonly count: number; readonly names: () => readonly string[] };

/** A cluster under load as it is watched, at one moment; ms on the run's clock. */
export type ClusterView = {
  readonly nowMs: number;
  readonly notReady: Some;
  /** Ready nodes that still have a taint of their condition: `not-ready`, `unreachable`. */
  readonly tainted: Some;
  /**
   * When the node last renewed its lease, by its own stamp; without leases, when it last posted its status. null: never.
   * @param place of the node in the terms' `hit`, for whoever finds it sooner by that
   */
  readonly lastHeartbeatMs: (node: string, place: number) => number | null;
  /** Pods of the workload that are being deleted. */
  readonly endingPods: number;
  readonly endpoints: { readonly ready: number; readonly notReady: number; readonly terminating: number };
  readonly requests: {
    /** When the last one failed, and when the last one was answered; null: none was. */
    readonly failedMs: number | null;
    readonly answeredMs: number | null;
    /** Since when the first one is under way whose end is not known; null: none is. */
    readonly openSinceMs: number | null;
  };
};

/** What a recovery has to wait for, beyond what is to be seen. */
export type RecoveryTerms = {
  readonly replicas: number;
  /** Nodes that the faults so far kept from renewing. */
  readonly hit: readonly string[];
  /** When the last of those faults began to be undone; the start of the phase where there was none. */
  readonly undoneMs: number;
  readonly passMs: number;
  /** From the moment at which all of `hit` renewed again. */
  readonly stableMs: number;
};

type Disturbed = {
  readonly replicas: number;
  readonly nodes: readonly string[];
  readonly faults: readonly Pick<PlannedFault, 'kind' | 'targets'>[];
  readonly undoneMs: number;
  readonly monitorPeriodMs: number;
  /** nodeStatusUpdateFrequency with its jitter. */
  readonly statusPeriodMs: number;
  readonly minor: number;
};

/** Each once. One list is handed on as it is, however many there are in it. */
const allTargets = (faults: Disturbed['faults']): readonly string[] => {
  const lists = new Set(faults.map(({ targets }) => targets));
  const [only] = lists;
  return lists.size === 1 && only !== undefined ? only : [...new Set([...lists].flat())];
};

/**
 * The terms of a recovery. From 1.31 on a kubelet compares its status with a copy that may be a whole status period old
 * (`statusFromInformer`), so that what it says of itself may come that much later.
 * @param after its `faults` are those that have been undone
 */
export const recoveryTerms = (after: Disturbed): RecoveryTerms => {
  const { faults, nodes, monitorPeriodMs, statusPeriodMs, minor } = after;
  const hitsAll = faults.some(hitsControlPlane);
  const pass = monitorPeriodMs + passMs;
  const statusLagMs = minor >= 31 ? statusPeriodMs : 0;
  const podLagMs = faults.some(startsKubelet) ? podSyncMs : 0;
  return {
    replicas: after.replicas,
    hit: hitsAll ? nodes : allTargets(faults),
    undoneMs: after.undoneMs,
    passMs: pass,
    stableMs: pass + Math.max(statusLagMs, podLagMs),
  };
};

const maxNames = 5;

const allWell = 'all is well, to be seen for ';

/** Whether what a recovery still lacked was no more than time: nothing was wrong, and it was not watched for long enough. */
export const lacksOnlyTime = (missing: string): boolean => missing.includes(allWell);

const requestsFail = 'requests still fail';

/** Whether requests still failed when a recovery that did not come in time was given up. */
export const isRequestsFail = (missing: string): boolean => missing.includes(requestsFail);

const named = ({ count, names }: Some, one: string, many: string): string[] => {
  if (count === 0) return [];
  return count > maxNames ? [`${count} ${many}`] : names().map((name) => `${name} ${one}`);
};

/** Whether anything is not as it was before the faults. @see troubles, which has it in words */
const isTroubled = ({ notReady, tainted, endpoints, endingPods, requests, nowMs }: ClusterView, replicas: number) => {
  if (notReady.count > 0 || tainted.count > 0 || endpoints.ready < replicas || endingPods > 0) return true;
  const knownMs = requests.openSinceMs ?? nowMs;
  return endpoints.notReady + endpoints.terminating > 0 || failsYet(requests, knownMs) || nowMs - knownMs > quietMs;
};

/** The last of the requests that got no answer is not `quietMs` ago, or none has been answered since. */
const failsYet = ({ failedMs, answeredMs }: ClusterView['requests'], knownMs: number): boolean =>
  failedMs !== null && (answeredMs === null || answeredMs <= failedMs || knownMs - failedMs < quietMs);

/** What is not as it was before the faults, each in words; empty where all of it is. */
const troubles = ({ notReady, tainted, endpoints, endingPods, requests, nowMs }: ClusterView, replicas: number) => {
  const knownMs = requests.openSinceMs ?? nowMs;
  const rest = endpoints.notReady + endpoints.terminating;
  return [
    ...named(notReady, 'NotReady', 'nodes NotReady'),
    ...named(tainted, 'tainted', 'nodes tainted'),
    ...(endpoints.ready < replicas ? [`${endpoints.ready} of ${counted(replicas, 'endpoint')} ready`] : []),
    ...(endpoints.ready >= replicas && rest > 0 ? [`${counted(rest, 'endpoint')} not ready or terminating`] : []),
    ...(endingPods > 0 ? [counted(endingPods, 'pod is ending', 'pods are ending')] : []),
    ...(failsYet(requests, knownMs) ? [requestsFail] : []),
    ...(nowMs - knownMs > quietMs ? [`a request is under way since ${secondsText(nowMs - knownMs)}`] : []),
  ];
};

/**
 * The one rule for when a run's observation may end. Everything must be as it was before: nodes Ready and without taints
 * of their condition, so that no timer of an eviction runs; as many endpoints ready as there are replicas, and no others;
 * no pod on its way out; requests answered for `quietMs`, the last of them among these. It must have been so for a whole
 * pass of the node monitor. And since every node that was hit renewed again, a pass and what else a kubelet may send
 * late must have gone by: harm that is still on its way would else be no part of the run.
 * @returns to be asked at every change and now and then: what is missing, in words that are made where they are asked for; null
 *   when the recovery is over
 */
export const watchRecovery = (terms: RecoveryTerms): ((view: ClusterView) => (() => string) | null) => {
  /** By the place in `hit`: it has not renewed since; and how many have not. */
  const isSilent = new Uint8Array(terms.hit.length).fill(1);
  let silent = terms.hit.length;
  let lastHeartbeatMs = terms.undoneMs;
  let troubleMs = terms.undoneMs;
  /** As it was when it was asked about last. */
  let seen: ClusterView | null = null;
  const troublesText = (): string => (seen === null ? '' : troubles(seen, terms.replicas).join(', '));
  const silentText = (): string =>
    named(
      { count: silent, names: () => terms.hit.filter((_, place) => isSilent[place] === 1) },
      'not renewed since',
      'nodes not renewed since',
    ).join(', ');
  const listen = (view: ClusterView): void => {
    for (let place = 0; place < isSilent.length; place += 1) {
      if (isSilent[place] === 0) continue;
      const renewedMs = view.lastHeartbeatMs(terms.hit[place] as string, place);
      if (renewedMs === null || renewedMs < terms.undoneMs) continue;
      isSilent[place] = 0;
      silent -= 1;
    }
  };
  return (view) => {
    const { nowMs } = view;
    if (isTroubled(view, terms.replicas)) {
      troubleMs = nowMs;
      seen = view;
      return troublesText;
    }
    if (silent > 0) {
      listen(view);
      lastHeartbeatMs = nowMs;
      if (silent > 0) return silentText;
    }
    const leftMs = Math.max(lastHeartbeatMs + terms.stableMs, troubleMs + terms.passMs) - nowMs;
    return leftMs > 0 ? () => `${allWell}${secondsText(leftMs)} more` : null;
  };
};

/** `watchRecovery`, in words each time. */
export const followRecovery = (terms: RecoveryTerms): ((view: ClusterView) => string | null) => {
  const missing = watchRecovery(terms);
  return (view) => missing(view)?.() ?? null;
};
