import { describe, expect, test } from 'vitest';
import { explain, readConfigText, reviewConfigs } from '../../src/user-config/index.ts';
import { suitesFault } from '../../src/user-config/tables/cipher-suites.ts';
import { gateLackedBy, missingGates } from '../../src/user-config/tables/gate-needs.ts';

const kubelet = (...lines: readonly string[]): string =>
  ['apiVersion: kubelet.config.k8s.io/v1beta1', 'kind: KubeletConfiguration', ...lines].join('\n');

const weightsOf = (text: string, version = 'v1.34.4'): readonly string[] =>
  explain(readConfigText(text, 'f'), version).remarks.map(({ weight }) => weight);

const verdicts = (base: string, candidate: string): ReadonlySet<string> => {
  const side = (text: string) => ({ configFiles: readConfigText(text, 'f'), kubernetesVersion: 'v1.34.4' });
  return new Set(reviewConfigs(side(base), side(candidate)).predicted.map(({ verdict }) => verdict));
};

const reserved = (name: string, resource: string, value: string): string =>
  kubelet(`${name}: {${resource}: "${value}"}`);
const evicted = (signal: string, value: string): string => kubelet(`evictionHard: {${signal}: "${value}"}`);

describe('what a kubelet asks of its machine', () => {
  test.each([
    reserved('kubeReserved', 'cpu', '100m'),
    reserved('kubeReserved', 'memory', '512Mi'),
    reserved('systemReserved', 'memory', '500M'),
    reserved('systemReserved', 'ephemeral-storage', '1Gi'),
    reserved('kubeReserved', 'pid', '1000'),
    evicted('memory.available', '100Mi'),
    evicted('memory.available', '5%'),
    evicted('memory.available', '100%'),
    evicted('nodefs.available', '10%'),
    evicted('imagefs.available', '15%'),
    evicted('nodefs.inodesFree', '5%'),
    kubelet('maxPods: 250'),
    kubelet('maxPods: 110'),
    kubelet('protectKernelDefaults: false'),
  ])('in silence where every machine has as much: %s', (text) => {
    expect(weightsOf(text)).toEqual([]);
  });

  const some = [
    reserved('kubeReserved', 'cpu', '2'),
    reserved('kubeReserved', 'memory', '4Gi'),
    reserved('systemReserved', 'ephemeral-storage', '50Gi'),
    evicted('memory.available', '1Gi'),
    evicted('memory.available', '25%'),
    evicted('nodefs.available', '30%'),
    kubelet('maxPods: 50'),
    kubelet('podsPerCore: 10'),
    kubelet('protectKernelDefaults: true'),
    'kubelet-arg: [protect-kernel-defaults=true]',
    'kubelet-arg: [kube-reserved=memory=4Gi]',
    'kubelet-arg: [eviction-hard=memory.available<1Gi]',
    'kubelet-arg: []\nprotect-kernel-defaults: true',
  ];

  test.each(some)('by a note where some have, which does not end in 2: %s', (text) => {
    expect(weightsOf(text)).toEqual(['note']);
  });

  test.each(some)('the same on both sides is the same: %s', (text) => {
    expect(verdicts(text, text)).toEqual(new Set(['same']));
  });

  test.each(some)('what the candidate alone asks is not read: %s', (text) => {
    const without = text.startsWith('kubelet-arg') ? 'kubelet-arg: []' : kubelet();
    expect(verdicts(without, text)).toEqual(new Set(['unknown']));
    expect(verdicts(text, without)).toEqual(new Set(['unknown']));
  });

  test.each([
    [kubelet('maxPods: 250'), kubelet()],
    [kubelet('maxPods: 250'), kubelet('maxPods: 200')],
    [kubelet('maxPods: 250'), kubelet('maxPods: 0')],
    ['kubelet-arg: [max-pods=250]', 'kubelet-arg: []'],
    ['kubelet-arg: [max-pods=250]', 'kubelet-arg: [max-pods=150]'],
  ])('fewer pods than the base has may be too few, and more too many: %s, then %s', (more, fewer) => {
    expect(verdicts(more, fewer)).toEqual(new Set(['unknown']));
    expect(verdicts(fewer, more)).toEqual(new Set(['unknown']));
    expect(verdicts(more, more)).toEqual(new Set(['same']));
  });

  test('neither more nor less than on the base is known', () => {
    const [less, more] = [reserved('kubeReserved', 'memory', '4Gi'), reserved('kubeReserved', 'memory', '6144Mi')];
    expect(verdicts(less, more)).toEqual(new Set(['unknown']));
    expect(verdicts(more, less)).toEqual(new Set(['unknown']));
  });

  test.each([
    ['kubeReserved', reserved('kubeReserved', 'memory', '1Ti')],
    ['systemReserved', reserved('systemReserved', 'cpu', '1000')],
    ['kubeReserved', reserved('kubeReserved', 'memory', '-1Gi')],
    ['kubeReserved', reserved('kubeReserved', 'hugepages-2Mi', '1Gi')],
    ['evictionHard', evicted('memory.available', '99%')],
    ['evictionHard', evicted('memory.available', '101%')],
    ['evictionHard', evicted('memory.available', '100Gi')],
    ['evictionHard', evicted('nodefs.available', '90%')],
    ['evictionHard', evicted('nodefs.available', '0')],
    ['--eviction-hard', 'kubelet-arg: [eviction-hard=memory.available<99%]', '"memory.available<99%"'],
    ['--system-reserved', 'kubelet-arg: [system-reserved=memory=1Ti]', '"memory=1Ti"'],
  ])('beyond what machines have is not read, on both sides too: %s of %s', (of, text, received = 'a mapping') => {
    const unread = explain(readConfigText(text, 'f'), 'v1.34.4').remarks.filter(({ weight }) => weight === 'unread');
    const who = of.startsWith('--') ? 'kubelet' : 'a kubelet';
    expect(unread.map((each) => each.text)).toEqual([
      `whether ${who} starts with ${of}, and runs as predicted, is not known: received ${received}`,
    ]);
    expect(verdicts(text, text)).toEqual(new Set(['unknown']));
  });
});

