import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FaultSite } from '../../src/fault/index.ts';
import { canary, timeIsUp } from '../../src/fault/netem/scripts.ts';
import { containerExec, hostExec, startHold } from '../../src/node/index.ts';
import type { ConnectTimes, Pings } from './result.ts';

export const serverPort = 6443;
/** Of the same machine as the API server, but not its port. */
export const otherPort = 8080;
/** Where clients come in at the node. */
export const clientPort = 30_080;

type Namespace = 'node' | 'peer' | 'inner' | 'plane';

const exec = containerExec(hostExec);

/** Runs a program in a namespace and gives what it printed. @throws Error where it failed */
export const inNamespace = async (node: Namespace, argv: readonly [string, ...string[]]): Promise<string> => {
  const result = await exec({ node, argv, timeoutMs: 60_000 });
  // ping ends with 1 where packets were lost, a canary so where handshakes were.
  const fine = result.exitCode === 0 || result.exitCode === 1 || result.exitCode === timeIsUp;
  if (!fine) throw new Error(`${result.command}: ${result.stderr}`);
  return result.stdout;
};

export type PingOptions = { readonly count: number; readonly everyMs: number; readonly bytes?: number };

const readPings = (text: string): Pings => {
  const replies = text.split('\n').flatMap((line) => {
    const found = /^\[([\d.]+)\] .*icmp_seq=(\d+) .*time=([\d.]+) ms(.*)$/.exec(line);
    if (found === null) return [];
    return [{ atMs: Number(found[1]) * 1000, seq: Number(found[2]), ms: Number(found[3]), again: found[4] !== '' }];
  });
  return { sent: Number(/(\d+) packets transmitted/.exec(text)?.[1] ?? Number.NaN), replies };
};

const times = async (from: Namespace, address: string, port: number): Promise<readonly number[]> => {
  const text = await inNamespace(from, canary({ address, port }, 15, 8));
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number(line) / 1000);
};

/** A node and the API server's machine, as network namespaces, and what is measured there. */
export type Pair = {
  /** As the fault sees a cluster. */
  readonly site: FaultSite;
  /** Everything that tc and ip tell of the node, and of the other end of its device: what a fault must leave as it was. */
  readonly listing: () => Promise<string>;
  /** Pings the API server's machine from the node. */
  readonly ping: (options: PingOptions) => Promise<Pings>;
  /** How long handshakes take to the API server, to another port beside it, and from a client to the node. */
  readonly connect: () => Promise<ConnectTimes>;
};

type PairOptions = {
  readonly node: Namespace;
  readonly peer: Namespace;
  readonly network: string;
  readonly networkV6: string;
  /** The other end of the node's device where it is in this namespace. */
  readonly hostPeer: string | null;
};

const listed = (device: string): string =>
  `tc -j qdisc show dev ${device}; tc -j filter show dev ${device}; tc -j filter show dev ${device} ingress; ip -j address; ip -j route`;

const pairOf = ({ node, peer, network, networkV6, hostPeer }: PairOptions): Pair => {
  const [nodeAddress, serverAddress, serverAddressV6] = [`${network}.1`, `${network}.2`, `${networkV6}::2`];
  return {
    site: {
      cluster: 'lab',
      incarnation: 'lab',
      run: 'lab',
      nodes: [
        { node: 'worker', container: node, role: 'worker', address: nodeAddress },
        { node: 'control-plane', container: peer, role: 'control-plane', address: serverAddress },
      ],
      exec,
      hold: startHold,
      host: hostExec,
    },
    listing: async () => {
      const own = await inNamespace(node, ['sh', '-c', listed('eth0')]);
      if (hostPeer === null) return own;
      const atPeer = await hostExec({ argv: ['sh', '-c', listed(hostPeer)], timeoutMs: 60_000 });
      return `${own}\n${atPeer.stdout}`;
    },
    ping: async ({ count, everyMs, bytes = 56 }) => {
      const options = ['-n', '-D', '-c', `${count}`, '-i', `${everyMs / 1000}`, '-s', `${bytes}`, '-W', '1'];
      return readPings(await inNamespace(node, ['ping', ...options, serverAddress]));
    },
    connect: async () => ({
      server: await times(node, serverAddress, serverPort),
      serverV6: await times(node, serverAddressV6, serverPort),
      other: await times(node, serverAddress, otherPort),
      client: await times(peer, nodeAddress, clientPort),
    }),
  };
};

/** Joined by one pair of devices: the node's has its other end in the API server's namespace. */
export const direct = pairOf({
  ...{ node: 'node', peer: 'peer', network: '10.9.0', networkV6: 'fd00:9', hostPeer: null },
});
/** Joined by a bridge in the namespace that the harness runs in, as containers are by the engine. */
export const bridged = pairOf({
  ...{ node: 'inner', peer: 'plane', network: '10.9.1', networkV6: 'fd00:91', hostPeer: 'vethinner' },
});
export const pairs = { direct, bridged } as const;

/** Starts a listener in a namespace and waits until it listens. */
export const listen = async (node: Namespace, ports: readonly number[]): Promise<ChildProcess> => {
  const child = spawn(
    'ip',
    ['netns', 'exec', node, process.execPath, 'test/user-mode-linux/listener.ts', ...ports.map(String)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(child.stdout ?? child, 'data');
  return child;
};
