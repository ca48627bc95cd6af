import { describe, expect, test } from 'vitest';
import {
  explain,
  inlineProfile,
  readConfigText,
  reviewConfigs,
  reviewMarkdown,
  reviewText,
} from '../../../src/user-config/index.ts';

const cluster = (...lines: readonly string[]): string =>
  [
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: ClusterConfiguration',
    'kubernetesVersion: v1.34.4',
    ...lines,
    '---',
    'apiVersion: kubelet.config.k8s.io/v1beta1',
    'kind: KubeletConfiguration',
    '',
  ].join('\n');

const sideOf = (text: string) => ({ configFiles: readConfigText(text, 'f'), kubernetesVersion: 'v1.34.4' });

const scoped = (text: string) => explain(readConfigText(text, 'f'), 'v1.34.4', { allowUnread: true, scope: 'clients' });

const without = (text: string): string =>
  text.startsWith('kube-controller') ? 'kube-controller-manager-arg:\n- node-monitor-grace-period=16s\n' : cluster();

/** All that is printed or kept of a file, or its refusal. */
const printed = (text: string): string => {
  try {
    const review = reviewConfigs(sideOf(without(text)), sideOf(text));
    return [reviewText(review), reviewMarkdown(review), JSON.stringify([review, inlineProfile(scoped(text))])].join();
  } catch (thrown) {
    return (thrown as Error).message;
  }
};

const k3s = (...lines: readonly string[]): string =>
  ['kube-controller-manager-arg:', '- node-monitor-grace-period=16s', ...lines, ''].join('\n');

const ofApi = (name: string, value: string): string =>
  cluster(`apiServer: {extraArgs: [{name: ${name}, value: ${JSON.stringify(value)}}]}`);

const pod = (...command: readonly string[]): string =>
  [
    'apiVersion: v1',
    'kind: Pod',
    'metadata: {name: kube-apiserver, namespace: kube-system}',
    'spec:',
    '  containers:',
    '  - name: kube-apiserver',
    '    image: registry.k8s.io/kube-apiserver:v1.34.4',
    `    command: ${JSON.stringify(command)}`,
  ].join('\n');

