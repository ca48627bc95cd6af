import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FaultSite } from '../../src/fault/index.ts';
import { canary, timeIsUp } from '../../src/fault/netem/scripts.ts';
import { containerCommander, hostCommander } from '../../src/node/index.ts';
import type { ConnectTimes, Pings } from './result.ts';

export const serverAddress = '10.9.0.2';
export const serverAddressV6 = 'fd00:9::2';
export const nodeAddress = '10.9.0.1';
export const serverPort = 6443;
/** Of the same machine as the API server, but not its port. */
export const otherPort = 8080;
/** Where clients come in at the node. */
export const clientPort = 30_080;

/** The two namespaces as the fault sees a cluster. */
export const site: FaultSite = {
  cluster: 'lab',
  run: 'lab',
  nodes: [
    { node: 'worker', container: 'node', role: 'worker', address: nodeAddress },
    { node: 'control-plane', container: 'peer', role: 'control-plane', address: serverAddress },
  ],
  commander: containerCommander(hostCommander),
  host: hostCommander,
};

/** Runs a program in a namespace and gives what it printed. @throws Error where it failed */
export const inNamespace = async (node: 'node' | 'peer', argv: readonly [string, ...string[]]): Promise<string> => {
  const result = await site.commander({ node, argv, timeoutMs: 60_000 });
  // ping ends with 1 where packets were lost, a canary so where handshakes were.
  const fine = result.exitCode === 0 || result.exitCode === 1 || result.exitCode === timeIsUp;
  if (!fine) throw new Error(`${result.command}: ${result.stderr}`);
  return result.stdout;
};

/** Everything that tc and ip tell of the node: what a fault must leave as it was. */
export const listing = (): Promise<string> =>
  inNamespace('node', [
    'sh',
    '-c',
    'tc -j qdisc show; tc -j filter show dev eth0; tc -j filter show dev eth0 ingress; ip -j address; ip -j route',
  ]);

export type PingOptions = { readonly count: number; readonly everyMs: number; readonly bytes?: number };

/** Pings the API server's machine from the node. */
export const ping = async ({ count, everyMs, bytes = 56 }: PingOptions): Promise<Pings> => {
  const options = ['-n', '-D', '-c', `${count}`, '-i', `${everyMs / 1000}`, '-s', `${bytes}`, '-W', '1'];
  const text = await inNamespace('node', ['ping', ...options, serverAddress]);
  const replies = text.split('\n').flatMap((line) => {
    const found = /^\[([\d.]+)\] .*icmp_seq=(\d+) .*time=([\d.]+) ms(.*)$/.exec(line);
    if (found === null) return [];
    return [{ atMs: Number(found[1]) * 1000, seq: Number(found[2]), ms: Number(found[3]), again: found[4] !== '' }];
  });
  return { sent: Number(/(\d+) packets transmitted/.exec(text)?.[1] ?? Number.NaN), replies };
};

const times = async (from: 'node' | 'peer', address: string, port: number): Promise<readonly number[]> => {
  const text = await inNamespace(from, canary({ address, port }, 15, 8));
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number(line) / 1000);
};

/** How long handshakes take to the API server, to another port beside it, and from a client to the node. */
export const connect = async (): Promise<ConnectTimes> => ({
  server: await times('node', serverAddress, serverPort),
  serverV6: await times('node', serverAddressV6, serverPort),
  other: await times('node', serverAddress, otherPort),
  client: await times('peer', nodeAddress, clientPort),
});

/** Starts a listener in a namespace and waits until it listens. */
export const listen = async (node: 'node' | 'peer', ports: readonly number[]): Promise<ChildProcess> => {
  const child = spawn('ip', ['netns', 'exec', node, process.execPath, 'test/uml/listener.ts', ...ports.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout ?? child, 'data');
  return child;
};
