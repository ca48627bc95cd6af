import { counted } from '../../common/text/counted.ts';
import type { Delay, Delays, RelayCounts } from '../../relay/index.ts';
import type { Attestation } from '../fault.ts';

/** What was seen of one relay and its rules in one probe. */
export type MeasuredRelay = {
  /** What is asked of the relay at this moment. */
  readonly asked: Delays;
  readonly lossPercent: number;
  readonly rules: { readonly expected: number; readonly found: number };
  /** Connections past the relay, in words. */
  readonly bypass: readonly string[];
  /** The relay before and after the canary. */
  readonly from: RelayCounts;
  readonly to: RelayCounts;
  /** Round trips in ms, before the fault and now; null: not answered. */
  readonly canary: {
    readonly beforeMs: number;
    readonly nowMs: number | null;
    /** Whether an answer could come while the fault stands; else the relay's own count has to do. */
    readonly fits: boolean;
  };
  /** Packets between the node and the relay, and how many of them were dropped on purpose. */
  readonly packets: { readonly counted: number; readonly dropped: number };
};

/** What a machine that is all taken may add on the mean, beyond the relay's own exactness: the evidence says how much it was. */
const busy = { share: 0.5, ms: 100 } as const;

const ms = (value: number): string => `${value.toFixed(1)} ms`;
const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

const askedText = ({ delayMs, jitterMs }: Delay): string =>
  jitterMs > 0 ? `${delayMs} ± ${jitterMs} ms` : `${delayMs} ms`;

/** Mean delay that the relay added to what it passed between two probes; null where it passed nothing. */
const addedBetween = (from: RelayCounts, to: RelayCounts, way: 'up' | 'down'): number | null => {
  const pieces = to[way].pieces - from[way].pieces;
  if (pieces === 0) return null;
  return ((to[way].addedMs ?? 0) * to[way].pieces - (from[way].addedMs ?? 0) * from[way].pieces) / pieces;
};

const asAsked = (addedMs: number | null, { delayMs, jitterMs }: Delay): boolean =>
  addedMs !== null && addedMs >= delayMs - jitterMs && addedMs <= delayMs * (1 + busy.share) + jitterMs + busy.ms;

const lossProblem = ({ lossPercent, packets }: MeasuredRelay): string | null => {
  // Where ten were to be lost, none is lost in fewer than one of 20,000 cases.
  const due = (packets.counted * lossPercent) / 100;
  return due >= 10 && packets.dropped === 0 ? 'no packet was dropped' : null;
};

const canaryProblem = (nowMs: number | null, minMs: number): string | null =>
  nowMs !== null && nowMs >= minMs ? null : 'the canary took less, or was not answered';

const problemsIn = (measured: MeasuredRelay, addedMs: Record<'up' | 'down', number | null>): readonly string[] => {
  const { asked, rules, bypass, canary } = measured;
  const minMs = asked.up.delayMs + asked.down.delayMs - asked.up.jitterMs - asked.down.jitterMs;
  return [
    rules.found < rules.expected ? `${rules.found} of ${rules.expected} rules are there` : null,
    bypass.length > 0 ? `past the relay: ${bypass.join(', ')}` : null,
    asAsked(addedMs.up, asked.up) && asAsked(addedMs.down, asked.down) ? null : 'the relay did not delay as asked',
    canary.nowMs === null && !canary.fits ? null : canaryProblem(canary.nowMs, minMs),
    lossProblem(measured),
  ].filter((problem) => problem !== null);
};

const canaryText = ({ asked, canary }: MeasuredRelay): string => {
  if (canary.nowMs === null) {
    return canary.fits ? 'the canary was not answered' : 'no time for a canary: it takes longer than it may';
  }
  const bothMs = asked.up.delayMs + asked.down.delayMs;
  const movedMs = canary.nowMs - canary.beforeMs;
  return `canary ${ms(canary.beforeMs)} → ${ms(canary.nowMs)} (asked +${bothMs} ms, seen ${movedMs < 0 ? '' : '+'}${ms(movedMs)})`;
};

/**
 * Whether a relay is in the path and delays as asked: rules in place, nothing past it, its own count between two probes,
 * and a canary's round trips, which can only have become longer than before by what was asked or more (an API server
 * under load adds to it, so there is no upper bound on them; the relay's own count has one).
 */
export const judgeRelay = (measured: MeasuredRelay): Attestation => {
  const { asked, from, to, lossPercent, packets } = measured;
  const addedMs = { up: addedBetween(from, to, 'up'), down: addedBetween(from, to, 'down') };
  const added = (way: 'up' | 'down'): string =>
    `${addedMs[way] === null ? 'nothing' : ms(addedMs[way])} (asked ${askedText(asked[way])})`;
  const loss =
    lossPercent === 0
      ? []
      : [`${packets.dropped} of ${counted(packets.counted, 'packet')} dropped (asked ${lossPercent} %)`];
  const evidence = [
    `relay: ${to.open} of ${counted(to.accepted, 'connection')} open, ${kilobytes(to.up.bytesOut)} up, ${kilobytes(to.down.bytesOut)} down`,
    `added ${added('up')} up, ${added('down')} down`,
    ...loss,
    canaryText(measured),
  ].join('; ');
  const problems = problemsIn(measured, addedMs);
  if (problems.length === 0) return { state: 'present', evidence };
  return { state: 'absent', evidence: `${evidence}; ${problems.join('; ')}` };
};
