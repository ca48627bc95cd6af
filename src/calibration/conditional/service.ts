import { entrancesOf, hitsOnlyNodeObjects, isHollow, type Plan, stopsOnlyKubelets } from '../../plan/index.ts';
import type { TimelineEvent } from '../../timeline/index.ts';
import type { ConditionalMilestone, Refusals } from '../../verdict/index.ts';
import { later } from './distribution.ts';
import { endpointLostAfterNotReady, lastRefusedAfterEndpoint, proxyWait, refusedAfterEmpty } from './milestones.ts';
import { predictedMilestone, slackRangeMs, underWayMs } from './predicted-milestone.ts';
import { seesPods } from './seen.ts';

/** A loss of a node by the controller. */
type Loss = { readonly node: string; readonly atMs: number };

type Endpoints = Extract<TimelineEvent, { type: 'endpoints' }>;

/** Losses that come sooner after one another than this lose their endpoints together. */
const togetherMs = 1000;

/** Pods of a node that were Ready at a moment, and not on their way out. */
const readyPods = (events: readonly TimelineEvent[], { node, atMs }: Loss): number => {
  const ready = new Set<string>();
  for (const event of events) {
    if (event.atMs > atMs - underWayMs) break;
    if (event.type !== 'pod' || event.node !== node) continue;
    if (event.change === 'ready') ready.add(event.uid);
    else if (event.change !== 'seen') ready.delete(event.uid);
  }
  return ready.size;
};

/** The first endpoint that goes with a lost node, of losses that do not fall together with one before. */
const lostMilestones = (
  plan: Plan,
  events: readonly TimelineEvent[],
  endpoints: readonly Endpoints[],
  losses: readonly Loss[],
): readonly ConditionalMilestone[] => {
  const drops = endpoints.filter(({ ready }, index) => ready < (endpoints[index - 1]?.ready ?? 0));
  return losses.flatMap((loss, index) => {
    const before = losses[index - 1];
    if (before !== undefined && loss.atMs - before.atMs < togetherMs) return [];
    // Pods of hollow nodes are no endpoints.
    if (isHollow(loss.node) || readyPods(events, loss) === 0) return [];
    const next = losses.find(({ atMs }) => atMs >= loss.atMs + togetherMs);
    const untilMs = next?.atMs ?? Number.POSITIVE_INFINITY;
    const drop = drops.find(({ atMs }) => atMs >= loss.atMs - underWayMs && atMs < untilMs);
    if (drop === undefined) return [];
    const since = { what: 'notReady', atMs: loss.atMs } as const;
    return [
      predictedMilestone(
        { link: 'endpointLost', of: loss.node, given: since, chance: null, observedMs: drop.atMs },
        later(endpointLostAfterNotReady(plan), loss.atMs),
      ),
    ];
  });
};

/** Whether what clients are refused follows from the endpoints and the rules of kube-proxy alone. */
const followsEndpoints = (plan: Plan): boolean => {
  const { load, phases } = plan;
  if (load.connection === 'keep-alive') return false;
  const faults = phases
    .flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []))
    .filter(({ kind }) => !hitsOnlyNodeObjects(kind));
  const touched = new Set(faults.filter(({ kind }) => !stopsOnlyKubelets(kind)).flatMap(({ targets }) => targets));
  return (
    faults.every(
      (fault) => stopsOnlyKubelets(fault.kind) || (fault.kind === 'partition' && fault.traffic === 'control'),
    ) && entrancesOf(plan).every((node) => !touched.has(node))
  );
};

/** When the slices changed before one of their changes; null: never. */
const changeBefore = (endpoints: readonly Endpoints[], one: Endpoints): number | null =>
  endpoints[endpoints.indexOf(one) - 1]?.atMs ?? null;

/**
 * By when clients are refused since no endpoint was left. Where one is there again sooner, rules without any need never have been
 * written, so that a refusal is that of another outage.
 */
const feltByMs = (plan: Plan, endpoints: readonly Endpoints[], empty: Endpoints): number => {
  const wait = proxyWait(plan, changeBefore(endpoints, empty), empty.atMs);
  return empty.atMs + (refusedAfterEmpty(plan, wait).at(-1)?.toMs ?? 0) + slackRangeMs[1];
};

