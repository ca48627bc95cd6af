import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfigText, reviewConfigs } from '../../src/user-config/index.ts';
import { unmodelledGate } from '../../src/user-config/tables/unmodelled-gates.ts';

/** What a review says: `refused` where a file is, `fatal` where the candidate does not start. */
const resultOf = (base: string, candidate: string, kubernetesVersion = 'v1.34.4'): string => {
  const side = (text: string) => ({ configFiles: readConfigText(text, 'f'), kubernetesVersion });
  const made = reviewConfigs(side(base), side(candidate));
  if (made.candidate.remarks.some(({ weight }) => weight === 'fatal')) return 'fatal';
  return made.predicted.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'same';
};

const tie = { 'kube-controller-manager': ['kubeconfig=/a'], 'kube-apiserver': ['etcd-servers=https://127.0.0.1:2379'] };
const issued = ['service-account-issuer=https://a', 'service-account-signing-key-file=/a'];

type Named = keyof typeof tie;

const command = (name: Named, ...flags: readonly string[]): string =>
  [
    'apiVersion: v1',
    'kind: Pod',
    `metadata: {name: ${name}, namespace: kube-system}`,
    'spec:',
    '  containers:',
    `  - name: ${name}`,
    `    image: registry.k8s.io/${name}:v1.34.4`,
    `    command:`,
    ...[name, ...[...tie[name], ...(name === 'kube-apiserver' ? issued : []), ...flags].map((flag) => `--${flag}`)].map(
      (word) => `    - ${word.startsWith('--') ? JSON.stringify(word) : word}`,
    ),
    '',
  ].join('\n');

const kubelet = (...lines: readonly string[]): string =>
  ['apiVersion: kubelet.config.k8s.io/v1beta1', 'kind: KubeletConfiguration', ...lines].join('\n');

const kubeadm = (kind: string, ...lines: readonly string[]): string =>
  ['apiVersion: kubeadm.k8s.io/v1beta4', `kind: ${kind}`, ...lines].join('\n');

const manager = command('kube-controller-manager');

/** Both ways: one more, and one less. */
const bothWays = (without: string, withIt: string): ReadonlySet<string> =>
  new Set([resultOf(without, withIt), resultOf(withIt, without)]);

describe('a flag that differs is harmless only where a list says so', () => {
  test.each([
    'disable-force-detach-on-timeout=true',
    'enable-garbage-collector=false',
    'authentication-tolerate-lookup-failure=false',
    'concurrent-service-endpoint-syncs=1',
    'concurrent-replicaset-syncs=1',
    'max-endpoints-per-slice=1000',
    'min-resync-period=72m',
    'kube-api-content-type=application/json',
    'cluster-name=other',
    'feature-gates=WatchListClient=true',
    'controllers=*,tokencleaner',
    'cluster-signing-duration=24h',
    'terminated-pod-gc-threshold=0',
    'tls-min-version=VersionTLS13',
    'an-invented-flag=1',
  ])('kube-controller-manager --%s', (flag) => {
    expect(bothWays(manager, command('kube-controller-manager', flag))).toEqual(new Set(['unknown']));
  });

  test.each([
    'enable-bootstrap-token-auth=false',
    'event-ttl=720h',
    'audit-log-maxage=0',
    'service-account-jwks-uri=https://a',
    'service-account-extend-token-expiration=false',
    'shutdown-send-retry-after=true',
    'request-timeout=10m',
    'audit-log-mode=blocking',
    'max-requests-inflight=999999',
    'default-watch-cache-size=1',
    'watch-cache-sizes=nodes#0',
    'storage-media-type=application/json',
    'requestheader-username-headers=X',
    'lease-reuse-duration-seconds=6',
    'enable-admission-plugins=AlwaysPullImages',
    'enable-admission-plugins=PodSecurity',
    'disable-admission-plugins=RuntimeClass',
    'disable-admission-plugins=CertificateApproval',
    'feature-gates=WatchList=false',
    'feature-gates=ConcurrentWatchObjectDecode=true',
  ])('kube-apiserver --%s', (flag) => {
    const [without, withIt] = [command('kube-apiserver'), command('kube-apiserver', flag)];
    expect(bothWays(without, withIt)).toEqual(new Set(['unknown']));
  });

  test.each([
    ['profiling=false', 'kube-controller-manager'],
    ['v=4', 'kube-controller-manager'],
    ['feature-gates=ContextualLogging=true', 'kube-controller-manager'],
    ['enable-admission-plugins=LimitRanger', 'kube-apiserver'],
  ] as const)('%s of %s is', (flag, name) => {
    expect(bothWays(command(name), command(name, flag))).toEqual(new Set(['same']));
  });

  test.each([
    ['experimental-dockershim', 'true', 'v1.16.5'],
    ['containerized', 'true', 'v1.13.5'],
    ['docker-tls', 'true', 'v1.16.5'],
    ['experimental-fail-swap-on', 'false', 'v1.13.5'],
    ['make-iptables-util-chains', 'false', 'v1.16.5'],
    ['volume-plugin-dir', '/x', 'v1.16.5'],
    ['sync-frequency', '10m', 'v1.16.5'],
    ['node-labels', 'role=db', 'v1.16.5'],
  ])('a kubelet --%s=%s of %s', (name, value, version) => {
    const join = (flags: string): string =>
      `apiVersion: kubeadm.k8s.io/v1beta1\nkind: JoinConfiguration\nnodeRegistration: {kubeletExtraArgs: {v: "2"${flags}}}`;
    expect(resultOf(join(''), join(`, ${name}: "${value}"`), version)).toBe('unknown');
  });
});

