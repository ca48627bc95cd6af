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
    const gated = cluster('apiServer: {extraArgs: [{name: feature-gates, value: "SELinuxMount=true"}]}');
    expect(
      reviewText(reviewConfigs(sideOf(cluster()), sideOf(gated))),
    ).toBe(`base       on v1.34.4 these settings amount to profile default
candidate  not known: what differs beside the settings may change everything; the rest on v1.34.4 is next to profile default

What then holds
                                base   candidate
  ? nodeStatusUpdateFrequency    10s         10s   unknown
  ? nodeStatusReportFrequency     5m          5m   unknown
  ? lease duration               40s         40s   unknown
  ? lease renewal                10s         10s   unknown
  ? nodeMonitorPeriod             5s          5s   unknown
  ? nodeMonitorGracePeriod       50s         50s   unknown
  ? eviction after NotReady       5m          5m   unknown

Predicted by formula for nodes of up to 110 pods, nothing was run
                                                                base   candidate
  ? longest pause without a NotReady by the controller         39.6s       39.6s   unknown
  ? longest pause without one by a kubelet's own word, too     24.5s       24.5s   unknown
  ? longest answer that a heartbeat waits for                    10s         10s   unknown
  ? a dead node is NotReady after at most                         1m          1m   unknown
  ? a node that is heard again is Ready after at most          10.4s       10.4s   unknown
  ? a silent node's first pod is evicted after at least      5m39.6s     5m39.6s   unknown
  ? a silent node's first pod is evicted after at most       6m10.1s     6m10.1s   unknown
  ? heartbeats of healthy nodes that flap                        0 %         0 %   unknown
  ? heartbeat writes a minute and node                           6.2         6.2   unknown

Of the candidate
  - f:4:54: not modelled: apiServer.extraArgs.--feature-gates SELinuxMount of ClusterConfiguration is unset on the base and true here, and nobody here knows what that does
`);
  });

  test('where words of a command are compared, those that are known are shown', () => {
    const probe = '\n    livenessProbe: {exec: {command: [curl, -u, "a:S3CRET"]}}';
    const argv = pod('env', 'FOO=S3CRET', 'kube-apiserver', '--v=2', 'S3CRET', '--x', 'S3CRET', '--y=S3CRET');
    const { candidate } = reviewConfigs(sideOf(pod('kube-apiserver')), sideOf(`${argv}${probe}`));
    expect(candidate.remarks.map(({ origin, text }) => `${origin} ${text}`)).toEqual([
      'f:1:1 spec.containers.kube-apiserver.what starts it of Pod kube-system/kube-apiserver is ["command","kube-apiserver"] on the base (f:6:5) and unset here, and nobody here knows what that does',
      'f:1:1 spec.containers.kube-apiserver of Pod kube-system/kube-apiserver is [] on the base (f:6:5) and unset here, and nobody here knows what that does',
      'f:8:15 spec.containers.kube-apiserver.command.0 of Pod kube-system/kube-apiserver is unset on the base and env here, and nobody here knows what that does',
      'f:8:21 spec.containers.kube-apiserver.command.1 of Pod kube-system/kube-apiserver is unset on the base and FOO=… here, and nobody here knows what that does',
      'f:8:34 spec.containers.kube-apiserver.command.2 of Pod kube-system/kube-apiserver is unset on the base and kube-apiserver here, and nobody here knows what that does',
      'f:8:51 spec.containers.kube-apiserver.command.3 of Pod kube-system/kube-apiserver is unset on the base and --v=2 here, and nobody here knows what that does',
      'f:8:59 spec.containers.kube-apiserver.command.4 of Pod kube-system/kube-apiserver is unset on the base and … here, and nobody here knows what that does',
      'f:8:68 spec.containers.kube-apiserver.command.5 of Pod kube-system/kube-apiserver is unset on the base and … here, and nobody here knows what that does',
      'f:8:74 spec.containers.kube-apiserver.command.6 of Pod kube-system/kube-apiserver is unset on the base and … here, and nobody here knows what that does',
      'f:8:83 spec.containers.kube-apiserver.command.7 of Pod kube-system/kube-apiserver is unset on the base and --y=… here, and nobody here knows what that does',
      'f:9:38 spec.containers.kube-apiserver.livenessProbe.exec.command.0 of Pod kube-system/kube-apiserver is unset on the base and … here, and nobody here knows what that does',
      'f:9:44 spec.containers.kube-apiserver.livenessProbe.exec.command.1 of Pod kube-system/kube-apiserver is unset on the base and … here, and nobody here knows what that does',
      'f:9:48 spec.containers.kube-apiserver.livenessProbe.exec.command.2 of Pod kube-system/kube-apiserver is unset on the base and … here, and nobody here knows what that does',
      'f:8:21 the variable "FOO" of its environment may change everything',
      'f:8:59 "…" is no flag: kube-apiserver from v1.20 on does not start with it',
      'f:8:68 --x is no flag of kube-apiserver that is known here, and may change everything',
      'f:8:74 "…" is no flag: kube-apiserver from v1.20 on does not start with it',
      'f:8:83 --y is no flag of kube-apiserver that is known here, and may change everything',
      'f:9:20 spec.containers.0.livenessProbe.httpGet is missing: a kubelet may refuse this pod, or run it otherwise',
      'f:9:27 spec.containers.0.livenessProbe.exec is no field that is read: a kubelet may refuse this pod, or run it otherwise',
      'f:8:14 the command of kube-apiserver has no flag that ties it to a cluster: it is taken to be shortened, for it would not start',
    ]);
  });

  test('what it is about stays, and so does a file by such a name', () => {
    const stored = k3s('datastore-endpoint: "mysql://root:S3CRET@tcp(db:3306)/k3s"', 'vpn-auth-file: /etc/vpn');
    const { candidate } = reviewConfigs(sideOf(k3s()), sideOf(stored));
    expect(candidate.remarks.map(({ weight, origin, text }) => [weight, origin, text])).toEqual([
      [
        'unknown',
        'f:3:21',
        'datastore-endpoint of configuration of k3s or RKE2 is unset on the base and a value that is not shown here, and nobody here knows what that does',
      ],
      [
        'unknown',
        'f:4:16',
        'vpn-auth-file of configuration of k3s or RKE2 is unset on the base and /etc/vpn here, and nobody here knows what that does',
      ],
      ['note', 'f:2:3', 'node-monitor-grace-period 16s: the default of v1.34.4 is 50s'],
    ]);
    expect(inlineProfile(scoped(stored)).userConfig.notInRun).toEqual([
      { at: 'f:3:21', text: 'not read: configuration of k3s or RKE2 datastore-endpoint: a value that is not shown' },
      { at: 'f:4:16', text: 'configuration of k3s or RKE2 vpn-auth-file: /etc/vpn' },
    ]);
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
