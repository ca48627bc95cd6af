import { deadConnectionUs, longestRetransmitUs, retransmitUs, synRetransmitUs } from '../engine/constants.ts';

/**
 * The way between a node and the API server, and the one connection of its kubelet on it. What is sent into a cut is
 * sent again by TCP, each time after twice the pause, or on a new connection once the old one is given up.
 */
export type Link = {
  /** Nothing gets to the API server, or nothing back. */
  cutUp: boolean;
  cutDown: boolean;
  /** Faults that cut it so. */
  readonly cuts: { up: number; down: number };
  /** Those of them that answer with a reset instead of silence: whoever asks knows at once. */
  rejects: number;
  extraUpUs: number;
  extraDownUs: number;
  /** How much longer than `extra…` a message may take. */
  jitterUs: number;
  /** Shares of messages lost each way, one a fault; the largest counts. */
  readonly losses: number[];
  /** After a cut: nothing gets through before this. */
  blockedUntilUs: number;
  /** When the first message of this cut was lost; null while none was. */
  lostUs: number | null;
  /** When the last answer came. */
  lastFrameUs: number;
  /** When the connection was given up in this cut; null while it was not. */
  closedUs: number | null;
  readonly waiting: (() => void)[];
};

export const createLink = (): Link => ({
  cutUp: false,
  cutDown: false,
  cuts: { up: 0, down: 0 },
  rejects: 0,
  extraUpUs: 0,
  extraDownUs: 0,
  jitterUs: 0,
  losses: [],
  blockedUntilUs: 0,
  lostUs: null,
  lastFrameUs: 0,
  closedUs: null,
  waiting: [],
});

export const isBlocked = (link: Link, nowUs: number): boolean =>
  link.cutUp || link.cutDown || nowUs < link.blockedUntilUs;

/** First of the times at which something sent at `sinceUs` is sent again, `firstUs` later and so on, at or after `fromUs`. */
export const firstRetransmission = (sinceUs: number, firstUs: number, fromUs: number): number => {
  let atUs = sinceUs;
  for (let pauseUs = firstUs; atUs < fromUs; pauseUs = Math.min(2 * pauseUs, longestRetransmitUs)) atUs += pauseUs;
  return atUs;
};

/**
 * When a connection works again whose cut ends at `nowUs`.
 * @see golang.org/x/net/http2 (ReadIdleTimeout, PingTimeout), Linux tcp_retries
 */
export const reconnectAt = (link: Link, nowUs: number, healthCheck: boolean): number => {
  if (link.lostUs === null) return nowUs;
  const resentUs = firstRetransmission(link.lostUs, retransmitUs, nowUs);
  const deadUs = healthCheck ? link.lastFrameUs + deadConnectionUs : Number.POSITIVE_INFINITY;
  const closedUs = Math.min(link.closedUs ?? Number.POSITIVE_INFINITY, deadUs);
  if (closedUs >= resentUs) return resentUs;
  return closedUs >= nowUs ? closedUs : firstRetransmission(closedUs, synRetransmitUs, nowUs);
};
