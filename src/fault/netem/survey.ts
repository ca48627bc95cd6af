import { succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { failureLine, type NodeCommand, type NodeExec } from '../../node/index.ts';
import type { FaultSite } from '../fault.ts';
import type { Direction } from './arguments.ts';
import type { Argv, Peer } from './commands.ts';
import { readQueues } from './read.ts';
import { dryRunCommands, survey } from './scripts.ts';

const timeoutMs = 20_000;

/** What stands in a node before anything is done to it. */
export type Surveyed = {
  /** The device towards the API server. */
  readonly device: string;
  /** Everything that tc listed for it: the undo has to bring it back to this. */
  readonly listing: string;
  /** Where the node finds the API server, by all of its names. */
  readonly servers: readonly Peer[];
};

const unreadable = (container: string, message: string): SkipbeatError =>
  new SkipbeatError('NETEM_UNREADABLE', `netem: the network of ${container} could not be read: ${message}.`, {
    exitCode: exitCodes.environment,
    next: `docker exec ${container} tc qdisc show`,
  });

/** The first line names the device, the second the API server's places (`ADDRESS PORT,ADDRESS PORT`); the listing follows. */
export const readSurvey = (text: string): Surveyed => {
  const [device = '', places = '', ...listing] = text.split('\n');
  const servers = places.split(',').flatMap((place) => {
    const [address = '', port] = place.split(' ');
    return address === '' ? [] : [{ address, port: Number(port) }];
  });
  return { device, servers, listing: listing.join('\n').trimEnd() };
};

/**
 * What keeps netem from being put there, in words; null where nothing does. A queue with a handle was put there by
 * somebody, and could not be brought back exactly; those without are the kernel's own and come back by themselves.
 */
export const occupied = ({ device, listing }: Surveyed, direction: Direction): string | null => {
  const queues = readQueues(listing.split('\n')[0] ?? '');
  const root = queues.find((one) => one.root === true);
  if (direction !== 'from' && root !== undefined && root.handle !== '0:')
    return `${device} already has a queue that was put there, ${root.kind} ${root.handle}`;
  const ingress = queues.find(({ kind }) => kind === 'ingress' || kind === 'clsact');
  if (direction !== 'to' && ingress !== undefined)
    return `${device} already has a queue for what comes in, ${ingress.kind} ${ingress.handle}`;
  return null;
};

type SurveyOptions = {
  /** An address on the way that netem is to stand in; null: the default route. */
  readonly towards: string | null;
  /** Containers in which an API server runs. */
  readonly names: readonly string[];
  readonly direction: Direction;
};

/** @throws SkipbeatError NETEM_UNREADABLE, NETEM_OCCUPIED (exit 75) */
export const surveyNode = async (
  container: string,
  { towards, names, direction }: SurveyOptions,
  exec: NodeExec,
  signal: AbortSignal,
): Promise<Surveyed> => {
  const result = await exec({ node: container, argv: survey(towards, names), timeoutMs }, signal);
  signal.throwIfAborted();
  if (!succeeded(result)) throw unreadable(container, failureLine(result));
  const surveyed = readSurvey(result.stdout);
  const problem = occupied(surveyed, direction);
  if (problem === null) return surveyed;
  throw new SkipbeatError(
    'NETEM_OCCUPIED',
    `netem on ${container}: expected a device without queues of others, found that ${problem}.`,
    { exitCode: exitCodes.environment, next: `${skipbeat('cleanup')}   (undoes what a dead run left)` },
  );
};

/**
 * Runs the very commands in an empty network namespace of that node, or of this machine, so that what its kernel or its
 * tc does not know comes out before anything is touched.
 * @param commands as they are to run, for the device `lo`
 * @returns what the kernel refused it with; null where all is well
 */
export const dryRun = async (
  where: Pick<NodeCommand, 'node' | 'on'>,
  commands: readonly Argv[],
  exec: NodeExec,
  signal: AbortSignal,
): Promise<string | null> => {
  const result = await exec({ ...where, argv: dryRunCommands(commands), timeoutMs }, signal);
  signal.throwIfAborted();
  if (succeeded(result)) return null;
  return (result.stderr || failureLine(result)).trim().split('\n').join(' / ');
};

/** Code of the error that says so. */
export const netemUnavailable = 'NETEM_UNAVAILABLE';

/** @param refusals the kernel's, of each way that was tried */
export const unavailable = (container: string, refusals: string): SkipbeatError =>
  new SkipbeatError(
    netemUnavailable,
    `netem: expected a kernel with sch_netem (and sch_prio, ifb, cls_u32, act_mirred where packets are chosen or delayed as they come in), found on ${container}: ${refusals}. Nothing was touched.`,
    {
      exitCode: exitCodes.environment,
      next: 'use kind latency, which delays by a relay where the kernel cannot; or on this machine: modprobe -a sch_netem ifb',
    },
  );

/** Whether a node's kernel and tc have netem at all. Touches nothing. */
export const hasNetem = async (container: string, exec: NodeExec, signal: AbortSignal): Promise<boolean> => {
  const argv = dryRunCommands([['tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms']]);
  const result = await exec({ node: container, argv, timeoutMs }, signal);
  signal.throwIfAborted();
  return succeeded(result);
};

/** Port of an API server inside its node, as kind sets it up. */
const apiServerPort = 6443;
/** Port of every kubelet. */
const kubeletPort = 10_250;

/** Whom a canary of that node connects to: a control plane if there is another one, else another node's kubelet. */
export const canaryTarget = (container: string, nodes: FaultSite['nodes']): Peer | null => {
  const others = nodes.filter((one) => one.container !== container);
  const server = others.find(({ role }) => role === 'control-plane');
  if (server !== undefined) return { address: server.address, port: apiServerPort };
  const other = others[0];
  return other === undefined ? null : { address: other.address, port: kubeletPort };
};

/** The control planes other than that node. */
const otherPlanes = (container: string, nodes: FaultSite['nodes']): FaultSite['nodes'] =>
  nodes.filter((one) => one.role === 'control-plane' && one.container !== container);

export const planeNames = (container: string, nodes: FaultSite['nodes']): readonly string[] =>
  otherPlanes(container, nodes).map((one) => one.container);

/** The API servers that a node talks to over its network: those of the other control planes, and what it found itself. */
export const apiServersOf = (container: string, nodes: FaultSite['nodes'], found: readonly Peer[]): readonly Peer[] => {
  const known = otherPlanes(container, nodes).map(({ address }): Peer => ({ address, port: apiServerPort }));
  const all = new Map([...known, ...found].map((peer) => [`${peer.address} ${peer.port}`, peer]));
  return [...all.values()];
};
