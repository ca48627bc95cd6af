import { describe, expect, test } from 'vitest';
import { explain, outcomeOf, readConfigText, reviewConfigs } from '../../../src/user-config/index.ts';

const version = 'v1.34.4';

const configOf = (line: string, grace = '50s'): string =>
  `kube-controller-manager-arg: [node-monitor-grace-period=${grace}]\n${line}\n`;

const unread = (line: string): readonly string[] =>
  explain(readConfigText(configOf(line), 'config.yaml'), version)
    .remarks.filter(({ weight }) => weight === 'unread' || weight === 'fatal')
    .map(({ text }) => text);

describe('keys of k3s and RKE2', () => {
  test.each([
    ['cluster-cidr', 'foo'],
    ['cluster-cidr', '10.42.0.0/16,10.44.0.0/16'],
    ['service-cidr', '10.43.0.0/33'],
    ['service-cidr', '10.43.0.0/31'],
    ['service-node-port-range', '30000'],
    ['cluster-dns', '10.43.0'],
    ['cluster-domain', 'Cluster Local'],
    ['bind-address', '127.0.0.1'],
    ['bind-address', 'foo'],
    ['advertise-address', '127.0.0.1'],
    ['advertise-address', '::1'],
    ['advertise-port', '10250'],
    ['advertise-port', '70000'],
    ['https-listen-port', '10250'],
    // kube-apiserver would have 10250.
    ['https-listen-port', '10249'],
    ['https-listen-port', '0'],
    ['https-listen-port', '65535'],
    ['node-ip', '127.0.0.1'],
    ['node-ip', '10.0.0'],
    ['node-external-ip', 'foo'],
    ['node-name', 'Server One'],
    ['data-dir', 'rancher'],
    ['server', 'http://10.0.0.1:6443'],
    ['server', '10.0.0.1'],
  ])('%s %s is named: nobody knows that it starts, and runs as predicted', (key, value) => {
    expect(unread(`${key}: "${value}"`)).toEqual([
      `whether it starts with ${key}, and runs as predicted, is not known: received "${value}" (string)`,
    ]);
  });

  test('a value of another type is named', () => {
    expect(unread('cluster-cidr: {net: 10.42.0.0/16}')).toEqual([
      'whether it starts with cluster-cidr, and runs as predicted, is not known: received a mapping',
    ]);
    expect(unread('https-listen-port: 10250')).toEqual([
      'whether it starts with https-listen-port, and runs as predicted, is not known: received 10250 (number)',
    ]);
  });

  test.each([
    'cluster-cidr: 10.42.0.0/16',
    'cluster-cidr: "10.42.0.0/16,fd00:42::/56"',
    'cluster-cidr: [10.42.0.0/16, "fd00:42::/56"]',
    'service-cidr: ["10.43.0.0/16", "fd00:43::/112"]',
    'service-node-port-range: 30000-32767',
    'cluster-dns: 10.43.0.10',
    'cluster-domain: cluster.local',
    'bind-address: 0.0.0.0',
    'advertise-address: 10.0.0.1',
    'advertise-port: 6443',
    'https-listen-port: 7443',
    'node-ip: [10.0.0.1, "2001:db8::1"]',
    'node-external-ip: 203.0.113.7',
    'node-name: server-1',
    'data-dir: /var/lib/rancher/k3s',
    'server: https://10.0.0.1:9345',
  ])('%s is left out in silence', (line) => {
    expect(unread(line)).toEqual([]);
  });

  test('a review of two sides that both have one is not known', () => {
    const side = (grace: string) => ({
      configFiles: readConfigText(configOf('cluster-cidr: foo', grace), `${grace}.yaml`),
      kubernetesVersion: version,
    });
    expect(outcomeOf(reviewConfigs(side('50s'), side('60s')))).toBe('unknown');
  });

  test('a kubelet refuses a loopback, multicast or link-local address of its node', () => {
    for (const ip of ['127.0.0.1', '224.0.0.1', '169.254.1.1', '::1', 'fe80::1', 'ff02::1']) {
      const line = `kubelet-arg: ["node-ip=${ip}"]`;
      expect(unread(line)).toEqual([
        `whether kubelet starts with --node-ip, and runs as predicted, is not known: received "${ip}"`,
      ]);
    }
    expect(unread('kubelet-arg: [node-ip=0.0.0.0]')).toEqual([]);
  });
});
