import { succeeded } from '../../common/command.ts';
import { failureLine, type NodeExec } from '../../node/index.ts';
import { ends, hostPeer } from './scripts.ts';
import { occupied, readSurvey } from './survey.ts';

const timeoutMs = 20_000;

/** The other end of a node's device, as this machine has it. */
export type HostPeer = { readonly device: string; readonly index: string; readonly listing: string };

/**
 * Finds the other end of a node's device on this machine.
 * @returns in words why there is none that is known to be it, or that may be used
 */
export const findHostPeer = async (
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
