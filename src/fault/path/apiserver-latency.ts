import type { PlannedFaultOf } from '../../plan/index.ts';
import type { FaultKindOf } from '../fault.ts';
import { bypassAtServer } from './bypass.ts';
import { verifyRulesRemoved } from './leftovers.ts';
import { commandsOn, unknownSurvey } from './placeholders.ts';
import { type LayoutOf, prepareRelayed, type RelayedFault } from './relayed.ts';
import type { Rule } from './rules.ts';
import { apiServerPort } from './survey.ts';

const relayed = (fault: PlannedFaultOf<'apiserver-latency'>): RelayedFault => ({
  ...fault,
  direction: 'both',
  lossPercent: 0,
});

const toPort = ['-p', 'tcp', '--dport', String(apiServerPort)];

/**
 * The rules stand on the server's node, so that everybody's path goes through them: other nodes, the control plane's own
 * processes, pods. This machine alone is let through (`-s gateway`): the relay comes from there, and so do the harness's
 * own watches, which therefore see things when they happen.
 */
const layout: LayoutOf = ({ address, gateway, device, apiServers, service }) => {
  const own = apiServers.find(({ ipv4 }) => ipv4 === address);
  // With several API servers the Service stands for all of them, and a member's delay is not for those who chose another.
  const only = apiServers.every(({ ipv4 }) => ipv4 === address);
  const dnat = (port: string): readonly string[] => ['DNAT', '--to-destination', `${gateway}:${port}`];
  const reset = ['REJECT', '--reject-with', 'tcp-reset'];
  const byService = (port: string): readonly Rule[] => {
    if (service === null || !only) return [];
    const match = ['-d', service.ipv4, '-p', 'tcp', '--dport', String(service.port)];
    return [
      { family: 4, table: 'nat', chain: 'OUTPUT', match, target: dnat(port) },
      { family: 4, table: 'nat', chain: 'PREROUTING', match: ['!', '-i', device, ...match], target: dnat(port) },
    ];
  };
  const byIpv6: readonly Rule[] =
    own === undefined || own.ipv6 === null
      ? []
      : [{ family: 6, table: 'filter', chain: 'INPUT', match: ['-d', own.ipv6, ...toPort], target: reset }];
  const others = ['!', '-s', gateway];
  return {
    routes: [{ target: { host: address, port: apiServerPort }, clients: [address] }],
    rules: ([port = '']) => [
      {
        ...{ family: 4, table: 'filter', chain: 'INPUT' },
        match: [...others, '-d', address, ...toPort, '--tcp-flags', 'RST', 'NONE'],
        target: reset,
      },
      // Clients with an IPv6 address turn to IPv4 when they are refused.
      ...byIpv6,
      // What comes back must come through here, to be given its old address again.
      {
        ...{ family: 4, table: 'nat', chain: 'POSTROUTING' },
        match: ['-d', gateway, '-p', 'tcp', '--dport', port],
        target: ['MASQUERADE'],
      },
      ...byService(port),
      { family: 4, table: 'nat', chain: 'OUTPUT', match: ['-d', address, ...toPort], target: dnat(port) },
      {
        ...{ family: 4, table: 'nat', chain: 'PREROUTING' },
        match: [...others, '-d', address, ...toPort],
        target: dnat(port),
      },
    ],
    bypass: bypassAtServer(apiServerPort, address, gateway),
    canary: { url: `https://${address}:${apiServerPort}/version`, certificate: null },
    sysctl: null,
  };
};

/** Delay before the port of an API server for everybody but this machine, by a relay. */
export const apiserverLatency: FaultKindOf<'apiserver-latency'> = {
  prepare: (fault, site, signal) => prepareRelayed(relayed(fault), layout, site, signal),
  verifyUndone: verifyRulesRemoved,
  commands: (fault, container) =>
    fault.targets.map((node) => {
      const survey = unknownSurvey(container(node));
      const address = survey.apiServers[0]?.ipv4 ?? '';
      return commandsOn(node, container(node), relayed(fault), layout({ ...survey, address }));
    }),
};
