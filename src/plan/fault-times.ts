import { faultTraits } from '../scenario/index.ts';
import { type FaultPhase, freezes, hitsOnlyNodeObjects, isFault, isSilencing } from './fault-effects.ts';
import type { PlannedFault, PlannedPhase } from './types.ts';

// For how long faults stand, and how long after them a kubelet may take to be received again.

/** No constant of Kubernetes: within this a kubelet is back that was cut off, slowed or started again. */
export const returnMs = 10_000;

/** No constant of Kubernetes: by then a node that was switched on again has started its kubelet, on a busy machine. */
export const bootMs = 60_000;

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

/** Whether its targets have to boot after a fault: how long that takes is the machine's own. */
export const boots = ({ kind }: Pick<PlannedFault, 'kind'>): boolean => faultTraits(kind).ends === 'node';

/** How long after the end of a fault, if nothing else was lost before it, the kubelets that it hit may take to be received again. */
export const returnMsOf = (fault: PlannedFault): number => {
  if (freezes(fault)) return 0;
  if (boots(fault)) return bootMs;
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

/**
 * When a fault may hold up heartbeats. What only writes into Node objects never does. A clock that is set back by so much hides
 * renewals for as long, or until it is set right; one that was set forward does so from then on, when it is set right.
 * @see kubernetes pkg/controller/nodelifecycle, tryUpdateNodeHealth: savedLease.Spec.RenewTime.Before
 */
const holdUpsOf = (fault: PlannedFault): readonly Span[] => {
  if (hitsOnlyNodeObjects(fault.kind)) return [];
  if (fault.kind !== 'clock-jump') return fault.occurrences;
  const { byMs, way } = fault;
  return fault.occurrences.map(({ startMs, endMs }) =>
    way === 'back' ? { startMs, endMs: Math.min(endMs, startMs + byMs) } : { startMs: endMs, endMs: endMs + byMs },
  );
};

/**
 * Each time that a fault stands which may hold up a heartbeat, by what lies between two recoveries: after one, every node has
 * been received again.
 */
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
      holdUpsOf(fault).map(({ startMs, endMs }) => ({
        fault,
        startMs: fromMs + startMs,
        endMs: fromMs + endMs,
      })),
    );
    parts.at(-1)?.push(...own);
  }
  return parts;
};

const spansOf = (
  phases: readonly PlannedPhase[],
  counts: (fault: PlannedFault) => boolean,
): readonly (readonly FaultTime[])[] => timesOf(phases).map((part) => part.filter(({ fault }) => counts(fault)));

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
    const backMs = own.length === 0 ? 0 : Math.max(returnMs, ...own.map(({ fault }) => (boots(fault) ? bootMs : 0)));
    return own.reduce((sum, span) => sum + lengthOf(span), lostMs + backMs);
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

/** The tables that netem draws its jitter from reach as many times as far. @see iproute2 include/utils.h, NETEM_DIST_SCALE */
const jitterReach = 4;

/** By how much a fault delays a packet at the most, ms. */
const delayMsOf = (fault: PlannedFault): number => {
  const delay = fault.kind === 'latency' ? fault : fault.kind === 'netem' ? fault.delay : null;
  return delay === null ? 0 : delay.delayMs + jitterReach * delay.jitterMs;
};

/** Whether a fault only delays packets. */
const losesNone = (fault: PlannedFault): boolean => {
  if (fault.kind === 'latency') return fault.lossPercent === 0;
  if (fault.kind !== 'netem') return false;
  const { loss, corrupt, rateBitsPerSecond, slot } = fault;
  const isLossless = loss === null || ('percent' in loss && loss.percent === 0);
  return isLossless && corrupt === null && rateBitsPerSecond === null && slot === null;
};

/** TCP_RTO_MAX: no longer after it was sent for the last time is a packet sent again. */
const maxRetransmitMs = 120_000;

/** Round trips that TCP waits for at first where it has measured one: as long as it took, and four times a half of it. */
const firstWaitTrips = 3;

/**
 * Until when an earlier heartbeat of a node may still arrive, though a fault keeps its kubelet from sending another. What was
 * lost on the way the kernel sends again, after as long as the loss stood: a kubelet that is stopped or ended cannot give its
 * connection up before. A cut lets nothing through that is not on its way already.
 * @param others what stands or stood on the way of the node
 */
const lateUntilMs = (silence: FaultTime, others: readonly FaultTime[]): number => {
  const before = others.filter(({ startMs, fault }) => startMs <= silence.startMs && losesPackets(fault));
  const delayMs = Math.max(0, ...before.map(({ fault }) => delayMsOf(fault)));
  const sentMs = (endMs: number): number => Math.min(endMs, silence.startMs) + delayMs;
  const onTheWayMs = Math.max(silence.startMs, ...before.map(({ endMs }) => sentMs(endMs)));
  if (losesPackets(silence.fault)) return onTheWayMs;
  // Losses that begin later hold back further what those before them do.
  const losses = joinedLosses(others.filter(({ fault }) => losesPackets(fault) && !losesNone(fault)));
  const againMs = losses
    .filter(({ startMs }) => startMs <= silence.startMs)
    .map((loss) => {
      const waitMs = Math.max(returnMs, Math.min(lengthOf(loss), maxRetransmitMs));
      return loss.endMs + waitMs + (2 * firstWaitTrips + 1) * delayMs;
    });
  return Math.max(onTheWayMs, ...againMs);
};

/** A time that surely keeps a node silent for so long, in ms; `startMs` as in `timesOf`. */
export type SureSilence = { readonly startMs: number; readonly ms: number };

/**
 * For how long each of the times surely keeps a node silent that a fault of a phase silences it: a kubelet that is
 * started within a freeze is not frozen, and what was held back on the way may arrive while it is. `all`: each of them whole.
 * `beside`: times of other faults of the phase that may hold up a heartbeat.
 */
export const surelySilent = (
  phases: readonly PlannedPhase[],
  { inject }: FaultPhase,
): {
  readonly all: readonly FaultTime[];
  readonly beside: readonly FaultTime[];
  readonly sure: readonly SureSilence[];
} => {
  const part = timesOf(phases).find((times) => times.some(({ fault }) => inject.includes(fault))) ?? [];
  const own = part.filter(({ fault }) => inject.includes(fault));
  const all = own.filter(({ fault }) => isSilencing(fault));
  const beside = own.filter(({ fault }) => !isSilencing(fault));
  const sure = all.flatMap((silence) => {
    const cutting = own.filter(({ fault, endMs }) => endMs > silence.startMs && cutsShort(fault, silence.fault));
    const onPath = part.filter(({ fault }) => fault !== silence.fault && losesPackets(fault));
    return silence.fault.targets.map((node) => {
      const hits = ({ fault }: FaultTime): boolean => fault.targets.includes(node);
      const endMs = Math.min(silence.endMs, ...cutting.filter(hits).map((one) => one.endMs));
      return { startMs: silence.startMs, ms: Math.max(0, endMs - lateUntilMs(silence, onPath.filter(hits))) };
    });
  });
  return { all, beside, sure };
};
