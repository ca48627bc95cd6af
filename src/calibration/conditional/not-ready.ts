import { isHollow, type Plan } from '../../plan/index.ts';
import { everyTickPosts, exactVersion } from '../../profile/index.ts';
import type { ConditionalMilestone } from '../../verdict/index.ts';
import { type Cost, evictionCosts, heldUpMs, leasesRead, readingMs, underWayBy } from './budget.ts';
import { type Distribution, later, shareBefore, truncateAt } from './distribution.ts';
import { type Change, type Evidence, isLoss, isOwnNotReady, type Lost } from './evidence.ts';
import { heldUp } from './milestones.ts';
import { byPass, narrowedBy, pacesOf, passesBy } from './passes.ts';
import { predictedMilestone, underWayMs } from './predicted-milestone.ts';
import { anySecondGrace, notReadyByPaces } from './second-grace.ts';
import { type Sign, type Silence, signsOfLife, silencesOf } from './signs.ts';

/**
 * Losses of other nodes, and evictions, near a silence. `before`: those that came before its own loss, which alone hold that up: a pass
 * gives a node up before it marks its pods, so that who is lost first waits for nobody. `beside`: all that may be of the same pass.
 */
type Others<C extends Cost> = { readonly before: readonly C[]; readonly beside: readonly C[] };

/**
 * All that are lost near it: a pass that marks many pods sees signs later, too, and the next one begins later.
 * @param costs of all nodes, in the order of their time
 * @param alone when its own loss is to be expected without them
 */
const othersOf = <C extends Cost>(
  plan: Plan,
  costs: readonly C[],
  { node, since }: Silence,
  alone: Distribution,
  atMs: number,
): Others<C> => {
  const allMs = heldUpMs(plan, costs);
  const fromMs = since.atMs - plan.profile.effective.nodeMonitorPeriodMs - allMs;
  const toMs = (alone.at(-1)?.toMs ?? atMs) + allMs;
  // Its own earlier loss held up passes as any other does.
  const isOf = (one: Cost): boolean => one.node === node && one.atMs > since.atMs;
  const beside = costs.filter((one) => one.atMs >= fromMs && one.atMs < toMs && !isOf(one));
  return { before: beside.filter((one) => one.atMs < atMs), beside };
};

/** Stamps of statuses are whole seconds: of two posts in one of them, only the first is seen as a sign of life. */
const stampMs = 1000;

/** A silence as far as it is on record. `sparedMs`: its end where it had cost nothing. */
type Recorded = { readonly silence: Silence; readonly endMs: number; readonly sparedMs: number };

/**
 * When a silence had ended that cost nothing: a kubelet posts that its node is Ready at its next tick where that was given up, else not
 * before a post is due. A chance that went by the end that a loss brought would be too small wherever one came.
 * @see kubernetes pkg/kubelet/kubelet_node_status.go, tryUpdateNodeStatus: nodeStatusHasChanged, shouldPatchNodeStatus
 */
const sparedMsOf = ({ plan, changes, toMs }: Evidence, silence: Silence, endMs: number): number => {
  const { effective, kubernetesVersion } = plan.profile;
  const { node, since, until, postMs, nextLeaseMs } = silence;
  if (until?.kind !== 'status' || everyTickPosts(effective)) return endMs;
  const isLost = changes.some(
    (change) => change.node === node && isLoss(change) && change.atMs > since.atMs && change.atMs <= until.atMs,
  );
  // From v1.34 on the first after a change may be due after half of it.
  const dueMs = effective.nodeStatusReportFrequencyMs * (exactVersion(kubernetesVersion).minor >= 34 ? 0.5 : 1);
  const isDue = postMs !== null && until.atMs - postMs >= dueMs - stampMs;
  return isLost && !isDue ? Math.min(nextLeaseMs ?? toMs, toMs) : endMs;
};

