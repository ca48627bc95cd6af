import { describe, expect, test } from 'vitest';
import { explain, reviewConfigs } from '../../src/user-config/index.ts';
import { readConfigText } from '../../src/user-config/read/read.ts';
import { amountsTo } from '../../src/user-config/review/review-text.ts';
import { refusalOf } from '../support/refusal.ts';

const problem = (text: string): string => refusalOf(() => readConfigText(text, 'f')).message;

type Args = readonly (readonly [string, string])[];

const cluster = (section: string, args: Args): string =>
  [
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: ClusterConfiguration',
    `${section}:`,
    '  extraArgs:',
    ...args.map(([name, value]) => `  - {name: ${name}, value: "${value}"}`),
  ].join('\n');

const graceOf = (text: string, version: string): number | undefined =>
  explain(readConfigText(text, 'f'), version).effective?.nodeMonitorGracePeriodMs;

const kubelet = (...lines: readonly string[]): string =>
  ['apiVersion: kubelet.config.k8s.io/v1beta1', 'kind: KubeletConfiguration', ...lines].join('\n');

const leaseOf = (text: string): number | undefined =>
  explain(readConfigText(text, 'f'), 'v1.34.4').effective?.nodeLeaseDurationSeconds;

const pod = (args: string): string =>
  [
    'apiVersion: v1',
    'kind: Pod',
    'metadata: {name: kube-controller-manager}',
    'spec:',
    '  containers:',
    '  - name: kube-controller-manager',
    '    image: registry.k8s.io/kube-controller-manager:v1.34.4',
    '    command: [kube-controller-manager]',
    `    args: ${args}`,
  ].join('\n');

describe('of equal flags in extraArgs', () => {
  const twice = cluster('controllerManager', [
    ['node-monitor-grace-period', '60s'],
    ['node-monitor-grace-period', '20s'],
  ]);

  // ArgumentsToCommand of each was read; those of v1.32.12 and v1.33.8 are by the pull requests that brought it back.
  test.each([
    ['v1.31.14', 60_000],
    ['v1.32.11', 60_000],
    ['v1.33.7', 60_000],
    ['v1.34.3', 60_000],
    ['v1.35.0', 60_000],
    ['v1.32.12', 20_000],
    ['v1.33.8', 20_000],
    ['v1.34.4', 20_000],
    ['v1.35.1', 20_000],
    ['v1.36.0', 20_000],
  ])('kubeadm %s passes as the last one %d ms', (version, graceMs) => {
    expect(graceOf(twice, version)).toBe(graceMs);
  });

  test('spelled in two ways the spelling is sorted before the value', () => {
    const spelled = cluster('controllerManager', [
      ['node_monitor_grace_period', '20s'],
      ['node-monitor-grace-period', '60s'],
    ]);
    expect(graceOf(spelled, 'v1.34.1')).toBe(20_000);
    expect(graceOf(spelled, 'v1.34.4')).toBe(60_000);
  });

  test.each(['v1.30.4', 'v1.34.4'])('in a mapping those are sorted by every kubeadm, %s too', (version) => {
    const text = [
      'apiVersion: kubeadm.k8s.io/v1beta3',
      'kind: ClusterConfiguration',
      'controllerManager: {extraArgs: {node_monitor_grace_period: 20s, node-monitor-grace-period: 60s}}',
    ].join('\n');
    expect(graceOf(text, version)).toBe(20_000);
  });

  test('k3s sorts by spelling and keeps the order of what is spelled the same', () => {
    const list = (...args: readonly string[]): string =>
      ['kube-controller-manager-arg:', ...args.map((arg) => `- ${arg}`)].join('\n');
    expect(graceOf(list('node_monitor_grace_period=60s', 'node-monitor-grace-period=20s'), 'v1.34.4')).toBe(60_000);
    expect(graceOf(list('node-monitor-grace-period=60s', 'node-monitor-grace-period=20s'), 'v1.34.4')).toBe(20_000);
  });
});

