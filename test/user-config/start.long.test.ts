import { describe, expect, test } from 'vitest';
import { knownMinors } from '../../src/profile/index.ts';
import { explain, readConfigText, reviewConfigs, reviewMarkdown, reviewText } from '../../src/user-config/index.ts';
import { flagOn } from '../../src/user-config/tables/component-flags.ts';
import { gateFault } from '../../src/user-config/tables/feature-gates.ts';
import type { Component, ConfigFiles } from '../../src/user-config/types.ts';

const minorsWith = (component: Component, name: string): string => {
  const has = knownMinors.filter((minor) => flagOn(component, name, minor) === 'present');
  return `${has[0]}-${has.at(-1)}`;
};

/* The registrations were read; kube-apiserver, kube-controller-manager and kubelet v1.20.2 and v1.34.4 say the same. */
describe('the minors that have a flag', () => {
  test.each<[Component, string, string]>([
    ['kube-controller-manager', 'node-monitor-grace-period', '11-37'],
    ['kube-controller-manager', 'port', '11-23'],
    ['kube-controller-manager', 'pod-eviction-timeout', '11-26'],
    ['kube-controller-manager', 'enable-taint-manager', '11-26'],
    ['kube-controller-manager', 'logtostderr', '11-25'],
    ['kube-controller-manager', 'version', '11-37'],
    ['kube-controller-manager', 'v', '11-37'],
    ['kube-apiserver', 'insecure-port', '11-23'],
    ['kube-apiserver', 'default-unreachable-toleration-seconds', '11-37'],
    ['kube-apiserver', 'admission-control', '11-37'],
    ['kubelet', 'container-runtime', '11-26'],
    ['kubelet', 'network-plugin', '11-23'],
    ['kubelet', 'config', '11-37'],
    ['kubelet', 'node-status-update-frequency', '11-37'],
  ])('%s --%s: v1.%s', (component, name, minors) => {
    expect(minorsWith(component, name)).toBe(minors);
  });

  test('a flag of one component is not one of another', () => {
    expect(flagOn('kubelet', 'leader-elect', 34)).not.toBe('present');
    expect(flagOn('kube-apiserver', 'authentication-kubeconfig', 34)).not.toBe('present');
  });
});

const gate = (name: string, value: string | null, minor: number): string | null => {
  const fault = gateFault({ component: 'kubelet', name, value }, minor);
  return fault === null ? null : `${fault.isKnown ? 'fatal' : 'unread'}: ${fault.text}`;
};

describe('a feature gate', () => {
  test.each([
    ['GracefulNodeShutdown', 'true', 34],
    ['ContextualLogging', 'false', 34],
    ['AllAlpha', 'true', 11],
    ['NodeLease', 'TRUE', 17],
    ['NodeLease', 'false', 16],
    ['WatchListClient', '1', 34],
    ['SidecarContainers', 'true', 34],
  ])('%s=%s leaves a kubelet of v1.%d running', (name, value, minor) => {
    expect(gate(name, value, minor)).toBeNull();
  });

  test.each([
    [
      'GracefulNodeShutdwn',
      'true',
      34,
      'fatal: v1.34 has no feature gate GracefulNodeShutdwn: kubelet of v1.34 ends with "unrecognized feature gate"',
    ],
    [
      'GracefulNodeShutdown',
      'true',
      19,
      'fatal: v1.19 has no feature gate GracefulNodeShutdown: kubelet of v1.19 ends with "unrecognized feature gate"',
    ],
    [
      'CSIMigration',
      'true',
      34,
      'fatal: v1.34 has no feature gate CSIMigration: kubelet of v1.34 ends with "unrecognized feature gate"',
    ],
    [
      'TaintBasedEvictions',
      'true',
      34,
      'fatal: v1.34 has no feature gate TaintBasedEvictions: kubelet of v1.34 ends with "unrecognized feature gate"',
    ],
    [
      'NodeLease',
      'false',
      17,
      'fatal: v1.17 has NodeLease locked: with NodeLease=false kubelet ends with "feature is locked to true"',
    ],
    [
      'SidecarContainers',
      'false',
      34,
      'fatal: v1.34 has SidecarContainers locked: with SidecarContainers=false kubelet ends with "feature is locked to true"',
    ],
    [
      'SidecarContainers',
      null,
      34,
      'fatal: feature gates: expected SidecarContainers=true or SidecarContainers=false, received SidecarContainers',
    ],
    [
      'GracefulNodeShutdown',
      'yes',
      34,
      'fatal: feature gates: expected GracefulNodeShutdown=true or GracefulNodeShutdown=false, received GracefulNodeShutdown=yes',
    ],
  ])('%s=%s keeps a kubelet of v1.%d from starting', (name, value, minor, text) => {
    expect(gate(name, value, minor)).toBe(text);
  });

  test('of a component by its name is not known', () => {
    expect(gate('kube:GracefulNodeShutdown', 'true', 34)).toBe(
      'unread: the feature gate kube:GracefulNodeShutdown names a component, and what that does is not known here',
    );
  });
});

