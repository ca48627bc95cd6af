import { succeeded } from '../../common/command.ts';
import { counted } from '../../common/text/counted.ts';
import { failureLine, type NodeCommand } from '../../node/index.ts';
import { type Attestation, unreadable, type Verifier } from '../fault.ts';
import type { Direction, NetemAmounts } from './arguments.ts';
import { type Attachment, type AttachmentUndo, queuesOf } from './attachments.ts';
import type { Peer } from './commands.ts';
import {
  askedRoundTripMs,
  canaryConnections,
  canaryWaitSeconds,
  movedAsAsked,
  queueText,
  type RoundTrip,
  readCanary,
  roundTripText,
} from './measure.ts';
import { differences, markedNetem, type ReadQueue, readQueues } from './read.ts';
import { canary, counters, drainSeconds, droppedPackets, goneWithNode, leftovers, leftoversOnHost } from './scripts.ts';

type Chance = NonNullable<NetemAmounts['duplicate']>;

const n = (value: number): string => String(Number(value.toFixed(3)));

const correlated = (text: string, correlationPercent: number): string =>
  correlationPercent > 0 ? `${text} (correlation ${n(correlationPercent)} %)` : text;

const chance = (name: string, one: Chance | null): readonly string[] =>
  one === null ? [] : [correlated(`${name} ${n(one.percent)} %`, one.correlationPercent)];

const delayText = (delay: NetemAmounts['delay']): readonly string[] => {
  if (delay === null) return [];
  const { delayMs, jitterMs, correlationPercent, distribution, reorder } = delay;
  const jitter = jitterMs > 0 ? ` ± ${n(jitterMs)} ms${distribution === null ? '' : ` ${distribution}`}` : '';
  const overtaking = reorder === null ? [] : chance('reorder', reorder).map((text) => `${text} gap ${reorder.gap}`);
  return [correlated(`delay ${n(delayMs)} ms${jitter}`, correlationPercent), ...overtaking];
};

const lossText = (loss: NetemAmounts['loss']): readonly string[] => {
  if (loss === null) return [];
  if ('percent' in loss) return chance('loss', loss);
  const { p, r, h, k } = loss.gemodel;
  return [`loss in bursts, p ${n(p)} % r ${n(r)} % h ${n(h)} % k ${n(k)} %`];
};

/** What was asked, for a person: `delay 200 ms ± 50 ms, loss 5 %`. */
export const amountsText = ({ delay, loss, duplicate, corrupt, rateBitsPerSecond, slot }: NetemAmounts): string =>
  [
    ...delayText(delay),
    ...lossText(loss),
    ...chance('corrupt', corrupt),
    ...chance('duplicate', duplicate),
    ...(rateBitsPerSecond === null ? [] : [`rate ${n(rateBitsPerSecond / 1e6)} Mbit/s`]),
    ...(slot === null ? [] : [`slots of ${n(slot.minDelayMs)} to ${n(slot.maxDelayMs)} ms`]),
  ].join(', ');

const timeoutMs = 20_000;

export const canaryCommand = (node: string, target: Peer, waitSeconds: number): NodeCommand => ({
  node,
  argv: canary(target, canaryConnections, waitSeconds),
  timeoutMs: timeoutMs + waitSeconds * 1000,
});

/** The queues are read after the canary. */
const readMs = 300;

export type NetemCheck = {
  readonly node: string;
  readonly attachments: readonly Attachment[];
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
  const missing = last === undefined ? [] : queues.flatMap((queue) => differences(queue, last));
  return { differs: [...new Set(missing)].join(', ') };
};

const directionLabels = { to: 'out', from: 'in' } as const;

/**
 * Verifies that netem stands as asked, passes packets, and has moved a round trip as asked: queue by queue what was
 * read back, how many packets it saw, and a canary's handshakes, the asked and the measured side by side.
 */
export const verifyNetem =
  ({ node, attachments, direction, ramp, target, before }: NetemCheck): Verifier =>
  async (exec, signal, withinMs) => {
    const full = ramp.at(-1);
    if (full === undefined) throw new Error('a ramp without steps');
    const waitSeconds = Math.min(
      canaryWaitSeconds(full, direction),
      ((withinMs ?? Number.POSITIVE_INFINITY) - readMs) / 1000,
    );
    // A fault that stands for less than a round trip under it leaves no time to measure one: then the queues have to do.
    const fits = waitSeconds * 1000 > 1.5 * askedRoundTripMs(full, direction);
    const now =
      target === null || !fits ? null : readCanary(await exec(canaryCommand(node, target, waitSeconds), signal));
    const read: Read[] = [];
    for (const { way, device, on } of queuesOf(attachments)) {
      const where = on === 'host' ? ({ on } as const) : {};
      const result = await exec({ node, ...where, argv: counters([device]), timeoutMs }, signal);
      if (!succeeded(result)) return unreadable(result, failureLine(result));
      read.push({ way, queue: markedNetem(readQueues(result.stdout), handleOf(attachments)) });
    }
    const there = read.flatMap(({ queue }) => (queue === null ? [] : [queue]));
    if (there.length < read.length) {
      const missing = read.filter(({ queue }) => queue === null).map(({ way }) => directionLabels[way]);
      return {
        state: 'absent',
        evidence: `no netem on ${devicesText(attachments)} on the way ${missing.join(' and ')}`,
      };
    }
    return judge({ attachments, direction, ramp, before, now, read, there });
  };

