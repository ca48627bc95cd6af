import { SkipbeatError } from '../../common/errors.ts';
import type { PlannedFaultOf } from '../../plan/index.ts';
import type { FaultKindOf, FaultSite, PreparedFault } from '../fault.ts';
import { withHollowPart } from '../hollow.ts';
import { netem } from '../netem/netem.ts';
import { hasNetem, netemUnavailable } from '../netem/survey.ts';
import { containerOf } from '../simple.ts';
import { bypassFromClients } from './bypass.ts';
import { hollowPath } from './hollow/latency.ts';
import { type Leftovers, verifyRulesRemoved } from './leftovers.ts';
import { commandsOn, unknownSurvey } from './placeholders.ts';
import { prepareRelayed, type RelayedFault, type RelayLayout } from './relayed.ts';
import type { Rule } from './rules.ts';
import { apiServerPort, type NetworkSurvey, type Place } from './survey.ts';

type Planned = PlannedFaultOf<'latency'>;

/** The same asked of the kernel: each packet between the target and its API servers waits and is lost by itself. */
export const asNetem = (fault: Planned): PlannedFaultOf<'netem'> => ({
  ...fault,
  kind: 'netem',
  delay: {
    ...{ delayMs: fault.delayMs, jitterMs: fault.jitterMs },
    ...{ correlationPercent: 0, distribution: null, reorder: null },
  },
  loss: fault.lossPercent === 0 ? null : { percent: fault.lossPercent, correlationPercent: 0 },
  duplicate: null,
  corrupt: null,
  rateBitsPerSecond: null,
  slot: null,
  peer: 'api-server',
});

const reset = ['REJECT', '--reject-with', 'tcp-reset'];

/** Packets to and from the relay that are lost: counted all, dropped by chance. What comes first here stands last. */
const lossRules = ({ lossPercent, direction }: RelayedFault, gateway: string, port: string): readonly Rule[] => {
  if (lossPercent === 0) return [];
  const chance = ['-m', 'statistic', '--mode', 'random', '--probability', String(lossPercent / 100)];
  const both = (chain: Rule['chain'], match: readonly string[]): readonly Rule[] => [
    { family: 4, table: 'filter', chain, match: [...match, ...chance], target: ['DROP'] },
    { family: 4, table: 'filter', chain, match, target: [] },
  ];
  const to = ['-d', gateway, '-p', 'tcp', '--dport', port];
  const from = ['-s', gateway, '-p', 'tcp', '--sport', port];
  return [
    ...(direction === 'from' ? [] : [...both('OUTPUT', to), ...both('FORWARD', to)]),
    ...(direction === 'to' ? [] : [...both('INPUT', from), ...both('FORWARD', from)]),
  ];
};

/** The way to one API server, of the node's own processes (OUTPUT) and of its pods (what does not come over the network). */
const pathRules = (survey: NetworkSurvey, { ipv4, ipv6, port }: Place, relayPort: string): readonly Rule[] => {
  const { gateway, device, address } = survey;
  const match = ['-d', ipv4, '-p', 'tcp', '--dport', String(port)];
  const ofPods = ['!', '-i', device];
  const speaking = ['--tcp-flags', 'RST', 'NONE'];
  const dnat = ['DNAT', '--to-destination', `${gateway}:${relayPort}`];
  const byIpv6 = ['-d', ipv6 ?? '', '-p', 'tcp', '--dport', String(port)];
  const chainOfPods = ipv4 === address ? 'INPUT' : 'FORWARD';
  return [
    // Connections that lead there still are reset when they next speak; clients with an IPv6 address turn to IPv4.
    { family: 4, table: 'filter', chain: 'OUTPUT', match: [...match, ...speaking], target: reset },
    { family: 4, table: 'filter', chain: chainOfPods, match: [...ofPods, ...match, ...speaking], target: reset },
    ...(ipv6 === null
      ? []
      : ([
          { family: 6, table: 'filter', chain: 'OUTPUT', match: byIpv6, target: reset },
          { family: 6, table: 'filter', chain: 'FORWARD', match: [...ofPods, ...byIpv6], target: reset },
        ] satisfies readonly Rule[])),
    { family: 4, table: 'nat', chain: 'OUTPUT', match, target: dnat },
    { family: 4, table: 'nat', chain: 'PREROUTING', match: [...ofPods, ...match], target: dnat },
  ];
};

const relayed = (fault: Planned): RelayedFault => fault;

const layoutOf =
  (fault: RelayedFault) =>
  (survey: NetworkSurvey): RelayLayout => {
    const { address, apiServers, service, gateway } = survey;
    const [first, ...more] = apiServers;
    if (first === undefined) throw new Error('a survey without an API server');
    const route = ({ ipv4, port }: Place) => ({ target: { host: ipv4, port }, clients: [address] });
    const byService: Place | null = service === null ? null : { ...service, ipv6: null };
    return {
      routes: [route(first), ...more.map(route)],
      rules: (ports) => [
        ...apiServers.flatMap((place, index) => pathRules(survey, place, ports[index] ?? '')),
        // Whoever asks for the Service is led to the API server that the kubelet knows.
        ...(byService === null ? [] : pathRules(survey, byService, ports[0] ?? '')),
      ],
      losses: (ports) => ports.flatMap((port) => lossRules(fault, gateway, port)),
      bypass: bypassFromClients(apiServerPort, service === null ? apiServers : [...apiServers, service]),
      canary: { url: `https://${first.ipv4}:${first.port}/version`, certificate: null },
      sysctl: null,
    };
  };

/**
 * By netem, where the kernels of all targets have every part of it that is needed here: its queue, and for a peer and for
 * what comes in more than that. null: some have not, and nothing was touched.
 */
const prepareNetem = async (fault: Planned, site: FaultSite, signal: AbortSignal): Promise<PreparedFault | null> => {
  const have = await Promise.all(fault.targets.map((node) => hasNetem(containerOf(site, node), site.exec, signal)));
  if (!have.every(Boolean)) return null;
  return netem.prepare(asNetem(fault), site, signal).catch((thrown: unknown) => {
    if (thrown instanceof SkipbeatError && thrown.code === netemUnavailable) return null;
    throw thrown;
  });
};

/**
 * Delay between a node and the API servers: by the kernel where it has netem, else by a relay on this machine, with loss
 * by the packet filter. The evidence says which: it begins with `netem` or with `relay`.
 */
const onNodes: FaultKindOf<'latency'> = {
  prepare: async (fault, site, signal) =>
    (await prepareNetem(fault, site, signal)) ?? prepareRelayed(relayed(fault), layoutOf(fault), site, signal),
  verifyUndone: (undo) => {
    const before = JSON.parse(undo.before ?? '{}') as Partial<Leftovers>;
    return before.mark === undefined ? netem.verifyUndone(undo) : verifyRulesRemoved(undo);
  },
  commands: (fault, container) => {
    const byNetem = netem.commands(asNetem(fault), container);
    return fault.targets.map((node, index) => {
      const byRelay = commandsOn(
        node,
        container(node),
        relayed(fault),
        layoutOf(fault)(unknownSurvey(container(node))),
      );
      return {
        node,
        apply: [
          '# where the kernel has netem:',
          ...(byNetem[index]?.apply ?? []),
          '# where the kernel has no netem:',
          ...byRelay.apply,
        ],
        undo: ['# of netem:', ...(byNetem[index]?.undo ?? []), '# of the relay:', ...byRelay.undo],
      };
    });
  },
};

/** The same on hollow nodes: by a relay of each group. */
export const latency = withHollowPart('latency', onNodes, hollowPath);
