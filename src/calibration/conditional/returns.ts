import { hitsOnlyNodeObjects, isHollow, type PlannedFault, stopsKubelet } from '../../plan/index.ts';
import type { ConditionalMilestone } from '../../verdict/index.ts';
import { type Distribution, later, truncateAt } from './distribution.ts';
import { type Evidence, faultsOn, isAfterFault, type Lost, undisturbedUntilMs } from './evidence.ts';
import { podReadyAfterSign, podStatusTickMs, readyAfterSign } from './milestones.ts';
import { predictedMilestone, underWayMs } from './predicted-milestone.ts';
import type { Sign, Silence } from './signs.ts';

/** Faults of a plan that may hold up what a node's kubelet says. */
const ownFaults = ({ plan }: Evidence, node: string): readonly PlannedFault[] =>
  plan.phases
    .flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []))
    .filter(({ kind, targets }) => targets.includes(node) && !hitsOnlyNodeObjects(kind));

/** Whether a node's kubelet is at most frozen: neither started anew nor cut off, after which the way back takes its own time. */
const isAtMostFrozen = (evidence: Evidence, node: string): boolean =>
  ownFaults(evidence, node).every(({ kind }) => stopsKubelet(kind) && kind.endsWith('pause'));

/** For how long a kubelet that is at most frozen was, in ms, while it was silent; null where nothing froze it then. */
const frozenMs = (evidence: Evidence, node: string, { since, until }: Silence): number | null => {
  const untilMs = until?.atMs ?? Number.POSITIVE_INFINITY;
  const recorded = faultsOn(evidence, node).map(
    ({ fromMs, toMs }) => Math.min(toMs, untilMs) - Math.max(fromMs, since.atMs),
  );
  const planned = ownFaults(evidence, node).flatMap(({ occurrences }) =>
    occurrences.map(({ startMs, endMs }) => endMs - startMs),
  );
  // What is put in place takes its time, which is in the record alone.
  const ms = Math.min(Math.max(0, ...recorded), Math.max(0, ...planned));
  return ms === 0 ? null : ms;
};

/** What comes before a moment, where that ends it unjudged; null where it cannot. */
const before = (distribution: Distribution, atMs: number): Distribution | null =>
  atMs === Number.POSITIVE_INFINITY ? distribution : truncateAt(distribution, atMs);

/** The node is Ready again. */
const readyMilestones = (
  evidence: Evidence,
  { node, atMs, silence }: Lost,
  back: Sign,
  untilMs: number,
): readonly ConditionalMilestone[] => {
  const { plan, changes, toMs } = evidence;
  const afterSign = readyAfterSign(plan.profile.effective, plan.kubernetesVersion, frozenMs(evidence, node, silence));
  const again = changes.find((change) => change.node === node && change.atMs > atMs && change.what === 'return');
  if (afterSign === null || again === undefined || again.atMs < back.atMs - underWayMs) return [];
  const inTime = before(later(afterSign, back.atMs), untilMs);
  if (inTime === null || again.atMs > toMs || again.atMs > untilMs) return [];
  const since = { what: back.kind, atMs: back.atMs };
  return [predictedMilestone({ link: 'ready', of: node, given: since, chance: null, observedMs: again.atMs }, inTime)];
};

/** When each pod is deleted, by its uid. */
const deletionsOf = ({ events }: Evidence): ReadonlyMap<string, number> =>
  new Map(
    events
      .flatMap((event) =>
        event.type === 'pod' && event.change === 'deleting' ? [[event.uid, event.atMs] as const] : [],
      )
      .toReversed(),
  );

/**
 * Whether a kubelet that knew of marks may have been silenced before it wrote them again: that is overdue when it goes on, and
 * may be done at once.
 */
const mayBeOverdue = (evidence: Evidence, { node, silence: { since } }: Lost): boolean =>
  isAfterFault(evidence, node, since.atMs, podStatusTickMs) ||
  evidence.changes.some(
    (change) =>
      change.node === node &&
      change.what === 'return' &&
      change.atMs <= since.atMs &&
      since.atMs - change.atMs < podStatusTickMs,
  );

type PodReady = { readonly pod: string; readonly atMs: number; readonly inTime: Distribution; readonly endMs: number };

/** Pods of a node that were marked and are Ready again, each with what ends its wait unjudged: its eviction, or the next fault. */
const podsReady = (evidence: Evidence, { node, atMs }: Lost, backMs: number, untilMs: number): readonly PodReady[] => {
  const deletions = deletionsOf(evidence);
  const marked = new Set<string>();
  return evidence.events.flatMap((event) => {
    if (event.type !== 'pod' || event.node !== node) return [];
    if (event.atMs < atMs - underWayMs || event.atMs > evidence.toMs) return [];
    if (event.change === 'notReady' && event.atMs < backMs) marked.add(event.uid);
    if (event.change !== 'ready' || !marked.delete(event.uid) || event.atMs < backMs - underWayMs) return [];
    // Of those that are seen it is known that it came before.
    const endMs = Math.min(untilMs, deletions.get(event.uid) ?? Number.POSITIVE_INFINITY);
    const inTime = before(later(podReadyAfterSign, backMs), endMs);
    return inTime === null || event.atMs > endMs ? [] : [{ pod: event.pod, atMs: event.atMs, inTime, endMs }];
  });
};

/**
 * Its pods that were marked are Ready again. One tick of a kubelet writes all of them: so one is ranked, the one that would have
 * been seen the longest.
 */
const podMilestones = (
  evidence: Evidence,
  loss: Lost,
  back: Sign,
  untilMs: number,
): readonly ConditionalMilestone[] => {
  if (!evidence.seesPods) return [];
  const pods = podsReady(evidence, loss, back.atMs, untilMs);
  const isRanked = !mayBeOverdue(evidence, loss);
  const last = pods.toSorted((one, other) => other.endMs - one.endMs)[0];
  return pods.map((one) =>
    predictedMilestone(
      {
        link: 'podReady',
        of: one.pod,
        given: { what: back.kind, atMs: back.atMs },
        chance: null,
        observedMs: one.atMs,
      },
      one.inTime,
      isRanked && one === last ? one.inTime : null,
    ),
  );
};

/**
 * What follows when a lost node renews again: it is Ready, and so are its pods that were marked. Where a fault stands on it
 * then, nothing; what the next one may put off is predicted up to there.
 */
export const returnMilestones = (evidence: Evidence, loss: Lost): readonly ConditionalMilestone[] => {
  const { node, atMs, back } = loss;
  // How long kwok takes for each of many nodes that come back together is its own affair, and says nothing of kubelets.
  if (back === null || isHollow(node) || !isAtMostFrozen(evidence, node)) return [];
  const untilMs = undisturbedUntilMs(evidence, node, back.atMs);
  // A node that renewed while the write that gave it up was under way may have said then that it is Ready.
  if (untilMs === null || back.atMs < atMs) return [];
  return [...readyMilestones(evidence, loss, back, untilMs), ...podMilestones(evidence, loss, back, untilMs)];
};
