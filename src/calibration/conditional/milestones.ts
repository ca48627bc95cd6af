import { maxPodsBeside, type Plan } from '../../plan/index.ts';
import {
  controllerManagerOf,
  type EffectiveSettings,
  exactVersion,
  markingMs,
  proxyPauseMs,
  relistDownAfterMs,
  runtimeCheckPeriodMs,
  runtimeDownAfterMs,
  statusBeforeRelist,
  statusFirst,
  taintQueueMs,
  watchFirst,
} from '../../profile/index.ts';
import { type Distribution, disjoint, evenly } from './distribution.ts';

/**
 * A distribution of which all may come by so much later, or no later: how likely each is is not known, so half of it stays where it is
 * and half lies anywhere in both.
 * @param soonerMs by how much sooner it may come as well
 */
export const heldUp = (distribution: Distribution, ms: number, soonerMs: number = 0): Distribution => {
  const [first, last] = [distribution[0], distribution.at(-1)];
  if (first === undefined || last === undefined || ms === 0) return distribution;
  return disjoint([
    ...distribution.map((part) => ({ ...part, share: part.share / 2 })),
    { fromMs: first.fromMs - soonerMs, toMs: last.toMs + ms, share: 0.5 },
  ]);
};

/** Of polls of the queue, 100 ms apart, those that come in the few ms until the controller's cache has what it wrote. */
const tooSoon = 0.04;

/**
 * The NoExecute taint of the first node of a zone, in ms since it went NotReady; null where nodes are not tainted so. From
 * v1.34 the pass that gives a node up queues it, and a poll that comes too soon wastes the token: the next comes with the
 * next one, 10 s later by default.
 * @see kubernetes pkg/controller/nodelifecycle, doNoExecuteTaintingPass
 */
export const taintAfterNotReady = (effective: EffectiveSettings, kubernetesVersion: string): Distribution | null => {
  if (effective.eviction.kind !== 'tolerations') return null;
  const { nodeMonitorPeriodMs } = effective;
  if (exactVersion(kubernetesVersion).minor < 34)
    return evenly(nodeMonitorPeriodMs, nodeMonitorPeriodMs + taintQueueMs);
  const nextMs = Math.max(nodeMonitorPeriodMs, 1000 / controllerManagerOf(effective).nodeEvictionRatePerSecond);
  return [
    { fromMs: 0, toMs: taintQueueMs, share: 1 - tooSoon },
    { fromMs: nextMs, toMs: nextMs + taintQueueMs, share: tooSoon },
  ];
};

/** The first pod evicted of a tainted node, in ms since the taint; null where pods are not evicted so. */
export const evictionAfterTaint = ({ eviction }: EffectiveSettings): Distribution | null =>
  eviction.kind === 'tolerations' ? evenly(eviction.seconds * 1000, eviction.seconds * 1000 + 100) : null;

/** A kubelet compares its pods with the API's every 10 s. @see kubernetes pkg/kubelet/status, syncPeriod */
export const podStatusTickMs = 10_000;

/** A pod that was marked NotReady is Ready again, in ms since its node renews again. */
export const podReadyAfterSign: Distribution = evenly(0, podStatusTickMs);

/** That a kubelet which was frozen for so long reports Ready=False in its first status, if that was due. */
const reportsFalseFirst = (kubernetesVersion: string, frozenMs: number): number => {
  const runtime = Math.min(
    1,
    Math.max(0, (frozenMs + runtimeCheckPeriodMs - runtimeDownAfterMs) / runtimeCheckPeriodMs),
  );
  const version = exactVersion(kubernetesVersion);
  const { measured, max, modelled } = statusFirst(version);
  const relist = frozenMs > relistDownAfterMs ? statusBeforeRelist.modelled : 0;
  // To v1.30 what was measured was never seen: the bound of that.
  return 1 - (1 - runtime * (measured && version.minor < 31 ? max : modelled)) * (1 - relist);
};

/** What comes at once is seen within this. */
const atOnceMs = 1;

