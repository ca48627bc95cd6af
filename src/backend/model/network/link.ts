import { requestDownUs, requestUpUs } from '../engine/constants.ts';
import type { Rng } from '../engine/random.ts';
import type { SharedPath } from './shared-path.ts';

/** From a node to the API server, or from there to the node. */
export type Way = 'up' | 'down';

export type Connection = {
  /** Messages take their time on it and nothing else: nothing is lost or was, and nothing is on its way a second time. */
  readonly isPlain: () => boolean;
  /** Nothing of what was sent to the node is late, and the next thing would get there. */
  readonly isOpen: () => boolean;
  /** Sends a request, over a new connection where none stands. */
  readonly ask: (asker: Asker) => Asked;
  /** Sends something to the node that it has not asked for; lost where no connection stands. */
  readonly send: (deliver: () => void) => void;
  /** The way has changed. */
  readonly changed: () => void;
  /** Closes it, so that whatever waits for an answer fails. */
  readonly close: () => void;
  /** A connection is asked for, though by nobody who waits for an answer. */
  readonly dial: () => void;
  /** Another process takes the place of the one that had it. */
  readonly replace: () => void;
  /** Its machine is off: nothing of it is sent again, and nothing that was sent arrives any more. */
  readonly end: () => void;
};

export type Asker = {
  /** At the API server. */
  readonly arrives: () => void;
  /** The connection was lost. */
  readonly fails: () => void;
};

/** A request on its way. */
export type Asked = {
  readonly answer: (deliver: () => void) => void;
  /** Its asker waits no longer: the stream is reset. */
  readonly giveUp: () => void;
  /** The API server knows that the asker waits no longer. */
  readonly isReset: () => boolean;
};

/** What the links of a cluster have in common: who makes connections, when they are first needed; null: nobody has one. */
export type Ways = { connect: ((link: Link) => Connection) | null };

/** The way between a node and the API server. */
export type Link = {
  /** Nothing gets to the API server, or nothing back. */
  blockedUp: boolean;
  blockedDown: boolean;
  /** Faults that cut it so. */
  cutsUp: number;
  cutsDown: number;
  /** Those of them that answer with a reset instead of silence: whoever asks knows at once. */
  rejects: number;
  extraUpUs: number;
  extraDownUs: number;
  /** How much longer than `extra…` a message may take. */
  jitterUs: number;
  /** Shares of packets lost each way, one a fault; the largest counts. */
  losses: Readonly<Record<Way, readonly number[]>>;
  /** When the last answer came. */
  lastFrameUs: number;
  /** When its machine last went off: what had not left it by then never does. */
  lostUs: number;
  /** Of the node's kubelet; null until it is first needed, for thousands never are. */
  connection: Connection | null;
  readonly ways: Ways;
  /** kwok's, which keeps a group of hollow nodes whose way leads through a relay; null: the connection is the node's own. */
  shared: SharedPath | null;
};

const lossless: Link['losses'] = { up: [], down: [] };

export const createLink = (ways: Ways = { connect: null }): Link => ({
  blockedUp: false,
  blockedDown: false,
  cutsUp: 0,
  cutsDown: 0,
  rejects: 0,
  extraUpUs: 0,
  extraDownUs: 0,
  jitterUs: 0,
  losses: lossless,
  lastFrameUs: 0,
  lostUs: Number.NEGATIVE_INFINITY,
  connection: null,
  ways,
  shared: null,
});

/** Every packet gets through, however long it takes. */
export const isLossless = ({ blockedUp, blockedDown, losses }: Link): boolean =>
  !blockedUp && !blockedDown && losses.up.length === 0 && losses.down.length === 0;

/** The kubelet's connection, made where none is there yet; null where nobody has one. */
export const connectionOf = (link: Link): Connection | null => {
  link.connection ??= link.ways.connect?.(link) ?? null;
  return link.connection;
};

/** Whether messages take their time on it and nothing else: on a connection that was never needed, too, nothing was lost. */
export const isPlain = (link: Link): boolean => {
  if (link.connection !== null) return link.connection.isPlain();
  return link.ways.connect === null || isLossless(link);
};

/** Whether nothing reaches the node, now at least. @param link null: nothing was ever done to it */
export const isBlocked = (link: Link | null): boolean =>
  link !== null && (link.blockedUp || link.blockedDown || link.connection?.isOpen() === false);

/** The machine of a node, which has the connection for itself, goes off. */
export const endConnection = (link: Link, nowUs: number): void => {
  link.lostUs = nowUs;
  if (link.shared === null) link.connection?.end();
};

/**
 * Something that the API server sends the node without being asked: at once where nothing is lost on the way.
 * @param link null: nothing was ever done to it
 */
export const overLink = <T>(link: Link | null, deliver: (arg: T) => void, arg: T): void => {
  if (link === null || isPlain(link)) deliver(arg);
  else connectionOf(link)?.send(() => deliver(arg));
};

/** Draws are made with this many steps. */
const steps = 1_000_000;

/** Whether one packet gets through. */
export const passes = (link: Link, way: Way, draws: () => Rng): boolean => {
  if (way === 'up' ? link.blockedUp : link.blockedDown) return false;
  const share = Math.max(0, ...link.losses[way]);
  return share === 0 || draws().below(steps) >= share * steps;
};

/** How long one packet takes. */
export const delayOf = (link: Link, way: Way, draws: () => Rng): number => {
  const minUs = way === 'up' ? requestUpUs + link.extraUpUs : requestDownUs + link.extraDownUs;
  return link.jitterUs === 0 ? minUs : minUs + draws().below(link.jitterUs);
};

/** Both ways of a link that nothing was done to. */
export const plainRoundTripUs = requestUpUs + requestDownUs;

/** Both ways, with the middle of what varies. */
export const roundTripOf = ({ extraUpUs, extraDownUs, jitterUs }: Link): number =>
  requestUpUs + extraUpUs + requestDownUs + extraDownUs + jitterUs;