describe('a flag that its component does not have is refused, not left out', () => {
  test.each([
    [
      'controllerManager',
      'node-monitor-grace-perod',
      'f:5:45: controllerManager.extraArgs.0.value: expected a flag of kube-controller-manager, received "node-monitor-grace-perod=20s"; did you mean "node-monitor-grace-period"?',
    ],
    [
      'controllerManager',
      'nodeMonitorGracePeriod',
      'f:5:43: controllerManager.extraArgs.0.value: expected a flag of kube-controller-manager, received "nodeMonitorGracePeriod=20s", which is node-monitor-grace-period, a flag of kube-controller-manager',
    ],
    [
      'controllerManager',
      'default-unreachable-toleration-seconds',
      'f:5:59: controllerManager.extraArgs.0.value: expected a flag of kube-controller-manager, received "default-unreachable-toleration-seconds=20s", which is a flag of kube-apiserver',
    ],
    [
      'apiServer',
      'node-monitor-grace-period',
      'f:5:46: apiServer.extraArgs.0.value: expected a flag of kube-apiserver, received "node-monitor-grace-period=20s", which is a flag of kube-controller-manager',
    ],
    [
      'apiServer',
      'nodeLeaseDurationSeconds',
      'f:5:45: apiServer.extraArgs.0.value: expected a flag of kube-apiserver, received "nodeLeaseDurationSeconds=20s", which is a field of KubeletConfiguration',
    ],
  ])('%s: %s', (section, name, message) => {
    expect(problem(cluster(section, [[name, '20s']]))).toBe(message);
  });

  test.each([
    [
      '["--v=2 --node-monitor-grace-period=20s"]',
      'expected --node-monitor-grace-period as a word of its own, received "v=2 --node-monitor-grace-period=20s"',
    ],
    [
      '["--node-monitor-grace-period 20s"]',
      'expected node-monitor-grace-period and its value joined by "=", or as two words, received "node-monitor-grace-period 20s"',
    ],
    [
      '[--node-monitor-grace-perod=20s]',
      'expected a flag of kube-controller-manager, received "node-monitor-grace-perod=20s"; did you mean "node-monitor-grace-period"?',
    ],
  ])('args: %s', (args, message) => {
    expect(problem(pod(args))).toBe(`f:9:12: spec.containers.0.args.0: ${message}`);
  });

  test.each([
    [
      '[--leader-elect, "true"]',
      'f:9:12: spec.containers.0.args.0: expected --leader-elect alone or --leader-elect=true, received "true" as a word of its own, which keeps kube-controller-manager from starting',
    ],
    [
      '["--$(NAME)=20s"]',
      'f:9:12: spec.containers.0.args.0: expected a flag itself, received "--$(NAME)=…", which is filled in from elsewhere',
    ],
    [
      '[-node-grace=20s]',
      'f:9:12: spec.containers.0.args.0: expected …, received it with one dash, which keeps kube-controller-manager from starting',
    ],
    ['[--cluster-name]', 'f:9:12: spec.containers.0.args.0: expected a value after it, received nothing'],
  ])('args: %s keep it from starting', (args, message) => {
    expect(problem(pod(args))).toBe(message);
  });

  test.each([
    '[--v=2, " --node-monitor-grace-period=20s"]',
    '[--v, "2", 20s]',
    '[--, word]',
    '[--node-grace=20s]',
    '[--cluster-name, --node-monitor-grace-period=20s]',
  ])('args: %s are named as not read', (args) => {
    expect(readConfigText(pod(args), 'f').unread).toHaveLength(1);
  });

  test.each([
    ['controllerManager', 'node-grace-time', 'kube-controller-manager'],
    ['apiServer', 'unreachable-seconds', 'kube-apiserver'],
  ])('%s: %s is none that is known, and named as not read', (section, name, component) => {
    const { unread } = readConfigText(cluster(section, [[name, '20s']]), 'f');
    expect(unread.map(({ text }) => text)).toEqual([
      `--${name} is no flag of ${component} that is known here, and may change everything`,
    ]);
  });

  test('the value of an extra environment, which kubeadm passes on as it stands, too', () => {
    const args = [['node-monitor-grace-period', '$(GRACE)']] as const;
    expect(problem(cluster('controllerManager', args))).toBe(
      'f:5:46: controllerManager.extraArgs.0.value: expected the value of node-monitor-grace-period itself, received "$(GRACE)", which is filled in from elsewhere',
    );
  });

  test('in a list of k3s, with a space in the place of its "=", too', () => {
    expect(problem('kube-controller-manager-arg: [--node-monitor-grace-period 20s]')).toBe(
      'f:1:31: kube-controller-manager-arg.0: expected node-monitor-grace-period and its value joined by "=", or as two words, received "node-monitor-grace-period 20s"',
    );
  });

  test('flags that have nothing to do with heartbeats are left alone', () => {
    const args =
      '[--v=2, -v, "4", -v=2, --node-cidr-mask-size=24, --cluster-name, a, --concurrent-gc-syncs=1, --leader-elect, "", --profiling]';
    expect(readConfigText(pod(args), 'f')).toMatchObject({ settings: [], unread: [] });
  });
});

