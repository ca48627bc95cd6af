import { type CommandResult, succeeded } from '../../common/command.ts';
import { median } from '../../common/statistics.ts';
import type { NodeCommand } from '../../node/index.ts';
import type { Argv } from '../netem/commands.ts';
import { timeIsUp } from '../netem/scripts.ts';

/** Requests of one canary at most, one after the other on one connection. */
const maxRequests = 5;
/** What a connection is set up with, in round trips: TLS, and what loss may add. */
const setUpTrips = 2;
/** What asking takes without any delay. */
const askMs = 300;

/**
 * Sends some requests and prints for each when it was sent and when its answer began, in seconds. The time in between
 * is one round trip and the server's own work; setting up the connection is not in it. Anonymous users may ask for
 * `/version` (kubeadm's and the API server's own default roles); a certificate is named where the path needs one.
 */
const curl = (url: string, certificate: string | null, requests: number): Argv => [
  ...(['curl', '--silent', '--show-error', '--insecure', '--noproxy', '*'] as const),
  ...['--output', '/dev/null', '--write-out', '%{time_pretransfer} %{time_starttransfer} %{http_code}\\n'],
  ...(certificate === null ? [] : ['--cert', `${certificate}.crt`, '--key', `${certificate}.key`]),
  `${url}?canary=[1-${requests}]`,
];

/** A way to ask, over the path that a fault delays. */
export type Canary = { readonly url: string; readonly certificate: string | null };

/** How many requests of a canary can be answered within a time, each taking a round trip; 0: not one. */
export const requestsWithin = (roundTripMs: number, withinMs: number): number =>
  Math.max(0, Math.min(maxRequests, Math.floor((withinMs - askMs) / Math.max(1, roundTripMs)) - setUpTrips));

/** A packet that is lost on the way to a new connection is sent again after 1 s, 2 s and 4 s. @see RFC 6298, section 2 */
const sentAgainMs = 7000;

/** Whether an answer has to come within a time; with loss only where there is time to send a packet again, three times in a row. */
export const hasToAnswer = (roundTripMs: number, lossPercent: number, withinMs: number): boolean =>
  requestsWithin(roundTripMs, withinMs - (lossPercent > 0 ? sentAgainMs : 0)) > 0;

/** A server that is busy takes as long again: what curl(1) has not printed when it is ended is lost. */
const share = 0.5;

/**
 * A canary of as many requests as fit, but one at the least, ended when the time is up: its packets show on their way
 * although its answer comes too late.
 */
export const canaryCommand = (
  node: string,
  { url, certificate }: Canary,
  roundTripMs: number,
  withinMs: number = Number.POSITIVE_INFINITY,
): NodeCommand => {
  const requests = Math.max(1, requestsWithin(roundTripMs, withinMs * share));
  const lastsMs = Math.min(withinMs, 30_000 + (requests + setUpTrips) * 2 * roundTripMs);
  return {
    node,
    argv: ['timeout', String(lastsMs / 1000), ...curl(url, certificate, requests)],
    timeoutMs: lastsMs + 15_000,
  };
};

/** The median of a canary's round trips in ms; null where none was answered, or one not as it should be. */
export const readCanary = (result: CommandResult): number | null => {
  if (!succeeded(result) && result.exitCode !== timeIsUp) return null;
  const lines = result.stdout.trim().split('\n');
  const tripsMs = lines.flatMap((line) => {
    const [sent, answered, code] = line.split(' ').map(Number);
    return code === 200 && sent !== undefined && answered !== undefined ? [(answered - sent) * 1000] : [];
  });
  if (tripsMs.length < lines.length) return null;
  return median(tripsMs.toSorted((a, b) => a - b));
};
