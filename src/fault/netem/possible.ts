import type { NodeExec } from '../../node/index.ts';
import type { NetemAmounts } from './arguments.ts';
import { applyCommands } from './commands.ts';
import { findFarEnd } from './far.ts';
import type { NetemPart } from './parts.ts';
import { rehearse, unavailable } from './survey.ts';

/** What the far end takes over: all that comes in, which goes out there. What goes out of the node stays in the node. */
export const splitParts = (
  whole: NetemPart,
  far: { device: string; index: string; listing: string },
): readonly NetemPart[] => [
  {
    place: { ...whole.place, device: far.device, far: true },
    direction: 'to',
    ...{ listing: far.listing, farIndex: far.index },
  },
  ...(whole.direction === 'both' ? [{ ...whole, direction: 'to' as const }] : []),
];

/**
 * How netem can stand here, by trying the very commands where they touch nothing: all of it in the node; or, where its
 * kernel has no detour for what comes in (ifb), that at the far end of its device.
 * @throws SkipbeatError NETEM_UNAVAILABLE (exit 75)
 */
export const possibleParts = async (
  container: string,
  whole: NetemPart,
  weakest: NetemAmounts,
  exec: NodeExec,
  signal: AbortSignal,
): Promise<readonly NetemPart[]> => {
  const tried = async ({ place, direction, farIndex }: NetemPart): Promise<string | null> => {
    const where = farIndex === null ? { node: container } : { node: container, on: 'host' as const };
    return rehearse(where, applyCommands({ ...place, device: 'lo' }, direction, weakest), exec, signal);
  };
  const said = await tried(whole);
  if (said === null) return [whole];
  if (whole.direction === 'to') throw unavailable(container, said);
  const far = await findFarEnd(container, whole.place.device, exec, signal);
  if (typeof far === 'string') {
    throw unavailable(container, `${said}; and nothing can stand at the far end of ${whole.place.device}: ${far}`);
  }
  const parts = splitParts(whole, far);
  for (const part of parts) {
    const against = await tried(part);
    if (against !== null) throw unavailable(container, `${said}; at the far end of ${whole.place.device}: ${against}`);
  }
  return parts;
};
