/** ICMP's "destination unreachable", with which kube-proxy refuses, as a bit of `icmp_ratemask`. @see icmp(7), ip-sysctl */
const unreachableBit = 1 << 3;

/** What the kernel of a node says of its ICMP errors. */
export type IcmpState = {
  /** Bit n: ICMP messages of type n are limited. */
  readonly ratemask: number;
  /** ICMP errors that were not sent for a limit since the node booted; null: this kernel does not count them. */
  readonly heldBack: number | null;
};

/** Prints what `readIcmpState` reads. */
export const icmpStateScript = `cat /proc/sys/net/ipv4/icmp_ratemask && grep '^Icmp:' /proc/net/snmp`;

/** The counters of both limits, the one of the whole kernel and the one of each client (Linux 6.1 and later). */
const counters = ['OutRateLimitGlobal', 'OutRateLimitHost'];

/** @returns null where that is not what the script prints */
export const readIcmpState = (text: string): IcmpState | null => {
  const [mask = '', names = '', values = ''] = text.trim().split('\n').slice(-3);
  if (!/^\d+$/.test(mask) || !names.startsWith('Icmp: ') || !values.startsWith('Icmp: ')) return null;
  const numbers = values.split(' ');
  const places = names.split(' ').flatMap((name, place) => (counters.includes(name) ? [place] : []));
  const heldBack = places.reduce((sum, place) => sum + Number(numbers[place]), 0);
  if (Number.isNaN(heldBack)) return null;
  return { ratemask: Number(mask), heldBack: places.length === 0 ? null : heldBack };
};

export const limitsRefusals = ({ ratemask }: IcmpState): boolean => (ratemask & unreachableBit) !== 0;

/** The mask under which no refusal is limited, and everything else as before: 6160 of the kernel's own 6168. */
export const withoutRefusals = ({ ratemask }: IcmpState): number => ratemask & ~unreachableBit;

/** Connections that conntrack held: all, and those of them that nobody ever answered. */
export type Forgotten = { readonly connections: number; readonly unanswered: number };

/** Of what `conntrack -D` prints: a line for each connection that it deleted. @see conntrack(8) */
export const readForgotten = (text: string): Forgotten => {
  const lines = text.split('\n').filter((line) => line.startsWith('tcp '));
  return { connections: lines.length, unanswered: lines.filter((line) => line.includes(' SYN_SENT ')).length };
};
