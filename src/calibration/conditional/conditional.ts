import {
  disruptionOf,
  flapsByItself,
  hitsOnlyNodeObjects,
  isHollow,
  mayMissEviction,
  type Plan,
  profileOfPods,
  removesTaints,
  stopsKubelet,
} from '../../plan/index.ts';
import type { TimelineEvent } from '../../timeline/index.ts';
import type { ConditionalMilestone, Refusals } from '../../verdict/index.ts';
import { type Distribution, later, shareBefore, truncateAt } from './distribution.ts';
import {
  evictionAfterTaint,
  heldUp,
  heldUpMs,
  notReadyAfterSign,
  podReadyAfterSign,
  readyAfterSign,
  taintAfterNotReady,
} from './milestones.ts';
import { narrowedBy, passesBy } from './passes.ts';
import { predictedMilestone, underWayMs } from './predicted-milestone.ts';
import { seenFromMs, whyUnconditional } from './seen.ts';
import { serviceMilestones } from './service.ts';
import { type Sign, type Silence, signsOfLife, silencesOf } from './signs.ts';

/** A change of a node's Ready condition; `loss`: the controller gave a Ready node up. */
type Change = { readonly atMs: number; readonly node: string; readonly what: 'loss' | 'ownLoss' | 'return' };

const changesOf = (events: readonly TimelineEvent[]): readonly Change[] => {
  const known = new Map<string, string>();
  return events.flatMap((event): readonly Change[] => {
    if (event.type !== 'node.ready') return [];
    const { atMs, node, status } = event;
    const before = known.get(node);
    known.set(node, status);
    if (before === undefined || before === status) return [];
    if (status === 'True') return [{ atMs, node, what: 'return' }];
    return before === 'True' ? [{ atMs, node, what: status === 'Unknown' ? 'loss' : 'ownLoss' }] : [];
  });
};

type Lost = { readonly node: string; readonly atMs: number; readonly silence: Silence; readonly back: Sign | null };

/** Everything that one plan and its record say of these milestones. */
type Evidence = {
  readonly plan: Plan;
  readonly events: readonly TimelineEvent[];
  readonly changes: readonly Change[];
  readonly fromMs: number;
  readonly toMs: number;
};

/** Silences in which a Ready node may be given up, each with its loss where it came. */
const notReadyMilestones = ({ plan, events, changes, fromMs, toMs }: Evidence) => {
  const { effective } = plan.profile;
  const milestones: ConditionalMilestone[] = [];
  const losses: Lost[] = [];
  const passes = passesBy(plan, events, changes);
  /** Hollow nodes that were lost so shortly before a moment that their requests may hold up what comes after them. */
  const lostBefore = (fromMs: number, atMs: number): number =>
    changes.filter(
      (change) => isHollow(change.node) && change.what === 'loss' && change.atMs >= fromMs && change.atMs < atMs,
    ).length;
  for (const [node, signs] of signsOfLife(events, effective.withoutLeases === true)) {
    const own = changes.filter((change) => change.node === node);
    const graceMs = notReadyAfterSign(effective, { since: { atMs: 0, kind: 'lease' }, leaseMs: 0 })[0]?.fromMs ?? 0;
    for (const silence of silencesOf(node, signs, Math.max(0, graceMs - underWayMs))) {
      const { since, until } = silence;
      if (since.atMs < fromMs || since.atMs > toMs) continue;
      const before = own.findLast(({ atMs }) => atMs <= since.atMs);
      // A node that is NotReady is not given up again; one that reports so itself is another matter.
      if (before !== undefined && before.what !== 'return') continue;
      const endMs = Math.min(until?.atMs ?? toMs, toMs);
      const change = own.find(({ atMs }) => atMs > since.atMs && atMs <= endMs + underWayMs && atMs <= toMs);
      if (change?.what === 'ownLoss') continue;
      const observedMs = change?.what === 'loss' ? change.atMs : null;
      const alone = later(notReadyAfterSign(effective, silence), since.atMs);
      const firstMs = alone[0]?.fromMs ?? since.atMs;
      const others = isHollow(node) ? lostBefore(firstMs - effective.nodeMonitorPeriodMs, observedMs ?? endMs) : 0;
      const entire = heldUp(alone, heldUpMs(plan, others));
      const chance = shareBefore(entire, endMs);
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
          inTime(entire),
        ),
      );
      if (observedMs !== null) losses.push({ node, atMs: observedMs, silence, back: until });
    }
  }
  return { links: milestones, losses: losses.toSorted((one, other) => one.atMs - other.atMs) };
};

