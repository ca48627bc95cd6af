import { maxPodsBeside, nodesOf, type Plan } from '../../plan/index.ts';
import { controllerManagerOf, markingMs, usualPassMs } from '../../profile/index.ts';
import type { TimelineEvent } from '../../timeline/index.ts';
import type { Distribution } from './distribution.ts';
import type { Change as NodeChange } from './evidence.ts';
import { underWayMs } from './predicted-milestone.ts';

/** A change of a node by a pass, or to which one will answer. */
type Change = Pick<NodeChange, 'atMs' | 'what'>;

/**
 * No constants of Kubernetes: from the start of a pass to when its first write is seen, and what each write takes. On a real
 * v1.34.4 (two busy cores) a write came 0.12 s sooner in its pass than one 36 s before it.
 */
const firstWriteMs = 150;
const writeMs = 5;

/**
 * Nor these: what a pass without a write takes, and by how much its timer is late. There 12 losses in 252 s had come 1.8 s later in
 * the end than passes of exactly 5 s would have had them, 36 ms a pass, what the writes took among it.
 */
const idlePassMs = 40;
const idleNodeMs = 0.02;

/** Writes for a node that is given up or taken back, and for each pod of one that is given up; pods beside the workload's, at most. */
const writesPerNode = 4;
const writesPerPod = 2;
const backgroundPods = 6;

/** What the writes of one pass add to it. */
const writingMs = ({ workload: { replicas }, topology, profile }: Plan, changes: readonly Change[]): number => {
  const podsPerNode = maxPodsBeside(topology);
  const paused = changes.filter(({ what }) => what === 'loss' || what === 'ownLoss').length;
  const pods = paused === 0 ? 0 : paused * (backgroundPods + podsPerNode) + replicas;
  const heldMs = paused === 0 ? 0 : markingMs({ paused, replicas, podsPerNode }, profile.effective);
  return heldMs + writeMs * (writesPerNode * changes.length + writesPerPod * pods);
};

/** Changes that lie so near to each other that one pass may make all of them. */
export const byPass = <C extends Pick<Change, 'atMs'>>(
  changes: readonly C[],
  periodMs: number,
): readonly (readonly C[])[] => {
  const passes: C[][] = [];
  for (const change of changes) {
    const last = passes.at(-1);
    const [first] = last ?? [];
    if (last === undefined || first === undefined || change.atMs - first.atMs >= periodMs / 2) passes.push([change]);
    else last.push(change);
  }
  return passes;
};

/** Whether one controller manager led all the while, by all that was seen of its Lease and of its process. */
const isOneLeader = (events: readonly TimelineEvent[]): boolean => {
  const leaders = new Set<string>();
  const starts = new Map<string, Set<number>>();
  for (const event of events) {
    if (event.type === 'leader' && event.component === 'kube-controller-manager')
      leaders.add(`${event.holder} ${event.transitions}`);
    if (event.type === 'process.read' && event.component === 'kube-controller-manager') {
      const known = starts.get(event.node) ?? new Set();
      starts.set(event.node, known.add(event.pid));
    }
  }
  return leaders.size === 1 && [...starts.values()].every(({ size }) => size === 1);
};

/** What a pass takes that writes nothing, and by how much its timer is late, at the most. */
const idleMsOf = (plan: Plan): number => idlePassMs + idleNodeMs * nodesOf(plan).length;

/** What each pass of a controller manager takes beside its period, and how likely that is. */
export type Pace = { readonly passMs: number; readonly share: number };

/**
 * How many controller managers have passes that take longer than a machine with time for them needs: an assumption, for how
 * busy a machine is nobody says. Enough that no loss is as good as certain which the latest passes would miss, and no more
 * than leaves chances right where machines have time.
 */
const slowShare = 0.05;
const slowPaces = 5;

/** What passes may take: mostly what they take in the model, else anything up to the most. */
export const pacesOf = (plan: Plan): readonly Pace[] => {
  const usualMs = usualPassMs(nodesOf(plan).length);
  const addedMs = idleMsOf(plan) - usualMs;
  const slow = Array.from({ length: slowPaces }, (_, index) => ({
    passMs: usualMs + (addedMs * (index + 0.5)) / slowPaces,
    share: slowShare / slowPaces,
  }));
  return [{ passMs: usualMs, share: 1 - slowShare }, ...slow];
};