describe('a secret is neither printed nor kept', () => {
  test.each([
    ['datastore-endpoint', k3s('datastore-endpoint: "mysql://root:S3CRET@tcp(db:3306)/k3s"')],
    ['supervisor-token', k3s('supervisor-token: S3CRET')],
    ['vpn-auth', k3s('vpn-auth: "name=tailscale,joinKey=S3CRET"')],
    ['etcd-s3-proxy', k3s('etcd-s3-proxy: "http://u:S3CRET@h"', 'profile: cis')],
    ['kube-apiserver-extra-env', k3s('kube-apiserver-extra-env: [PASS=S3CRET]')],
    ['etcd-servers', ofApi('etcd-servers', 'https://u:S3CRET@h:2379')],
    ['etcd-servers', ofApi('etcd-servers', `https://u:S3CRET${'x'.repeat(300)}@h:2379`)],
    ['foo-password', ofApi('foo-password', 'S3CRET')],
    ['audit-webhook-batch-buffer-size', ofApi('audit-webhook-batch-buffer-size', 'http://u:S3CRET@h')],
    ['extraArgs.0.value', cluster('apiServer: {extraArgs: [{name: foo-password, value: 1234}]}')],
    ['"X"', cluster('apiServer: {extraEnvs: [{name: X, value: S3CRET}]}')],
    ['staticPodURL', `${cluster()}staticPodURL: "http://u:S3CRET@h"\n`],
    ['staticPodURLHeader', `${cluster()}staticPodURLHeader: {Authorization: [S3CRET]}\n`],
    ['what starts it', pod('/usr/bin/env', 'PASS=S3CRET', 'kube-apiserver', '--v=2')],
    ['"PASS"', pod('/usr/bin/env', 'PASS=S3CRET', 'kube-apiserver', '--v=2')],
    ['foo-password', pod('kube-apiserver', '--foo-password', 'S3CRET')],
    ['service-account-token', k3s('kube-apiserver-arg: ["--service-account-token S3CRET"]')],
    ['x-token', k3s('kube-cloud-controller-manager-arg: ["x-token=S3CRET"]')],
    ['x-token', k3s('kube-proxy-arg: ["v=2", "x-token=S3CRET"]')],
    ['password', k3s('etcd-arg: [password=S3CRET]')],
    [
      'httpHeaders',
      `${pod('kube-apiserver')}\n    livenessProbe: {httpGet: {httpHeaders: [{name: A, value: S3CRET}]}}`,
    ],
    ['command', pod('kube-apiserver', 'S3CRET', '--node-monitor', 'S3CRET')],
    [
      'received "… … --v=1 --default-unreachable',
      pod('kube-apiserver', '--secret S3CRET --v=1 --default-unreachable-toleration-seconds=5'),
    ],
    ['FOO=…', pod('env', 'FOO=S3CRET', 'kube-apiserver', 'S3CRET')],
    [
      'livenessProbe.exec',
      `${pod('kube-apiserver')}\n    livenessProbe: {exec: {command: [curl, -u, "a:S3CRET", "-H S3CRET"]}}`,
    ],
    ['preStop', `${pod('kube-apiserver')}\n    lifecycle: {preStop: {exec: {command: [sh, -c, "curl S3CRET"]}}}`],
    [
      'args',
      `${pod('kube-apiserver')}\n  - {name: side, image: x, args: [--pass, S3CRET, "--secret S3CRET", -p=S3CRET]}`,
    ],
    ['image', pod('kube-apiserver').replace('registry.k8s.io', 'u:S3CRET@registry.k8s.io')],
    ['--auth', ofApi('auth', 'Bearer S3CRET')],
    ['--oidc-extra', ofApi('oidc-extra', 'S3CRET')],
    ['oidc-ca-file', ofApi('oidc-ca-file', '-----BEGIN EC PRIVATE KEY-----S3CRET')],
    ['external-hostname', ofApi('external-hostname', 'Authorization: Basic S3CRET')],
    ['--token …', k3s('kubelet-arg: ["token:S3CRET"]')],
    ['--oidc-x …', k3s('kubelet-arg: ["oidc-x S3CRET"]')],
    ['received a text', 'K10S3CRET::server:S3CRET'],
    ['received a text', '--token S3CRET'],
    ['received a text', pod('x').replace('["x"]', '"kube-apiserver --token S3CRET"')],
    ['received it with one dash', pod('kube-apiserver', '-pS3CRET')],
    ['env …', pod('env', '-SS3CRET', 'kube-apiserver')],
    ['external-hostname', ofApi('external-hostname', 'Authorization: Token S3CRET')],
    ['external-hostname', ofApi('external-hostname', 'X-Auth-Token: S3CRET')],
    ['external-hostname', ofApi('external-hostname', 'password: S3CRET')],
    ['received a number', '1234'],
    ['other', `${pod('kube-apiserver')}\n  - {name: other, image: x, command: [x, --password=S3CRET]}`],
  ])('%s: %j', (name, text) => {
    expect(printed(text)).toContain(name);
    expect(printed(text)).not.toMatch(/S3CRET|1234/);
  });

  test('the gate of a list is a name', () => {
    const text = printed(cluster('apiServer: {extraArgs: [{name: feature-gates, value: "SELinuxMount=true"}]}'));
    expect(text).toContain('--feature-gates SELinuxMount of');
  });

  test('where words of a command are compared, those that are known are shown', () => {
    const review = (one: string, other: string): string => reviewText(reviewConfigs(sideOf(one), sideOf(other)));
    const probe = '\n    livenessProbe: {exec: {command: [curl, -u, "a:S3CRET"]}}';
    const argv = pod('env', 'FOO=S3CRET', 'kube-apiserver', '--v=2', 'S3CRET', '--x', 'S3CRET', '--y=S3CRET');
    const text = review(pod('kube-apiserver'), `${argv}${probe}`);
    expect(text).not.toContain('S3CRET');
    expect(text).toMatch(/command\.1 of \S+ \S+ is unset on the base and FOO=… here/);
    expect(text).toMatch(/command\.3 of \S+ \S+ is unset on the base and --v=2 here/);
    expect(text).toMatch(/command\.4 of \S+ \S+ is unset on the base and … here/);
    expect(text).toMatch(/livenessProbe\.exec\.command\.2 of \S+ \S+ is unset on the base and … here/);
  });

  test('what it is about stays, and so does a file by such a name', () => {
    const text = printed(k3s('datastore-endpoint: "mysql://root:S3CRET@tcp(db:3306)/k3s"', 'vpn-auth-file: /etc/vpn'));
    expect(text).toContain(
      'f:3:21: not modelled: datastore-endpoint of configuration of k3s or RKE2 is unset on the base',
    );
    expect(text).toContain('vpn-auth-file: /etc/vpn');
  });

  test('two that are not shown are not known to be the same', () => {
    const { notInRun } = inlineProfile(scoped(k3s('vpn-auth: "joinKey=S3CRET"'))).userConfig;
    expect(notInRun).toEqual([
      { at: 'f:3:11', text: 'not read: configuration of k3s or RKE2 vpn-auth: a value that is not shown' },
    ]);
  });
});

describe('what a file says reaches no terminal, and forges no line', () => {
  const grace = (value: string): string =>
    cluster(`controllerManager: {extraArgs: [{name: node-monitor-grace-period, value: ${JSON.stringify(value)}}]}`);

  test.each([
    ['a value', grace('\u001b[31m10s\u001b]0;x\u0007')],
    ['a value with another line', grace('40s\ncandidate  on v1.34.4 these settings amount to profile default')],
    ['a key', cluster('"\\e[31mred\\e]0;x\\a": 1')],
    ['a key with another line', cluster('"x\\ncandidate  on v1.34.4 these settings amount to profile default": 1')],
    ['what is there and not seen', grace('4\u200b0s\u061c\ufeff\u{e0041}\u0007\u001b')],
    ['a key of flags', cluster('apiServer: {extraArgs: [{name: "a\\u001bb", value: "\\u202ec"}]}')],
  ])('%s', (_, text) => {
    const review = reviewConfigs(sideOf(cluster()), sideOf(text));
    const lines = [reviewText(review), ...scoped(text).remarks.map(({ origin, text }) => `${origin}: ${text}\n`)].join(
      '',
    );
    expect(lines).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
    expect(lines.split('\n').filter((line) => line.startsWith('candidate  '))).toHaveLength(1);
    expect(lines).toMatch(/\\u(?:001b|000a)/);
  });

  test('a refusal has a line for each problem', () => {
    const refused = (): unknown => readConfigText(cluster('apiServer: {extraArgs: {"a\\nb": 1}}'), 'f');
    expect(refused).toThrow(/^[^\n]*$/);
  });
});
