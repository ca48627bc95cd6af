import { connectionsOf, entrancesOf, type Plan, reachesPods } from '../../../plan/index.ts';
import type { RequestRecord, TimelineEvent } from '../../../timeline/index.ts';
import { ofType, plannedFaults } from '../../measurement-window.ts';
import { nodeList, secondsText } from '../../text.ts';
import { isFailure } from '../abort-conditions.ts';
import type { BlindTime } from '../blindness.ts';

/**
 * An outage shorter than this is none that a load is to see: at ten requests a second through an entrance, and more,
 * whatever is longer is hit.
 */
export const minSeenMs = 100;

/** A time in which clients may have been harmed: it began in [`fromMs`, `beginsByMs`] and ended in [`endsFromMs`, `toMs`]. */
export type PossibleOutage = {
  readonly fromMs: number;
  readonly beginsByMs: number;
  readonly endsFromMs: number;
  readonly toMs: number;
  /** `the Service had no ready endpoint` */
  readonly what: string;
};

/** @returns `the Service had no ready endpoint from 57.8 s to 58.4 s` */
export const outageText = ({ what, fromMs, endsFromMs }: PossibleOutage): string =>
  `${what} from ${secondsText(fromMs)} to ${secondsText(endsFromMs)}`;

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
  for (const { uid, node, change } of ofType(before, 'pod')) {
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

export type HitWatch = {
  readonly add: (request: RequestRecord, entrance: string) => void;
  readonly unseen: () => readonly BlindTime[];
};

/**
 * Holds requests against faults that hit some of the endpoints: one that was answered tells of the pod that answered it,
 * which the record does not show. A new connection goes to any of them, so that enough of them through each entrance,
 * while the fault stood, tell of all; kept ones may all lead to others, whatever their number. One that failed tells of it.
 * @param times those that count
 */
export const watchPartialHits = (
  plan: Plan,
  events: readonly TimelineEvent[],
  times: readonly FaultTime[],
): HitWatch => {
  const hasNew = connectionsOf(plan.load).includes('fresh');
  const entrances = entrancesOf(plan);
  const open = new Map(
    partialHits(plan, events, times).map((hit) => [hit, new Map(entrances.map((entrance) => [entrance, 0]))] as const),
  );
  const neededFor = ({ share }: PartialHit): number => Math.ceil(surelyMet / share);
  const asked = (hit: PartialHit, counts: Map<string, number>, entrance: string): void => {
    counts.set(entrance, (counts.get(entrance) ?? 0) + 1);
    const needed = neededFor(hit);
    if (entrances.every((one) => (counts.get(one) ?? 0) >= needed)) open.delete(hit);
  };
  const whyOf = (hit: PartialHit, counts: ReadonlyMap<string, number>): string =>
    hasNew
      ? `all new connections of then (${Math.min(...counts.values())}) may have passed by what it hit: ${neededFor(hit)} through each entrance were needed`
      : 'kept connections tell only of the pods that they lead to';
  return {
    add: ({ sentMs, outcome, connection }, entrance) => {
      if (sentMs === null) return;
      for (const [hit, counts] of open) {
        const time = hit.times.find(({ fromMs, toMs }) => sentMs >= fromMs && sentMs <= toMs);
        if (time === undefined) continue;
        if (isFailure(outcome)) open.delete(hit);
        else if (connection === 'fresh' && sentMs >= time.beginsByMs && sentMs <= time.endsFromMs)
          asked(hit, counts, entrance);
      }
    },
    unseen: () =>
      [...open].flatMap(([hit, counts]) =>
        hit.times.map((time) => ({
          source: 'requests',
          fromMs: time.fromMs,
          toMs: time.toMs,
          late: false,
          outage: `${outageText(time)}, and ${whyOf(hit, counts)}`,
        })),
      ),
  };
};
