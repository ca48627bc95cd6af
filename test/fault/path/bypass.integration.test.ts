import { execa } from 'execa';
import { expect, test } from 'vitest';
import { bypassFromClients } from '../../../src/fault/path/bypass.ts';

/** A node with an API server on 10.77.0.1, in namespaces of its own, and one pod that the runtime keeps a namespace of. */
const node = `
mount -t tmpfs tmpfs /run
ip link set lo up
ip netns add pod
ip link add node type veth peer name eth0 netns pod
ip address add 10.77.0.1/24 dev node
ip link set node up
ip -n pod address add 10.77.0.2/24 dev eth0
ip -n pod link set eth0 up
iptables --append INPUT --match conntrack --ctstate NEW
"$NODE" test/user-mode-linux/listener.ts 6443 8080 > /run/listens &
until [ -s /run/listens ]; do sleep 0.05; done
hold() { exec 5<> "/dev/tcp/10.77.0.1/$1"; echo > "/run/$2"; exec sleep 60; }
export -f hold
bash -c 'hold 6443 own' &
ip netns exec pod bash -c 'hold 6443 standing' &
ip netns exec pod bash -c 'hold 8080 other' &
until [ -e /run/own ] && [ -e /run/standing ] && [ -e /run/other ]; do sleep 0.05; done
"$@"
`;

test('connections past a relay are found of the node and of its pods', async () => {
  const argv = [
    '--net',
    '--mount',
    '--pid',
    '--fork',
    '--mount-proc',
    '--kill-child',
    'bash',
    '-e',
    '-c',
    node,
    'node',
  ];
  const found = await execa('unshare', [...argv, ...bypassFromClients(6443, [{ ipv4: '10.77.0.1', port: 6443 }])], {
    // Else a bash with no shell above it would run the user's own settings first.
    stdin: 'ignore',
    env: { NODE: process.execPath },
    cwd: new URL('../../..', import.meta.url).pathname,
  });
  const lines = found.stdout.split('\n').map((line) => line.replace(/:\d+ /, ' '));
  expect(lines).toEqual(['10.77.0.1 to 10.77.0.1:6443', '10.77.0.2 to 10.77.0.1:6443']);
});