const noExecute = new Set(['node.kubernetes.io/unreachable', 'node.kubernetes.io/not-ready']);

/**
 * The first taint after the first loss of the run, and the first eviction from that node: others wait for theirs in a queue,
 * so it is where a profile or a kubelet's own word has spent the queue's token before, or a bug of the version may. What
 * somebody removes starts its timers anew.
 */
const taintMilestones = (
  { plan, events, changes }: Evidence,
  losses: readonly Lost[],
): readonly ConditionalMilestone[] => {
  const { effective } = plan.profile;
  const [first] = losses;
  // Where one was lost before it of which nothing is predicted, it is not the first of the queue.
  const isNotFirst = changes.some(({ what, node, atMs }) => {
    const isBefore = what === 'loss' && first !== undefined && atMs <= first.atMs;
    return isBefore && !losses.some((loss) => loss.node === node && loss.atMs === atMs);
  });
  const hollowLost = losses.filter(
    ({ node, atMs }) => isHollow(node) && atMs < (first?.atMs ?? 0) + effective.nodeMonitorPeriodMs,
  ).length;
  const names = [...new Set(losses.map(({ node }) => node))];
  const afterLoss = taintAfterNotReady(effective, plan.kubernetesVersion);
  const isSpent = flapsByItself(plan) || mayMissEviction(plan) || changes.some(({ what }) => what === 'ownLoss');
  if (first === undefined || afterLoss === null || isSpent || isNotFirst || removesTaints(plan)) return [];
  if (disruptionOf(plan, names.length, names) !== 'normal') return [];
  const taint = events.find(
    (event) =>
      event.type === 'node.taint' &&
      names.includes(event.node) &&
      event.change === 'added' &&
      event.effect === 'NoExecute' &&
      noExecute.has(event.key) &&
      event.atMs >= first.atMs - underWayMs,
  );
  if (taint?.type !== 'node.taint') return [];
  const since = { what: 'notReady', atMs: first.atMs } as const;
  const tainted = predictedMilestone(
    { link: 'tainted', of: taint.node, given: since, chance: null, observedMs: taint.atMs },
    later(heldUp(afterLoss, heldUpMs(plan, hollowLost)), first.atMs),
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
  const evicted = predictedMilestone(
    {
      link: 'evicted',
      of: eviction.pod,
      given: { what: 'tainted', atMs: taint.atMs },
      chance: null,
      observedMs: eviction.atMs,
    },
    later(afterTaint, taint.atMs),
  );
  return [tainted, evicted];
};

/**
 * Kubelets that were frozen, or not, when they were given up: for how long, in ms, no longer than they were silent; null where that
 * is not known.
 */
const frozenMs = ({ plan }: Evidence, node: string, { since, until }: Silence): number | null => {
  const faults = plan.phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []));
  const own = faults.filter(({ kind, targets }) => targets.includes(node) && !hitsOnlyNodeObjects(kind));
  const isFrozen = own.length > 0 && own.every(({ kind }) => stopsKubelet(kind) && kind.endsWith('pause'));
  if (!isFrozen || until === null) return null;
  const lengthsMs = own.flatMap(({ occurrences }) => occurrences.map(({ startMs, endMs }) => endMs - startMs));
  return Math.min(until.atMs - since.atMs, Math.max(...lengthsMs));
};

