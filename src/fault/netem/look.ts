import { succeeded } from '../../common/command.ts';
import { failureLine, type NodeCommand } from '../../node/index.ts';
import { type Attestation, type Look, unreadable } from '../fault.ts';
import type { Direction, NetemAmounts } from './arguments.ts';
import { type NetemPlace, type Peer, queuePlaces } from './commands.ts';
import {
  canaryConnections,
  canaryWaitSeconds,
  movedAsAsked,
  queueText,
  type RoundTrip,
  readCanary,
  roundTripText,
} from './measure.ts';
import { differences, markedNetem, type ReadQueue, readQueues } from './read.ts';
import { canary, counters, remains, type UndoArguments } from './scripts.ts';
import { amountsText } from './words.ts';

const timeoutMs = 20_000;

export const canaryCommand = (node: string, target: Peer, amounts: NetemAmounts, direction: Direction): NodeCommand => {
  const waitSeconds = canaryWaitSeconds(amounts, direction);
  return {
    node,
    argv: canary(target, canaryConnections, waitSeconds),
    timeoutMs: timeoutMs + waitSeconds * 1000,
  };
};

export type NetemLook = {
  readonly node: string;
  readonly place: NetemPlace;
  readonly direction: Direction;
  /** The strengths of the ramp, weakest first. */
  readonly ramp: readonly NetemAmounts[];
  /** null: there is nobody else in the cluster to connect to. */
  readonly target: Peer | null;
  readonly before: RoundTrip | null;
};

type Read = { readonly way: 'to' | 'from'; readonly queue: ReadQueue | null };

/** At which strength all queues stand: its place in the ramp, or what they differ in from the full strength. */
const strengthOf = (
  queues: readonly ReadQueue[],
  ramp: readonly NetemAmounts[],
): { readonly step: number; readonly amounts: NetemAmounts } | { readonly differs: string } => {
  const step = ramp.findIndex((amounts) => queues.every((queue) => differences(queue, amounts).length === 0));
  const amounts = ramp[step];
  if (amounts !== undefined) return { step, amounts };
  const last = ramp.at(-1);
  const lacking = last === undefined ? [] : queues.flatMap((queue) => differences(queue, last));
  return { differs: [...new Set(lacking)].join(', ') };
};

const wayWords = { to: 'out', from: 'in' } as const;

/**
 * Looks whether netem stands as asked, passes packets, and has moved a round trip as asked: queue by queue what was
 * read back, how many packets it saw, and a canary's handshakes, the asked and the measured side by side.
 */
export const lookAtNetem =
  ({ node, place, direction, ramp, target, before }: NetemLook): Look =>
  async (commander, signal) => {
    const full = ramp.at(-1);
    if (full === undefined) throw new Error('a ramp without steps');
    const now =
      target === null ? null : readCanary(await commander(canaryCommand(node, target, full, direction), signal));
    const places = queuePlaces(place, direction);
    const result = await commander({ node, argv: counters(places.map(({ device }) => device)), timeoutMs }, signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const lines = result.stdout.split('\n');
    const read: readonly Read[] = places.map(({ way }, index) => ({
      way,
      queue: markedNetem(readQueues(lines[index] ?? ''), place.mark.handle),
    }));
    const there = read.flatMap(({ queue }) => (queue === null ? [] : [queue]));
    if (there.length < read.length) {
      const missing = read.filter(({ queue }) => queue === null).map(({ way }) => wayWords[way]);
      return { state: 'absent', evidence: `no netem on ${place.device} on the way ${missing.join(' and ')}` };
    }
    return judge({ place, direction, ramp, before, now, read, there });
  };

type Seen = Pick<NetemLook, 'place' | 'direction' | 'ramp' | 'before'> & {
  readonly now: RoundTrip | null;
  readonly read: readonly Read[];
  readonly there: readonly ReadQueue[];
};

const judge = ({ place, direction, ramp, before, now, read, there }: Seen): Attestation => {
  const strength = strengthOf(there, ramp);
  if ('differs' in strength) {
    return { state: 'absent', evidence: `netem on ${place.device} is not as asked: ${strength.differs}` };
  }
  const { amounts, step } = strength;
  const whom = place.peers === null ? '' : ` to and from ${place.peers.map(({ address }) => address).join(', ')}`;
  const grown = ramp.length === 1 ? '' : `, step ${step + 1} of ${ramp.length}`;
  const seen = read.map(({ way, queue }) => `${wayWords[way]}: ${queue === null ? 'nothing' : queueText(queue)}`);
  const trip = before === null || now === null ? [] : [roundTripText(before, now, amounts, direction)];
  const evidence = [`netem on ${place.device}${whom}: ${amountsText(amounts)}${grown}`, ...seen, ...trip].join('; ');
  const idle = there.some(({ packets = 0, drops = 0, qlen = 0 }) => packets + drops + qlen === 0);
  if (idle) return { state: 'absent', evidence: `${evidence}; no packet has passed` };
  const moved = before === null || now === null || movedAsAsked(before, now, amounts, direction);
  return moved ? { state: 'present', evidence } : { state: 'absent', evidence: `${evidence}; too little` };
};

/** Whether a device is listed as it was before, and the detour is gone: told from what the journal holds. */
export const lookAtRemains =
  (node: string, { device, detour, listing }: UndoArguments): Look =>
  async (commander, signal) => {
    const result = await commander({ node, argv: remains(device, detour), timeoutMs }, signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const [there = '', ...now] = result.stdout.split('\n');
    if (there === 'yes') return { state: 'present', evidence: `the device ${detour} is still there` };
    if (now.join('\n').trimEnd() !== listing) {
      return { state: 'present', evidence: `${device} is not listed as before: ${now.join(' ').trim()}` };
    }
    return { state: 'absent', evidence: `the queues and filters of ${device} are listed as before` };
  };
