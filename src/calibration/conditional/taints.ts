import { disruptionOf, flapsByItself, mayMissEviction, profileOfPods, removesTaints } from '../../plan/index.ts';
import type { ConditionalMilestone } from '../../verdict/index.ts';
import { later } from './distribution.ts';
import type { Evidence, Lost } from './evidence.ts';
import { evictionAfterTaint, heldUp, heldUpMs, taintAfterNotReady } from './milestones.ts';
import { predictedMilestone, underWayMs } from './predicted-milestone.ts';

const noExecute = new Set(['node.kubernetes.io/unreachable', 'node.kubernetes.io/not-ready']);

/** Losses near enough to the first that the same pass may have made them. */
const lostWithFirst = ({ plan }: Evidence, losses: readonly Lost[]): readonly Lost[] => {
  const { nodeMonitorPeriodMs } = plan.profile.effective;
  const firstMs = losses[0]?.atMs ?? Number.NaN;
  return losses.filter(({ atMs }) => atMs - firstMs < nodeMonitorPeriodMs / 2);
};

/**
 * The first taint after the first loss of the run; none where a node that was lost with it was back before, for then it may be
 * that of a later loss, or a token of the queue was spent on none.
 */
const firstTaint = (evidence: Evidence, losses: readonly Lost[]) => {
  const { events, changes } = evidence;
  const names = new Set(losses.map(({ node }) => node));
  const first = lostWithFirst(evidence, losses);
  const taint = events.find(
    (event) =>
      event.type === 'node.taint' &&
      names.has(event.node) &&
      event.change === 'added' &&
      event.effect === 'NoExecute' &&
      noExecute.has(event.key) &&
      event.atMs >= (first[0]?.atMs ?? 0) - underWayMs,
  );
  if (taint?.type !== 'node.taint' || !first.some(({ node }) => node === taint.node)) return null;
  const isBack = changes.some(
    ({ what, node, atMs }) =>
      what === 'return' &&
      atMs <= taint.atMs + underWayMs &&
      first.some((loss) => loss.node === node && loss.atMs < atMs),
  );
  return isBack ? null : taint;
};

/**
 * The first taint after the first loss of the run, and the first eviction from that node: others wait for theirs in a queue,
 * so it is where a profile or a kubelet's own word has spent the queue's token before, or a bug of the version may. What
 * somebody removes starts its timers anew.
 */
export const taintMilestones = (evidence: Evidence, losses: readonly Lost[]): readonly ConditionalMilestone[] => {
  const { plan, events, changes } = evidence;
  const { effective } = plan.profile;
  const [first] = losses;
  // Where one was lost before it of which nothing is predicted, it is not the first of the queue.
  const isNotFirst = changes.some(({ what, node, atMs }) => {
    const isBefore = what === 'loss' && first !== undefined && atMs <= first.atMs;
    return isBefore && !losses.some((loss) => loss.node === node && loss.atMs === atMs);
  });
  const names = [...new Set(losses.map(({ node }) => node))];
  const afterLoss = taintAfterNotReady(effective, plan.kubernetesVersion);
  const isSpent = flapsByItself(plan) || mayMissEviction(plan) || changes.some(({ what }) => what === 'ownLoss');
  if (first === undefined || afterLoss === null || isSpent || isNotFirst || removesTaints(plan)) return [];
  if (disruptionOf(plan, names.length, names) !== 'normal') return [];
  const taint = firstTaint(evidence, losses);
  if (taint === null) return [];
  // Passes mark the pods of all that are lost until then, and the taint comes after them.
  const lost = losses.filter(({ atMs }) => atMs <= taint.atMs);
  const tainted = predictedMilestone(
    {
      link: 'tainted',
      of: taint.node,
      given: { what: 'notReady', atMs: first.atMs },
      chance: null,
      observedMs: taint.atMs,
    },
    later(heldUp(afterLoss, heldUpMs(plan, lost)), first.atMs),
  );
  const pods = profileOfPods(plan.profile, plan.workload, 'unreachable');
  const afterTaint = evictionAfterTaint(pods.effective);
  const eviction = events.find(
    (event) =>
      event.type === 'pod' &&
      event.change === 'deleting' &&
      event.evicted &&
      event.node === taint.node &&
      event.atMs >= taint.atMs - underWayMs,
  );
  if (afterTaint === null || eviction?.type !== 'pod') return [tainted];
  // With the taint its timers end, and those of the next begin anew.
  const isRemoved = events.some(
    (event) =>
      event.type === 'node.taint' &&
      event.node === taint.node &&
      event.change === 'removed' &&
      event.key === taint.key &&
      event.effect === 'NoExecute' &&
      event.atMs >= taint.atMs &&
      event.atMs <= eviction.atMs - underWayMs,
  );
  if (isRemoved) return [tainted];
  const evicted = predictedMilestone(
    {
      link: 'evicted',
      of: eviction.pod,
      given: { what: 'tainted', atMs: taint.atMs },
      chance: null,
      observedMs: eviction.atMs,
    },
    later(heldUp(afterTaint, heldUpMs(plan, lost)), taint.atMs),
  );
  return [tainted, evicted];
};