test.each([
  'inventedField: 0',
  'inventedField: {a: 1}',
  'enableServer: false',
  'seccompDefault: true',
  'localStorageCapacityIsolation: false',
  'makeIPTablesUtilChains: false',
  'evictionPressureTransitionPeriod: 30s',
  'evictionMaxPodGracePeriod: 1',
  'evictionHard: {memory.available: "500Mi"}',
  'evictionHard: {memory.available: "0%"}',
  'evictionMinimumReclaim: {memory.available: "5Gi"}',
  'kubeReserved: {cpu: 500m}',
  'imageGCHighThresholdPercent: 100',
  'healthzPort: 10250',
  'kubeAPIQPS: 5',
  'podCIDR: 10.0.0.0/24',
  'enforceNodeAllocatable: ["none"]',
  'runtimeRequestTimeout: 1m',
  'featureGates: {GracefulNodeShutdown: false}',
  'featureGates: {InPlacePodVerticalScaling: true}',
  'featureGates: {MemoryQoS: true}',
])('a kubelet with %s, and one without, are not the same', (line) => {
  expect([...bothWays(kubelet(), kubelet(line))]).toEqual(['unknown']);
});

test.each([
  ['  namespace: default', 'namespace: kube-system', 'namespace: default'],
  ['a name that is none', 'name: kube-controller-manager, n', 'name: kube-controller-manager_X, n'],
  ['AppArmor', 'system}', 'system, annotations: {container.apparmor.security.beta.kubernetes.io/a: localhost/b}}'],
  ['a pod that is to be deleted', 'system}', 'system, deletionTimestamp: "2020-01-01T00:00:00Z"}'],
  ['tolerations', 'spec:\n', 'spec:\n  tolerations: [{key: x, operator: Foo}]\n'],
  ['a priority', 'spec:\n', 'spec:\n  priority: -5\n'],
  ['an invented section', 'spec:\n', 'invented: 1\nspec:\n'],
  ['a relative path', '    command:', '    terminationMessagePath: relative\n    command:'],
  ['what no machine may have', '    command:', '    resources: {requests: {example.com/gpu: 1}}\n    command:'],
  ['a limit of memory of Go', '    command:', '    env: [{name: GOMEMLIMIT, value: "1"}]\n    command:'],
  ['an image from elsewhere', 'registry.k8s.io/', 'mirror.example.com/'],
  ['an image by another tag', 'v1.34.4', 'v1.34.4-own'],
  ['what starts it', '    - kube-controller-manager', '    - env\n    - GODEBUG=a=1\n    - kube-controller-manager'],
  ['where it is', '    - kube-controller-manager', '    - /nowhere/kube-controller-manager'],
])('a static pod that differs by %s is not the same', (_, from, to) => {
  expect(manager).toContain(from);
  expect([...bothWays(manager, manager.replace(from, to))]).toEqual(['unknown']);
});