/** When passes may write, each from and to a moment; none where that says no more than the period does. */
export type Passes = (fromMs: number, toMs: number) => readonly (readonly [number, number])[];

/** Where what passes take adds up to more than such a share of a period, nothing is made of them. */
const maxShare = 0.25;

/**
 * Passes by one that was seen: the next begins exactly one period after it has returned (`wait.UntilWithContext`, no jitter),
 * never sooner. By how much later is what it and those between take: next to nothing where they write nothing.
 * @param changes of nodes that were given up, or came back, in the order of their time
 * @returns null where nothing is known of them: another controller manager may have led in between
 * @see kubernetes v1.11 to v1.37 pkg/controller/nodelifecycle, Run; k8s.io/apimachinery pkg/util/wait, BackoffUntil: sliding
 */
export const passesBy = (
  plan: Plan,
  events: readonly TimelineEvent[],
  changes: readonly Change[],
): ((beforeMs: number) => Passes) | null => {
  if (!isOneLeader(events)) return null;
  const { nodeMonitorPeriodMs: periodMs } = plan.profile.effective;
  const { kubeApiBurst, kubeApiRequestsPerSecond } = controllerManagerOf(plan.profile.effective);
  // What one pass has spent of the budget of requests is there again at the next.
  if ((periodMs / 1000) * kubeApiRequestsPerSecond < kubeApiBurst) return null;
  const idleMs = idleMsOf(plan);
  const losses = byPass(
    changes.filter(({ what }) => what === 'loss'),
    periodMs,
  );
  return (beforeMs) => (fromMs, toMs) => {
    // By the first loss of a pass, which comes before all else that the pass writes.
    const known = losses.map(([first]) => first).findLast((first) => first !== undefined && first.atMs < beforeMs);
    if (known === undefined) return [];
    const since = changes.filter(({ atMs }) => atMs >= known.atMs && atMs <= toMs);
    const one: Change = { atMs: toMs, what: 'loss' };
    const burdenMs = [...byPass(since, periodMs), [one]].reduce((sum, each) => sum + writingMs(plan, each), 0);
    const spans: (readonly [number, number])[] = [];
    for (let count = 1; known.atMs - firstWriteMs + count * periodMs <= toMs; count += 1) {
      const earliestMs = known.atMs - firstWriteMs + count * periodMs;
      const latestMs = known.atMs + count * (periodMs + idleMs) + burdenMs;
      if (latestMs - earliestMs > maxShare * periodMs) return [];
      if (latestMs >= fromMs) spans.push([earliestMs, latestMs]);
    }
    return spans;
  };
};

/**
 * What is left of a distribution where it is known when passes come. A sign that comes just beside a pass may be seen by it or
 * not: so much beyond its ends counts, too. As it was where nothing is known, or no pass is in it.
 */
export const narrowedBy = (distribution: Distribution, passes: Passes): Distribution => {
  const [first, last] = [distribution[0], distribution.at(-1)];
  if (first === undefined || last === undefined) return distribution;
  const spans = passes(first.fromMs - underWayMs, last.toMs + underWayMs);
  const parts = spans.flatMap(([earliestMs, latestMs]) => {
    const own = distribution.flatMap(({ fromMs, toMs, share }) => {
      const startMs = Math.max(earliestMs, fromMs - underWayMs);
      const endMs = Math.min(latestMs, toMs + underWayMs);
      const density = share / (toMs - fromMs + 2 * underWayMs);
      return endMs <= startMs ? [] : [{ startMs, endMs, share: density * (endMs - startMs) }];
    });
    if (own.length === 0) return [];
    return [
      {
        fromMs: Math.min(...own.map(({ startMs }) => startMs)),
        toMs: Math.max(...own.map(({ endMs }) => endMs)),
        share: own.reduce((sum, { share }) => sum + share, 0),
      },
    ];
  });
  const total = parts.reduce((sum, { share }) => sum + share, 0);
  return total === 0 ? distribution : parts.map((part) => ({ ...part, share: part.share / total }));
};
