import { expect, test } from 'vitest';
import { parseNetwork } from '../../../src/observe/class/network.ts';

const conflist = JSON.stringify({
  ...{ cniVersion: '1.0.0', name: 'kindnet' },
  plugins: [{ type: 'ptp', ipam: {} }, { type: 'portmap' }],
});

const printed = ({
  mode = 'iptables',
  asked = 'yes',
  process = 'yes',
  conf = '10-kindnet.conflist',
  text = conflist,
}) => `mode ${mode}\nasked ${asked}\nprocess ${process}\nconf ${conf}\n${text}`;

const proxyWhy = 'kube-proxy: expected its mode at port 10249, found';

test.each([
  ['both', {}, { cni: 'kindnet (ptp, portmap)', kubeProxyMode: 'iptables', why: null }],
  [
    'a network of one plug-in',
    { conf: '10-flat.conf', text: '{"name":"flat","type":"bridge"}', mode: 'ipvs' },
    { cni: 'flat (bridge)', kubeProxyMode: 'ipvs', why: null },
  ],
  [
    'that there is no kube-proxy',
    { mode: '', process: 'no' },
    { cni: 'kindnet (ptp, portmap)', kubeProxyMode: 'none', why: null },
  ],
  [
    'nothing of a kube-proxy that does not answer',
    { mode: '' },
    { cni: 'kindnet (ptp, portmap)', kubeProxyMode: null, why: `${proxyWhy} nothing` },
  ],
  [
    'nothing of what is no mode',
    { mode: '<html>' },
    { cni: 'kindnet (ptp, portmap)', kubeProxyMode: null, why: `${proxyWhy} "<html>"` },
  ],
  [
    'nothing where nothing can ask',
    { mode: '', asked: 'no', process: 'no' },
    {
      ...{ cni: 'kindnet (ptp, portmap)', kubeProxyMode: null },
      why: 'kube-proxy: the node has neither curl nor wget to ask it',
    },
  ],
  [
    'nothing of a network elsewhere',
    { conf: '', text: '' },
    { cni: null, kubeProxyMode: 'iptables', why: 'CNI: no network in /etc/cni/net.d' },
  ],
  [
    'nothing of a file that is none, or was cut',
    { text: conflist.slice(0, 40) },
    {
      ...{ cni: null, kubeProxyMode: 'iptables' },
      why: 'CNI: expected a network in /etc/cni/net.d/10-kindnet.conflist, found none',
    },
  ],
] as const)('a node says %s', (_, said, read) => {
  expect(parseNetwork(printed(said))).toEqual(read);
});

test('what is no answer says nothing', () => {
  expect(parseNetwork('')).toEqual({
    ...{ cni: null, kubeProxyMode: null, why: 'the node did not say of which class its network is' },
  });
});
