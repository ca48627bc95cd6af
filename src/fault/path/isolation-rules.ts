import type { Direction } from '../netem/arguments.ts';
import type { Rule } from './rules.ts';
import type { NetworkSurvey, Place } from './survey.ts';

/** Port of every kubelet, to which API servers connect for logs, exec and the proxy. */
const kubeletPort = '10250';

export type Isolation = {
  readonly direction: Direction;
  readonly by: 'drop' | 'reject';
  /** `control`: what API servers and kubelets send each other, and pods to API servers. `all`: everything. */
  readonly traffic: 'control' | 'all';
};

type Match = readonly string[];

type IsolationMatch = { readonly chain: Rule['chain']; readonly match: Match };

/** The two ways say the same with both ends exchanged: where packets are met, and by which of their addresses and ports. */
const ends = {
  to: { own: 'OUTPUT', address: '-d', port: '--dport', otherPort: '--sport' },
  from: { own: 'INPUT', address: '-s', port: '--sport', otherPort: '--dport' },
} as const;

/** What the node, and its pods, send there (`to`) or get from there (`from`). */
const oneWay = (
  way: 'to' | 'from',
  address: string,
  port: string,
  { traffic }: Isolation,
): readonly IsolationMatch[] => {
  const end = ends[way];
  const there = [end.address, address];
  if (traffic === 'all') return [end.own, 'FORWARD' as const].map((chain) => ({ chain, match: there }));
  const served = [...there, '-p', 'tcp', end.port, port];
  return [
    { chain: end.own, match: served },
    { chain: end.own, match: [...there, '-p', 'tcp', end.otherPort, kubeletPort] },
    { chain: 'FORWARD', match: served },
  ];
};

/** What another fault leads through a relay, by the address that the client asked for. IPv4: relays have no other. */
const relayed = ({ ipv4, port }: Place, { direction }: Isolation): readonly IsolationMatch[] => {
  const asked = ['-p', 'tcp', '-m', 'conntrack', '--ctorigdst', ipv4, '--ctorigdstport', String(port)];
  return [
    ...(direction === 'from' ? [] : [{ chain: 'OUTPUT' as const, match: [...asked, '--ctdir', 'ORIGINAL'] }]),
    ...(direction === 'to' ? [] : [{ chain: 'INPUT' as const, match: [...asked, '--ctdir', 'REPLY'] }]),
  ];
};

/** TCP is answered with a reset, anything else with the ICMP error of its family: `port unreachable`. */
const verdicts = (rule: Omit<Rule, 'target'>, by: Isolation['by']): readonly Rule[] => {
  if (by === 'drop') return [{ ...rule, target: ['DROP'] }];
  const tcp: Rule = { ...rule, target: ['REJECT', '--reject-with', 'tcp-reset'] };
  if (rule.match.includes('tcp')) return [tcp];
  return [
    { ...rule, target: ['REJECT'] },
    { ...tcp, match: [...rule.match, '-p', 'tcp'] },
  ];
};

/** The rules between a node and one address and port, of either family. */
export const rulesTowards = (
  family: Rule['family'],
  address: string,
  port: string,
  isolation: Isolation,
): readonly Rule[] =>
  [
    ...(isolation.direction === 'from' ? [] : oneWay('to', address, port, isolation)),
    ...(isolation.direction === 'to' ? [] : oneWay('from', address, port, isolation)),
  ].flatMap((one) => verdicts({ family, table: 'filter', ...one }, isolation.by));

const between = (place: Place, isolation: Isolation): readonly Rule[] => {
  const { ipv4, ipv6 } = place;
  const port = String(place.port);
  return [
    ...rulesTowards(4, ipv4, port, isolation),
    ...relayed(place, isolation).flatMap((one) => verdicts({ family: 4, table: 'filter', ...one }, isolation.by)),
    ...(ipv6 === null ? [] : rulesTowards(6, ipv6, port, isolation)),
  ];
};

/** The API servers that a node reaches over its network. Its own it reaches without any. */
export const unreachableFrom = ({ address, apiServers }: NetworkSurvey): readonly Place[] =>
  apiServers.filter(({ ipv4 }) => ipv4 !== address);

/** The rules that cut a node off, in the order of insertion. They hold for packets of connections that stand, too. */
export const isolationRules = (survey: NetworkSurvey, isolation: Isolation): readonly Rule[] =>
  unreachableFrom(survey).flatMap((place) => between(place, isolation));