const tickMs = ({ nodeStatusUpdateFrequencyMs, statusJitter }: EffectiveSettings): readonly [number, number] => [
  nodeStatusUpdateFrequencyMs,
  nodeStatusUpdateFrequencyMs * (1 + statusJitter),
];

/**
 * A node whose kubelet was frozen is Ready again, in ms since it renews again: at the status tick that was due. It is the next
 * where that one said that the container runtime is down, and from v1.31 mostly, for there it is compared with an outdated copy
 * and says nothing unless the kubelet's watch came first.
 * @returns null where a tick may not have been due, or the kubelet was not frozen: then it is not known well enough
 */
export const readyAfterSign = (
  effective: EffectiveSettings,
  kubernetesVersion: string,
  frozenMs: number | null,
): Distribution | null => {
  const [minMs, maxMs] = tickMs(effective);
  if (frozenMs === null || frozenMs < maxMs) return null;
  const isStale = exactVersion(kubernetesVersion).minor >= 31;
  const atOnce = (isStale ? watchFirst.modelled : 1) * (1 - reportsFalseFirst(kubernetesVersion, frozenMs));
  return [
    { fromMs: 0, toMs: atOnceMs, share: atOnce },
    { fromMs: minMs, toMs: maxMs + atOnceMs, share: 1 - atOnce },
  ].filter(({ share }) => share > 0);
};

/** What comes within a few calls, where no budget holds it up. */
const callsMs = 20;

/**
 * The first endpoint of a node is gone, in ms since it went NotReady: its pods are marked in the same pass, one after the
 * other, and the budget of requests may hold that up.
 * @see kubernetes pkg/controller/util/node, MarkPodsNotReady; pkg/controller/endpointslice
 */
export const endpointLostAfterNotReady = ({ workload, topology, profile }: Plan): Distribution => {
  const paused = topology.controlPlanes + topology.workers;
  const burden = { paused, replicas: workload.replicas, podsPerNode: maxPodsBeside(topology) };
  return heldUp(evenly(0, callsMs), markingMs(burden, profile.effective));
};

/** Changes of slices this close may be read by one sync of kube-proxy. */
const oneSyncMs = 50;
/** How often they are: of 24 first refusals in real runs of v1.34.4, one came with the sync that the change before began. */
const inOneSync = 0.1;

/**
 * How long kube-proxy waits with a change, in ms since it received it: it writes its rules at once, unless it wrote them less
 * than minSyncPeriod ago; to v1.33 two may follow each other.
 * @param beforeMs when the endpoint slices changed before; null: never
 * @see kubernetes pkg/proxy/runner/bounded_frequency_runner.go (v1.34; before, pkg/util/async)
 */
export const proxyWait = ({ kubernetesVersion }: Plan, beforeMs: number | null, atMs: number): Distribution => {
  const version = exactVersion(kubernetesVersion);
  const maxMs = beforeMs === null ? 0 : Math.max(0, beforeMs + proxyPauseMs(version) - atMs);
  if (version.minor < 34) return evenly(0, maxMs);
  const together = beforeMs !== null && maxMs > 0 && atMs - beforeMs <= oneSyncMs ? inOneSync : 0;
  return [
    { fromMs: 0, toMs: 0, share: together },
    { fromMs: maxMs, toMs: maxMs, share: 1 - together },
  ].filter(({ share }) => share > 0);
};

const spacingMs = ({ load }: Plan): number => 1000 / load.ratePerSecond;

/** Every part of a wait begins and ends so much later. */
const stretched = (wait: Distribution, byMs: readonly [fromMs: number, toMs: number]): Distribution =>
  wait.map(({ fromMs, toMs, share }) => ({ fromMs: fromMs + byMs[0], toMs: toMs + byMs[1], share }));

/** The first refusal, in ms since no endpoint was left: with the next request once the rules are written. */
export const refusedAfterEmpty = (plan: Plan, wait: Distribution): Distribution =>
  stretched(wait, [0, callsMs + spacingMs(plan)]);

/** The last refusal, in ms since an endpoint was there again: the last request before the rules are written. */
export const lastRefusedAfterEndpoint = (plan: Plan, wait: Distribution): Distribution =>
  stretched(wait, [-spacingMs(plan), callsMs]);