describe('a KubeletConfiguration is YAML 1.1, as Kubernetes reads it', () => {
  test.each([
    ['nodeLeaseDurationSeconds: 040', 32],
    ['nodeLeaseDurationSeconds: 0o40', 32],
    ['nodeLeaseDurationSeconds: 0X20', 32],
    ['nodeLeaseDurationSeconds: 3e1', 30],
    ['nodeLeaseDurationSeconds: 1_00', 100],
    ['nodeLeaseDurationSeconds: 0x20', 32],
    ['<<: &own {nodeLeaseDurationSeconds: 20}', 20],
  ])('%s', (line, seconds) => {
    expect(leaseOf(`${line}\n${kubelet()}`)).toBe(seconds);
  });

  test('a merge after other keys, which parsers read in two ways, is refused', () => {
    expect(problem(kubelet('<<: {nodeLeaseDurationSeconds: 20}'))).toBe(
      'f:3:1: expected << before the other keys, received it after them',
    );
  });

  test.each([
    [
      'nodeStatusUpdateFrequency:',
      'f:3:27: nodeStatusUpdateFrequency: expected a duration such as 10s, received nothing (null)',
    ],
    [
      'nodeLeaseDurationSeconds: 3000000000',
      'f:3:27: nodeLeaseDurationSeconds: expected a number of seconds, received 3000000000 (number)',
    ],
  ])('%s keeps a kubelet from starting', (line, message) => {
    expect(problem(kubelet(line))).toBe(message);
  });

  test.each([
    ...['maxPods: "110"', 'maxPods: -1', 'port: 99999', 'failSwapOn: "no"', 'authentication: foo', 'runOnce: true'],
    ...[
      'authentication: {anonymous: {enabled: "false"}}',
      'clusterDNS: 10.96.0.10',
      'clusterDNS: [dns]',
      'kubeAPIQPS: "5"',
    ],
    ...['cgroupDriver: foo', 'evictionHard: {foo: "1"}', 'evictionHard: {memory.available: 1}', 'syncFrequency: 0'],
    ...['evictionSoft: {memory.available: 1Gi}', 'serializeImagePulls: true\nmaxParallelImagePulls: 5'],
    ...['enforceNodeAllocatable: [foo]', 'enforceNodeAllocatable: [system-reserved]', 'cgroupsPerQOS: false'],
    ...['imageGCHighThresholdPercent: 10', 'memorySwap: {swapBehavior: LimitedSwap}', 'cpuManagerPolicy: static'],
    ...[
      'topologyManagerPolicy: foo',
      'logging: {format: foo}',
      'shutdownGracePeriod: 500ms',
      'fileCheckFrequency: abc',
    ],
    ...['registerWithTaints: [{key: a, effect: NoExecute}]', 'kubeReserved: {cpu: much}', 'tlsCertFile: /etc/a.crt'],
    ...[
      'containerLogMaxFiles: 1',
      'tlsCipherSuites: [TLS_FOO]',
      'streamingConnectionIdleTimeout:',
      'registerNode: "true"',
    ],
  ])('%s: whether a kubelet starts with it is named as not read', (lines) => {
    expect(readConfigText(kubelet(lines), 'f').unread).toHaveLength(1);
  });

  test('what real files have beside heartbeats is left out in silence', () => {
    const lines = [
      ...[
        'address: 0.0.0.0',
        'authorization: {mode: Webhook, webhook: {cacheAuthorizedTTL: 5m0s}}',
        'cgroupsPerQOS: true',
      ],
      ...[
        'authentication: {x509: {clientCAFile: /etc/ca.crt}, webhook: {enabled: true, cacheTTL: 0s}, anonymous: {enabled: false}}',
      ],
      ...[
        'containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock"',
        'containerLogMaxSize: 20Mi',
        'memorySwap: {}',
      ],
      ...[
        'enforceNodeAllocatable: [pods]',
        'evictionHard: {memory.available: 100Mi, nodefs.available: "10%", nodefs.inodesFree: 5%}',
      ],
      ...[
        'evictionSoft: {memory.available: 300Mi}',
        'evictionSoftGracePeriod: {memory.available: 1m30s}',
        'eventRecordQPS: 0',
      ],
      ...[
        'imageGCHighThresholdPercent: 50',
        'imageGCLowThresholdPercent: 40',
        'kubeReserved: {cpu: 100m, memory: 1Gi}',
      ],
      ...[
        'logging: {flushFrequency: 0, options: {json: {infoBufferSize: "0"}, text: {infoBufferSize: "0"}}, verbosity: 0}',
      ],
      ...['podPidsLimit: -1', 'registryPullQPS: 0', 'readOnlyPort: 0', 'resolvConf: /run/systemd/resolve/resolv.conf'],
      ...[
        'serializeImagePulls: false',
        'maxParallelImagePulls: 5',
        'staticPodURL: ""',
        'systemReserved: {}',
        'maxPods: 220',
      ],
      ...[
        'tlsCertFile: /etc/a.crt',
        'tlsPrivateKeyFile: /etc/a.key',
        'tlsMinVersion: VersionTLS12',
        'healthzPort: 10248',
      ],
      ...[
        'tlsCipherSuites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]',
        'seccompDefault: true',
        'volumePluginDir: /opt/volumes',
      ],
      ...[
        'clusterDNS: [10.96.0.10, "fd00::a"]',
        'crashLoopBackOff: {}',
        'shutdownGracePeriod: 0s',
        'hairpinMode: hairpin-veth',
      ],
      ...[
        'protectKernelDefaults: true',
        'serverTLSBootstrap: true',
        'failSwapOn: null',
        'someField: [of, the, future]',
      ],
    ];
    expect(readConfigText(kubelet(...lines), 'f').unread).toEqual([]);
  });

  test('a field that kubelets do not know is named', () => {
    expect(
      readConfigText(kubelet('nodeStatusUpdateFrequncy: 4s', 'nodestatusreportfrequency: 1m'), 'f').passedOver,
    ).toEqual([
      'f:3:1: the field nodeStatusUpdateFrequncy is silently ignored: a kubelet has none of that name; did you mean "nodeStatusUpdateFrequency"?',
      'f:4:1: the field nodestatusreportfrequency is silently ignored: a kubelet has none of that name; did you mean "nodeStatusReportFrequency"?',
    ]);
  });

  test('of another version is refused', () => {
    expect(problem(kubelet().replace('v1beta1', 'v1'))).toBe(
      'f:1:13: apiVersion: expected kubelet.config.k8s.io/v1beta1, received "kubelet.config.k8s.io/v1", with which kubelets do not start',
    );
  });
});

