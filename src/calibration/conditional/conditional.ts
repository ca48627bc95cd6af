import type { Plan } from '../../plan/index.ts';
import type { TimelineEvent } from '../../timeline/index.ts';
import type { ConditionalMilestone, Refusals } from '../../verdict/index.ts';
import { changesOf, type Evidence } from './evidence.ts';
import { notReadyMilestones } from './not-ready.ts';
import { returnMilestones } from './returns.ts';
import { seenFromMs, seesPods, whyUnconditional } from './seen.ts';
import { serviceMilestones } from './service.ts';
import { taintMilestones } from './taints.ts';

/**
 * Each milestone of a run, per node and per pod, predicted from the one before it that was seen. A pure function of plan and
 * timeline. Left out are a kubelet's own words, nodes after the first in the queue of taints, and returns of hollow nodes.
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
    seesPods: seesPods(events),
  };
  const { links: milestones, losses } = notReadyMilestones(evidence);
  return [
    ...milestones,
    ...taintMilestones(evidence, losses),
    ...serviceMilestones(plan, events, losses, refusals),
    ...losses.flatMap((loss) => returnMilestones(evidence, loss)),
  ].toSorted((one, other) => one.given.atMs - other.given.atMs);
};
