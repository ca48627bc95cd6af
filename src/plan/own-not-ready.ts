import {
  type CompiledProfile,
  exactVersion,
  type OwnNotReady,
  predictOwnNotReady,
  type Standstill,
  taintQueueMs,
} from '../profile/index.ts';
import { faultTraits, isHollow } from '../scenario/index.ts';
import { type FaultPhase, isFault, mayBearWorkload, shutsDown, stopsKubelet } from './fault-effects.ts';
import { returnMsOf } from './fault-times.ts';
import type { PlannedPhase, Prediction } from './types.ts';

type Span = Standstill & {
  readonly startMs: number;
  readonly endMs: number;
  /** How long after its end the kubelet may take until it runs. */
  readonly backMs: number;
};

/** Freezes of one node that meet or overlap are one, which ends with the last of them. */
const joined = (spans: readonly Span[]): readonly Span[] => {
  const known: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.startMs - other.startMs)) {
    const last = known.at(-1);
    if (last === undefined || span.startMs > last.endMs || span.ends !== last.ends) {
      known.push(span);
      continue;
    }
    const endMs = Math.max(last.endMs, span.endMs);
    const backMs = Math.max(last.backMs, span.backMs);
    known[known.length - 1] = { ...last, endMs, backMs, ms: endMs - last.startMs };
  }
  return known;
};

/** Every time that a kubelet stands still in a phase; times from the start of the phase. */
const spansIn = (phase: PlannedPhase): readonly Span[] => {
  if (phase.kind !== 'fault') return [];
  const spans = phase.inject.flatMap((fault) => {
    const { kind, targets, occurrences } = fault;
    const { kubeletEnds: ends } = faultTraits(kind);
    if (ends === null) return [];
    const backMs = returnMsOf(fault);
    // kwok has no container runtime to check.
    return targets
      .filter((node) => !isHollow(node))
      .flatMap((node) =>
        occurrences.map(({ startMs, endMs }) => ({ node, startMs, endMs, backMs, ms: endMs - startMs, ends })),
      );
  });
  return [...Map.groupBy(spans, ({ node }) => node).values()].flatMap(joined);
};

type Predicted = Required<
  Pick<Prediction, 'notReadyByKubelet' | 'taintedAfterMs' | 'evictionAfterMs' | 'allReadyAfterUndoMs'>
>;

/**
 * Whether something else in a phase may keep what a kubelet sends from arriving, or a kubelet says NotReady for another
 * reason, so that no formula knows when it is.
 */
const isHeld = ({ inject }: FaultPhase): boolean => inject.some(({ kind }) => !stopsKubelet(kind) || shutsDown(kind));

/**
 * A window that counts from when a kubelet goes on, as one that counts from the first fault of its phase. One that has to be
 * started, and its machine to boot before, does so later than its fault is undone, be the fault of another kind undone last.
 */
const sinceFault = ([earliestMs, latestMs]: readonly [number, number], spans: readonly Span[], zeroMs: number) => {
  const endsMs = spans.map(({ endMs }) => endMs - zeroMs);
  const backMs = Math.max(...spans.map((span) => span.backMs));
  return [Math.min(...endsMs) + earliestMs, Math.max(...endsMs) + backMs + latestMs] as const;
};

/**
 * The NoExecute taint of a node that its kubelet calls NotReady comes with the next pass of the monitor. null where nodes
 * are not tainted so.
 * @see kubernetes pkg/controller/nodelifecycle, processTaintBaseEviction
 */
const taintOf = ({ effective }: CompiledProfile): readonly [number, number] | null =>
  effective.eviction.kind === 'tolerations' ? [0, effective.nodeMonitorPeriodMs + taintQueueMs] : null;

/** Where all go on at once, all that said False say True at their next status. */
const allReadyOf = (own: OwnNotReady, spans: readonly Span[]): Predicted['allReadyAfterUndoMs'] =>
  new Set(spans.map(({ endMs }) => endMs)).size === 1 && spans.every(({ ends }) => ends === 'thaw') ? own.heldMs : null;

/** What kubelets may say; where none of their nodes bears a pod of the workload it evicts none. */
const ownOf = (
  { effective, kubernetesVersion }: CompiledProfile,
  spans: readonly Span[],
  cluster: { readonly workers: number },
): OwnNotReady | null => {
  const own = predictOwnNotReady(effective, exactVersion(kubernetesVersion), spans);
  if (own === null || spans.some(({ node }) => mayBearWorkload(node, cluster))) return own;
  return { ...own, evictionAfterUndoMs: null };
};

/**
 * What kubelets may say of their own nodes once they go on, over all phases; the windows are of what that alone brings
 * about in the first of them. `isTimed`: whether an eviction by it, where it may bring one, has such a window.
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const ownNotReady = (
  profile: CompiledProfile,
  phases: readonly PlannedPhase[],
  cluster: { readonly workers: number },
): Predicted & { readonly isTimed: boolean } => {
  const own = ownOf(profile, phases.flatMap(spansIn), cluster);
  const none = { taintedAfterMs: null, evictionAfterMs: null, allReadyAfterUndoMs: null };
  // All of it counts from the first fault.
  const first = phases.find(isFault);
  const spans = first === undefined ? [] : spansIn(first);
  if (own === null || first === undefined || spans.length === 0)
    return { notReadyByKubelet: own, ...none, isTimed: true };
  if (isHeld(first)) return { notReadyByKubelet: own, ...none, isTimed: own.evictionAfterUndoMs === null };
  const zeroMs = Math.min(...first.inject.flatMap(({ occurrences }) => occurrences.map(({ startMs }) => startMs)));
  const since = (window: readonly [number, number] | null, of: readonly Span[]) =>
    window === null || of.length === 0 ? null : sinceFault(window, of, zeroMs);
  return {
    notReadyByKubelet: own,
    taintedAfterMs: since(taintOf(profile), spans),
    evictionAfterMs: since(
      own.evictionAfterUndoMs,
      spans.filter(({ node }) => mayBearWorkload(node, cluster)),
    ),
    allReadyAfterUndoMs: allReadyOf(own, spans),
    isTimed: true,
  };
};
