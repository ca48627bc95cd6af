import { describe, expect, test } from 'vitest';
import { explain, inlineProfile, readConfigText, reviewConfigs } from '../../src/user-config/index.ts';

const kubelet = (...lines: readonly string[]): string =>
  ['apiVersion: kubelet.config.k8s.io/v1beta1', 'kind: KubeletConfiguration', ...lines].join('\n');

const cluster = (...lines: readonly string[]): string =>
  ['apiVersion: kubeadm.k8s.io/v1beta4', 'kind: ClusterConfiguration', ...lines].join('\n');

const apiServer = (...flags: readonly string[]): string =>
  cluster('apiServer:', '  extraArgs:', ...flags.map((flag) => `  - {name: ${flag.replace('=', ', value: "')}"}`));

const joined = (labels: string): string =>
  [
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: JoinConfiguration',
    `nodeRegistration: {kubeletExtraArgs: [{name: node-labels, value: "${labels}"}]}`,
  ].join('\n');

const etcd = (args: Readonly<Record<string, string>>): string =>
  cluster(
    'etcd:',
    '  local:',
    '    extraArgs:',
    ...Object.entries(args).map(([name, value]) => `    - {name: ${name}, value: "${value}"}`),
  );

const proxy = (...lines: readonly string[]): string =>
  [cluster(), '---', 'apiVersion: kubeproxy.config.k8s.io/v1alpha1', 'kind: KubeProxyConfiguration', ...lines].join(
    '\n',
  );

const node = (kind: string, ...lines: readonly string[]): string =>
  ['apiVersion: kubeadm.k8s.io/v1beta4', `kind: ${kind}`, ...lines].join('\n');
const registered = (...lines: readonly string[]): string => node('JoinConfiguration', ...lines);
const first = (...lines: readonly string[]): string => node('InitConfiguration', ...lines);

const weightsOf = (text: string, version = 'v1.34.4'): readonly string[] => [
  ...new Set(explain(readConfigText(text, 'f'), version).remarks.map(({ weight }) => weight)),
];

const verdicts = (base: string, candidate: string): ReadonlySet<string> => {
  const side = (text: string) => ({ configFiles: readConfigText(text, 'f'), kubernetesVersion: 'v1.34.4' });
  return new Set(reviewConfigs(side(base), side(candidate)).predicted.map(({ verdict }) => verdict));
};

/** A component surely starts with each, and no figure depends on what it does. */
const beside: readonly (readonly [of: string, one: string, other: string, without: string])[] = [
  ['shutdownGracePeriod', kubelet('shutdownGracePeriod: 30s'), kubelet('shutdownGracePeriod: 1m'), kubelet()],
  [
    'shutdownGracePeriodCriticalPods',
    kubelet('shutdownGracePeriod: 30s', 'shutdownGracePeriodCriticalPods: 10s'),
    kubelet('shutdownGracePeriod: 30s', 'shutdownGracePeriodCriticalPods: 20s'),
    kubelet('shutdownGracePeriod: 30s'),
  ],
  ['zone', joined('topology.kubernetes.io/zone=a'), joined('topology.kubernetes.io/zone=b'), joined('a=b')],
  [
    'zone of old',
    joined('failure-domain.beta.kubernetes.io/zone=a'),
    joined('failure-domain.beta.kubernetes.io/zone=b'),
    joined('a=b'),
  ],
  [
    'zone of RKE2',
    'node-label: ["topology.kubernetes.io/zone=a"]',
    'node-label: ["topology.kubernetes.io/zone=b"]',
    'node-label: ["a=b"]',
  ],
  ['goaway-chance', apiServer('goaway-chance=0.001'), apiServer('goaway-chance=0.01'), apiServer('goaway-chance=0')],
  [
    'the size of etcd',
    etcd({ 'quota-backend-bytes': '8589934592' }),
    etcd({ 'quota-backend-bytes': '100000000' }),
    etcd({}),
  ],
  ['the sync of kube-proxy', proxy('iptables: {minSyncPeriod: 60s}'), proxy('iptables: {minSyncPeriod: 2s}'), proxy()],
  ['the mode of kube-proxy', proxy('mode: ipvs'), proxy('mode: nftables'), proxy('mode: iptables')],
  ['a gate of kube-proxy', proxy('featureGates: {A: false}'), proxy('featureGates: {A: true}'), proxy()],
  [
    'a flag of kube-proxy of k3s',
    'kube-proxy-arg: [iptables-min-sync-period=60s]',
    'kube-proxy-arg: [proxy-mode=ipvs]',
    'kube-proxy-arg: [metrics-bind-address=0.0.0.0]',
  ],
  [
    'a taint of joined nodes',
    registered('nodeRegistration: {taints: [{key: a, effect: NoSchedule}]}'),
    registered('nodeRegistration: {taints: [{key: a, value: b, effect: NoSchedule}]}'),
    registered('nodeRegistration: {taints: []}'),
  ],
  [
    'a taint on a flag',
    registered('nodeRegistration: {kubeletExtraArgs: [{name: register-with-taints, value: "a=b:NoSchedule"}]}'),
    registered('nodeRegistration: {taints: [{key: c, effect: NoSchedule}]}'),
    registered(),
  ],
  [
    'a taint of a kubelet',
    kubelet('registerWithTaints: [{key: a, effect: NoSchedule}]'),
    kubelet('registerWithTaints: [{key: a, effect: PreferNoSchedule}]'),
    kubelet(),
  ],
  [
    'a control plane without its taint',
    first('nodeRegistration: {taints: []}'),
    first('nodeRegistration: {taints: [{key: a, effect: NoSchedule}]}'),
    first('nodeRegistration: {taints: [{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]}'),
  ],
  [
    'times of etcd',
    etcd({ 'heartbeat-interval': '250', 'election-timeout': '2500' }),
    etcd({ 'heartbeat-interval': '500', 'election-timeout': '5000' }),
    etcd({ 'heartbeat-interval': '100' }),
  ],
];

