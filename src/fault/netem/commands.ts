import { type Direction, type NetemAmounts, netemArguments } from './arguments.ts';

/** Where in a node, and to whom. */
export type NetemPlace = {
  /** The network device towards the API server: `eth0`. */
  readonly device: string;
  /** Whom to touch alone; null: everybody. */
  readonly peers: readonly Peer[] | null;
  readonly mark: NetemMark;
  /** The device is the other end of the node's, on this machine: what goes out there comes in at the node. */
  readonly hostPeer?: true;
};

/** An API server, or what stands before it; its address is of either family. */
export type Peer = { readonly address: string; readonly port: number };

/**
 * By what our queues are known again: the handle of the first queue on the device, and the name of the device through
 * which incoming packets take a detour.
 */
export type NetemMark = { readonly handle: string; readonly detour: string };

export type Argv = readonly [string, ...string[]];

/**
 * A mark that follows from the fault's id in the plan. Handles from 4000 to 7fff are never given out by the kernel
 * itself, which begins at 8001 (net/sched/sch_api.c, qdisc_alloc_handle).
 */
export const markOf = (id: string): NetemMark => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(id)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  const major = (0x4000 + (hash % 0x4000)).toString(16);
  return { handle: `${major}:`, detour: `skipbeat-${major}` };
};

/** Filters of both families cannot share a priority (tc-u32(8)). */
const families = {
  ip: { protocol: 'ip', match: 'ip', hostPrefix: '/32', priority: '1' },
  ipv6: { protocol: 'ipv6', match: 'ip6', hostPrefix: '/128', priority: '2' },
} as const;

/** The API server's port is the one it sends from, where packets come in. */
const peerFilter = ({ address, port }: Peer, way: 'dst' | 'src'): readonly string[] => {
  const { protocol, match, hostPrefix, priority } = address.includes(':') ? families.ipv6 : families.ip;
  return [
    ...['protocol', protocol, 'prio', priority, 'u32'],
    ...['match', match, way, `${address}${hostPrefix}`],
    ...['match', match, 'protocol', '6', '0xff'],
    ...['match', match, way === 'dst' ? 'dport' : 'sport', String(port), '0xffff'],
  ];
};

const everything = ['protocol', 'all', 'prio', '1', 'u32', 'match', 'u32', '0', '0'];

/** Every packet takes the first band; filters send those of the peers into the second. */
const allInFirstBand = ['bands', '2', 'priomap', ...Array.from({ length: 16 }, () => '0')];

/** Where the queue that delays and drops hangs, each way; where tc finds it again to change it or to read it. */
export const queuePlaces = (
  { device, peers, mark }: NetemPlace,
  direction: Direction,
): readonly { readonly way: 'to' | 'from'; readonly device: string; readonly at: readonly string[] }[] => [
  ...(direction === 'from'
    ? []
    : [
        {
          way: 'to' as const,
          device,
          at: peers === null ? ['root', 'handle', mark.handle] : ['parent', `${mark.handle}2`],
        },
      ]),
  ...(direction === 'to' ? [] : [{ way: 'from' as const, device: mark.detour, at: ['root', 'handle', mark.handle] }]),
];

const addQueues = (verb: 'add' | 'change', place: NetemPlace, direction: Direction, amounts: NetemAmounts) =>
  new Map(
    queuePlaces(place, direction).map(({ way, device, at }): [string, Argv] => [
      way,
      ['tc', 'qdisc', verb, 'dev', device, ...at, 'netem', ...netemArguments(amounts)],
    ]),
  );

const outgoing = ({ device, peers, mark, hostPeer }: NetemPlace, queue: Argv): readonly Argv[] => {
  if (peers === null) return [queue];
  const { handle } = mark;
  return [
    ['tc', 'qdisc', 'add', 'dev', device, 'root', 'handle', handle, 'prio', ...allInFirstBand],
    // A device that never queued has a queue of length 0, from which pfifo would take a limit of one packet.
    ['tc', 'qdisc', 'add', 'dev', device, 'parent', `${handle}1`, 'pfifo', 'limit', '10000'],
    queue,
    ...peers.map((peer): Argv => {
      const filter = ['parent', handle, ...peerFilter(peer, hostPeer ? 'src' : 'dst'), 'flowid', `${handle}2`];
      return ['tc', 'filter', 'add', 'dev', device, ...filter];
    }),
  ];
};

const incoming = ({ device, peers, mark }: NetemPlace, queue: Argv): readonly Argv[] => {
  const { detour } = mark;
  const redirect = ['action', 'mirred', 'egress', 'redirect', 'dev', detour];
  const chosen = peers === null ? [everything] : peers.map((peer) => peerFilter(peer, 'src'));
  return [
    ['ip', 'link', 'add', detour, 'type', 'ifb'],
    ['ip', 'link', 'set', detour, 'up'],
    queue,
    ['tc', 'qdisc', 'add', 'dev', device, 'ingress'],
    ...chosen.map((filter): Argv => ['tc', 'filter', 'add', 'dev', device, 'ingress', ...filter, ...redirect]),
  ];
};

/**
 * The commands that put netem in place at one strength of its ramp, in this order. Nothing is redirected before
 * that through which it is redirected stands.
 */
export const applyCommands = (place: NetemPlace, direction: Direction, amounts: NetemAmounts): readonly Argv[] => {
  const queues = addQueues('add', place, direction, amounts);
  const to = queues.get('to');
  const from = queues.get('from');
  return [...(from === undefined ? [] : incoming(place, from)), ...(to === undefined ? [] : outgoing(place, to))];
};

/** The commands that bring a netem in place to another strength; what waits in its queues goes on waiting. */
export const changeCommands = (place: NetemPlace, direction: Direction, amounts: NetemAmounts): readonly Argv[] => [
  ...addQueues('change', place, direction, amounts).values(),
];

/** What takes everything away again, in the order in which the undo runs it; it leaves out what is not there. */
export const removeCommands = ({ device, mark }: NetemPlace, direction: Direction): readonly Argv[] => [
  ...(direction === 'to'
    ? []
    : ([
        ['tc', 'qdisc', 'del', 'dev', device, 'ingress'],
        ['ip', 'link', 'del', mark.detour],
      ] satisfies readonly Argv[])),
  ...(direction === 'from'
    ? []
    : ([['tc', 'qdisc', 'del', 'dev', device, 'root', 'handle', mark.handle]] satisfies readonly Argv[])),
];