test.each([
  'clientConnection: {kubeconfig: /nowhere}',
  'clusterCIDR: none',
  'hostnameOverride: other',
  'healthzBindAddress: none',
  'metricsBindAddress: 127.0.0.1:6443',
  'bindAddress: 10.0.0.1',
  'logging: {format: none}',
  'oomScoreAdj: 1000',
  'iptables: {masqueradeBit: 99}',
  'iptables: {localhostNodePorts: false}',
  'conntrack: {maxPerCore: 0}',
  'invented: 0',
])('kube-proxy with %s, and without, is not the same', (line) => {
  const proxy = (...lines: readonly string[]): string =>
    [kubelet(), '---', 'apiVersion: kubeproxy.config.k8s.io/v1alpha1', 'kind: KubeProxyConfiguration', ...lines].join(
      '\n',
    );
  expect(bothWays(proxy(), proxy(line))).toEqual(new Set(['unknown']));
});

test.each([
  ['ClusterConfiguration', 'imageRepository: mirror.example.com'],
  ['ClusterConfiguration', 'clusterName: other'],
  ['ClusterConfiguration', 'dns: {imageTag: v0.0.1}'],
  ['ClusterConfiguration', 'featureGates: {NodeLocalCRISocket: true}'],
  ['ClusterConfiguration', 'featureGates: {RootlessControlPlane: false}'],
  ['ClusterConfiguration', 'etcd: {local: {extraArgs: [{name: quota-backend-bytes, value: "100000000"}]}}'],
  ['ClusterConfiguration', 'etcd: {local: {imageRepository: mirror.example.com}}'],
  ['ClusterConfiguration', 'invented: ""'],
  ['ClusterConfiguration', 'invented: {}'],
  ['InitConfiguration', 'bootstrapTokens: [{token: abcdef.0123456789abcdef, ttl: 1s}]'],
  ['JoinConfiguration', 'nodeRegistration: {imagePullPolicy: Never}'],
  ['JoinConfiguration', 'nodeRegistration: {imagePullSerial: false}'],
  ['JoinConfiguration', 'nodeRegistration: {ignorePreflightErrors: [Swap]}'],
  ['JoinConfiguration', 'timeouts: {kubeletHealthCheck: 10s}'],
  ['JoinConfiguration', 'skipPhases: [preflight]'],
])('a %s with %s, and one without, are not the same', (kind, line) => {
  const first = kind === 'ClusterConfiguration' ? '' : 'caCertPath: /etc/kubernetes/pki/ca.crt';
  expect(bothWays(kubeadm(kind, first), kubeadm(kind, first, line))).toEqual(new Set(['unknown']));
});

test.each([
  'disable: [traefik]',
  'disable: [kube-proxy]',
  'etcd-snapshot-restore: x',
  'etcd-snapshot-schedule-cron: "no cron"',
  'tls-san: [a.example.com]',
  'write-kubeconfig-mode: zzz',
  'default-local-storage-path: /x',
  'kube-proxy-arg: [healthz-bind-address=none]',
  'kube-cloud-controller-manager-arg: [none=1]',
  'invented: false',
])('k3s with %s, and without, is not the same', (line) => {
  const plain = 'kube-controller-manager-arg: [node-monitor-grace-period=40s]\n';
  expect(bothWays(plain, plain + line)).toEqual(new Set(['unknown']));
});

const ofTheCluster = kubeadm('ClusterConfiguration', 'kubernetesVersion: v1.34.4');
const besides = (text: string): string => `${ofTheCluster}\n---\n${text}`;

test.each([
  ['another name of the node', kubeadm('InitConfiguration', 'nodeRegistration: {name: other}')],
  ['phases that are skipped', kubeadm('JoinConfiguration', 'skipPhases: [preflight]')],
  [
    'a flag of kubelets',
    kubeadm(
      'JoinConfiguration',
      'nodeRegistration: {kubeletExtraArgs: [{name: make-iptables-util-chains, value: "false"}]}',
    ),
  ],
])('a document that one side alone has, with %s, is not the same as none', (_, document) => {
  expect(bothWays(ofTheCluster, besides(document))).toEqual(new Set(['unknown']));
});