const handleOf = (attachments: readonly Attachment[]): string => attachments[0]?.place.mark.handle ?? '';

/** `eth0`, `vethe8f4b1 (the host-side peer of its device) and eth0` */
const devicesText = (attachments: readonly Attachment[]): string =>
  attachments
    .map(({ place, farIndex }) =>
      farIndex === null ? place.device : `${place.device} (the host-side peer of its device)`,
    )
    .join(' and ');

type Measured = Pick<NetemCheck, 'attachments' | 'direction' | 'ramp' | 'before'> & {
  readonly now: RoundTrip | null;
  readonly read: readonly Read[];
  readonly there: readonly ReadQueue[];
};

const judge = ({ attachments, direction, ramp, before, now, read, there }: Measured): Attestation => {
  const strength = strengthOf(there, ramp);
  if ('differs' in strength) {
    return { state: 'absent', evidence: `netem on ${devicesText(attachments)} is not as asked: ${strength.differs}` };
  }
  const { amounts, step } = strength;
  const peers = attachments[0]?.place.peers ?? null;
  const whom = peers === null ? '' : ` to and from ${peers.map(({ address }) => address).join(', ')}`;
  const grown = ramp.length === 1 ? '' : `, step ${step + 1} of ${ramp.length}`;
  const seen = read.map(
    ({ way, queue }) => `${directionLabels[way]}: ${queue === null ? 'nothing' : queueText(queue)}`,
  );
  const trip = before === null || now === null ? [] : [roundTripText(before, now, amounts, direction)];
  const { distribution = null } = amounts.delay ?? {};
  const evidence = [
    `netem on ${devicesText(attachments)}${whom}: ${amountsText(amounts)}${grown}`,
    ...(distribution === null ? [] : [`that its jitter is ${distribution} the kernel took and does not tell`]),
    ...seen,
    ...trip,
  ].join('; ');
  const idle = there.some(({ packets = 0, drops = 0, qlen = 0 }) => packets + drops + qlen === 0);
  if (idle) return { state: 'absent', evidence: `${evidence}; no packet has passed` };
  const moved = before === null || now === null || movedAsAsked(before, now, amounts, direction);
  return moved ? { state: 'present', evidence } : { state: 'absent', evidence: `${evidence}; too little` };
};

const verifyAttachmentUndone = async (
  node: string,
  { device, detour, listing, farIndex }: AttachmentUndo,
  ...[exec, signal]: Parameters<Verifier>
): Promise<Attestation> => {
  const where =
    farIndex === null
      ? { argv: leftovers(device, detour) }
      : { on: 'host' as const, argv: leftoversOnHost(farIndex, device) };
  const result = await exec({ node, ...where, timeoutMs }, signal);
  if (!succeeded(result)) return unreadable(result, failureLine(result));
  const [there = '', ...now] = result.stdout.split('\n');
  if (there === goneWithNode) return { state: 'absent', evidence: `${device} is gone with its node` };
  if (there === 'yes') return { state: 'present', evidence: `the device ${detour} is still there` };
  if (now.join('\n').trimEnd() !== listing) {
    return { state: 'present', evidence: `${device} is not listed as before: ${now.join(' ').trim()}` };
  }
  return { state: 'absent', evidence: `the queues and filters of ${device} are listed as before` };
};

/** What an undo dropped, by what it printed, for a person; null: nothing. */
export const droppedText = (printed: string): string | null => {
  const dropped = droppedPackets(printed);
  return dropped === 0
    ? null
    : `${counted(dropped, 'packet')} that waited longer than ${drainSeconds} s ${dropped === 1 ? 'was' : 'were'} dropped`;
};

/**
 * Whether all devices are listed as they were before, and the detour is gone: read from what the journal holds. With what
 * an undo that has just run dropped.
 */
export const verifyUndone =
  (node: string, backs: readonly AttachmentUndo[]): Verifier =>
  async (exec, signal, _, undo) => {
    const results = await Promise.all(backs.map((back) => verifyAttachmentUndone(node, back, exec, signal)));
    const worst = results.find(({ state }) => state !== 'absent');
    const lost = droppedText(undo?.stdout ?? '');
    const evidence = [...results.map((verify) => verify.evidence), ...(lost === null ? [] : [lost])].join('; ');
    return worst ?? { state: 'absent', evidence };
  };
