import { type CompiledProfile, flapOf, noImpact, readyAgainMs } from '../profile/index.ts';
import { isFault, isSilencing, returnMs, returnMsOf } from './fault-effects.ts';
import type { PlannedPhase, Prediction } from './types.ts';

/**
 * A time in which a fault keeps a node silent; ms since the first phase, or since the last recovery. `returnMs`: how long the
 * node may be silent after it.
 */
type Silence = {
  readonly id: string;
  readonly node: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly returnMs: number;
};

/** By what lies between two recoveries: after one, every node that was hit has been heard again. */
const silencesOf = (phases: readonly PlannedPhase[]): readonly (readonly Silence[])[] => {
  const parts: Silence[][] = [[]];
  let zeroMs = 0;
  for (const phase of phases) {
    if (phase.kind === 'recover') {
      parts.push([]);
      zeroMs = 0;
      continue;
    }
    const fromMs = zeroMs;
    zeroMs += phase.durationMs;
    if (!isFault(phase)) continue;
    const own = phase.inject.filter(isSilencing).flatMap((fault) =>
      fault.targets.flatMap((node) =>
        fault.occurrences.map(({ startMs, endMs }) => ({
          ...{ id: fault.id, node, returnMs: returnMsOf(fault) },
          ...{ startMs: fromMs + startMs, endMs: fromMs + endMs },
        })),
      ),
    );
    parts.at(-1)?.push(...own);
  }
  return parts;
};

/** Silences of one node of which each begins before the node is surely heard again after those before it. */
const groupsOf = (
  silences: readonly Silence[],
  receivedMs: (silence: Silence) => number,
): readonly (readonly Silence[])[] => {
  const groups: Silence[][] = [];
  let receivedByMs = Number.NEGATIVE_INFINITY;
  for (const silence of silences.toSorted((one, other) => one.startMs - other.startMs)) {
    if (silence.startMs <= receivedByMs) groups.at(-1)?.push(silence);
    else groups.push([silence]);
    receivedByMs = Math.max(receivedByMs, silence.endMs + receivedMs(silence));
  }
  return groups;
};

/**
 * Ids of faults whose silences may add up to one that costs a node, which none of them does surely by itself: they meet,
 * overlap, or leave no time between them in which the node is surely heard and a pass sees it.
 */
const silencesThatAddUp = (
  { effective, kubernetesVersion }: CompiledProfile,
  phases: readonly PlannedPhase[],
): readonly string[] => {
  const receivedMs = (silence: Silence): number =>
    Math.max(returnMs, silence.returnMs, readyAgainMs(effective)) + effective.nodeMonitorPeriodMs;
  const flap = (ms: number) => flapOf(effective, kubernetesVersion, ms);
  const groups = silencesOf(phases).flatMap((part) =>
    [...Map.groupBy(part, ({ node }) => node).values()].flatMap((own) => groupsOf(own, receivedMs)),
  );
  const adding = groups.filter(([first, ...others]) => {
    if (first === undefined || others.length === 0 || flap(first.endMs - first.startMs) === 'certain') return false;
    const endMs = Math.max(...[first, ...others].map((one) => one.endMs + one.returnMs));
    return flap(endMs - first.startMs) !== 'impossible';
  });
  return [...new Set(adding.flat().map(({ id }) => id))];
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