describe('what acts beside every figure', () => {
  test.each(beside)('%s is named as what no run brings in', (_, one) => {
    expect(weightsOf(one)).toEqual(['notRun']);
  });

  test.each(beside)('%s: the same on both sides is the same', (_, one) => {
    expect(verdicts(one, one)).toEqual(new Set(['same']));
  });

  test.each(beside)('%s: another value, one more or one less is not known', (_, one, other, without) => {
    expect(verdicts(one, other)).toEqual(new Set(['unknown']));
    expect(verdicts(without, one)).toEqual(new Set(['unknown']));
    expect(verdicts(one, without)).toEqual(new Set(['unknown']));
  });

  test('a taint in a file and one on a flag are not held against each other', () => {
    const flag = registered(
      'nodeRegistration: {kubeletExtraArgs: [{name: register-with-taints, value: "a=:NoSchedule"}]}',
    );
    const list = registered(
      'nodeRegistration: {taints: [{key: a, effect: NoSchedule}], kubeletExtraArgs: [{name: v, value: "2"}]}',
    );
    expect(verdicts(flag, list)).toEqual(new Set(['unknown']));
  });

  test.each([
    ['proxy: {disabled: true}', cluster('proxy: {disabled: true}'), cluster()],
    ['skipPhases', first('skipPhases: [addon/kube-proxy]'), first('skipPhases: [preflight]')],
    ['a whole addon phase', first('skipPhases: [addon]'), first()],
    ['dns: {disabled: true}', cluster('dns: {disabled: true}'), cluster('dns: {disabled: false}')],
    ['k3s without coredns', 'disable: [traefik, coredns]\nkubelet-arg: []', 'disable: traefik\nkubelet-arg: []'],
    ['RKE2 without kube-proxy', 'disable: [rke2-kube-proxy]\nkubelet-arg: []', 'disable: []\nkubelet-arg: []'],
    ['skipPhases of DNS', first('skipPhases: [addon/coredns]'), first()],
  ])('with %s something is missing that clients need', (_, none, some) => {
    expect(verdicts(some, none)).toEqual(new Set(['unknown']));
    expect(verdicts(none, none)).toEqual(new Set(['same']));
  });

  test('what kubeadm and kind write of kube-proxy is what nobody says', () => {
    const written = proxy(
      'bindAddress: 0.0.0.0',
      'clientConnection: {kubeconfig: /var/lib/kube-proxy/kubeconfig.conf, qps: 0}',
      'clusterCIDR: 10.244.0.0/16',
      'configSyncPeriod: 0s',
      'conntrack: {maxPerCore: null, min: null, tcpEstablishedTimeout: null}',
      'iptables: {masqueradeAll: false, minSyncPeriod: 1s, syncPeriod: 0s}',
      'ipvs: {excludeCIDRs: null, minSyncPeriod: 0s, strictARP: false}',
      'mode: ""',
      'nodePortAddresses: null',
    );
    expect(weightsOf(written)).toEqual([]);
    const elsewhere = written.replace('10.244', '10.245');
    expect(verdicts(written, elsewhere)).toEqual(new Set(['unknown']));
    expect(readConfigText(written, 'f').passedOver).toEqual([
      'f:4:1: KubeProxyConfiguration says nothing about heartbeats',
    ]);
  });

  test('durations are held against each other, not their texts', () => {
    expect(verdicts(kubelet('shutdownGracePeriod: 60s'), kubelet('shutdownGracePeriod: 1m0s'))).toEqual(
      new Set(['same']),
    );
  });
});

