import { workloadPods } from '../../../figures/index.ts';
import { connectionsOf, entrancesOf, type Plan, reachesPods } from '../../../plan/index.ts';
import { ofType, type TimelineEvent } from '../../../timeline/index.ts';
import { plannedFaults } from '../../measurement-window.ts';
import { nodeList } from '../../text.ts';
import { judgedEntrances, minSeenMs, type OpenQuestion, outageText, type PossibleOutage } from './open-question.ts';

/** One occurrence of a fault. */
export type FaultTime = PossibleOutage & {
  /** Of the planned fault, which all its occurrences have in common. */
  readonly fault: string;
  readonly targets: readonly string[];
};

/** Faults that act upon more than kubelets take entrances, or what answers behind them, away for as long as they stand. */
export const underFaults = (plan: Plan, events: readonly TimelineEvent[], endMs: number): readonly FaultTime[] => {
  const hitting = plannedFaults(plan).filter(({ kind }) => reachesPods(kind));
  const planned = new Map(hitting.flatMap((one) => one.occurrences.map(({ id }) => [id, one.id] as const)));
  const when = (type: 'fault.injected' | 'fault.undoing' | 'fault.undone', id: string): number | null =>
    ofType(events, type).find(({ fault }) => fault === id)?.atMs ?? null;
  return ofType(events, 'fault.injecting').flatMap(({ atMs, fault: id, kind, targets }) => {
    const fault = planned.get(id);
    return fault === undefined
      ? []
      : [
          {
            fromMs: atMs,
            beginsByMs: when('fault.injected', id) ?? atMs,
            endsFromMs: when('fault.undoing', id) ?? endMs,
            toMs: when('fault.undone', id) ?? endMs,
            what: `${kind} on ${nodeList(targets)} stood`,
            fault,
            targets,
          },
        ];
  });
};

/**
 * Which part of the endpoints these nodes have, as pods were when the fault began; one endpoint of all replicas where the
 * record does not show each of them.
 */
const shareOn = (plan: Plan, events: readonly TimelineEvent[], { fromMs, targets }: FaultTime): number => {
  const nodes = new Map<string, string | null>();
  const before = events.filter(({ atMs }) => atMs <= fromMs);
  for (const { uid, node, change } of workloadPods(before)) {
    if (change === 'ready') nodes.set(uid, node);
    else if (change !== 'seen') nodes.delete(uid);
  }
  const endpoints = ofType(before, 'endpoints').at(-1)?.ready ?? null;
  const isKnown = nodes.size > 0 && nodes.size === endpoints && ![...nodes.values()].includes(null);
  if (!isKnown) return 1 / plan.workload.replicas;
  return [...nodes.values()].filter((node) => node !== null && targets.includes(node)).length / nodes.size;
};

type PartialHit = { readonly share: number; readonly times: FaultTime[] };

/** Faults that hit some of the endpoints, and not all of them; of occurrences the smallest share. */
const partialHits = (plan: Plan, events: readonly TimelineEvent[], times: readonly FaultTime[]) => {
  const hits = new Map<string, PartialHit>();
  for (const time of times) {
    const share = shareOn(plan, events, time);
    if (share === 0 || share >= 1 || time.toMs - time.fromMs <= minSeenMs) continue;
    const known = hits.get(time.fault);
    hits.set(time.fault, { share: Math.min(share, known?.share ?? 1), times: [...(known?.times ?? []), time] });
  }
  return [...hits.values()];
};

/** A request meets what is hit by chance: of so many over the share at least one does, in 95 of 100 cases. */
const surelyMet = 3;

const questionOf = (plan: Plan, { share, times }: PartialHit, own: string | null): OpenQuestion => {
  const entrances = own === null ? entrancesOf(plan) : [own];
  const counts = new Map(entrances.map((entrance) => [entrance, 0]));
  const needed = Math.ceil(surelyMet / share);
  const why = (): string =>
    connectionsOf(plan.load).includes('fresh')
      ? `all new connections of then (${Math.min(...counts.values())}) may have passed by what it hit: ${needed} through ${own ?? 'each entrance'} were needed`
      : 'kept connections tell only of the pods that they lead to';
  return {
    entrance: own,
    times,
    ofNewConnections: true,
    isAnswered: ({ sentMs, connection }, entrance, time) => {
      if (connection !== 'fresh' || sentMs < time.beginsByMs || sentMs > time.endsFromMs) return false;
      counts.set(entrance, (counts.get(entrance) ?? 0) + 1);
      return entrances.every((one) => (counts.get(one) ?? 0) >= needed);
    },
    unseen: () =>
      times.map((time) => ({
        source: 'requests',
        fromMs: time.fromMs,
        toMs: time.toMs,
        late: false,
        ...(own === null ? {} : { entrance: own }),
        outage: `${outageText(time)}, and ${why()}`,
      })),
  };
};

/**
 * What faults that hit some of the endpoints leave open: a request that was answered tells of the pod that answered it, which
 * the record does not show. A new connection goes to any of them, so that enough of them through each entrance, while the
 * fault stood, tell of all; kept ones may all lead to others, whatever their number. A new one that failed tells of it,
 * and of an entrance's own figures where it came through that one.
 * @param times those that count
 */
export const partialHitQuestions = (
  plan: Plan,
  events: readonly TimelineEvent[],
  times: readonly FaultTime[],
): readonly OpenQuestion[] =>
  partialHits(plan, events, times).flatMap((hit) =>
    judgedEntrances(entrancesOf(plan)).map((entrance) => questionOf(plan, hit, entrance)),
  );