const isRestarted = ({ plan }: Evidence, node: string): boolean =>
  plan.phases.some(
    (phase) =>
      phase.kind === 'fault' &&
      phase.inject.some(({ kind, targets }) => targets.includes(node) && stopsKubelet(kind) && !kind.endsWith('pause')),
  );

/** What follows when a lost node renews again: it is Ready, and so are its pods that were marked. */
const returnMilestones = (evidence: Evidence, { node, atMs, silence, back }: Lost): readonly ConditionalMilestone[] => {
  const { plan, events, changes, toMs } = evidence;
  // How long kwok takes for each of many nodes that come back together is its own affair, and says nothing of kubelets.
  if (back === null || isHollow(node)) return [];
  const since = { what: back.kind, atMs: back.atMs };
  const { effective } = plan.profile;
  const afterSign = readyAfterSign(effective, plan.kubernetesVersion, frozenMs(evidence, node, silence));
  const again = changes.find((change) => change.node === node && change.atMs > atMs && change.what === 'return');
  const isSeen = again !== undefined && again.atMs >= back.atMs - underWayMs && again.atMs <= toMs;
  const ready =
    isSeen && afterSign !== null
      ? [
          predictedMilestone(
            { link: 'ready', of: node, given: since, chance: null, observedMs: again.atMs },
            later(afterSign, back.atMs),
          ),
        ]
      : [];
  // A kubelet that starts anew has its pods Ready at a time of their own.
  if (isRestarted(evidence, node)) return ready;
  const marked = new Set<string>();
  const pods: ConditionalMilestone[] = [];
  const deleted = new Set<string>();
  for (const event of events) {
    if (event.type !== 'pod' || event.node !== node || event.atMs < atMs - underWayMs || event.atMs > toMs) continue;
    if (event.change === 'deleting') deleted.add(event.uid);
    if (event.change === 'notReady' && event.atMs < back.atMs) marked.add(event.uid);
    if (event.change !== 'ready' || !marked.delete(event.uid) || deleted.has(event.uid)) continue;
    if (event.atMs < back.atMs - underWayMs) continue;
    pods.push(
      predictedMilestone(
        { link: 'podReady', of: event.pod, given: since, chance: null, observedMs: event.atMs },
        later(podReadyAfterSign, back.atMs),
      ),
    );
  }
  return [...ready, ...pods];
};

/**
 * Each milestone of a run, per node and per pod, predicted from the one before it that was seen. A pure function of plan and
 * timeline. Left out are losses by a kubelet's own word, nodes after the first in the queue of taints, and returns of hollow nodes.
 * @param events in the order of their time
 * @param refusals the first and the last since the first fault, as instants of the run; null where there was none, or it is
 * not known
 * @returns in the order of what they are given; empty where `whyUnconditional` says why
 * @see kubernetes pkg/controller/nodelifecycle, pkg/controller/tainteviction, pkg/kubelet/status
 */
export const conditionedOn = (
  plan: Plan,
  events: readonly TimelineEvent[],
  refusals: Refusals,
): readonly ConditionalMilestone[] => {
  if (whyUnconditional(plan, events) !== null) return [];
  const began = events.find(({ type }) => type === 'load.started');
  const ended = events.find(({ type }) => type === 'load.ended') ?? events.at(-1);
  if (began === undefined || ended === undefined) return [];
  const evidence: Evidence = {
    plan,
    events,
    changes: changesOf(events),
    fromMs: seenFromMs(plan, events),
    toMs: ended.atMs,
  };
  const { links: milestones, losses } = notReadyMilestones(evidence);
  return [
    ...milestones,
    ...taintMilestones(evidence, losses),
    ...serviceMilestones(plan, events, losses, refusals),
    ...losses.flatMap((loss) => returnMilestones(evidence, loss)),
  ].toSorted((one, other) => one.given.atMs - other.given.atMs);
};
