import { describe, expect, test } from 'vitest';
import {
  applyCommands,
  changeCommands,
  markOf,
  type NetemPlace,
  removeCommands,
} from '../../../src/fault/netem/commands.ts';
import { netem } from '../../../src/fault/netem/netem.ts';
import { inTurn } from '../../../src/fault/netem/scripts.ts';
import { chance, delayOf, nothing, planned } from './settings.ts';

const amounts = { ...nothing, delay: delayOf(100), loss: chance(5) };
const mark = { handle: '5b5b:', detour: 'skipbeat-5b5b' };
const everybody: NetemPlace = { device: 'eth0', peers: null, mark };
const server: NetemPlace = { ...everybody, peers: [{ address: '172.18.0.2', port: 6443 }] };
const lines = (commands: readonly (readonly string[])[]): readonly string[] => commands.map((argv) => argv.join(' '));

const toEverybody = ['tc qdisc add dev eth0 root handle 5b5b: netem limit 20000 delay 100ms loss random 5%'];
const fromEverybody = [
  'ip link add skipbeat-5b5b type ifb',
  'ip link set skipbeat-5b5b up',
  'tc qdisc add dev skipbeat-5b5b root handle 5b5b: netem limit 20000 delay 100ms loss random 5%',
  'tc qdisc add dev eth0 ingress',
  'tc filter add dev eth0 ingress protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev skipbeat-5b5b',
];
const toServer = [
  'tc qdisc add dev eth0 root handle 5b5b: prio bands 2 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0',
  'tc qdisc add dev eth0 parent 5b5b:1 pfifo limit 10000',
  'tc qdisc add dev eth0 parent 5b5b:2 netem limit 20000 delay 100ms loss random 5%',
  'tc filter add dev eth0 parent 5b5b: protocol ip prio 1 u32 match ip dst 172.18.0.2/32 match ip protocol 6 0xff match ip dport 6443 0xffff flowid 5b5b:2',
];
const fromServer = [
  ...fromEverybody.slice(0, 4),
  'tc filter add dev eth0 ingress protocol ip prio 1 u32 match ip src 172.18.0.2/32 match ip protocol 6 0xff match ip sport 6443 0xffff action mirred egress redirect dev skipbeat-5b5b',
];

describe('the commands of netem', () => {
  test.each([
    ['what goes out, to everybody', everybody, 'to', toEverybody],
    ['what comes in, from everybody', everybody, 'from', fromEverybody],
    ['both, everybody', everybody, 'both', [...fromEverybody, ...toEverybody]],
    ['what goes out, to the API server alone', server, 'to', toServer],
    ['what comes in, from the API server alone', server, 'from', fromServer],
    ['both, the API server alone', server, 'both', [...fromServer, ...toServer]],
  ] as const)('%s', (_, place, direction, expected) => {
    expect(lines(applyCommands(place, direction, amounts))).toEqual(expected);
  });

  test('choose each place of the API server by a filter of its own, those of IPv6 at another priority', () => {
    const two = { ...server, peers: [...(server.peers ?? []), { address: 'fc00::9', port: 6443 }] };
    const filters = lines(applyCommands(two, 'both', amounts)).filter((line) => line.startsWith('tc filter'));
    const handle = mark.handle;
    expect(filters).toEqual([
      fromServer.at(-1),
      'tc filter add dev eth0 ingress protocol ipv6 prio 2 u32 match ip6 src fc00::9/128 match ip6 protocol 6 0xff match ip6 sport 6443 0xffff action mirred egress redirect dev skipbeat-5b5b',
      toServer.at(-1),
      `tc filter add dev eth0 parent ${handle} protocol ipv6 prio 2 u32 match ip6 dst fc00::9/128 match ip6 protocol 6 0xff match ip6 dport 6443 0xffff flowid ${handle}2`,
    ]);
  });

  test('change the queue where it hangs', () => {
    expect(lines(changeCommands(everybody, 'to', amounts))).toEqual([
      'tc qdisc change dev eth0 root handle 5b5b: netem limit 20000 delay 100ms loss random 5%',
    ]);
    expect(lines(changeCommands(server, 'both', amounts))).toEqual([
      'tc qdisc change dev eth0 parent 5b5b:2 netem limit 20000 delay 100ms loss random 5%',
      'tc qdisc change dev skipbeat-5b5b root handle 5b5b: netem limit 20000 delay 100ms loss random 5%',
    ]);
  });

  test('take away what was added', () => {
    expect(lines(removeCommands(server, 'to'))).toEqual(['tc qdisc del dev eth0 root handle 5b5b:']);
    expect(lines(removeCommands(server, 'both'))).toEqual([
      'tc qdisc del dev eth0 ingress',
      'ip link del skipbeat-5b5b',
      'tc qdisc del dev eth0 root handle 5b5b:',
    ]);
  });

  test('run one after the other as arguments, never as text', () => {
    const argv = inTurn([
      ['tc', 'qdisc', 'show'],
      ['echo', '$(reboot)'],
    ]);
    expect(argv.slice(0, 2)).toEqual(['bash', '-c']);
    expect(argv.slice(3)).toEqual(['in-turn', 'tc', 'qdisc', 'show', ',', 'echo', '$(reboot)']);
  });
});

