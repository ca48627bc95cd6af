import { disruptionOf, flapsByItself, mayMissEviction, profileOfPods, removesTaints } from '../../plan/index.ts';
import { controllerManagerOf } from '../../profile/index.ts';
import type { ConditionalMilestone } from '../../verdict/index.ts';
import { heldUpMs } from './budget.ts';
import { later } from './distribution.ts';
import type { Evidence, Lost } from './evidence.ts';
import { evictionAfterTaint, heldUp, taintAfterNotReady } from './milestones.ts';
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
 * Whether nodes that said NotReady themselves may have spent the token of a taint, or wait before it: the next pass queues each, and
 * each costs one, of which so many a second come back.
 */
const isSpent = ({ plan, changes }: Evidence, taintMs: number): boolean => {
  const { effective } = plan.profile;
  const { nodeMonitorPeriodMs } = effective;
  const own = changes.filter(({ what, atMs }) => what === 'ownLoss' && atMs <= taintMs);
  const last = own.at(-1);
  if (last === undefined) return false;
  const intervalMs = 1000 / controllerManagerOf(effective).nodeEvictionRatePerSecond;
  return taintMs - last.atMs < own.length * Math.max(intervalMs, nodeMonitorPeriodMs) + 2 * nodeMonitorPeriodMs;
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
  // One that said so itself is as NotReady to a zone as one that was given up.
  const names = [...new Set(changes.flatMap(({ what, node }) => (what === 'return' ? [] : [node])))];
  const afterLoss = taintAfterNotReady(effective, plan.kubernetesVersion);
  const isElsewhere = flapsByItself(plan) || mayMissEviction(plan) || removesTaints(plan);
  if (first === undefined || afterLoss === null || isElsewhere || isNotFirst) return [];
  if (disruptionOf(plan, names.length, names) !== 'normal') return [];
  const taint = firstTaint(evidence, losses);
  if (taint === null || isSpent(evidence, taint.atMs)) return [];
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
  // A pod that came to the node since has a timer of its own.
  const there = new Set(
    events.flatMap((event) =>
      event.type === 'pod' && event.node === taint.node && event.atMs <= taint.atMs ? [event.uid] : [],
    ),
  );
  const eviction = events.find(
    (event) =>
      event.type === 'pod' &&
      event.change === 'deleting' &&
      event.evicted &&
      event.node === taint.node &&
      there.has(event.uid) &&
      event.atMs >= taint.atMs - underWayMs,
  );
  if (afterTaint === null || !evidence.seesPods || eviction?.type !== 'pod') return [tainted];
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
