import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { explain, outcomeOf, readConfigText, reviewConfigs } from '../../../src/user-config/index.ts';
import { apiServerPod } from './api-server-pod.ts';

const version = 'v1.34.4';

const cluster = (...lines: readonly string[]): string =>
  ['apiVersion: kubeadm.k8s.io/v1beta4', 'kind: ClusterConfiguration', `kubernetesVersion: ${version}`, ...lines].join(
    '\n',
  );

const unread = (...lines: readonly string[]): readonly string[] =>
  explain(readConfigText(cluster(...lines), 'f.yaml'), version)
    .remarks.filter(({ weight }) => weight === 'unread' || weight === 'fatal')
    .map(({ text }) => text);

const volume = (name: string, mountPath: string): string =>
  `{name: ${name}, hostPath: /srv/${name}, mountPath: ${mountPath}}`;

describe('extra volumes of kubeadm', () => {
  test.each([
    ['apiServer', 'a', '/etc/kubernetes/pki', '/etc/kubernetes/pki of apiServer'],
    ['apiServer', 'a', '/etc/kubernetes', '/etc/kubernetes/pki of apiServer'],
    ['apiServer', 'a', '/etc/kubernetes/pki/etcd/', '/etc/kubernetes/pki of apiServer'],
    ['apiServer', 'a', '/etc', '/etc/kubernetes/pki of apiServer'],
    ['apiServer', 'a', '/', '/etc/kubernetes/pki of apiServer'],
    ['apiServer', 'a', '/var/../etc/ssl', '/etc/ssl/certs of apiServer'],
    ['apiServer', 'a', '/usr/local', '/usr/local/share/ca-certificates of apiServer'],
    ['apiServer', 'a', '/usr/local/bin', '/usr/local/bin of apiServer'],
    [
      'controllerManager',
      'a',
      '/etc/kubernetes/controller-manager.conf',
      '/etc/kubernetes/controller-manager.conf of controllerManager',
    ],
    ['scheduler', 'a', '/etc/kubernetes/scheduler.conf', '/etc/kubernetes/scheduler.conf of scheduler'],
  ])('of %s, %s at %s: named, for it hides what the component needs', (key, name, at, what) => {
    const [text = '', ...others] = unread(`${key}: {extraVolumes: [${volume(name, at)}]}`);
    expect(text).toBe(
      `the extra volume ${name} at ${resolve(at)} replaces or hides ${what}, which its component needs: whether it starts is not known`,
    );
    expect(others).toEqual([]);
  });

  test.each(['k8s-certs', 'ca-certs', 'kubeconfig', 'etcd-certs-0'])('by the name of %s replaces it', (name) => {
    expect(unread(`apiServer: {extraVolumes: [${volume(name, '/opt/a')}]}`)).toEqual([
      `the extra volume ${name} at /opt/a replaces or hides the volume ${name}, which kubeadm mounts itself: whether it starts is not known`,
    ]);
  });

  test('over the folder of certificates that the file says', () => {
    const volumes = `apiServer: {extraVolumes: [${volume('a', '/opt/pki')}]}`;
    expect(unread(volumes)).toEqual([]);
    expect(unread('certificatesDir: /opt/pki', volumes)).toEqual([
      'the extra volume a at /opt/pki replaces or hides /opt/pki of apiServer, which its component needs: whether it starts is not known',
    ]);
  });

  test('twice by one name, or at one place', () => {
    const both = `apiServer: {extraVolumes: [${volume('a', '/opt/a')}, ${volume('b', '/opt/a')}]}`;
    expect(unread(both)).toEqual([
      'the extra volume b at /opt/a replaces or hides another one by that name, or at /opt/a: whether it starts is not known',
    ]);
  });

  test('beside them are left out in silence', () => {
    const usual = [
      volume('audit-policy', '/etc/kubernetes/audit-policy.yaml'),
      volume('audit-log', '/var/log/kubernetes'),
      volume('enc', '/etc/kubernetes/enc'),
      volume('etc-localtime', '/etc/localtime'),
    ];
    expect(unread(`apiServer: {extraVolumes: [${usual.join(', ')}]}`)).toEqual([]);
  });

  test('of both sides of a review leave it unknown', () => {
    const side = (seconds: number) => {
      const text = cluster(
        `apiServer: {extraVolumes: [${volume('a', '/etc/kubernetes/pki')}]}`,
        `controllerManager: {extraArgs: [{name: node-monitor-grace-period, value: ${seconds}s}]}`,
      );
      return { configFiles: readConfigText(text, `${seconds}.yaml`), kubernetesVersion: version };
    };
    expect(outcomeOf(reviewConfigs(side(50), side(60)))).toBe('unknown');
  });
});