/** Without them a kube-apiserver does not start. */
const needed: Readonly<Record<Component, readonly string[]>> = {
  'kube-apiserver': [
    '--etcd-servers=https://127.0.0.1:2379',
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-account-signing-key-file=/etc/kubernetes/pki/sa.key',
  ],
  'kube-controller-manager': [],
  kubelet: [],
};

const pod = (component: Component, flags: readonly string[], image = 'v1.34.4'): string =>
  [
    'apiVersion: v1',
    'kind: Pod',
    `metadata: {name: ${component}, namespace: kube-system}`,
    'spec:',
    '  containers:',
    `  - name: ${component}`,
    `    image: registry.k8s.io/${component}:${image}`,
    '    command:',
    ...[component, ...needed[component], ...flags].map((word) => `    - ${word}`),
  ].join('\n');

const read = (text: string, file = 'f.yaml'): ConfigFiles => readConfigText(text, file);

const weights = (text: string, version: string, isAssumed = false): readonly string[] =>
  explain(read(text), version, { isAssumed })
    .remarks.filter(({ weight }) => weight !== 'note')
    .map(({ weight }) => weight);

describe('settings with which a component does not start', () => {
  const kcm = 'kube-controller-manager';

  test.each([
    ['v1.23.17', []],
    ['v1.24.0', ['fatal']],
  ])('a flag that was removed, on %s', (version, expected) => {
    expect(weights(pod(kcm, ['--port=0']), version)).toEqual(expected);
  });

  test('where nobody named the version it is not known', () => {
    expect(weights(pod(kcm, ['--port=0']), 'v1.34.4', true)).toEqual(['noVersion', 'unread']);
  });

  test('a flag that is read and gone is said once', () => {
    expect(weights(pod(kcm, ['--pod-eviction-timeout=30s']), 'v1.34.4')).toEqual(['fatal']);
  });

  test('of two values of a gate it is not known which one counts', () => {
    const gates = ['--feature-gates=SidecarContainers=false', '--feature-gates=SidecarContainers=true'];
    expect(weights(pod(kcm, gates), 'v1.34.4')).toEqual(['unread']);
  });

  test.each([
    ['v1beta2', 'v1.26.4', []],
    ['v1beta2', 'v1.27.4', ['fatal']],
    ['v1beta3', 'v1.18.20', ['fatal']],
    ['v1beta3', 'v1.21.14', ['unread']],
    ['v1beta3', 'v1.36.1', []],
    ['v1beta3', 'v1.37.1', ['fatal']],
    ['v1beta4', 'v1.26.4', ['fatal']],
    ['v1beta4', 'v1.29.4', ['unread']],
    ['v1beta4', 'v1.31.4', []],
    ['v1beta4', 'v1.37.1', []],
  ])('a kubeadm configuration of %s on %s', (api, version, expected) => {
    const lines = [`apiVersion: kubeadm.k8s.io/${api}`, 'kind: ClusterConfiguration', `kubernetesVersion: ${version}`];
    expect(weights(lines.join('\n'), version)).toEqual(expected);
  });

  test('one that names no version, or another, may be read by another kubeadm', () => {
    expect(weights('apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n', 'v1.34.4')).toEqual(['unread']);
  });

  test('a review of two equal files knows nothing to be the same', () => {
    const configFiles = read(pod(kcm, ['--port=0'], 'v1.24.17'));
    const side = { configFiles, kubernetesVersion: 'v1.24.17' };
    const { effective, predicted } = reviewConfigs(side, side);
    const verdicts = [...effective, ...predicted].map(({ verdict }) => verdict);
    expect(new Set(verdicts)).toEqual(new Set(['unknown']));
  });
});

