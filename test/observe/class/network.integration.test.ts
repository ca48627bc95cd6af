import { execa } from 'execa';
import { expect, test } from 'vitest';
import { networkScript, parseNetwork } from '../../../src/observe/class/network.ts';

/** A network and an /etc of its own, in which the script runs; `proxy` answers at kube-proxy's port where it is not empty. */
const onNode = async (proxy: string, files: Readonly<Record<string, string>>) => {
  const server = `require('node:http').createServer((_, answer) => answer.end(process.argv[1])).listen(10249, '127.0.0.1')`;
  const script = `
ip link set lo up
mount -t tmpfs none /etc
mkdir -p /etc/cni/net.d
while [ $# -gt 2 ]; do printf '%s' "$2" > "/etc/cni/net.d/$1"; shift 2; done
if [ -n "$PROXY" ]; then
  "$NODE" -e "$SERVER" "$PROXY" &
  trap 'kill $!' EXIT
  for try in $(seq 200); do curl -s -o /dev/null http://127.0.0.1:10249/ && break; sleep 0.05; done
fi
sh -c "$2"
`;
  const args = Object.entries(files).flat();
  const { stdout } = await execa(
    'unshare',
    [
      '--net',
      '--mount',
      '--pid',
      '--fork',
      '--mount-proc',
      'bash',
      '-e',
      '-c',
      script,
      'x',
      ...args,
      '',
      networkScript,
    ],
    {
      env: { PROXY: proxy, NODE: process.execPath, SERVER: server },
      stripFinalNewline: false,
    },
  );
  return parseNetwork(stdout);
};

test('a node is asked for the mode of kube-proxy, and the first network by name counts', async () => {
  const files = {
    '20-later.conflist': '{"name":"later","plugins":[{"type":"bridge"}]}',
    '10-calico.conflist': '{"name":"k8s-pod-network","plugins":[{"type":"calico"},{"type":"portmap"}]}',
    '00-notes.txt': 'no network',
  };
  expect(await onNode('nftables', files)).toEqual({
    ...{ cni: 'k8s-pod-network (calico, portmap)', kubeProxyMode: 'nftables', why: null },
  });
});

test('a node with nothing of both has no kube-proxy, and its network is not known', async () => {
  expect(await onNode('', {})).toEqual({
    ...{ cni: null, kubeProxyMode: 'none', why: 'CNI: no network in /etc/cni/net.d' },
  });
});