test.each(['--kubeconfig=/nowhere', '--bind-address=10.9.9.9', '--enable-garbage-collector=false'])(
  'a manifest that was shortened beside one that has %s, too, is not the same',
  (flag) => {
    const shortened = (more: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: kube-controller-manager}\nspec:\n  containers:\n  - {name: kube-controller-manager, image: "registry.k8s.io/kube-controller-manager:v1.34.4", command: [kube-controller-manager, --v=2${more}]}`;
    expect(bothWays(shortened(''), shortened(`, ${flag}`))).toEqual(new Set(['unknown']));
  },
);

test.each([
  ['another scheduler', 'items:\n', 'items:\n- {kind: Pod, metadata: {name: kube-scheduler-a}, spec: {priority: 1}}\n'],
  ['an invented section', 'items:\n', 'invented: 1\nitems:\n'],
])('a list with %s is not the same', (_, from, to) => {
  const list = readFileSync(join(import.meta.dirname, '../fixtures/settings/list-kube-system.yaml'), 'utf8');
  expect(resultOf(list, list)).toBe('same');
  expect(bothWays(list, list.replace(from, to))).toEqual(new Set(['unknown']));
});

test.each([
  ['kube-controller-manager', 'enable-garbage-collector=false'],
  ['kube-apiserver', 'shutdown-send-retry-after=true'],
  ['kube-apiserver', 'log-text-split-stream=true'],
  ['kube-apiserver', 'v=9'],
] as const)('%s with --%s on both sides is not known either, and plans and runs say so', (name, flag) => {
  const text = command(name, flag);
  expect(resultOf(text, text)).toBe('unknown');
});

test('what keeps a volume on a lost node is passed on, and the same on both sides', () => {
  const text = command('kube-controller-manager', 'disable-force-detach-on-timeout=true');
  expect(resultOf(text, text)).toBe('same');
});

test('whether nodes that are tainted out-of-service are given up is not known where its gate is set otherwise', () => {
  const gate = (value: string, minor: number): string | null =>
    unmodelledGate(
      { component: 'kube-controller-manager', name: 'NodeOutOfServiceVolumeDetach', value, origin: 'a.yaml:1:1' },
      minor,
    );
  expect([gate('true', 26), gate('false', 25)]).toEqual([null, null]);
  const changes =
    'changes what a node loses that somebody taints out-of-service, and neither the model nor a run knows it';
  expect([gate('false', 27), gate('true', 24)]).toEqual([
    `the feature gate NodeOutOfServiceVolumeDetach=false ${changes}`,
    `the feature gate NodeOutOfServiceVolumeDetach=true ${changes}`,
  ]);
});

test.each([
  'enableServer: false',
  'makeIPTablesUtilChains: false',
  'evictionHard: {}',
  'logging: {verbosity: 9}',
  'featureGates: {ExecProbeTimeout: false}',
  'featureGates: {MemoryQoS: true}',
])('a kubelet with %s on both sides is not known either', (line) => {
  expect(resultOf(kubelet(line), kubelet(line), 'v1.33.4')).toBe('unknown');
});

test.each([
  ['clusterDNS: [10.96.0.10]', 'unknown'],
  ['clusterDNS: [192.0.2.1]', 'unknown'],
  ['clusterDomain: other.local', 'unknown'],
  ['resolvConf: /nowhere', 'unknown'],
  ['containerRuntimeEndpoint: unix:///nowhere.sock', 'unknown'],
])('beside a ClusterConfiguration kubeadm finds out %s, or not: %s', (line, what) => {
  expect(bothWays(besides(kubelet()), besides(kubelet(line)))).toEqual(new Set([what]));
});

test('at another address a probe, or whoever asks for figures, may find nobody', () => {
  const at = (address: string): string => command('kube-controller-manager', `bind-address=${address}`);
  expect(bothWays(at('127.0.0.1'), at('0.0.0.0'))).toEqual(new Set(['unknown']));
  expect(bothWays(at('127.0.0.1'), at('::'))).toEqual(new Set(['unknown']));
});