describe('a component that one side alone speaks of', () => {
  const base = read(pod('kube-controller-manager', ['--node-monitor-grace-period=20s'], 'v1.34.1'), 'base.yaml');
  const candidate = read(
    [
      'apiVersion: kubeadm.k8s.io/v1beta4',
      'kind: ClusterConfiguration',
      'kubernetesVersion: v1.34.1',
      '---',
      'apiVersion: kubelet.config.k8s.io/v1beta1',
      'kind: KubeletConfiguration',
      'nodeStatusUpdateFrequency: 4s',
    ].join('\n'),
    'candidate.yaml',
  );
  const side = (configFiles: ConfigFiles) => ({ configFiles, kubernetesVersion: 'v1.34.1' });
  const review = reviewConfigs(side(base), side(candidate));

  const unreadOf = ({ remarks }: typeof review.base): readonly string[] =>
    remarks.filter(({ weight }) => weight === 'unread').map(({ text }) => text);

  test('is not read on the other: nobody knows that it has its defaults', () => {
    expect(unreadOf(review.candidate).filter((text) => text.startsWith('says nothing'))).toEqual([]);
    expect(unreadOf(review.base)).toEqual([
      'says nothing of kube-apiserver: its defaults are taken',
      'says nothing of kubelet: its defaults are taken',
    ]);
    expect(new Set(review.predicted.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
  });

  test('has its defaults where it is a kubelet, and kubeadm makes its file', () => {
    const init = read('apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n', 'init.yaml');
    const { base: silent, predicted } = reviewConfigs(side(init), side(candidate));
    expect(silent.passedOver).toEqual(['init.yaml: says nothing of kubelet: its defaults are taken']);
    // A KubeletConfiguration of the candidate alone is another matter.
    expect(new Set(predicted.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
  });

  test('in the text and in Markdown', () => {
    expect(
      reviewText(review),
    ).toBe(`base       not known: what is not read may change everything; the rest on v1.34.1 is next to profile default: nodeMonitorGracePeriod 20s instead of 50s
candidate  not known: what differs beside the settings may change everything; the rest on v1.34.1 is next to profile default: nodeStatusUpdateFrequency 4s instead of 10s, nodeStatusReportFrequency 4s instead of 5m

Settings
                                                         base   candidate
  ~ kube-controller-manager node-monitor-grace-period     20s       unset   changed
  ~ kubelet nodeStatusUpdateFrequency                   unset          4s   changed

What then holds
                                base   candidate
  ? nodeStatusUpdateFrequency    10s          4s   unknown
  ? nodeStatusReportFrequency     5m          4s   unknown
  ? lease duration               40s         40s   unknown
  ? lease renewal                10s         10s   unknown
  ? nodeMonitorPeriod             5s          5s   unknown
  ? nodeMonitorGracePeriod       20s         50s   unknown
  ? eviction after NotReady       5m          5m   unknown

Predicted by formula for nodes of up to 110 pods, nothing was run
                                                                base   candidate
  ? longest pause without a NotReady by the controller          9.6s       41.7s   unknown
  ? longest pause without one by a kubelet's own word, too      9.6s       24.5s   unknown
  ? longest answer that a heartbeat waits for                    10s          4s   unknown
  ? a dead node is NotReady after at most                        30s          1m   unknown
  ? a node that is heard again is Ready after at most          10.4s        4.2s   unknown
  ? a silent node's first pod is evicted after at least       5m9.6s     5m41.7s   unknown
  ? a silent node's first pod is evicted after at most       5m40.1s     6m10.1s   unknown
  ? heartbeats of healthy nodes that flap                        0 %         0 %   unknown
  ? heartbeat writes a minute and node                           6.2          21   unknown

Of the base
  - base.yaml: not read: says nothing of kube-apiserver: its defaults are taken
  - base.yaml: not read: says nothing of kubelet: its defaults are taken

Of the candidate
  - base.yaml:1:1: not modelled: the base alone has Pod kube-system/kube-controller-manager, and nobody here knows what that does
  - candidate.yaml:1:1: not modelled: the candidate alone has ClusterConfiguration, and nobody here knows what that does
  - candidate.yaml:5:1: not modelled: the candidate alone has KubeletConfiguration, and nobody here knows what that does
  - candidate.yaml:7:28: note: nodeStatusUpdateFrequency 4s: the default of v1.34.1 is 10s
`);
    expect(reviewMarkdown(review)).toBe(`### Review of heartbeat settings

- base: not known: what is not read may change everything; the rest on v1.34.1 is next to profile default: nodeMonitorGracePeriod 20s instead of 50s
- candidate: not known: what differs beside the settings may change everything; the rest on v1.34.1 is next to profile default: nodeStatusUpdateFrequency 4s instead of 10s, nodeStatusReportFrequency 4s instead of 5m

| setting | base | candidate |  |
|---|---:|---:|---|
| kube-controller-manager node-monitor-grace-period | 20s | unset | changed |
| kubelet nodeStatusUpdateFrequency | unset | 4s | changed |

| what then holds | base | candidate |  |
|---|---:|---:|---|
| nodeStatusUpdateFrequency | 10s | 4s | unknown |
| nodeStatusReportFrequency | 5m | 4s | unknown |
| lease duration | 40s | 40s | unknown |
| lease renewal | 10s | 10s | unknown |
| nodeMonitorPeriod | 5s | 5s | unknown |
| nodeMonitorGracePeriod | 20s | 50s | unknown |
| eviction after NotReady | 5m | 5m | unknown |

| predicted by formula for nodes of up to 110 pods, nothing was run | base | candidate |  |
|---|---:|---:|---|
| longest pause without a NotReady by the controller | 9.6s | 41.7s | unknown |
| longest pause without one by a kubelet's own word, too | 9.6s | 24.5s | unknown |
| longest answer that a heartbeat waits for | 10s | 4s | unknown |
| a dead node is NotReady after at most | 30s | 1m | unknown |
| a node that is heard again is Ready after at most | 10.4s | 4.2s | unknown |
| a silent node's first pod is evicted after at least | 5m9.6s | 5m41.7s | unknown |
| a silent node's first pod is evicted after at most | 5m40.1s | 6m10.1s | unknown |
| heartbeats of healthy nodes that flap | 0 % | 0 % | unknown |
| heartbeat writes a minute and node | 6.2 | 21 | unknown |

**Of the base**

- base.yaml: not read: says nothing of kube-apiserver: its defaults are taken
- base.yaml: not read: says nothing of kubelet: its defaults are taken

**Of the candidate**

- base.yaml:1:1: not modelled: the base alone has Pod kube-system/kube-controller-manager, and nobody here knows what that does
- candidate.yaml:1:1: not modelled: the candidate alone has ClusterConfiguration, and nobody here knows what that does
- candidate.yaml:5:1: not modelled: the candidate alone has KubeletConfiguration, and nobody here knows what that does
- candidate.yaml:7:28: note: nodeStatusUpdateFrequency 4s: the default of v1.34.1 is 10s
`);
  });

  test('is left out where neither side speaks of it', () => {
    expect(unreadOf(reviewConfigs(side(base), side(base)).base)).toEqual([]);
  });
});

const of =
  (component: Component) =>
  (flag: string): [Component, string] => [component, flag];

describe('a value that its flag does not take', () => {
  test.each<[Component, string, string, readonly string[]]>([
    ['kube-controller-manager', '--leader-elect=ture', 'v1.34.4', ['fatal', 'unread']],
    ['kube-controller-manager', '--profiling=flase', 'v1.34.4', ['fatal']],
    ['kube-controller-manager', '--profiling=F', 'v1.34.4', []],
    ['kube-controller-manager', '--concurrent-gc-syncs=many', 'v1.34.4', ['fatal']],
    ['kube-controller-manager', '--horizontal-pod-autoscaler-sync-period=15', 'v1.34.4', ['fatal']],
    ['kube-controller-manager', '--horizontal-pod-autoscaler-tolerance=0x1p-3', 'v1.34.4', ['unread']],
    ['kube-controller-manager', '--node-monitor-grace-period=20', 'v1.34.4', ['fatal']],
    ['kube-controller-manager', '--port=10252', 'v1.21.14', []],
    ['kube-controller-manager', '--port=10252', 'v1.22.17', ['fatal']],
    ['kube-apiserver', '--insecure-port=8080', 'v1.20.15', ['fatal']],
    ['kube-apiserver', '--insecure-port=0', 'v1.20.15', []],
    ['kube-apiserver', '--version=raw', 'v1.34.4', ['unread']],
  ])('%s %s on %s', (component, flag, version, expected) => {
    expect(weights(pod(component, [flag]), version)).toEqual(expected);
  });

  const kcm = 'kube-controller-manager';
  const server = 'kube-apiserver';

  test.each<[Component, string]>([
    ...['--concurrent-gc-syncs=0', '--concurrent-gc-syncs=99999999999', '--concurrent-service-endpoint-syncs=-1'].map(
      of(kcm),
    ),
    ...['--bind-address=foo', '--cluster-cidr=10.0.0.0', '--tls-min-version=1.2', '--cloud-provider=aws'].map(of(kcm)),
    ...['--controllers=*,foobar', '--controllers=*,-foobar', '--secure-port=99999', '-v=abc', '-h', '--help'].map(
      of(kcm),
    ),
    ...['--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', '--kubeconfig=', '--logging-format=xml'].map(
      of(kcm),
    ),
    ...['--cluster-cidr=10.0.0.0/16,10.1.0.0/16'].map(of(kcm)),
    ...['--allow-privileged=false', '--service-cluster-ip-range=10.0.0.0/30'].map(of(server)),
    ...['--cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt', '--log-flush-frequency=-5s'].map(of(kcm)),
    ...['--authorization-mode=Foo', '--authorization-mode=AlwaysDeny', '--authorization-mode=RBAC'].map(of(server)),
    ...['--etcd-healthcheck-timeout=1ns', '--etcd-prefix=/other', '--bind-address=127.0.0.1'].map(of(server)),
    ...['--advertise-address=127.0.0.1', '--secure-port=7443'].map(of(server)),
    ...['--service-account-max-token-expiration=1s'].map(of(server)),
    ...['--authorization-mode=Node,RBAC,RBAC', '--etcd-servers=', '--storage-backend=etcd2'].map(of(server)),
    ...[
      '--enable-admission-plugins=AlwaysDeny',
      '--admission-control=MutatingAdmissionWebhook,Priority,ServiceAccount,TaintNodesByCondition,AlwaysDeny',
      '--anonymous-auth=false',
    ].map(of(server)),
    ...['--enable-admission-plugins=PodTolerationRestriction', '--enable-admission-plugins=EventRateLimit'].map(
      of(server),
    ),
    ...['--runtime-config=apps/v1=false', '--runtime-config=batch/v2alpha1=true', '--goaway-chance=-0.5'].map(
      of(server),
    ),
    ...['--max-requests-inflight=1', '--max-mutating-requests-inflight=-5', '--request-timeout=1s'].map(of(server)),
    ...[
      '--service-cluster-ip-range=10.0.0.0/8',
      '--service-node-port-range=2-1',
      '--endpoint-reconciler-type=none',
    ].map(of(server)),
    ...[
      '--advertise-address=$(POD_IP)',
      '--tls-cert-file=/etc/kubernetes/pki/apiserver.crt',
      '--audit-log-mode=often',
    ].map(of(server)),
  ])('%s %s, or may change what is predicted, is named as not read', (component, flag) => {
    expect(weights(pod(component, [flag]), 'v1.34.4')).toEqual(['unread']);
  });

  test.each([
    ['--enable-admission-plugins=NodeRestriction,Foo', 'v1.34.4'],
    ['--disable-admission-plugins=nodeRestriction', 'v1.34.4'],
    ['--enable-admission-plugins=NodeRestriction,', 'v1.34.4'],
    ['--enable-admission-plugins=PodSecurityPolicy', 'v1.25.16'],
    ['--enable-admission-plugins=PodSecurity', 'v1.21.14'],
  ])('plug-ins that kube-apiserver has not: %s on %s', (flag, version) => {
    expect(weights(pod(server, [flag]), version)).toEqual(['fatal']);
  });

  test('a plug-in that is enabled and disabled keeps kube-apiserver from starting', () => {
    const flags = ['--enable-admission-plugins=PodSecurity', '--disable-admission-plugins=PodSecurity'];
    expect(weights(pod(server, flags), 'v1.34.4')).toEqual(['fatal']);
  });

  test.each([
    ['node-lifecycle-controller', 'v1.27.16'],
    ['-cloud-node-lifecycle-controller', 'v1.27.16'],
    ['taint-eviction-controller', 'v1.28.15'],
    ['-taint-eviction', 'v1.34.4'],
  ])('a controller by a name that it has not: %s on %s', (name, version) => {
    expect(weights(pod(kcm, [`--controllers=*,${name}`]), version)).toEqual(['fatal']);
  });

  test('a kube-apiserver without the flags that it needs is named', () => {
    const flags = pod(server, ['--client-ca-file=/etc/kubernetes/pki/ca.crt'])
      .split('\n')
      .filter((line) => !/etcd-servers|service-account/.test(line));
    expect(weights(flags.join('\n'), 'v1.34.4')).toEqual(['unread', 'unread', 'unread']);
    expect(weights(flags.join('\n'), 'v1.18.20')).toEqual(['unread']);
  });

  test("what kubeadm's manifests and hardened ones have is left out in silence", () => {
    const pki = '/etc/kubernetes/pki';
    const flags = [
      ...['advertise-address=10.0.0.4', 'allow-privileged=true', 'authorization-mode=Node,RBAC'],
      ...[
        `client-ca-file=${pki}/ca.crt`,
        'enable-admission-plugins=NodeRestriction',
        'enable-bootstrap-token-auth=true',
      ],
      ...[`etcd-cafile=${pki}/etcd/ca.crt`, `etcd-certfile=${pki}/c.crt`, `etcd-keyfile=${pki}/c.key`],
      ...[`kubelet-client-certificate=${pki}/k.crt`, `kubelet-client-key=${pki}/k.key`],
      ...['kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname', `proxy-client-cert-file=${pki}/f.crt`],
      ...[`proxy-client-key-file=${pki}/f.key`, 'requestheader-allowed-names=front-proxy-client'],
      ...[`requestheader-client-ca-file=${pki}/f-ca.crt`, 'requestheader-extra-headers-prefix=X-Remote-Extra-'],
      ...['requestheader-group-headers=X-Remote-Group', 'requestheader-username-headers=X-Remote-User'],
      ...['secure-port=6443', `service-account-key-file=${pki}/sa.pub`, 'service-cluster-ip-range=10.96.0.0/12'],
      ...[`tls-cert-file=${pki}/apiserver.crt`, `tls-private-key-file=${pki}/apiserver.key`, 'profiling=false'],
      ...['audit-log-path=/var/log/audit.log', 'audit-log-maxage=30', 'audit-policy-file=/etc/audit.yaml'],
      ...['tls-min-version=VersionTLS12', 'request-timeout=300s', 'service-account-lookup=true', 'v=2'],
      ...['tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'],
      ...['encryption-provider-config=/etc/enc.yaml', 'service-node-port-range=30000-32767', 'runtime-config='],
    ].map((flag) => `--${flag}`);
    expect(weights(pod(server, flags), 'v1.34.4')).toEqual([]);
    const managers = [
      ...['allocate-node-cidrs=true', 'authentication-kubeconfig=/etc/kubernetes/controller-manager.conf'],
      ...['authorization-kubeconfig=/etc/kubernetes/controller-manager.conf', 'bind-address=127.0.0.1'],
      ...[`client-ca-file=${pki}/ca.crt`, 'cluster-cidr=10.244.0.0/16', 'cluster-name=kubernetes'],
      ...[`cluster-signing-cert-file=${pki}/ca.crt`, `cluster-signing-key-file=${pki}/ca.key`],
      ...['controllers=*,bootstrapsigner,tokencleaner', 'kubeconfig=/etc/kubernetes/controller-manager.conf'],
      ...[`root-ca-file=${pki}/ca.crt`, `service-account-private-key-file=${pki}/sa.key`, 'leader-elect=true'],
      ...['service-cluster-ip-range=10.96.0.0/12', 'use-service-account-credentials=true', 'profiling=false'],
      ...['terminated-pod-gc-threshold=1000', 'concurrent-gc-syncs=50', 'node-cidr-mask-size=24'],
    ].map((flag) => `--${flag}`);
    expect(weights(pod(kcm, managers), 'v1.34.4')).toEqual([]);
  });

  test('in the lists of k3s, where a name alone is true', () => {
    expect(weights('kube-controller-manager-arg: [profiling, concurrent-gc-syncs]', 'v1.34.4')).toEqual(['fatal']);
  });
});

describe("kubeadm's own feature gates", () => {
  test.each([
    ['EtcdLearnerMode', 'v1.31.4', []],
    ['EtcdLearnerMode', 'v1.34.4', ['fatal']],
    ['ControlPlaneKubeletLocalMode', 'v1.30.14', ['unread']],
    ['TypoGate', 'v1.34.4', ['fatal']],
  ])('%s on %s', (name, version, expected) => {
    const api = version === 'v1.30.14' ? 'v1beta3' : 'v1beta4';
    const text = [
      `apiVersion: kubeadm.k8s.io/${api}`,
      'kind: ClusterConfiguration',
      `kubernetesVersion: ${version}`,
      'featureGates:',
      `  ${name}: true`,
    ].join('\n');
    expect(weights(text, version)).toEqual(expected);
  });
});
