/** Every offered request ends in exactly one of these; their sum is what was offered. */
export const requestOutcomes = [
  'ok',
  'httpError',
  'refused',
  'reset',
  'timeout',
  'unreachable',
  'otherError',
  'dropped',
] as const;

export type RequestOutcome = (typeof requestOutcomes)[number];

/** How requests may fail; what the generator did not send says nothing about the cluster, and is judged apart. */
export type Failure = Exclude<RequestOutcome, 'ok' | 'dropped'>;

export const isFailure = (outcome: RequestOutcome): outcome is Failure => outcome !== 'ok' && outcome !== 'dropped';

export const failures: readonly Failure[] = requestOutcomes.filter(isFailure);

/**
 * No TCP connection within the timeout, from a source port on which an earlier one had been left unanswered: conntrack
 * keeps that for `unansweredLifeMs`, with the pod to which it was sent, so this one may have been sent there, too.
 */
export const reusedPortCode = 'TIMEOUT_CONNECT_REUSED_PORT';

/** net.netfilter.nf_conntrack_tcp_timeout_syn_sent, as the kernel sets it. */
export const unansweredLifeMs = 120_000;

/** What this machine lacked, by the errno of a request that it therefore did not send. */
export const shortages: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'no free source port',
  EADDRINUSE: 'source port in use',
  EAGAIN: 'no free source port',
  EMFILE: 'too many open files of one process',
  ENFILE: 'too many open files of all processes',
  ENOBUFS: 'no buffer',
  ENOMEM: 'no memory',
  EACCES: 'forbidden by this machine',
  EPERM: 'forbidden by this machine',
};

/**
 * Which of several entrances request `seq` takes: each in turn, and with both kinds of connection each with both.
 * @param entrances how many there are
 */
export const entranceOf = (seq: number, connection: 'fresh' | 'keep-alive' | 'both', entrances: number): number =>
  (connection === 'both' ? Math.floor(seq / 2) : seq) % entrances;
