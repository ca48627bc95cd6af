import {
  type CompiledProfile,
  type EffectiveSettings,
  flapOf,
  maxGapMs,
  noImpact,
  readyAgainMs,
} from '../profile/index.ts';
import { faultTraits } from '../scenario/index.ts';
import { freezes, hitsControlPlane, hitsJudge, isSilencing } from './fault-effects.ts';
import { type FaultTime, healMs, losesPackets, returnMs, returnMsOf, timesOf } from './fault-times.ts';
import type { PlannedFault, PlannedPhase, Prediction } from './types.ts';

/** Whether a fault may hold up the heartbeats of every node: it hits who receives or judges them. */
const reachesAll = (fault: PlannedFault): boolean =>
  hitsControlPlane(fault) && faultTraits(fault.kind).hits !== 'kubelet';

/**
 * What may hold up the heartbeats of a node, once for all nodes that the same faults reach; the first is that of nodes which
 * none of them targets. Who ends the judge of nodes is no part of it: the next one grants each node the whole grace.
 */
const byNode = (silences: readonly FaultTime[]): readonly (readonly FaultTime[])[] => {
  const reaching = silences.filter(({ fault }) => faultTraits(fault.kind).ends !== 'controllerManager');
  const [all, own] = [
    reaching.filter(({ fault }) => reachesAll(fault)),
    reaching.filter(({ fault }) => !reachesAll(fault)),
  ];
  const placesByNode = new Map<string, number[]>();
  for (const [place, { fault }] of own.entries())
    for (const node of fault.targets) {
      const places = placesByNode.get(node);
      if (places === undefined) placesByNode.set(node, [place]);
      else places.push(place);
    }
  const alike = new Map([...placesByNode.values()].map((places) => [places.join(' '), places]));
  const ofNodes = [...alike.values()].map((places) => own.filter((_, place) => places.includes(place)));
  return [all, ...ofNodes.map((each) => [...each, ...all])];
};

/** Until when a node may be silent after faults that follow one another: a freeze puts off what it was to be back by. */
const silentUntilMs = (group: readonly FaultTime[]): number => {
  const endMs = Math.max(...group.map((one) => one.endMs));
  const returnsMs = group.map(({ fault }) => returnMsOf(fault));
  // What is lost in one of them waits for as long again after the last.
  const isLost = group.length > 1 && group.some(({ fault }) => losesPackets(fault));
  return endMs + Math.max(...returnsMs, isLost ? healMs(endMs - startOf(group), false) : 0);
};

const startOf = (group: readonly FaultTime[]): number => Math.min(...group.map(({ startMs }) => startMs));

/** For the way of a renewal to who stores it, and of the act that freezes the node again. */
const marginMs = 500;

/** Silences of one node of which each begins before the node is surely received again after those before it. */
const groupsOf = (silences: readonly FaultTime[], effective: EffectiveSettings): readonly (readonly FaultTime[])[] => {
  const receivedMs = Math.max(returnMs, readyAgainMs(effective));
  const receivedBy = (group: readonly FaultTime[], next: FaultTime): number => {
    const endMs = Math.max(...group.map((one) => one.endMs));
    // A kubelet that goes on renews within its own interval, and a pass in the next freeze sees that it did.
    if ([...group, next].every(({ fault }) => freezes(fault))) return endMs + maxGapMs(effective) + marginMs;
    return Math.max(endMs + receivedMs, silentUntilMs(group)) + effective.nodeMonitorPeriodMs;
  };
  const groups: FaultTime[][] = [];
  for (const silence of silences.toSorted((one, other) => one.startMs - other.startMs)) {
    const last = groups.at(-1);
    const receivedByMs = last === undefined ? null : receivedBy(last, silence);
    if (receivedByMs !== null && silence.startMs <= receivedByMs) last?.push(silence);
    else groups.push([silence]);
  }
  return groups;
};

/**
 * Ids of faults whose silences may add up to one that costs a node, which none of them does surely by itself: they meet,
 * overlap, or leave no time between them in which the node is surely received and a pass sees it. Where at most one
 * of them silences a node, and is no freeze, the sum of all that is no freeze says more.
 */
const silencesThatAddUp = (
  { effective, kubernetesVersion }: CompiledProfile,
  phases: readonly PlannedPhase[],
): readonly string[] => {
  const flap = (ms: number) => flapOf(effective, kubernetesVersion, ms);
  const groups = timesOf(phases).flatMap((part) => byNode(part).flatMap((own) => groupsOf(own, effective)));
  const adding = groups.filter((group) => {
    const [first] = group;
    if (first === undefined || group.length === 1) return false;
    const isSure = isSilencing(first.fault) && !hitsJudge(first.fault);
    if (isSure && flap(first.endMs - first.startMs) === 'certain') return false;
    const silencing = group.filter(({ fault }) => isSilencing(fault));
    if (silencing.length < 2 && !silencing.some(({ fault }) => freezes(fault))) return false;
    return flap(silentUntilMs(group) - first.startMs) !== 'impossible';
  });
  return [...new Set(adding.flat().map(({ fault }) => fault.id))];
};

/** Where silences add up no closed formula says what comes of it. */
export const unlessSilencesAddUp = (
  prediction: Prediction,
  profile: CompiledProfile,
  phases: readonly PlannedPhase[],
): Prediction => {
  const ids = silencesThatAddUp(profile, phases);
  if (ids.length === 0) return prediction;
  const { flapByController } = prediction;
  const noFormula = [...new Set([...(prediction.noFormula ?? []), ...ids])];
  return {
    ...prediction,
    ...noImpact,
    ...{ notReadyAfterMs: null, evictionAfterMs: null },
    ...(prediction.flap === 'certain' ? {} : { flap: 'possible' as const, noFormula }),
    ...(flapByController === 'impossible' ? { flapByController: 'possible' as const } : {}),
  };
};
