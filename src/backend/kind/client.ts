import { get } from 'node:http';
import { connect } from 'node:net';
import { nodePort } from '../../cluster/index.ts';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { type Load, type LoadOptions, startLoad } from '../../load/index.ts';

/** Where the requests come from: `auto` takes this machine where it reaches every node, else a container beside them. */
export const loadSources = ['auto', 'host', 'container'] as const;
export type LoadFrom = (typeof loadSources)[number];

/** Where requests of a run come from. */
export type Client = {
  readonly from: 'host' | 'container';
  /** For people, behind the target: empty where that is this machine. */
  readonly text: string;
  /** Whatever it needs is made, or ended. Both are safe twice. */
  readonly open: () => Promise<void>;
  readonly close: () => Promise<void>;
  /** Asks the Service once through the node of that address. @returns null for an answer, else what came instead */
  readonly ask: (
    of: { readonly address: string; readonly path: string },
    signal: AbortSignal,
  ) => Promise<string | null>;
  readonly start: (options: LoadOptions) => Promise<Load>;
};

/** A node whose rules are just being written may swallow the first packet: better asked anew than waited for. */
export const askMs = 300;

/** As the load counts it. */
const isAnswer = (status = 0): boolean => status >= 200 && status < 400;

const askFromHere: Client['ask'] = ({ address, path }, signal) =>
  new Promise((resolve) => {
    const request = get(
      {
        host: address,
        port: nodePort,
        path,
        agent: false,
        signal: AbortSignal.any([signal, AbortSignal.timeout(askMs)]),
      },
      (response) => {
        response.resume();
        response.once('end', () => resolve(isAnswer(response.statusCode) ? null : `HTTP ${response.statusCode}`));
        response.once('error', (thrown) => resolve(messageOf(thrown)));
      },
    );
    request.once('error', (thrown) => resolve(messageOf(thrown)));
  });

export const hostClient: Client = {
  from: 'host',
  text: '',
  open: () => Promise.resolve(),
  close: () => Promise.resolve(),
  ask: askFromHere,
  start: startLoad,
};

/** Every node's kubelet listens there: who is refused asked somebody else. */
const probedPort = 10_250;
const probeMs = 2000;

/** Whether this machine has a way to an address. @returns null where it has one, else what it met */
export const probeAddress = (
  address: string,
  signal: AbortSignal,
  port: number = probedPort,
  withinMs: number = probeMs,
): Promise<string | null> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port, signal });
    const end = (problem: string | null): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(problem);
    };
    const limit = setTimeout(() => end(`no answer within ${withinMs / 1000} s`), withinMs);
    socket.once('connect', () => end(null));
    socket.once('error', (thrown) => end(errnoOf(thrown) ?? messageOf(thrown)));
  });

type Node = { readonly node: string; readonly address: string };

const firstLost = async (
  nodes: readonly Node[],
  signal: AbortSignal,
): Promise<(Node & { readonly problem: string }) | null> => {
  const probed = await Promise.all(
    nodes.map(async ({ node, address }) => ({ node, address, problem: await probeAddress(address, signal) })),
  );
  signal.throwIfAborted();
  const [lost = null] = probed.flatMap(({ problem, ...one }) => (problem === null ? [] : [{ ...one, problem }]));
  return lost;
};

/** Else what kind published is the only way in. */
export const reachesAll = async (nodes: readonly Node[], signal: AbortSignal): Promise<boolean> =>
  (await firstLost(nodes, signal)) === null;

/**
 * Where the requests are to come from, as `--load-from` says it; `auto` asks whether this machine reaches every node.
 * @returns why a container; null: from here
 * @throws SkipbeatError NODES_UNREACHABLE (exit 75) where they are to come from here, and cannot
 */
export const whyContainer = async (
  loadFrom: LoadFrom,
  nodes: readonly Node[],
  signal: AbortSignal,
): Promise<string | null> => {
  if (loadFrom === 'container') return 'as --load-from asks';
  const lost = await firstLost(nodes, signal);
  if (lost === null) return null;
  const way = `this machine has no way to ${lost.node} (${lost.address}: ${lost.problem})`;
  if (loadFrom === 'auto') return way;
  throw new SkipbeatError('NODES_UNREACHABLE', `--load-from host: expected a way to every node, found that ${way}.`, {
    exitCode: exitCodes.environment,
    next: 'leave --load-from out: the load then comes from a container on the nodes’ own network',
  });
};
