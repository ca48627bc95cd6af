import { type CommandResult, succeeded } from '../../common/command.ts';
import { median } from '../../common/statistics.ts';
import { counted } from '../../common/text/counted.ts';
import type { Direction, NetemAmounts } from './arguments.ts';
import type { ReadQueue } from './read.ts';
import { timeIsUp } from './scripts.ts';

/** TCP handshakes at a time: enough for a median, few enough to be no load. */
export const canaryConnections = 15;

/** What a canary found. */
export type RoundTrip = {
  /** Of the handshakes that came about; null where none did. */
  readonly medianMs: number | null;
  readonly answered: number;
  readonly tried: number;
};

/** Reads the canary's lines, one time in µs each. null: it could not be run. */
export const readCanary = (result: CommandResult): RoundTrip | null => {
  if (!succeeded(result) && result.exitCode !== timeIsUp) return null;
  const lines = result.stdout.split('\n').filter((line) => /^\d+$/.test(line.trim()));
  const timesMs = lines.map((line) => Number(line) / 1000).sort((one, other) => one - other);
  return { medianMs: median(timesMs), answered: timesMs.length, tried: canaryConnections };
};

const ways = (direction: Direction): number => (direction === 'both' ? 2 : 1);

/** What a round trip should take longer. */
export const askedRoundTripMs = ({ delay }: NetemAmounts, direction: Direction): number =>
  (delay?.delayMs ?? 0) * ways(direction);

/** How long a handshake may take: the first packet of a connection is sent again after 1 s, 2 s more, 4 s more (RFC 6298). */
export const canaryWaitSeconds = (amounts: NetemAmounts, direction: Direction): number => {
  const maxMs = ((amounts.delay?.delayMs ?? 0) + 4 * (amounts.delay?.jitterMs ?? 0)) * ways(direction);
  return Math.ceil(4 + (maxMs * 2) / 1000);
};

/**
 * Whether the round trip has grown as asked. More may be a slow machine; less is none of the fault. A median of 15
 * lies within one jitter of the middle each way; where some packets overtake the others there is no such bound.
 */
export const movedAsAsked = (
  before: RoundTrip,
  now: RoundTrip,
  amounts: NetemAmounts,
  direction: Direction,
): boolean => {
  // Where nothing comes through any more, something has to have been lost.
  if (now.medianMs === null) return before.medianMs === null || amounts.loss !== null || amounts.corrupt !== null;
  if (amounts.delay === null || amounts.delay.reorder !== null || before.medianMs === null) return true;
  const min = 0.9 * askedRoundTripMs(amounts, direction) - amounts.delay.jitterMs * ways(direction);
  return now.medianMs - before.medianMs >= min;
};

/** `+ 100.2 ms`, `- 0.1 ms` */
const change = (value: number): string => `${value < 0 ? '-' : '+'} ${Math.abs(value).toFixed(1)} ms`;

const ms = (value: number | null): string => (value === null ? 'none' : `${value.toFixed(1)} ms`);

/** Asked and measured side by side. */
export const roundTripText = (
  before: RoundTrip,
  now: RoundTrip,
  amounts: NetemAmounts,
  direction: Direction,
): string => {
  const grown = before.medianMs === null || now.medianMs === null ? null : now.medianMs - before.medianMs;
  const lost = now.answered < now.tried ? `, ${now.tried - now.answered} of ${now.tried} unanswered` : '';
  return (
    `round trip ${ms(now.medianMs)}, before ${ms(before.medianMs)}: ` +
    `asked ${change(askedRoundTripMs(amounts, direction))}, measured ${grown === null ? 'nothing' : change(grown)}${lost}`
  );
};

/** What the queue has done so far. Every packet that came to it was sent on, dropped, or still waits. */
export const queueText = (queue: ReadQueue): string => {
  const dropped = queue.dropped ?? queue.drops ?? 0;
  const came = (queue.packets ?? 0) + dropped + (queue.qlen ?? 0);
  const share = came === 0 ? '' : ` (${((100 * dropped) / came).toFixed(1)} %)`;
  const others = (['delayed', 'reordered', 'corrupted', 'duplicated'] as const).flatMap((key) =>
    (queue[key] ?? 0) > 0 ? [`${queue[key]} ${key}`] : [],
  );
  return [counted(came, 'packet'), `${dropped} dropped${share}`, ...others].join(', ');
};