/** Silences of each node that began while all signs were known. */
const recordedOf = (evidence: Evidence): ReadonlyMap<string, readonly Recorded[]> => {
  const { plan, events, fromMs, toMs } = evidence;
  const bySign = signsOfLife(events, plan.profile.effective.withoutLeases === true);
  const recorded = (node: string, signs: readonly Sign[]): readonly Recorded[] =>
    silencesOf(node, signs)
      .filter(({ since }) => since.atMs >= fromMs && since.atMs <= toMs)
      .map((silence) => {
        const endMs = Math.min(silence.until?.atMs ?? toMs, toMs);
        return { silence, endMs, sparedMs: sparedMsOf(evidence, silence, endMs) };
      });
  return new Map([...bySign].map(([node, signs]) => [node, recorded(node, signs)]));
};

/** A cost that may come, and how likely that is. */
type PossibleCost = Cost & { readonly chance: number };

/**
 * Losses that silences long enough for them may bring, whether they came or not. A chance has to go by
 * these: all nodes are judged by the same passes, so that a loss beside a silence that came tells of its own, too.
 * @param aloneOf when a silence costs its node where nothing else does
 */
const possibleLosses = (
  recorded: ReadonlyMap<string, readonly Recorded[]>,
  graceMs: number,
  aloneOf: (silence: Silence) => Distribution,
): readonly PossibleCost[] =>
  [...recorded].flatMap(([node, all]) =>
    all
      .filter(({ silence: { since }, sparedMs }) => sparedMs - since.atMs > graceMs)
      .map(({ silence, sparedMs }) => ({
        atMs: silence.since.atMs + graceMs,
        node,
        chance: shareBefore(aloneOf(silence), sparedMs),
      })),
  );

/** How likely it is that one of them comes at all. */
const anyOf = (costs: readonly PossibleCost[]): number =>
  1 - costs.reduce((none, { chance }) => none * (1 - chance), 1);

const inOrder = <C extends Cost>(costs: readonly C[]): readonly C[] =>
  costs.toSorted((one, other) => one.atMs - other.atMs);

/** Bounds of a chance further apart than this leave it unknown. */
const maxSpread = 0.1;

/**
 * The chance that a loss comes before a moment; null where it hangs on what passes do beside, of which nothing is known but how much
 * that may be.
 * @param alone when it comes where they do nothing
 * @param soonerMs by how much sooner, and how much later, it may come where they do
 * @param share how likely it is that they do
 */
const chanceBefore = (
  alone: Distribution,
  atMs: number,
  { soonerMs, laterMs }: { readonly soonerMs: number; readonly laterMs: number },
  share: number,
): number | null => {
  const [min, max] = [shareBefore(later(alone, laterMs), atMs), shareBefore(later(alone, -soonerMs), atMs)];
  if (share * (max - min) > maxSpread) return null;
  const held = (min + max) / 2;
  // What is certain is so exactly.
  return min === max ? held : share * held + (1 - share) * shareBefore(alone, atMs);
};

/** Whether a kubelet said it by a post that is not seen, in the second of its last sign. */
const isInSecondOf = (since: Silence['since'], change: Change): boolean =>
  !isLoss(change) && change.atMs > since.atMs && change.atMs < since.atMs + stampMs;