describe('a setting of a kubelet that needs a feature gate', () => {
  const seccomp = kubelet('seccompDefault: true');
  const withGate = (text: string, gate: string, on: boolean): string => `${text}\nfeatureGates: {${gate}: ${on}}`;

  test.each([
    [seccomp, 'v1.21.14', []],
    [seccomp, 'v1.22.17', ['fatal']],
    [seccomp, 'v1.24.17', ['fatal']],
    [seccomp, 'v1.25.16', []],
    [withGate(seccomp, 'SeccompDefault', true), 'v1.24.17', []],
    [withGate(seccomp, 'SeccompDefault', false), 'v1.25.16', ['fatal']],
    ['kubelet-arg: [seccomp-default]', 'v1.24.17', ['fatal']],
    ['kubelet-arg: [seccomp-default, feature-gates=SeccompDefault=true]', 'v1.24.17', []],
    [
      'kubelet-arg: [seccomp-default, feature-gates=SeccompDefault=true, feature-gates=SeccompDefault=false]',
      'v1.24.17',
      ['unread'],
    ],
    [kubelet('imageMaximumGCAge: 168h'), 'v1.28.15', []],
    [kubelet('imageMaximumGCAge: 168h'), 'v1.29.14', ['fatal']],
    [kubelet('imageMaximumGCAge: 168h'), 'v1.30.4', []],
    [kubelet('serverTLSBootstrap: true'), 'v1.11.10', ['fatal']],
    [kubelet('serverTLSBootstrap: true'), 'v1.34.4', []],
    [withGate(kubelet('serverTLSBootstrap: true'), 'RotateKubeletServerCertificate', false), 'v1.34.4', ['fatal']],
    [kubelet('topologyManagerPolicy: best-effort'), 'v1.17.17', ['fatal']],
    [kubelet('topologyManagerPolicy: best-effort'), 'v1.18.20', []],
    [kubelet('topologyManagerPolicy: none'), 'v1.17.17', []],
    [kubelet('kubeReserved: {pid: "100"}'), 'v1.14.10', ['fatal']],
    [kubelet('kubeReserved: {pid: "100"}'), 'v1.15.12', []],
  ])('%s on %s', (text, version, expected) => {
    expect(weightsOf(text, version).filter((weight) => weight !== 'note')).toEqual(expected);
  });

  test('of a gate whose value is disputed nobody knows', () => {
    expect(gateLackedBy('seccomp-default', 'true', new Map([['SeccompDefault', null]]), 24)).toEqual({
      gate: 'SeccompDefault',
      isKnown: false,
    });
  });
});

