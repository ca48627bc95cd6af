import { succeeded } from '../../common/command.ts';
import { failureLine, type NodeExec } from '../../node/index.ts';
import type { NetemAmounts } from './arguments.ts';
import type { Attachment } from './attachments.ts';
import { applyCommands } from './commands.ts';
import { ends, hostPeer } from './scripts.ts';
import { dryRun, occupied, readSurvey, unavailable } from './survey.ts';

const timeoutMs = 20_000;

/** The other end of a node's device, as this machine has it. */
type HostPeer = { readonly device: string; readonly index: string; readonly listing: string };

/**
 * Finds the other end of a node's device on this machine.
 * @returns in words why there is none that is known to be it, or that may be used
 */
const findHostPeer = async (
  container: string,
  device: string,
  exec: NodeExec,
  signal: AbortSignal,
): Promise<HostPeer | string> => {
  const own = await exec({ node: container, argv: ends(device), timeoutMs }, signal);
  signal.throwIfAborted();
  if (!succeeded(own)) return failureLine(own);
  const [nodeIndex = '', index = '', hardwareAddress = ''] = own.stdout.trim().split(' ');
  const argv = hostPeer(index, nodeIndex, hardwareAddress);
  const found = await exec({ node: container, on: 'host', argv, timeoutMs }, signal);
  signal.throwIfAborted();
  if (!succeeded(found)) return (found.stderr || failureLine(found)).trim();
  const [name = '', ...listing] = found.stdout.split('\n');
  const end: HostPeer = { device: name, index, listing: listing.join('\n').trimEnd() };
  const inTheWay = occupied({ ...readSurvey(''), ...end }, 'to');
  return inTheWay ?? end;
};

/** What the host-side veth peer takes over: all that comes in, which goes out there. What goes out of the node stays in the node. */
export const splitAttachment = (
  entire: Attachment,
  hostPeer: { device: string; index: string; listing: string },
): readonly Attachment[] => [
  {
    place: { ...entire.place, device: hostPeer.device, hostPeer: true },
    direction: 'to',
    ...{ listing: hostPeer.listing, farIndex: hostPeer.index },
  },
  ...(entire.direction === 'both' ? [{ ...entire, direction: 'to' as const }] : []),
];

/**
 * How netem can stand here, by trying the very commands where they touch nothing: all of it in the node; or, where its
 * kernel has no detour for what comes in (ifb), that at the host-side veth peer of its device.
 * @throws SkipbeatError NETEM_UNAVAILABLE (exit 75)
 */
export const findAttachments = async (
  container: string,
  entire: Attachment,
  weakest: NetemAmounts,
  exec: NodeExec,
  signal: AbortSignal,
): Promise<readonly Attachment[]> => {
  const tried = async ({ place, direction, farIndex }: Attachment): Promise<string | null> => {
    const where = farIndex === null ? { node: container } : { node: container, on: 'host' as const };
    return dryRun(where, applyCommands({ ...place, device: 'lo' }, direction, weakest), exec, signal);
  };
  const refusal = await tried(entire);
  if (refusal === null) return [entire];
  if (entire.direction === 'to') throw unavailable(container, refusal);
  const hostPeer = await findHostPeer(container, entire.place.device, exec, signal);
  if (typeof hostPeer === 'string') {
    throw unavailable(
      container,
      `${refusal}; and nothing can stand at the host-side peer of ${entire.place.device}: ${hostPeer}`,
    );
  }
  const attachments = splitAttachment(entire, hostPeer);
  for (const attachment of attachments) {
    const against = await tried(attachment);
    if (against !== null)
      throw unavailable(container, `${refusal}; at the host-side peer of ${entire.place.device}: ${against}`);
  }
  return attachments;
};
