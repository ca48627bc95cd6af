import { isHollow, type Plan } from '../../plan/index.ts';
import type { ConditionalMilestone } from '../../verdict/index.ts';
import { type Distribution, later, shareBefore, truncateAt } from './distribution.ts';
import type { Change, Evidence, Lost } from './evidence.ts';
import { heldUp, heldUpMs } from './milestones.ts';
import { narrowedBy, passesBy, passesMs } from './passes.ts';
import { predictedMilestone, underWayMs } from './predicted-milestone.ts';
import { anySecondGrace, notReadyAfterSign } from './second-grace.ts';
import { type Silence, signsOfLife, silencesOf } from './signs.ts';

/** Losses of other nodes while one is silent. `before`: those that may hold up its own; `beside`: all that may have. */
type Others = { readonly before: readonly Change[]; readonly beside: readonly Change[] };

/**
 * All that are lost near it: a pass that marks many pods sees signs later, too, and the next one begins later. Of hollow nodes,
 * which are many and have few pods each, those that were lost before it alone hold up its own.
 * @param losses of all nodes, in the order of their time
 * @param alone when its own loss is to be expected without them
 */
const othersOf = (
  plan: Plan,
  losses: readonly Change[],
  { node, since }: Silence,
  alone: Distribution,
  atMs: number,
): Others => {
  const allMs = heldUpMs(plan, losses);
  const fromMs = since.atMs - plan.profile.effective.nodeMonitorPeriodMs - allMs;
  const toMs = (alone.at(-1)?.toMs ?? atMs) + allMs;
  // Its own earlier loss held up passes as any other does.
  const isOf = (loss: Change): boolean => loss.node === node && loss.atMs > since.atMs;
  const beside = losses.filter((loss) => loss.atMs >= fromMs && loss.atMs < toMs && !isOf(loss));
  return { before: isHollow(node) ? beside.filter((loss) => loss.atMs < atMs) : beside, beside };
};

/** Stamps of statuses are whole seconds: of two posts in one of them, only the first is seen as a sign of life. */
const stampMs = 1000;

/** Whether a node is Ready again by a post that is not seen, in the second of its last sign. */
const isInSecondOf = (since: Silence['since'], { atMs, what }: Change): boolean =>
  what === 'return' && atMs > since.atMs && atMs < since.atMs + stampMs;

/** Silences in which a Ready node may be given up, each with its loss where it came. */
export const notReadyMilestones = ({
  plan,
  events,
  changes,
  fromMs,
  toMs,
}: Evidence): { readonly links: readonly ConditionalMilestone[]; readonly losses: readonly Lost[] } => {
  const { effective } = plan.profile;
  const milestones: ConditionalMilestone[] = [];
  const losses: Lost[] = [];
  const passes = passesBy(plan, events, changes);
  const allLosses = changes.filter(({ what }) => what === 'loss');
  for (const [node, signs] of signsOfLife(events, effective.withoutLeases === true)) {
    const own = changes.filter((change) => change.node === node);
    const shortest = { since: { atMs: 0, kind: 'lease' }, leaseMs: 0, postsMs: [] } as const;
    const graceMs = notReadyAfterSign(effective, shortest)[0]?.fromMs ?? 0;
    const counted = new Set<Change>();
    for (const silence of silencesOf(node, signs)) {
      const { since, until } = silence;
      if (since.atMs < fromMs || since.atMs > toMs) continue;
      const endMs = Math.min(until?.atMs ?? toMs, toMs);
      const before = own.findLast(({ atMs }) => atMs <= since.atMs);
      const isReady = before === undefined || before.what === 'return';
      const back = isReady ? null : own.find((one) => isInSecondOf(since, one) && one.atMs <= endMs);
      // A node that is NotReady is not given up again; one that reports so itself is another matter.
      if (back === undefined) continue;
      const readyMs = back?.atMs ?? since.atMs;
      const change = own.find(({ atMs }) => atMs > readyMs && atMs <= endMs + underWayMs && atMs <= toMs);
      // A silence that is too short by the plan is one where it cost the node all the same: so a wrong grace is found.
      const isLost = change?.what === 'loss' && change.atMs > since.atMs + underWayMs;
      if (!isLost && endMs - since.atMs <= graceMs - underWayMs) continue;
      // A loss whose write was under way when the node renewed is that of the silence before.
      // So is what a kubelet says itself before it renews; what it says as it goes on ends a silence that cost nothing.
      const isOwnBefore = change?.what === 'ownLoss' && change.atMs < endMs - underWayMs;
      if (isOwnBefore || (change !== undefined && counted.has(change))) continue;
      const observedMs = change?.what === 'loss' ? change.atMs : null;
      const alone = later(notReadyAfterSign(effective, silence), since.atMs);
      const firstMs = alone[0]?.fromMs ?? since.atMs;
      const { before: others, beside } = othersOf(plan, allLosses, silence, alone, observedMs ?? endMs);
      const othersMs = heldUpMs(plan, others);
      // Passes that are held up may outlive a grace with one fewer of them, and it is not known which of them saw which sign.
      const { fromMs: minMs, toMs: maxMs } = anySecondGrace(effective, since, othersMs);
      const soonerMs = firstMs - since.atMs - minMs;
      const laterMs = Math.max(0, since.atMs + maxMs - (alone.at(-1)?.toMs ?? firstMs));
      const entire = heldUp(alone, othersMs === 0 ? 0 : othersMs + laterMs, soonerMs);
      // Passes take something, between nothing and that much: a chance of 1 is one that the latest of them leaves.
      const chance = (shareBefore(entire, endMs) + shareBefore(entire, endMs - passesMs(plan))) / 2;
      if (chance === 0 && observedMs === null) continue;
      // That it came before the node renewed again is known where it came.
      const inTime = (one: Distribution): Distribution =>
        observedMs === null ? one : (truncateAt(one, Math.max(endMs, observedMs)) ?? one);
      // What passes before this silence's end tell is known before it may cost the node.
      const known = passes === null ? entire : narrowedBy(entire, passes(firstMs - underWayMs));
      milestones.push(
        predictedMilestone(
          { link: 'notReady', of: node, given: { what: since.kind, atMs: since.atMs }, chance, observedMs },
          inTime(known),
          heldUpMs(plan, beside) > 0 ? null : inTime(entire),
        ),
      );
      if (observedMs === null || change === undefined) continue;
      counted.add(change);
      losses.push({ node, atMs: observedMs, silence, back: until });
    }
  }
  return { links: milestones, losses: losses.toSorted((one, other) => one.atMs - other.atMs) };
};