describe('a feature gate that needs another one', () => {
  test.each([
    ['GracefulNodeShutdown: false', 'v1.34.4', []],
    ['GracefulNodeShutdown: false', 'v1.35.1', ['fatal', 'fatal']],
    [
      'GracefulNodeShutdown: false, GracefulNodeShutdownBasedOnPodPriority: false, WindowsGracefulNodeShutdown: false',
      'v1.35.1',
      [],
    ],
    ['DRADeviceTaintRules: true', 'v1.35.1', ['fatal']],
    ['DRADeviceTaintRules: true, DRADeviceTaints: true', 'v1.35.1', []],
    ['DRADeviceTaintRules: true', 'v1.36.1', []],
    ['GangScheduling: true', 'v1.36.1', ['fatal']],
    ['UserNamespacesHostNetworkSupport: true', 'v1.35.1', []],
    [
      'UserNamespacesHostNetworkSupport: true, NodeDeclaredFeatures: false',
      'v1.36.1',
      expect.arrayContaining(['fatal']),
    ],
  ])('%s on %s', (gates, version, expected) => {
    expect(weightsOf(kubelet(`featureGates: {${gates}}`), version)).toEqual(expected);
  });

  test('of one whose value nobody knows neither is known', () => {
    expect(missingGates(new Map([['DRADeviceTaints', null]]), 36)).toEqual([]);
    expect(missingGates(new Map([['DRADeviceTaints', null]]), 37)).toEqual([
      { gate: 'DRADeviceTaintRules', other: 'DRADeviceTaints', isKnown: false },
    ]);
  });
});