/** Silences in which a node may be given up, Ready or NotReady by its kubelet's own word, each with its loss where it came. */
export const notReadyMilestones = (
  evidence: Evidence,
): { readonly links: readonly ConditionalMilestone[]; readonly losses: readonly Lost[] } => {
  const { plan, events, changes, toMs } = evidence;
  const { effective } = plan.profile;
  const milestones: ConditionalMilestone[] = [];
  const losses: Lost[] = [];
  const passes = passesBy(plan, events, changes);
  const paces = pacesOf(plan);
  const evicted = evictionCosts(plan, events);
  const costs = inOrder([...changes.filter(({ what }) => what === 'loss'), ...evicted]);
  const underWay = underWayBy(plan, costs);
  const shortest = { since: { atMs: 0, kind: 'lease' }, leaseMs: 0, postsMs: [] } as const;
  const graceMs = notReadyByPaces(effective, shortest, paces)[0]?.fromMs ?? 0;
  const recorded = recordedOf(evidence);
  const distributions = new Map<Silence, Distribution>();
  const aloneOf = (silence: Silence): Distribution => {
    const known = distributions.get(silence);
    if (known !== undefined) return known;
    const alone = later(notReadyByPaces(effective, silence, paces), silence.since.atMs);
    distributions.set(silence, alone);
    return alone;
  };
  const evictions = evicted.map((one) => ({ ...one, chance: 1 }));
  const possible = inOrder([...possibleLosses(recorded, graceMs, aloneOf), ...evictions]);
  /** What holds up passes beside a silence, and by how much sooner and later than alone its loss may come for that. */
  const heldUpBy = (by: readonly Cost[], asked: number, { since }: Silence, alone: Distribution) => {
    const ms = heldUpMs(plan, by, asked) + readingMs(plan, asked);
    if (ms === 0) return { soonerMs: 0, laterMs: 0 };
    // Passes that are held up may outlive a grace with one fewer of them, and it is not known which of them saw which sign.
    const { fromMs: minMs, toMs: maxMs } = anySecondGrace(effective, since, ms);
    const [first, last] = [alone[0], alone.at(-1)];
    const soonerMs = (first?.fromMs ?? since.atMs) - since.atMs - minMs;
    return { soonerMs, laterMs: ms + Math.max(0, since.atMs + maxMs - (last?.toMs ?? since.atMs)) };
  };
  const lossesByPass = byPass(
    changes.filter(({ what }) => what === 'loss'),
    effective.nodeMonitorPeriodMs,
  );
  /** When the pass that gave a node up gave up the first. */
  const firstOfPass = (atMs: number): number =>
    lossesByPass.find((pass) => pass.some((one) => one.atMs === atMs))?.[0]?.atMs ?? atMs;
  for (const [node, silences] of recorded) {
    const own = changes.filter((change) => change.node === node);
    const counted = new Set<Change>();
    for (const { silence, endMs, sparedMs } of silences) {
      const { since, until } = silence;
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
      const alone = aloneOf(silence);
      const firstMs = alone[0]?.fromMs ?? since.atMs;
      const { before: others, beside } = othersOf(plan, costs, silence, alone, observedMs ?? endMs);
      const asked = leasesRead(plan, changes, silence, observedMs ?? endMs);
      const isReading = readingMs(plan, asked) > 0;
      const firstMsOfPass = firstOfPass(observedMs ?? endMs);
      const earlier = heldUpBy(
        others.filter(({ atMs }) => atMs < firstMsOfPass),
        asked,
        silence,
        alone,
      );
      const all = heldUpBy(others, asked, silence, alone);
      // Who is given up first in a pass waits for nobody else in it, and who comes later has not waited for longer than since then.
      const sinceFirstMs = (observedMs ?? endMs) - firstMsOfPass;
      const held = { ...all, laterMs: Math.min(all.laterMs, earlier.laterMs + sinceFirstMs) };
      const entire = heldUp(alone, held.laterMs, held.soonerMs);
      const mayCost = othersOf(plan, possible, silence, alone, sparedMs);
      // Hollow nodes are many and have few pods each.
      const may = isHollow(node) ? mayCost.before : mayCost.beside;
      const chance = chanceBefore(alone, sparedMs, heldUpBy(may, asked, silence, alone), isReading ? 1 : anyOf(may));
      if ((chance === 0 || chance === null) && observedMs === null) continue;
      // That it came before the node renewed again is known where it came.
      const inTime = (one: Distribution): Distribution =>
        observedMs === null ? one : (truncateAt(one, Math.max(endMs, observedMs)) ?? one);
      // What passes before this silence's end tell is known before it may cost the node.
      const known = passes === null || isReading ? entire : narrowedBy(entire, passes(firstMs - underWayMs));
      milestones.push(
        predictedMilestone(
          { link: 'notReady', of: node, given: { what: since.kind, atMs: since.atMs }, chance, observedMs },
          inTime(known),
          isReading || heldUpMs(plan, beside, asked) > 0 ? null : inTime(entire),
          earlier.laterMs === 0,
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