/** Each as its component's own validation has it. */
test.each<[string]>([
  [kubelet('shutdownGracePeriod: 500ms')],
  [kubelet('shutdownGracePeriodCriticalPods: 10s')],
  [kubelet('shutdownGracePeriod: 10s', 'shutdownGracePeriodCriticalPods: 20s')],
  [
    kubelet(
      'shutdownGracePeriod: 10s',
      'shutdownGracePeriodByPodPriority: [{priority: 1, shutdownGracePeriodSeconds: 1}]',
    ),
  ],
  [joined('topology.kubernetes.io/zones=a')],
  [joined(`a=${'b'.repeat(64)}`)],
  [joined(`${'a'.repeat(64)}=b`)],
  [`node-label: ["a=${'b'.repeat(64)}"]\nkubelet-arg: []`],
  ...[
    '-a:NoSchedule',
    'a=b:NoSchedule,a=c:NoSchedule',
    'a=-b:NoSchedule',
    'a=b:NoExecute',
    `${'a'.repeat(64)}:NoSchedule`,
  ].map((taints): [string] => [
    registered(`nodeRegistration: {kubeletExtraArgs: [{name: register-with-taints, value: "${taints}"}]}`),
  ]),
  [registered('nodeRegistration: {taints: [{key: -a, effect: NoSchedule}]}')],
  [registered('nodeRegistration: {taints: [{key: a, effect: NoSchedule}, {key: a, value: b, effect: NoSchedule}]}')],
  [kubelet('registerWithTaints: [{key: -a, effect: NoSchedule}]')],
  [etcd({ 'listen-metrics-urls': 'http://10.9.9.9:2381' })],
  [etcd({ 'listen-metrics-urls': 'http://127.0.0.1:2379' })],
  [cluster('scheduler: {extraArgs: [{name: bind-address, value: 10.9.9.9}]}')],
  [apiServer('disable-admission-plugins=ServiceAccount')],
  [apiServer('admission-control=NodeRestriction,DefaultTolerationSeconds')],
  [apiServer('disable-admission-plugins=TaintNodesByCondition,AlwaysPullImages')],
  [joined('topology.kubernetes.io/zone')],
  [apiServer('goaway-chance=0.05')],
  // Beside the default of 1000 the election would be shorter than five heartbeats.
  [etcd({ 'heartbeat-interval': '250' })],
  [etcd({ 'heartbeat-interval': '0' })],
  [etcd({ 'election-timeout': '60000' })],
  [etcd({ 'heartbeat-interval': '250ms', 'election-timeout': '2500' })],
  [apiServer('enable-admission-plugins=NodeRestriction,EventRateLimit')],
  [
    apiServer(
      'enable-admission-plugins=EventRateLimit,DefaultTolerationSeconds',
      'admission-control-config-file=/etc/kubernetes/admission.yaml',
    ),
  ],
])('a component may not start with it: %s', (text) => {
  expect(weightsOf(text)).toContain('unread');
  expect(verdicts(text, text)).toEqual(new Set(['unknown']));
});

test('periods of shutdown are those of the profile, where all files say the same', () => {
  const shutdownOf = (...texts: string[]) =>
    explain(readConfigText(texts.join('\n---\n'), 'f'), 'v1.34.4').effective?.shutdown;
  const all = kubelet('shutdownGracePeriod: 30s', 'shutdownGracePeriodCriticalPods: 10s');
  expect(shutdownOf(all)).toEqual({ gracePeriodMs: 30_000, criticalPodsMs: 10_000 });
  expect(shutdownOf(kubelet('shutdownGracePeriod: 0s'))).toBeUndefined();
  expect(shutdownOf(kubelet())).toBeUndefined();
  expect(inlineProfile(explain(readConfigText(all, 'f'), 'v1.34.4')).userConfig.kubeletConfiguration).toEqual({
    shutdownGracePeriod: '30s',
    shutdownGracePeriodCriticalPods: '10s',
  });
});

test('periods of shutdown need a gate where it is off by itself', () => {
  expect(weightsOf(kubelet('shutdownGracePeriod: 30s'), 'v1.20.2')).toEqual(['fatal', 'unknown', 'notRun']);
  expect(weightsOf(kubelet('shutdownGracePeriod: 30s'), 'v1.21.0')).toEqual(['notRun']);
});

test('kubelets before v1.17 do not know the label of a zone', () => {
  expect(weightsOf('kubelet-arg: ["node-labels=topology.kubernetes.io/zone=a"]', 'v1.16.0')).toEqual([
    'unread',
    'notRun',
    'note',
  ]);
});

test('EventRateLimit with its file limits events alone', () => {
  const text = apiServer(
    'enable-admission-plugins=NodeRestriction,EventRateLimit',
    'admission-control-config-file=/etc/kubernetes/admission.yaml',
  );
  expect(weightsOf(text)).toEqual([]);
  expect(verdicts(text, text)).toEqual(new Set(['same']));
});

