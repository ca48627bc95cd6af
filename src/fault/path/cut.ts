import type { Direction } from '../netem/arguments.ts';
import type { Rule } from './rules.ts';
import type { NetworkSurvey, Place } from './survey.ts';

/** Port of every kubelet, to which API servers connect for logs, exec and the proxy. */
const kubeletPort = '10250';

export type Cut = {
  readonly direction: Direction;
  readonly by: 'drop' | 'reject';
  /** `control`: what API servers and kubelets say to each other, and pods to API servers. `all`: everything. */
  readonly traffic: 'control' | 'all';
};

type Match = readonly string[];

/** What the node, and its pods, send there. */
const outgoing = (
  address: string,
  port: string,
  { traffic }: Cut,
): readonly { chain: Rule['chain']; match: Match }[] =>
  traffic === 'all'
    ? [
        { chain: 'OUTPUT', match: ['-d', address] },
        { chain: 'FORWARD', match: ['-d', address] },
      ]
    : [
        { chain: 'OUTPUT', match: ['-d', address, '-p', 'tcp', '--dport', port] },
        { chain: 'OUTPUT', match: ['-d', address, '-p', 'tcp', '--sport', kubeletPort] },
        { chain: 'FORWARD', match: ['-d', address, '-p', 'tcp', '--dport', port] },
      ];

const incoming = (
  address: string,
  port: string,
  { traffic }: Cut,
): readonly { chain: Rule['chain']; match: Match }[] =>
  traffic === 'all'
    ? [
        { chain: 'INPUT', match: ['-s', address] },
        { chain: 'FORWARD', match: ['-s', address] },
      ]
    : [
        { chain: 'INPUT', match: ['-s', address, '-p', 'tcp', '--sport', port] },
        { chain: 'INPUT', match: ['-s', address, '-p', 'tcp', '--dport', kubeletPort] },
        { chain: 'FORWARD', match: ['-s', address, '-p', 'tcp', '--sport', port] },
      ];

/** What another fault leads through a relay, by the address that the client asked for. IPv4: relays have no other. */
const relayed = ({ ipv4, port }: Place, { direction }: Cut): readonly { chain: Rule['chain']; match: Match }[] => {
  const asked = ['-p', 'tcp', '-m', 'conntrack', '--ctorigdst', ipv4, '--ctorigdstport', String(port)];
  return [
    ...(direction === 'from' ? [] : [{ chain: 'OUTPUT' as const, match: [...asked, '--ctdir', 'ORIGINAL'] }]),
    ...(direction === 'to' ? [] : [{ chain: 'INPUT' as const, match: [...asked, '--ctdir', 'REPLY'] }]),
  ];
};

/** TCP is answered with a reset, anything else with the ICMP error of its family: `port unreachable`. */
const verdicts = (rule: Omit<Rule, 'target'>, by: Cut['by']): readonly Rule[] => {
  if (by === 'drop') return [{ ...rule, target: ['DROP'] }];
  const tcp: Rule = { ...rule, target: ['REJECT', '--reject-with', 'tcp-reset'] };
  if (rule.match.includes('tcp')) return [tcp];
  return [
    { ...rule, target: ['REJECT'] },
    { ...tcp, match: [...rule.match, '-p', 'tcp'] },
  ];
};

const between = (place: Place, cut: Cut): readonly Rule[] => {
  const { ipv4, ipv6 } = place;
  const port = String(place.port);
  const toAddress = (address: string) => [
    ...(cut.direction === 'from' ? [] : outgoing(address, port, cut)),
    ...(cut.direction === 'to' ? [] : incoming(address, port, cut)),
  ];
  const rule = (family: Rule['family']) => (one: { chain: Rule['chain']; match: Match }) =>
    verdicts({ family, table: 'filter', ...one }, cut.by);
  return [
    ...[...toAddress(ipv4), ...relayed(place, cut)].flatMap(rule(4)),
    ...(ipv6 === null ? [] : toAddress(ipv6)).flatMap(rule(6)),
  ];
};

/** The API servers that a node reaches over its network. Its own it reaches without any. */
export const cutOff = ({ address, apiServers }: NetworkSurvey): readonly Place[] =>
  apiServers.filter(({ ipv4 }) => ipv4 !== address);

/** The rules that cut a node off, in the order of insertion. They hold for packets of connections that stand, too. */
export const cutRules = (survey: NetworkSurvey, cut: Cut): readonly Rule[] =>
  cutOff(survey).flatMap((place) => between(place, cut));
