import type { PlannedFaultOf } from '../../plan/index.ts';
import type { FaultKindOf } from '../fault.ts';
import { bypassFromClients } from './bypass.ts';
import { verifyRulesRemoved } from './leftovers.ts';
import { commandsOn, unknownSurvey } from './placeholders.ts';
import { type LayoutOf, prepareRelayed, type RelayedFault } from './relayed.ts';
import { apiServerPort } from './survey.ts';

/** Where an etcd of kubeadm serves its API server, and on the node's own address everybody with a certificate. */
const etcd = { loopback: '127.0.0.1', port: 2379 } as const;

const relayed = (fault: PlannedFaultOf<'etcd-latency'>): RelayedFault => ({
  ...fault,
  direction: 'both',
  lossPercent: 0,
});

/**
 * What the API server sends to its etcd over loopback goes to the relay and from there to the node's own address. A
 * loopback address may not leave the node: its sender becomes the node, and where kube-proxy has not let it go as far
 * as that already, a setting of the kernel has to.
 */
const layout: LayoutOf = ({ address, gateway, device, routeLocalnet }) => ({
  routes: [{ target: { host: address, port: etcd.port }, clients: [address] }],
  rules: ([port = '']) => [
    {
      ...{ family: 4, table: 'filter', chain: 'OUTPUT' },
      match: ['-d', etcd.loopback, '-p', 'tcp', '--dport', String(etcd.port), '--tcp-flags', 'RST', 'NONE'],
      target: ['REJECT', '--reject-with', 'tcp-reset'],
    },
    {
      ...{ family: 4, table: 'nat', chain: 'POSTROUTING' },
      match: ['-s', etcd.loopback, '-d', gateway, '-p', 'tcp', '--dport', port],
      target: ['MASQUERADE'],
    },
    {
      ...{ family: 4, table: 'nat', chain: 'OUTPUT' },
      match: ['-d', etcd.loopback, '-p', 'tcp', '--dport', String(etcd.port)],
      target: ['DNAT', '--to-destination', `${gateway}:${port}`],
    },
  ],
  bypass: bypassFromClients(etcd.port, [{ ipv4: etcd.loopback, port: etcd.port }]),
  // A read without a resource version is answered by etcd's quorum: one round trip of the path in each request.
  canary: {
    url: `https://${etcd.loopback}:${apiServerPort}/api/v1/namespaces/default`,
    certificate: '/etc/kubernetes/pki/apiserver-kubelet-client',
  },
  sysctl: routeLocalnet ? null : { name: `net.ipv4.conf.${device}.route_localnet`, before: '0', during: '1' },
});

/**
 * Delay between an API server and the etcd member on its node, by a relay. Members speak with each other as before.
 * IPv4, as kubeadm sets it up.
 */
export const etcdLatency: FaultKindOf<'etcd-latency'> = {
  prepare: (fault, site, signal) => prepareRelayed(relayed(fault), layout, site, signal),
  verifyUndone: verifyRulesRemoved,
  commands: (fault, container) =>
    fault.targets.map((node) =>
      commandsOn(node, container(node), relayed(fault), layout(unknownSurvey(container(node)))),
    ),
};