describe("a fault's mark", () => {
  test('is the same every time, and fits the names of network devices (15 characters)', () => {
    const { handle, detour } = markOf('netem-1');
    expect(markOf('netem-1')).toEqual({ handle, detour });
    expect(detour).toBe(`skipbeat-${handle.slice(0, -1)}`);
    expect(detour.length).toBeLessThanOrEqual(15);
  });

  test('is another for another fault, and no handle that the kernel gives out itself', () => {
    const handles = Array.from({ length: 50 }, (_, index) => markOf(`netem-${index + 1}`).handle);
    expect(new Set(handles).size).toBe(50);
    for (const handle of handles) expect(handle).toMatch(/^[4-7][0-9a-f]{3}:$/);
  });
});

describe('plan', () => {
  test('shows every command of a fault, as a person would paste it', () => {
    const fault = planned({ ...nothing, delay: delayOf(200), peer: 'api-server', rampSteps: 2 });
    const { handle } = markOf('netem-1');
    const exec = 'docker exec c-worker';
    expect(netem.commands(fault, (node) => `c-${node}`)).toEqual([
      {
        node: 'worker',
        apply: [
          `${exec} tc qdisc add dev eth0 root handle ${handle} prio bands 2 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0`,
          `${exec} tc qdisc add dev eth0 parent ${handle}1 pfifo limit 10000`,
          `${exec} tc qdisc add dev eth0 parent ${handle}2 netem limit 20000 delay 100ms`,
          `${exec} tc filter add dev eth0 parent ${handle} protocol ip prio 1 u32 match ip dst '<address of control-plane>/32' match ip protocol 6 0xff match ip dport 6443 0xffff flowid ${handle}2`,
          `${exec} tc qdisc change dev eth0 parent ${handle}2 netem limit 20000 delay 200ms`,
        ],
        undo: [`${exec} tc qdisc del dev eth0 root handle ${handle}`],
      },
    ]);
  });

  test('shows both ways of delaying what comes in: by a detour in the node, and at the host-side veth peer of its device', () => {
    const fault = planned({ ...nothing, delay: delayOf(200), peer: 'api-server', direction: 'both' });
    const { handle } = markOf('netem-1');
    const [{ apply = [], undo = [] } = {}] = netem.commands(fault, (node) => `c-${node}`);
    const second = apply.indexOf('# where the kernel has netem and no ifb:');
    const hostPeer = apply.filter((line) => line.startsWith('tc '));
    expect(apply.slice(0, second).every((line) => line.startsWith('docker exec c-worker '))).toBe(true);
    expect(apply.slice(second + 1, second + 5)).toEqual(hostPeer);
    expect(hostPeer).toEqual([
      `tc qdisc add dev '<host-side peer of its eth0>' root handle ${handle} prio bands 2 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0`,
      `tc qdisc add dev '<host-side peer of its eth0>' parent ${handle}1 pfifo limit 10000`,
      `tc qdisc add dev '<host-side peer of its eth0>' parent ${handle}2 netem limit 20000 delay 200ms`,
      // What the API server sent: it is on its way out here.
      `tc filter add dev '<host-side peer of its eth0>' parent ${handle} protocol ip prio 1 u32 match ip src '<address of control-plane>/32' match ip protocol 6 0xff match ip sport 6443 0xffff flowid ${handle}2`,
    ]);
    expect(apply.slice(second + 5).every((line) => line.startsWith('docker exec c-worker tc '))).toBe(true);
    expect(undo.slice(-3)).toEqual([
      '# without ifb:',
      `tc qdisc del dev '<host-side peer of its eth0>' root handle ${handle}`,
      `docker exec c-worker tc qdisc del dev eth0 root handle ${handle}`,
    ]);
  });
});