const kubelet = (...lines: readonly string[]): readonly string[] =>
  explain(
    readConfigText(
      ['apiVersion: kubelet.config.k8s.io/v1beta1', 'kind: KubeletConfiguration', ...lines].join('\n'),
      'k',
    ),
    version,
  )
    .remarks.filter(({ weight }) => weight === 'unread' || weight === 'fatal')
    .map(({ text }) => text);

describe('ports of a kubelet', () => {
  test('two of its own on one are named', () => {
    expect(kubelet('healthzPort: 10250')).toEqual([
      'whether a kubelet starts with healthz-port 10250 is not known: its own port has that port',
    ]);
    expect(kubelet('port: 10248')).toEqual([
      'whether a kubelet starts with port 10248 is not known: its own healthz-port has that port',
    ]);
    expect(kubelet('port: 10255', 'readOnlyPort: 10255')).toEqual([
      'whether a kubelet starts with port 10255 is not known: its own read-only-port has that port',
      'whether a kubelet starts with read-only-port 10255 is not known: its own port has that port',
    ]);
  });

  test('one of another component is named', () => {
    expect(kubelet('healthzPort: 10256')).toEqual([
      'whether a kubelet starts with healthz-port 10256 is not known: another component of a node has that port',
    ]);
  });

  test.each([['healthzPort: 10248'], ['port: 10250'], ['healthzPort: 0'], ['port: 10260', 'healthzPort: 10250']])(
    'one of its own for each is left out in silence: %s',
    (...lines) => {
      expect(kubelet(...lines)).toEqual([]);
    },
  );

  test('in flags, too', () => {
    const args = 'kubelet-arg: [healthz-port=10250]';
    expect(
      explain(readConfigText(args, 'k'), version)
        .remarks.filter(({ weight }) => weight === 'unread')
        .map(({ text }) => text),
    ).toEqual(['whether a kubelet starts with healthz-port 10250 is not known: its own port has that port']);
  });
});

describe('half of a pair of files', () => {
  const refused = 'kubelets may refuse what kube-apiserver asks of them';

  test.each([
    ['etcd-certfile', 'etcd-keyfile'],
    ['etcd-keyfile', 'etcd-certfile'],
    ['kubelet-client-certificate', 'kubelet-client-key'],
    ['kubelet-client-key', 'kubelet-client-certificate'],
  ])('--%s without --%s, beside what kubeadm passes or in a whole command line', (name, other) => {
    const isClients = name.startsWith('kubelet');
    expect(unread(`apiServer: {extraArgs: [{name: ${name}, value: /etc/kubernetes/pki/a}]}`)).toEqual([
      `${isClients ? refused : 'kube-apiserver may not start'} with --${name} and without --${other}`,
    ]);
    const pod = apiServerPod(`${name}=/etc/kubernetes/pki/a`);
    expect(
      explain(readConfigText(pod, 'p'), version)
        .remarks.filter(({ weight }) => weight === 'unread')
        .map(({ text }) => text),
    ).toEqual([
      isClients ? `${refused} without --${other}` : `kube-apiserver does not start without --${other}, and has it not`,
    ]);
  });
});
