import type { NodeExec } from '../../node/index.ts';
import type { NetemAmounts } from './arguments.ts';
import type { Attachment } from './attachments.ts';
import { applyCommands } from './commands.ts';
import { findHostPeer } from './host-peer.ts';
import { dryRun, unavailable } from './survey.ts';

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
