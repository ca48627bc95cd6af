import { type CommandResult, succeeded } from '../../common/command.ts';
import type { NodeCommand } from '../../node/index.ts';
import type { Argv } from '../netem/commands.ts';

/** Requests of one canary, one after the other on one connection. */
const requests = 5;

/**
 * Sends some requests and prints for each when it was sent and when its answer began, in seconds. The time in between
 * is one round trip and the server's own work; setting up the connection is not in it. Anonymous users may ask for
 * `/version` (kubeadm's and the API server's own default roles); a certificate is named where the path needs one.
 */
const curl = (url: string, certificate: string | null): Argv => [
  ...(['curl', '--silent', '--show-error', '--insecure', '--noproxy', '*'] as const),
  ...['--output', '/dev/null', '--write-out', '%{time_pretransfer} %{time_starttransfer} %{http_code}\\n'],
  ...(certificate === null ? [] : ['--cert', `${certificate}.crt`, '--key', `${certificate}.key`]),
  `${url}?canary=[1-${requests}]`,
];

/** A way to ask, over the path that a fault delays. */
export type Canary = { readonly url: string; readonly certificate: string | null };

/** The canary with a time limit that leaves room for what the fault adds to each round trip. */
export const canaryCommand = (node: string, { url, certificate }: Canary, roundTripMs: number): NodeCommand => {
  // One round trip each, two for TLS, and what loss may add.
  const timeoutMs = 30_000 + (requests + 2) * 2 * roundTripMs;
  return { node, argv: curl(url, certificate), timeoutMs };
};

/** The median of a canary's round trips in ms; null where it was not answered as it should be. */
export const readCanary = (result: CommandResult): number | null => {
  if (!succeeded(result)) return null;
  const lines = result.stdout.trim().split('\n');
  const tripsMs = lines.flatMap((line) => {
    const [sent, answered, code] = line.split(' ').map(Number);
    return code === 200 && sent !== undefined && answered !== undefined ? [(answered - sent) * 1000] : [];
  });
  if (tripsMs.length < lines.length) return null;
  return tripsMs.sort((a, b) => a - b)[Math.floor(tripsMs.length / 2)] ?? null;
};
