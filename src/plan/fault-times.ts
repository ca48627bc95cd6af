import { faultTraits } from '../scenario/index.ts';
import { type FaultPhase, freezes, isFault, isSilencing } from './fault-effects.ts';
import type { PlannedFault, PlannedPhase } from './types.ts';

// For how long faults stand, and how long after them a kubelet may take to be received again.

/** No constant of Kubernetes: within this a kubelet is back that was cut off, slowed or started again. */
export const returnMs = 10_000;

/**
 * Within this a connection is given up on which nothing comes: client-go's ReadIdleTimeout of 30 s and PingTimeout of 15 s.
 * @see kubernetes k8s.io/apimachinery/pkg/util/net, from v1.20.0
 */
const deadConnectionMs = 45_000;

/**
 * How long a kubelet may take to renew whose packets were lost: TCP sends again after as long as the cut was, unless the
 * connection is given up first; a new one is dialled every few seconds. What comes in puts off that it is given up: in a cut of
 * one way all the while, else from its end on, for what the API server sends again may be there long before what the kubelet
 * does. So only a cut of both ways that outlasts the connection finds it given up.
 */
export const healMs = (isolationMs: number, isDisconnected: boolean): number =>
  isDisconnected && isolationMs >= deadConnectionMs
    ? returnMs
    : Math.max(returnMs, Math.min(isolationMs, deadConnectionMs));

/** Whether packets of its targets may be lost in a fault, so that TCP waits before it sends them again. */
export const losesPackets = (fault: PlannedFault): boolean =>
  faultTraits(fault.kind).hits === 'path' && !(fault.kind === 'partition' && fault.by === 'reject');

/** How long after the end of a fault, if nothing else was lost before it, the kubelets that it hit may take to be received again. */
export const returnMsOf = (fault: PlannedFault): number => {
  if (freezes(fault)) return 0;
  if (!losesPackets(fault)) return returnMs;
  const { occurrences } = fault;
  // What is lost in one time waits for as long again in the next.
  const isolationMs =
    Math.max(...occurrences.map(({ endMs }) => endMs)) - Math.min(...occurrences.map(({ startMs }) => startMs));
  const isDisconnected = fault.kind === 'partition' && fault.direction === 'both' && occurrences.length === 1;
  return healMs(isolationMs, isDisconnected);
};

type Span = { readonly startMs: number; readonly endMs: number };

/** Losses of packets that follow one another so soon that what is lost in one may wait into the next are one. */
const joinedLosses = (spans: readonly Span[]): readonly Span[] => {
  const known: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.startMs - other.startMs)) {
    const last = known.at(-1);
    if (last === undefined || span.startMs > last.endMs + healMs(last.endMs - last.startMs, false)) known.push(span);
    else known[known.length - 1] = { ...last, endMs: Math.max(last.endMs, span.endMs) };
  }
  return known;
};

/** A time in which a fault stands; ms since the first phase, or since the last recovery. */
export type FaultTime = Span & { readonly fault: PlannedFault };

/** Each time that a fault stands, by what lies between two recoveries: after one, every node has been received again. */
export const timesOf = (phases: readonly PlannedPhase[]): readonly (readonly FaultTime[])[] => {
  const parts: FaultTime[][] = [[]];
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
    const own = phase.inject.flatMap((fault) =>
      fault.occurrences.map(({ startMs, endMs }) => ({ fault, startMs: fromMs + startMs, endMs: fromMs + endMs })),
    );
    parts.at(-1)?.push(...own);
  }
  return parts;
};

const spansOf = (
  phases: readonly PlannedPhase[],
  counts: (fault: PlannedFault) => boolean,
): readonly (readonly Span[])[] => timesOf(phases).map((part) => part.filter(({ fault }) => counts(fault)));

const lengthOf = ({ startMs, endMs }: Span): number => endMs - startMs;

/**
 * The longest that faults may keep a node silent, all of them together that no recovery parts, and that its kubelet takes to be
 * received again; in ms. @param always faults that count wherever they are; others do where packets are lost, too, for a
 * kubelet that stands still puts off what waits to be sent again
 */
export const silentMs = (phases: readonly PlannedPhase[], always: (fault: PlannedFault) => boolean): number => {
  const lossy = spansOf(phases, losesPackets);
  const counted = spansOf(phases, (fault) => always(fault) && !losesPackets(fault));
  const others = spansOf(phases, (fault) => !losesPackets(fault));
  const parts = lossy.map((spans, index) => {
    const own = (spans.length > 0 ? others : counted)[index] ?? [];
    const lostMs = joinedLosses(spans).reduce((sum, span) => sum + lengthOf(span) + healMs(lengthOf(span), false), 0);
    return own.reduce((sum, span) => sum + lengthOf(span), lostMs + (own.length > 0 ? returnMs : 0));
  });
  return Math.max(0, ...parts);
};

/** Whether the end of one fault lets a kubelet run that another is to keep silent on the same node. */
const cutsShort = (one: PlannedFault, other: PlannedFault): boolean => {
  const { ends } = faultTraits(one.kind);
  if (one === other) return false;
  if (ends === 'node') return true;
  return one.kind === other.kind || (ends === 'kubelet' && faultTraits(other.kind).hits !== 'path');
};

/**
 * For how long each of the times surely keeps a node silent that a fault of a phase silences it, in ms: a kubelet that is
 * started within a freeze is not frozen.
 */
export const surelySilentMs = ({ inject }: FaultPhase): readonly number[] =>
  inject.filter(isSilencing).flatMap((fault) =>
    fault.targets.flatMap((node) => {
      const ends = inject
        .filter((one) => cutsShort(one, fault) && one.targets.includes(node))
        .flatMap(({ occurrences }) => occurrences.map(({ endMs }) => endMs));
      return fault.occurrences.map(
        ({ startMs, endMs }) => Math.min(endMs, ...ends.filter((ms) => ms > startMs)) - startMs,
      );
    }),
  );
