import { createSocket } from 'node:dgram';
import { hostname, release } from 'node:os';
import { errnoOf } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type EnvironmentCheck, notReady, ready } from '../check.ts';
import { type ProbeOptions, probeWith } from './context.ts';
import type { Engine } from './engine.ts';

/** What tells whether this machine can reach containers by their own addresses, as the load does. */
export type Connectivity = {
  readonly platform: string;
  readonly hostname: string;
  readonly kernel: string;
  /** Where the client finds its engine: `unix:///var/run/docker.sock`, `ssh://…`, `tcp://…`; null: it did not say. */
  readonly endpoint: string | null;
  /** This machine's end of the containers' network, as the engine names it; null: there is no such network. */
  readonly gateway: { readonly address: string; readonly isOurs: boolean } | null;
};

/** Only an address of one's own can be bound, whether or not a container keeps its bridge up. @see ip(7) */
const isOurs = (address: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', (thrown) => {
      socket.close();
      if (errnoOf(thrown) === 'EADDRNOTAVAIL') resolve(false);
      else reject(thrown);
    });
    socket.bind({ address, port: 0, exclusive: true }, () => socket.close(() => resolve(true)));
  });

/** The network that kind will use, or, before its first cluster, the engine's usual one. */
const gatewayOf = (listed: string): string | null => {
  const addresses = listed.split(/\s+/).filter((word) => /^\d+(\.\d+){3}$/.test(word));
  return addresses.at(-1) ?? null;
};

/** Asks the client where its engine is and the engine for its networks. Read-only. */
export const probeConnectivity = async (options: ProbeOptions = {}): Promise<Connectivity> => {
  const probe = probeWith(options);
  const network = process.env.KIND_EXPERIMENTAL_DOCKER_NETWORK || 'kind';
  const gateways = ['--format', '{{range .IPAM.Config}}{{.Gateway}} {{end}}'] as const;
  const [context, networks] = await Promise.all([
    probe(['docker', 'context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']),
    probe(['docker', 'network', 'inspect', ...gateways, 'bridge', network]),
  ]);
  const address = gatewayOf(networks.stdout);
  return {
    platform: process.platform,
    hostname: hostname(),
    kernel: release(),
    endpoint: context.exitCode === 0 ? context.stdout.trim() || null : null,
    gateway: address === null ? null : { address, isOurs: await isOurs(address) },
  };
};

/** Where published ports lead to this machine though the nodes' addresses do not: the load may come from a container. */
const reachesPorts = (engine: Engine, connectivity: Connectivity): boolean =>
  connectivity.platform === 'linux' && (engine.rootless || engine.operatingSystem === 'Docker Desktop');

/** Why this machine does not lead to the nodes; null where nothing speaks against it. */
const obstacle = (engine: Engine, connectivity: Connectivity): string | null => {
  const elsewhere = connectivity.endpoint !== null && !/^(unix|npipe|fd):/.test(connectivity.endpoint);
  if (engine.operatingSystem === 'Docker Desktop') return 'Docker Desktop keeps containers in a virtual machine';
  if (connectivity.platform !== 'linux')
    return `containers run in a virtual machine, not on this system (${connectivity.platform})`;
  if (engine.rootless) return "a rootless engine keeps containers in a network namespace of its user's own";
  if (elsewhere && engine.hostname !== connectivity.hostname) {
    return `the engine runs on ${engine.hostname} (${connectivity.endpoint}), not on this machine (${connectivity.hostname})`;
  }
  if (engine.kernel !== '' && engine.kernel !== connectivity.kernel) {
    return `the engine runs on another kernel (${engine.kernel}) than this machine (${connectivity.kernel})`;
  }
  return connectivity.gateway === null || connectivity.gateway.isOurs
    ? null
    : `${connectivity.gateway.address}, the engine's end of its network, is no address of this machine`;
};

/** Pure: whether the nodes' own addresses, to which the load goes, lead from this machine to them. */
export const judgeConnectivity = (engine: Engine, connectivity: Connectivity): EnvironmentCheck => {
  const problem = obstacle(engine, connectivity);
  if (problem === null) {
    const { gateway } = connectivity;
    const seen = gateway === null ? 'nothing speaks against it' : `${gateway.address} is an address of this machine`;
    return ready('reach', `nodes are reached directly: ${seen}`);
  }
  if (reachesPorts(engine, connectivity)) {
    return ready('reach', `nodes are not reached directly (${problem}): the load comes from a container beside them`);
  }
  const fix = `${skipbeat('run NAME --backend model')}   (real runs: on Linux, with an engine of that machine)`;
  return notReady('reach', 'broken', `nodes cannot be reached from here: ${problem}`, fix);
};