describe('cipher suites', () => {
  const tls13 = 'TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384,TLS_CHACHA20_POLY1305_SHA256';
  const http2 = 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256';
  const benchmark = [
    ...['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', http2, 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305'],
    ...['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305'],
    ...[
      'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
      'TLS_RSA_WITH_AES_256_GCM_SHA384',
      'TLS_RSA_WITH_AES_128_GCM_SHA256',
    ],
  ].join(',');

  test.each([
    [benchmark, null, 16],
    [benchmark, null, 34],
    [`${http2},${tls13}`, null, 34],
    [tls13, 'VersionTLS13', 34],
    [`TLS_RSA_WITH_AES_128_GCM_SHA256,${http2}`, null, 34],
    [`${http2},TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256`, null, 19],
  ])('%s from %s on start on v1.%d', (suites, min, minor) => {
    expect(suitesFault(suites, min, minor)).toBeNull();
  });

  test.each([
    [tls13, null, 34, 'without TLS_ECDHE_…_WITH_AES_128_GCM_SHA256 a server of HTTP/2 does not start'],
    [tls13, 'VersionTLS12', 34, 'without TLS_ECDHE_…_WITH_AES_128_GCM_SHA256 a server of HTTP/2 does not start'],
    [`${http2},${tls13}`, null, 18, 'v1.18 may not know TLS_AES_128_GCM_SHA256'],
    [
      `TLS_RSA_WITH_AES_128_GCM_SHA256,${http2}`,
      null,
      21,
      'a suite that HTTP/2 does not allow stands before one that it does',
    ],
  ])('%s from %s on may not start on v1.%d', (suites, min, minor, why) => {
    expect(suitesFault(suites, min, minor)).toBe(why);
  });

  test('of a KubeletConfiguration beside its least version, and of flags', () => {
    const list = tls13.split(',').join(', ');
    expect(weightsOf(kubelet(`tlsCipherSuites: [${list}]`, 'tlsMinVersion: VersionTLS13'))).toEqual([]);
    expect(weightsOf(kubelet(`tlsCipherSuites: [${list}]`))).toEqual(['unread']);
    expect(weightsOf(`kube-apiserver-arg: ["tls-cipher-suites=${tls13}", tls-min-version=VersionTLS13]`)).toEqual([]);
    expect(weightsOf(`kube-apiserver-arg: ["tls-cipher-suites=${tls13}"]`)).toEqual(['unread']);
    expect(weightsOf('kube-apiserver-arg: [tls-cipher-suites=TLS_FOO]')).toEqual(['unread']);
  });
});

test.each([
  ['imageMaximumGCAge: 168h', []],
  ['imageMaximumGCAge: 0s', []],
  ['imageMaximumGCAge: 1m', ['unread']],
  ['imageMaximumGCAge: 5m\nimageMinimumGCAge: 10m', ['unread']],
  ['imageMaximumGCAge: 20m\nimageMinimumGCAge: 10m', []],
])('%s', (lines, expected) => {
  expect(weightsOf(kubelet(lines))).toEqual(expected);
});

describe('the command line of a manifest', () => {
  const pod = (component: string, flags: readonly string[]): string =>
    [
      'apiVersion: v1',
      'kind: Pod',
      `metadata: {name: ${component}}`,
      'spec:',
      '  containers:',
      `  - {name: ${component}, image: "registry.k8s.io/${component}:v1.34.4", command: ${JSON.stringify([component, ...flags])}}`,
    ].join('\n');
  const kcm = (...flags: readonly string[]): string => pod('kube-controller-manager', flags);
  const server = (...flags: readonly string[]): string => pod('kube-apiserver', flags);
  const kubeconfig = '--kubeconfig=/etc/kubernetes/controller-manager.conf';
  const tied = [
    ...['--etcd-servers=https://127.0.0.1:2379', '--client-ca-file=/etc/kubernetes/pki/ca.crt'],
    ...['--service-account-issuer=https://kubernetes.default.svc', '--service-account-signing-key-file=/sa.key'],
  ];

  test.each([
    [
      'kube-controller-manager',
      kcm('--allocate-node-cidrs=true', '--node-monitor-grace-period=40s', '--leader-elect=true'),
      'node-monitor-grace-period 40s, which was the default to v1.31: the default of v1.34.4 is 50s',
    ],
    ['kube-controller-manager', kcm('--leader-elect=true')],
    ['kube-apiserver', server('--authorization-mode=Node,RBAC')],
  ])('of %s that ties it to no cluster is taken to be shortened, which a note says: %s', (of, text, ...others) => {
    expect(weightsOf(text).filter((weight) => weight !== 'note')).toEqual([]);
    expect(explain(readConfigText(text, 'f'), 'v1.34.4').remarks.map((each) => each.text)).toEqual([
      ...others,
      `the command of ${of} has no flag that ties it to a cluster: it is taken to be shortened, for it would not start`,
    ]);
    expect(verdicts(text, text)).toEqual(new Set(['same']));
  });

  test.each([
    [kcm(kubeconfig, '--allocate-node-cidrs=true'), ['unread']],
    [kcm(kubeconfig, '--allocate-node-cidrs=true', '--cluster-cidr=10.244.0.0/16'), []],
    [server(...tied), []],
    [server(...tied.slice(1)), ['unread']],
  ])('that is complete has what it needs, or is not read: %s', (text, expected) => {
    expect(weightsOf(text)).toEqual(expected);
  });

  test.each([
    [kcm(kubeconfig, '--leader-elect=true'), kcm('--leader-elect=true')],
    [kcm(kubeconfig), kcm('--kubeconfig=/etc/kubernetes/controler-manager.conf')],
    [server(...tied), server(...tied.filter((flag) => !flag.includes('client-ca')))],
    [server(...tied), server(...tied.map((flag) => flag.replace('2379', '2380')))],
    [server(...tied), server('--authorization-mode=Node,RBAC')],
  ])('that differs from the base in what ties it to a cluster is not read: %s, %s', (base, candidate) => {
    expect(verdicts(base, candidate)).toEqual(new Set(['unknown']));
    expect(verdicts(base, base)).toEqual(new Set(['same']));
  });
});

describe('numbers that nobody examined are read near to their defaults', () => {
  const controller = (flag: string): string => `kube-controller-manager-arg: [${flag}]`;
  const server = (flag: string): string => `kube-apiserver-arg: [${flag}]`;

  test.each([
    ...['concurrent-gc-syncs=50', 'horizontal-pod-autoscaler-sync-period=10s', 'cluster-signing-duration=87600h'].map(
      controller,
    ),
    ...['terminated-pod-gc-threshold=10', 'horizontal-pod-autoscaler-tolerance=0.2', 'min-resync-period=12h'].map(
      controller,
    ),
    ...[
      'event-ttl=168h',
      'request-timeout=300s',
      'audit-webhook-batch-max-wait=5s',
      'etcd-compaction-interval=0.5m',
    ].map(server),
    ...['delete-collection-workers=10', 'audit-log-batch-max-size=400', 'shutdown-delay-duration=30s'].map(server),
    kubelet('streamingConnectionIdleTimeout: 5m'),
    kubelet('syncFrequency: 30s'),
    kubelet('runtimeRequestTimeout: 15m'),
    kubelet('evictionMaxPodGracePeriod: 60'),
    kubelet('imageMinimumGCAge: 5m'),
  ])('%s', (text) => {
    expect(weightsOf(text)).toEqual([]);
  });

  test.each([
    ...['concurrent-gc-syncs=1', 'concurrent-endpoint-syncs=51', 'horizontal-pod-autoscaler-sync-period=1000h'].map(
      controller,
    ),
    ...[
      'min-resync-period=1ns',
      'route-reconciliation-period=1ms',
      'mirroring-endpointslice-updates-batch-period=1h',
    ].map(controller),
    ...['cluster-signing-duration=1s', 'log-flush-frequency=0s'].map(controller),
    ...['etcd-compaction-interval=1ms', 'event-ttl=1ns', 'request-timeout=1000h', 'kubelet-timeout=1h'].map(server),
    ...['shutdown-delay-duration=1000h', 'delete-collection-workers=11', 'audit-webhook-batch-throttle-qps=0.1'].map(
      server,
    ),
    kubelet('syncFrequency: 1ns'),
    kubelet('fileCheckFrequency: 24h'),
    kubelet('volumeStatsAggPeriod: 1ms'),
    kubelet('runtimeRequestTimeout: 10h'),
    kubelet('maxPods: 100000'),
  ])('and others are not: %s', (text) => {
    expect(weightsOf(text)).toEqual(['unread']);
  });
});