const passing = (component: 'apiServer' | 'controllerManager', gate: string): string =>
  cluster(`${component}: {extraArgs: [{name: feature-gates, value: "${gate}"}]}`);

/** A gate set to another value than it has by itself. */
test.each([
  [
    'v1.27.3',
    passing('apiServer', 'APIPriorityAndFairness=false'),
    passing('apiServer', 'APIPriorityAndFairness=true'),
  ],
  [
    'v1.19.3',
    passing('apiServer', 'APIPriorityAndFairness=true'),
    passing('apiServer', 'APIPriorityAndFairness=false'),
  ],
  [
    'v1.17.3',
    passing('controllerManager', 'NodeDisruptionExclusion=true'),
    passing('controllerManager', 'NodeDisruptionExclusion=false'),
  ],
  [
    'v1.20.5',
    passing('controllerManager', 'LegacyNodeRoleBehavior=false'),
    passing('controllerManager', 'LegacyNodeRoleBehavior=true'),
  ],
  [
    'v1.36.1',
    passing('controllerManager', 'ControllerManagerReleaseLeaderElectionLockOnExit=true'),
    passing('controllerManager', 'ControllerManagerReleaseLeaderElectionLockOnExit=false'),
  ],
  [
    'v1.35.1',
    kubelet('featureGates: {ChangeContainerStatusOnKubeletRestart: true}'),
    kubelet('featureGates: {ChangeContainerStatusOnKubeletRestart: false}'),
  ],
])('on %s a gate that changes what is predicted is not left out in silence', (version, other, unset) => {
  const said = (text: string) =>
    explain(readConfigText(text, 'f'), version).remarks.filter((each) =>
      /^the feature gate .* changes/.test(each.text),
    );
  expect(said(other)).toMatchObject([{ weight: 'unread' }]);
  expect(said(unset)).toEqual([]);
});

test('a gate of the controller manager changes nothing of a kubelet that has it, too', () => {
  expect(weightsOf(kubelet('featureGates: {LegacyNodeRoleBehavior: false}'), 'v1.20.5')).toEqual([]);
});

test.each([
  ['controllers', '*,-cloud-node-lifecycle', 'v1.13.12', 'fatal'],
  ['controllers', '*,-cloud-node-lifecycle', 'v1.14.10', null],
  ['leader-elect-resource-lock', 'leases', 'v1.13.12', 'fatal'],
  ['leader-elect-resource-lock', 'leases', 'v1.14.10', null],
] as const)('--%s=%s on %s: %s', (name, value, version, weight) => {
  const text = cluster(`controllerManager: {extraArgs: [{name: ${name}, value: "${value}"}]}`).replace(
    'v1beta4',
    'v1beta1',
  );
  const asMapping = text.replace(/\[\{name: (.*), value: (.*)\}\]/, '{$1: $2}');
  expect(weightsOf(asMapping, version)).toEqual(weight === null ? [] : [weight]);
});

test('tokens for another audience are refused until they are new', () => {
  expect(verdicts(apiServer(), apiServer('api-audiences=foo'))).toEqual(new Set(['unknown']));
});

test('where new pods ask for names is not known to be right where it is not as on the base', () => {
  const dns = (address: string): string => `${cluster()}\n---\n${kubelet(`clusterDNS: [${address}]`)}`;
  expect(verdicts(dns('10.96.0.10'), dns('10.96.0.11'))).toEqual(new Set(['unknown']));
  expect(verdicts(dns('10.96.0.10'), dns('10.96.0.10'))).toEqual(new Set(['same']));
  // kubeadm finds it out where nobody says it, and what it then finds nobody here knows.
  expect(verdicts(cluster(), dns('10.96.0.10'))).toEqual(new Set(['unknown']));
  expect(verdicts('kubelet-arg: [cluster-dns=10.43.0.10]', 'kubelet-arg: [cluster-dns=10.43.0.11]')).toEqual(
    new Set(['unknown']),
  );
});

test.each([
  ['an etcd of another version', 'etcd: {local: {imageTag: 3.5.0-0}}'],
  ['certificates that end within a day', 'certificateValidityPeriod: 24h0m0s'],
  ['authorities that end within a day', 'caCertificateValidityPeriod: 24h0m0s'],
])('%s is not known to be borne', (_, line) => {
  expect(verdicts(cluster(), cluster(line))).toEqual(new Set(['unknown']));
  expect(verdicts(cluster(line), cluster(line))).toEqual(new Set(['same']));
});

test('an etcd that forgets what it held a second ago is not read', () => {
  expect(weightsOf(etcd({ 'auto-compaction-retention': '1s' }))).toEqual(['unread']);
  expect(weightsOf(etcd({ 'auto-compaction-retention': '8' }))).toEqual([]);
});
