import { isHollow, type Plan } from '../../plan/index.ts';
import type { ConditionalMilestone } from '../../verdict/index.ts';
import { type Cost, evictionCosts, heldUpMs, underWayBy } from './budget.ts';
import { type Distribution, later, shareBefore, truncateAt } from './distribution.ts';
import { type Change, type Evidence, isLoss, isOwnNotReady, type Lost } from './evidence.ts';
import { heldUp } from './milestones.ts';
import { narrowedBy, passesBy, passesMs } from './passes.ts';
import { predictedMilestone, underWayMs } from './predicted-milestone.ts';
import { anySecondGrace, notReadyAfterSign } from './second-grace.ts';
import { type Silence, signsOfLife, silencesOf } from './signs.ts';

/** Losses of other nodes, and evictions, while one is silent. `before`: those that may hold up its own loss; `beside`: all that may have. */
type Others = { readonly before: readonly Cost[]; readonly beside: readonly Cost[] };

/**
 * All that are lost near it: a pass that marks many pods sees signs later, too, and the next one begins later. Of hollow nodes,
 * which are many and have few pods each, those that were lost before it alone hold up its own.
 * @param costs of all nodes, in the order of their time
 * @param alone when its own loss is to be expected without them
 */
const othersOf = (
  plan: Plan,
  costs: readonly Cost[],
  { node, since }: Silence,
  alone: Distribution,
  atMs: number,
): Others => {
  const allMs = heldUpMs(plan, costs);
  const fromMs = since.atMs - plan.profile.effective.nodeMonitorPeriodMs - allMs;
  const toMs = (alone.at(-1)?.toMs ?? atMs) + allMs;
  // Its own earlier loss held up passes as any other does.
  const isOf = (one: Cost): boolean => one.node === node && one.atMs > since.atMs;
  const beside = costs.filter((one) => one.atMs >= fromMs && one.atMs < toMs && !isOf(one));
  return { before: isHollow(node) ? beside.filter((one) => one.atMs < atMs) : beside, beside };
};

/** Stamps of statuses are whole seconds: of two posts in one of them, only the first is seen as a sign of life. */
const stampMs = 1000;

/** Whether a kubelet said it by a post that is not seen, in the second of its last sign. */
const isInSecondOf = (since: Silence['since'], change: Change): boolean =>
  !isLoss(change) && change.atMs > since.atMs && change.atMs < since.atMs + stampMs;

/** Silences in which a node may be given up, Ready or NotReady by its kubelet's own word, each with its loss where it came. */
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
  const costs: readonly Cost[] = [
    ...changes.filter(({ what }) => what === 'loss'),
    ...evictionCosts(plan, events),
  ].toSorted((one, other) => one.atMs - other.atMs);
  const underWay = underWayBy(plan, costs);
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
      const said = own.findLast((one) => isInSecondOf(since, one) && one.atMs <= endMs);
      // One that was given up is not given up again, unless it has said something since; what it says may be that it is not Ready.
      if (before !== undefined && isLoss(before) && said === undefined) continue;
      const saidMs = said?.atMs ?? since.atMs;
      const change = own.find(({ atMs }) => atMs > saidMs && atMs <= endMs + underWay(endMs) && atMs <= toMs);
      // A silence that is too short by the plan is one where it cost the node all the same: so a wrong grace is found.
      const loss = change !== undefined && isLoss(change) ? change : null;
      // A loss whose write was under way when the node renewed is that of the silence before, judged or not.
      if (loss !== null && loss.atMs <= since.atMs + underWay(since.atMs)) continue;
      if (loss === null && endMs - since.atMs <= graceMs - underWayMs) continue;
      // So is what a kubelet says itself before it renews; what it says as it goes on ends a silence that cost nothing.
      const isOwnBefore = change !== undefined && isOwnNotReady(change) && change.atMs < endMs - underWayMs;
      if (isOwnBefore || (change !== undefined && counted.has(change))) continue;
      const observedMs = loss?.atMs ?? null;
      const alone = later(notReadyAfterSign(effective, silence), since.atMs);
      const firstMs = alone[0]?.fromMs ?? since.atMs;
      const { before: others, beside } = othersOf(plan, costs, silence, alone, observedMs ?? endMs);
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
      if (loss === null) continue;
      counted.add(loss);
      // What else follows is of nodes that were Ready: their pods are marked, and their taint is the first.
      if (loss.what === 'loss') losses.push({ node, atMs: loss.atMs, silence, back: until });
    }
  }
  return { links: milestones, losses: losses.toSorted((one, other) => one.atMs - other.atMs) };
};