/** The first refusal after the first time that no endpoint was left. */
const firstRefusedMilestones = (
  plan: Plan,
  endpoints: readonly Endpoints[],
  faultMs: number,
  refusedMs: number | null,
): readonly ConditionalMilestone[] => {
  const empty = endpoints.find(({ atMs, ready }) => atMs >= faultMs && ready === 0);
  // Pods that are ending and still serve are used as long as there are no others.
  if (empty === undefined || empty.terminating > 0 || refusedMs === null || refusedMs < empty.atMs - underWayMs)
    return [];
  const feltMs = feltByMs(plan, endpoints, empty);
  const back = endpoints.find(({ atMs, ready }) => atMs > empty.atMs && ready > 0);
  if (back !== undefined && back.atMs <= feltMs && refusedMs > feltMs) return [];
  const wait = proxyWait(plan, changeBefore(endpoints, empty), empty.atMs);
  const since = { what: 'endpointsEmpty', atMs: empty.atMs } as const;
  return [
    predictedMilestone(
      { link: 'refused', of: 'clients', given: since, chance: null, observedMs: refusedMs },
      later(refusedAfterEmpty(plan, wait), empty.atMs),
    ),
  ];
};

/** What the slices said in the outage that ended as an endpoint was there again. */
const outageBefore = (endpoints: readonly Endpoints[], back: Endpoints): readonly Endpoints[] => {
  const before = endpoints.slice(0, endpoints.indexOf(back));
  return before.slice(before.findLastIndex(({ ready }) => ready > 0) + 1);
};

/** The last refusal after the last time that an endpoint was there again, where no pod ended meanwhile. */
const lastRefusedMilestones = (
  plan: Plan,
  events: readonly TimelineEvent[],
  endpoints: readonly Endpoints[],
  faultMs: number,
  refusedMs: number | null,
): readonly ConditionalMilestone[] => {
  const back = endpoints.findLast(({ ready }, index) => ready > 0 && endpoints[index - 1]?.ready === 0);
  if (back === undefined || refusedMs === null || back.atMs < faultMs || endpoints.at(-1)?.ready === 0) return [];
  const ends = events.some(
    (event) =>
      event.type === 'pod' &&
      event.change === 'deleting' &&
      event.atMs > back.atMs - togetherMs &&
      event.atMs <= refusedMs,
  );
  const outage = outageBefore(endpoints, back);
  // Pods that are ending and still serve are used as long as there are no others.
  if (ends || outage.some(({ terminating }) => terminating > 0)) return [];
  const [empty] = outage;
  const isUnfelt =
    empty !== undefined && refusedMs < empty.atMs - underWayMs && back.atMs <= feltByMs(plan, endpoints, empty);
  if (isUnfelt) return [];
  const wait = proxyWait(plan, changeBefore(endpoints, back), back.atMs);
  const since = { what: 'endpointReady', atMs: back.atMs } as const;
  return [
    predictedMilestone(
      { link: 'lastRefused', of: 'clients', given: since, chance: null, observedMs: refusedMs },
      later(lastRefusedAfterEndpoint(plan, wait), back.atMs),
    ),
  ];
};

/**
 * What the Service and its clients feel, each predicted from what was seen before: the endpoint of a lost node from its
 * NotReady, refusals from the endpoints. Left out where the watch on endpoint slices was blind, and of refusals where they
 * may have another cause.
 * @see kubernetes pkg/controller/nodelifecycle, pkg/controller/endpointslice, pkg/proxy/runner
 */
export const serviceMilestones = (
  plan: Plan,
  events: readonly TimelineEvent[],
  losses: readonly Loss[],
  { firstRefusedMs, lastRefusedMs }: Refusals,
): readonly ConditionalMilestone[] => {
  const isBlind = events.some(
    (event) => (event.type === 'watch.gap' || event.type === 'watch.lost') && event.resource === 'endpointslices',
  );
  const faultMs = events.find(({ type }) => type === 'fault.injecting')?.atMs;
  // Whose pods these are, and what is between them and the load, is not known.
  if (isBlind || faultMs === undefined || plan.workload.existingService !== undefined) return [];
  const endpoints = events.filter((event): event is Endpoints => event.type === 'endpoints');
  // Of which node an endpoint is, and whether a pod ended meanwhile, is known by the pods.
  const knowsPods = seesPods(events);
  const lost = knowsPods ? lostMilestones(plan, events, endpoints, losses) : [];
  if (!followsEndpoints(plan)) return lost;
  return [
    ...lost,
    ...firstRefusedMilestones(plan, endpoints, faultMs, firstRefusedMs),
    ...(knowsPods ? lastRefusedMilestones(plan, events, endpoints, faultMs, lastRefusedMs) : []),
  ];
};