test('two configurations of a kind in one file are refused, as kubeadm does', () => {
  const one = cluster('controllerManager', [['node-monitor-grace-period', '60s']]);
  expect(problem(`${one}\n---\n${one}`)).toBe(
    'f:8:7: kind: expected each kind once in a file, received ClusterConfiguration again: kubeadm refuses that, and a kubelet reads the first alone',
  );
});

describe('beside what is not read nothing is called the same', () => {
  const init = (line: string): string =>
    ['apiVersion: kubeadm.k8s.io/v1beta4', 'kind: InitConfiguration', line].join('\n');

  test.each([
    'patches: {directory: /etc/kubeadm/patches}',
    'nodeRegistration: {kubeletExtraArgs: [{name: config-dir, value: /etc/kubelet.d}]}',
  ])('%s', (line) => {
    const side = { configFiles: readConfigText(init(line), 'f'), kubernetesVersion: 'v1.34.4' };
    const { effective, predicted } = reviewConfigs(side, side);
    expect(new Set([...effective, ...predicted].map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
    expect(effective.every(({ base }) => base !== null)).toBe(true);
  });

  const argv = (component: string, ...names: readonly string[]): string =>
    [
      'apiVersion: v1',
      'kind: Pod',
      `metadata: {name: ${component}}`,
      'spec:',
      '  containers:',
      `  - name: ${component}`,
    ]
      .concat(`    image: registry.k8s.io/${component}:v1.34.4`)
      .concat(`    command: ${JSON.stringify([component, ...names])}`)
      .join('\n');
  const weightsOf = (text: string): readonly string[] =>
    explain(readConfigText(text, 'f'), 'v1.34.4').remarks.map(({ weight }) => weight);

  test.each([
    ['kube-controller-manager', '--leader-elect=false'],
    ['kube-controller-manager', '--leader-elect-resource-lock=endpoints'],
    ['kube-controller-manager', '--controllers=*,-endpointslice-controller'],
    ['kube-controller-manager', '--controllers=*,-nodeLifecycle'],
    ['kube-controller-manager', '--controllers=*,-tainteviction'],
    ['kube-controller-manager', '--endpointslice-updates-batch-period=60s'],
    ['kube-controller-manager', '--emulated-version=1.33'],
    ['kube-apiserver', '--default-unreachable-toleration-seconds=18446744074'],
    ['kube-apiserver', '--runtime-config=coordination.k8s.io/v1=false'],
    ['kube-apiserver', '--enable-admission-plugins=NodeRestriction,PodTolerationRestriction'],
  ])('%s %s', (component, word) => {
    const side = { configFiles: readConfigText(argv(component, word), 'f'), kubernetesVersion: 'v1.34.4' };
    expect(weightsOf(argv(component, word)).filter((weight) => weight !== 'note')).toEqual(['unread']);
    const verdicts = reviewConfigs(side, side).effective.map(({ verdict }) => verdict);
    expect(new Set(verdicts)).toEqual(new Set(['unknown']));
  });

  test('what a manifest of kubeadm has, and defaults that are written out, are left out in silence', () => {
    const names = [
      ...['--leader-elect=true', '--leader-elect-lease-duration=0m15s', '--leader-elect-resource-lock=leases'],
      ...['--controllers=*,bootstrapsigner,tokencleaner', '--kube-api-qps=20', '--kube-api-burst', '30'],
    ];
    expect(new Set(weightsOf(argv('kube-controller-manager', ...names)))).toEqual(new Set(['note']));
    const server = [
      ...['--enable-admission-plugins=NodeRestriction', '--runtime-config=', '--etcd-servers=https://127.0.0.1:2379'],
      ...['--service-account-issuer=https://kubernetes.default.svc', '--service-account-signing-key-file=/sa.key'],
    ];
    expect(weightsOf(argv('kube-apiserver', ...server))).toEqual([]);
    expect(weightsOf(`${kubelet()}\nregisterNode: true\nkubeAPIQPS: 50`)).toEqual([]);
    expect(weightsOf(`${kubelet()}\nregisterNode: false`)).toEqual(['unread']);
  });

  test('a kubelet that is started with another file has not the one that is given', () => {
    const flag = init('nodeRegistration: {kubeletExtraArgs: [{name: config, value: /etc/other.yaml}]}');
    expect(weightsOf(`${flag}\n---\n${kubelet()}`)).toEqual(['unread']);
  });

  test('what is said to be missing is what is: a part that is not read, or a version that nobody named', () => {
    const sentence = (text: string, isAssumed: boolean): string =>
      amountsTo(explain(readConfigText(text, 'f'), 'v1.34.4', { isAssumed }));
    expect(sentence(kubelet(), true)).toBe(
      'not known: nobody named the version, and its defaults count; the rest on v1.34.4 is next to profile default',
    );
    expect(sentence(init('patches: {directory: /p}'), false)).toBe(
      'not known: what is not read may change everything; the rest on v1.34.4 is next to profile default',
    );
  });

  test('a file that a kubelet is started with counts as read where a KubeletConfiguration is given', () => {
    const flag = init('nodeRegistration: {kubeletExtraArgs: [{name: config, value: /var/lib/kubelet/config.yaml}]}');
    const weights = explain(readConfigText(`${flag}\n---\n${kubelet()}`, 'f'), 'v1.34.4').remarks.map(
      ({ weight }) => weight,
    );
    expect(weights).toEqual(['note']);
  });
});

describe('pods of one component', () => {
  const two = (one: string, other: string): string => `${pod(one)}\n---\n${pod(other)}`;
  const explained = (text: string) => () => explain(readConfigText(text, 'f'), 'v1.34.4');

  test('that differ in a flag which one of them lacks are refused: nobody knows which one leads', () => {
    expect(explained(two('[--node-monitor-period=2s]', '[--leader-elect]'))).toThrow(
      'f:18:14: expected node-monitor-period 2s, as f:9:12 says, received none',
    );
  });

  test('that have the same in other words are one', () => {
    expect(explained(two('[--node-monitor-period=60s]', '[--node-monitor-period, 1m]'))).not.toThrow();
  });
});

describe('what Kubernetes reads in another way', () => {
  const inPod = (...lines: readonly string[]): string => [pod('[--leader-elect]'), ...lines].join('\n');

  test('a command that is no list keeps a pod from starting', () => {
    const text = pod('[]').replace('[kube-controller-manager]', 'kube-controller-manager');
    expect(problem(text)).toBe(
      'f:8:14: spec.containers.0.command: expected a list of texts, received a text\nf:6:5: spec.containers.0: expected the command of kube-controller-manager, received none',
    );
  });

  test('of two containers of a component nobody knows which one leads', () => {
    expect(problem(inPod('  - {name: other, command: [kube-controller-manager]}'))).toBe(
      'f:10:5: spec.containers.1: expected one container of kube-controller-manager, received another one',
    );
  });

  test.each([
    ['1.34', 'f:3:20: kubernetesVersion: expected text such as v1.34.4, received 1.34 (number)'],
    ['v1.34', 'f:3:20: kubernetesVersion: expected a whole version such as v1.34.4, received "v1.34"'],
  ])('kubernetesVersion %s is none to kubeadm', (version, message) => {
    expect(
      problem(`apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: ${version}`),
    ).toBe(message);
  });

  test.each([
    inPod('    env: [{name: KUBE_FEATURE_WatchListClient, value: "true"}, {name: LANG, value: C}]'),
    inPod('    envFrom: [{configMapRef: {name: proxy}}]'),
    `${cluster('apiServer', [])}\n  extraEnvs: [{name: HTTP2_READ_IDLE_TIMEOUT_SECONDS, value: "300"}]`,
    `---\n---\n${kubelet()}`,
  ])('an environment, and a document behind an empty one, are named as not read: %s', (text) => {
    expect(readConfigText(text, 'f').unread).toHaveLength(1);
  });
});

describe('parts of a kubeadm configuration', () => {
  const of = (kind: string, line: string): string => `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ${kind}\n${line}`;

  test.each([
    ...['networking: foo', 'networking: {podSubnet: foo}', 'networking: {serviceSubnet: 10.0.0.0/8}', 'dns: []'],
    ...['etcd: {local: {extraArgs: [{name: heartbeat-interval, value: "5000"}]}}', 'etcd: {external: {endpoints: []}}'],
    ...['scheduler: {extraArgs: [{name: foo, value: "1"}]}', 'apiServer: {certSANs: foo}', 'clusterName: 5'],
    ...['featureGates: {PublicKeysECDSA: "true"}', 'encryptionAlgorithm: foo', 'caCertificateValidityPeriod: x'],
    ...['etcd: {local: {extraEnvs: [{name: ETCD_ELECTION_TIMEOUT, value: "60000"}]}}', 'controlPlaneEndpoint: [a]'],
  ])('%s: with which kubeadm may end is named as not read', (line) => {
    expect(readConfigText(of('ClusterConfiguration', line), 'f').unread).toHaveLength(1);
  });

  test.each(['skipPhases: [kubelet-start]', 'nodeRegistration: {taints: [{key: a, effect: NoExecute}]}'])(
    '%s, too',
    (line) => {
      expect(readConfigText(of('JoinConfiguration', line), 'f').unread).toHaveLength(1);
    },
  );

  test('as real files have them are left out in silence', () => {
    const lines = [
      ...['networking: {podSubnet: "10.244.0.0/16,fd00::/56", serviceSubnet: 10.96.0.0/12, dnsDomain: cluster.local}'],
      ...[
        'etcd: {local: {dataDir: /var/lib/etcd, extraArgs: [{name: listen-metrics-urls, value: "http://0.0.0.0:2381"}]}}',
      ],
      ...[
        'scheduler: {extraArgs: [{name: bind-address, value: 0.0.0.0}]}',
        'dns: {}',
        'proxy: {}',
        'clusterName: kubernetes',
      ],
      ...[
        'apiServer: {certSANs: [10.0.0.1, "fd00::1", api.example.org], extraVolumes: [{name: a}]}',
        'certificatesDir: /pki',
      ],
      ...[
        'controlPlaneEndpoint: "api.example.org:6443"',
        'imageRepository: registry.k8s.io',
        'encryptionAlgorithm: RSA-2048',
      ],
      ...['caCertificateValidityPeriod: 87600h0m0s', 'certificateValidityPeriod: 8760h0m0s', 'controllerManager: {}'],
    ];
    expect(readConfigText(of('ClusterConfiguration', lines.join('\n')), 'f').unread).toEqual([]);
    const node =
      'skipPhases: [addon/kube-proxy]\nnodeRegistration: {name: a, criSocket: "unix:///run/containerd/containerd.sock", taints: []}';
    expect(readConfigText(of('InitConfiguration', node), 'f').unread).toEqual([]);
  });
});

test.each(['CoordinatedLeaderElection', 'EventedPLEG'])(
  'the feature gate %s, which changes who acts, is not modelled',
  (gate) => {
    expect(explain(readConfigText(kubelet(`featureGates: {${gate}: true}`), 'f'), 'v1.34.4').effective).toBeNull();
  },
);

test('a controller that there is none of keeps kube-controller-manager from starting', () => {
  const of = (value: string): readonly string[] =>
    explain(readConfigText(pod(`["--controllers=${value}"]`), 'f'), 'v1.34.4').remarks.map(({ weight }) => weight);
  expect(of('*,-nodelifecycle-controller')[0]).toBe('fatal');
  expect(of('*,-cloud-node-lifecycle-controller')).toEqual(['note']);
});

test('an eviction that is not modelled is the same as none', () => {
  const side = (value: string): Parameters<typeof reviewConfigs>[0] => ({
    configFiles: readConfigText(pod(`["--controllers=${value}"]`), 'f'),
    kubernetesVersion: 'v1.34.4',
  });
  const { effective, candidate } = reviewConfigs(side('*'), side('*,-taint-eviction-controller'));
  expect(effective.filter(({ verdict }) => verdict !== 'same').map(({ figure }) => figure)).toEqual([
    'eviction after NotReady',
  ]);
  expect(amountsTo(candidate)).toBe(
    'on v1.34.4 these settings come next to profile default, but for what is not modelled or not read (1)',
  );
});

test.each(['AllBeta=false', 'AllAlpha=true'])('the feature gate %s is not modelled', (gate) => {
  const { effective } = explain(
    readConfigText(kubelet('featureGates:', `  ${gate.replace('=', ': ')}`), 'f'),
    'v1.16.15',
  );
  expect(effective).toBeNull();
});

test('patches of an UpgradeConfiguration are not read', () => {
  const upgrade = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\nnode: {patches: {directory: /p}}';
  expect(readConfigText(`${upgrade}\n---\n${kubelet()}`, 'f').unread).toEqual([
    { origin: 'f:3:29', text: 'the patches in /p may change every flag and field' },
  ]);
});

test.each([
  [
    'in a text of a ConfigMap',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kubelet-config, namespace: kube-system}\ndata: {other: "node_monitor_grace_period: 9s", kubelet: "',
    '"}',
  ],
  ['under a key of no list', 'kube-controller-manager-args: [node-monitor-grace-period=9s]\nkubelet-arg: []', ''],
])('a setting %s is named as not read', (_, before, after) => {
  const inner = after === '' ? '' : kubelet().replaceAll('\n', '\\n');
  expect(readConfigText(`${before}${inner}${after}`, 'f').unread.map(({ text }) => text)).toEqual([
    'node-monitor-grace-period stands where it is not read',
  ]);
});

test('a copy of the settings among the annotations says nothing', () => {
  const text = `${kubelet()}\nmetadata: {annotations: {last: "nodeStatusUpdateFrequency: 9s"}}`;
  expect(readConfigText(text, 'f').unread).toEqual([]);
});

test.each([
  ...['etcd-arg: [heartbeat-interval=5000]', 'kube-scheduler-arg: [foo=bar]', 'disable-controller-manager: true'],
  ...['node-taint: ["a=b:NoExecute"]', 'rootless: true'],
])('of k3s, %s is named as not read', (line) => {
  expect(readConfigText(`kubelet-arg: []\n${line}`, 'f').unread).toHaveLength(1);
});

test.each(['runtime-request-timeout=1ms', 'cpu-cfs-quota-period=1ns'])('a kubelet with --%s is not read', (flag) => {
  const { remarks } = explain(readConfigText(`kubelet-arg: [${flag}]`, 'f'), 'v1.34.4');
  expect(remarks.map(({ weight }) => weight)).toEqual(['unread']);
});

test('a list of k3s that is empty says nothing', () => {
  expect(readConfigText('kube-apiserver-arg:\nkubelet-arg: []', 'f').settings).toEqual([]);
});

test.each([
  ['v1.20.2', [], true],
  ['v1.20.2', ['--enable-taint-manager=false'], false],
  ['v1.20.5', [], false],
  ['v1.19.8', [], true],
  ['v1.19.9', [], false],
] as const)('on %s with %j evictions by taints may never come: %s', (version, names, mayNot) => {
  const configFiles = readConfigText(pod(JSON.stringify(['--node-monitor-grace-period=40s', ...names])), 'f');
  const remarks = explain(configFiles, version).remarks.filter(({ about }) => about === 'eviction');
  expect(remarks.map(({ weight }) => weight)).toEqual(mayNot ? ['unknown'] : []);
});
