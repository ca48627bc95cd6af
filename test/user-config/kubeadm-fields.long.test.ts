import { describe, expect, test } from 'vitest';
import { explain, readConfigText, reviewConfigs } from '../../src/user-config/index.ts';

/*
 * Parts of kubeadm configurations, v1beta4, each beside nothing else. What kubeadm makes of them is what kubeadm v1.34.4
 * said: of cluster and init by `kubeadm config images list --config`, of join by `kubeadm config validate --config`.
 */
type Kind = 'ClusterConfiguration' | 'InitConfiguration' | 'JoinConfiguration';

const token = 'abcdef.0123456789abcdef';
const hash = 'a'.repeat(64);
const join = `discovery: {bootstrapToken: {token: ${token}, apiServerEndpoint: "10.0.0.1:6443", unsafeSkipCAVerification: true}}`;

const refused: Readonly<Record<Kind, readonly string[]>> = {
  ClusterConfiguration: [
    'imageRepository: "registry.io/"',
    'imageRepository: 5',
    'imageRepository: a//b',
    'imageRepository: "a b"',
    'imageRepository: docker.io/A',
    'dns: {imageTag: 1.12}',
    'dns: []',
    'dns: {disabled: "true"}',
    'proxy: {disabled: "yes"}',
    'proxy: 1',
    'apiServer: {certSANs: [a_b]}',
    'apiServer: {certSANs: "x"}',
    'apiServer: {certSANs: [1]}',
    'apiServer: {certSANs: ["*.*.x"]}',
    'apiServer: {certSANs: ["10.0.0.1:6443"]}',
    'apiServer: {extraVolumes: {name: x}}',
    'apiServer: {extraVolumes: [{name: 1, hostPath: /a, mountPath: /a}]}',
    'apiServer: {extraVolumes: [{name: a, hostPath: /a, mountPath: /a, readOnly: "true"}]}',
    'controlPlaneEndpoint: "a:99999"',
    'controlPlaneEndpoint: "a_b:6443"',
    'controlPlaneEndpoint: "A.b:6443"',
    'controlPlaneEndpoint: "https://a:6443"',
    'controlPlaneEndpoint: "a:0"',
    'controlPlaneEndpoint: 5',
    'certificatesDir: pki',
    'certificatesDir: 5',
    'clusterName: 5',
    'encryptionAlgorithm: RSA-1024',
    'certificateValidityPeriod: 8760',
    'caCertificateValidityPeriod: 1y',
    'etcd: {local: {}, external: {endpoints: ["https://a"]}}',
    'etcd: {external: {endpoints: ["http://a"], caFile: /a}}',
    'etcd: {external: {endpoints: ["https://a"], certFile: /a}}',
    'etcd: {external: {endpoints: ["https://a"], certFile: /a, keyFile: /a}}',
    'etcd: {external: {endpoints: ["https://a"], caFile: a}}',
    'etcd: []',
    'etcd: {local: {imageTag: 3.5}}',
    'etcd: {local: {dataDir: x}}',
    'etcd: {local: {dataDir: /var/lib/etcd, serverCertSANs: [A.b]}}',
    'etcd: {local: {dataDir: /x, peerCertSANs: [a_b]}}',
    'etcd: {local: {extraArgs: {quota-backend-bytes: "8589934592"}}}',
    'etcd: {local: {extraArgs: [{name: quota-backend-bytes, value: 8589934592}]}}',
    'scheduler: {extraArgs: {bind-address: 0.0.0.0}}',
    'scheduler: {extraArgs: [{name: "", value: x}]}',
    'scheduler: []',
    'scheduler: {extraEnvs: [{name: 1}]}',
    'networking: {dnsDomain: A_b}',
    'networking: {dnsDomain: "a..b"}',
    'networking: {podSubnet: 10.244.0.0/33}',
    'networking: {podSubnet: [10.244.0.0/16]}',
    'networking: {serviceSubnet: 10.96.0.0/31}',
    'networking: {serviceSubnet: 11.0.0.0/8}',
    'networking: {podSubnet: 10.244.0.0/28}',
    'networking: {podSubnet: "10.244.0.0/16,10.245.0.0/16"}',
    'networking: {podSubnet: "10.0.0.0/4"}',
    'networking: {podSubnet: "10.0.0.0/7"}',
    'featureGates: {PublicKeysECDSA: "true"}',
    'featureGates: []',
    'featureGates: {Foo: true}',
    'controllerManager: 5',
    'kubernetesVersion: 1.34',
    'apiServer: {extraEnvs: [{name: A, value: 1}]}',
  ],
  InitConfiguration: [
    'timeouts: 5',
    'timeouts: []',
    'timeouts: {kubeletHealthCheck: 40}',
    'timeouts: {kubeletHealthCheck: 40 s}',
    'timeouts: {discovery: ""}',
    'timeouts: {upgradeManifests: 5m, tlsBootstrap: 1d}',
    'bootstrapTokens: {token: x}',
    'bootstrapTokens: [{token: x}]',
    `bootstrapTokens: [{token: ${token}, ttl: 24}]`,
    `bootstrapTokens: [{token: ${token}, ttl: 24h, expires: "2030-01-01T00:00:00Z"}]`,
    `bootstrapTokens: [{token: ${token}, expires: 2030-01-01T00:00:00Z}]`,
    `bootstrapTokens: [{token: ${token}, expires: 2030-01-01}]`,
    `bootstrapTokens: [{token: ${token}, usages: signing}]`,
    `bootstrapTokens: [{token: ${token}, usages: [sign]}]`,
    `bootstrapTokens: [{token: ${token}, usages: [signing], groups: ["system:bootstrappers:a"]}]`,
    `bootstrapTokens: [{token: ${token}, groups: [admins]}]`,
    `bootstrapTokens: [{token: ${token}, description: 5}]`,
    'bootstrapTokens: [{token: ABCDEF.0123456789abcdef}]',
    `bootstrapTokens: [${token}]`,
    'nodeRegistration: {imagePullSerial: "true"}',
    'nodeRegistration: {imagePullSerial: 1}',
    'nodeRegistration: {imagePullPolicy: Sometimes}',
    'nodeRegistration: {imagePullPolicy: always}',
    'nodeRegistration: {ignorePreflightErrors: all}',
    'nodeRegistration: {ignorePreflightErrors: [Swap, 5]}',
    'nodeRegistration: {criSocket: 5}',
    'nodeRegistration: {name: a_b}',
    'nodeRegistration: {name: 5}',
    'nodeRegistration: {taints: {key: a}}',
    'nodeRegistration: {kubeletExtraArgs: {v: "2"}}',
    'nodeRegistration: {kubeletExtraArgs: [{name: v, value: 2}]}',
    'localAPIEndpoint: {advertiseAddress: 1.2.3}',
    'localAPIEndpoint: {advertiseAddress: 10.0.0.1, bindPort: "6443"}',
    'localAPIEndpoint: {advertiseAddress: 10.0.0.1, bindPort: 70000}',
    'localAPIEndpoint: 5',
    'localAPIEndpoint: {bindPort: -1}',
    'certificateKey: abc',
    'certificateKey: 5',
    'certificateKey: "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"',
    'dryRun: "true"',
    'skipPhases: addon/kube-proxy',
    'skipPhases: [5]',
    'patches: /x',
    'patches: {directory: 5}',
    'patches: []',
    'nodeRegistration: []',
    'bootstrapTokens: 5',
    'nodeRegistration: {imagePullSerial: "yes"}',
  ],
  JoinConfiguration: [
    `discovery: {bootstrapToken: {token: ${token}, apiServerEndpoint: "10.0.0.1", caCertHashes: ["sha256:${hash}"]}}`,
    `discovery: {bootstrapToken: {token: ${token}, apiServerEndpoint: "10.0.0.1:6443"}}`,
    `discovery: {bootstrapToken: {token: ${token}, apiServerEndpoint: "10.0.0.1:6443", unsafeSkipCAVerification: "true"}}`,
    'discovery: {bootstrapToken: {token: x, apiServerEndpoint: "10.0.0.1:6443", unsafeSkipCAVerification: true}}',
    `discovery: {bootstrapToken: {token: ${token}, unsafeSkipCAVerification: true}}`,
    `discovery: {bootstrapToken: {token: ${token}, apiServerEndpoint: "10.0.0.1:6443", unsafeSkipCAVerification: true}, file: {kubeConfigPath: /etc/hostname}}`,
    'discovery: {file: {kubeConfigPath: "http://x"}}',
    'discovery: {}',
    'discovery: {timeout: 5m}',
    'discovery: {bootstrapToken: null, file: null}',
    `discovery: {tlsBootstrapToken: ${token}}`,
    'discovery: {file: {kubeConfigPath: 5}}',
    `discovery: {bootstrapToken: {token: ${token}, apiServerEndpoint: "10.0.0.1:6443", unsafeSkipCAVerification: true}, tlsBootstrapToken: x}`,
    `discovery: {bootstrapToken: {token: ${token}, apiServerEndpoint: "10.0.0.1:6443", caCertHashes: "sha256:${hash}"}}`,
    `${join}\ncaCertPath: ca.crt`,
    `${join}\ncaCertPath: /a/ca.pem`,
    `${join}\ncontrolPlane: {certificateKey: abc}`,
    `${join}\ncontrolPlane: {localAPIEndpoint: {advertiseAddress: x}}`,
    `${join}\ncontrolPlane: []`,
    `${join}\ncontrolPlane: {localAPIEndpoint: {bindPort: "1"}}`,
    `${join}\ntimeouts: {discovery: 5}`,
    `${join}\nnodeRegistration: {imagePullSerial: "no"}`,
    `${join}\ndryRun: 1`,
  ],
};

const taken: Readonly<Record<Kind, readonly string[]>> = {
  ClusterConfiguration: [
    'imageRepository: Registry/x',
    'imageRepository: reg.io:5000/k8s',
    'imageRepository: K8S',
    'imageRepository: k8s.gcr.io',
    'dns: {imageTag: "1.12"}',
    'proxy: {disabled: yes}',
    'apiServer: {certSANs: ["*.x.io", 10.0.0.1, A.b]}',
    'apiServer: {certSANs: ["::1"]}',
    'apiServer: {extraVolumes: [{name: a, hostPath: /a, mountPath: /a, pathType: File}]}',
    'controlPlaneEndpoint: "a.b:6443"',
    'controlPlaneEndpoint: "10.0.0.1"',
    'controlPlaneEndpoint: "[::1]:6443"',
    'certificatesDir: /etc/kubernetes/pki',
    'clusterName: x',
    'encryptionAlgorithm: RSA-3072',
    'encryptionAlgorithm: ""',
    'certificateValidityPeriod: 8760h',
    'etcd: {external: {endpoints: ["https://a"], caFile: /a, certFile: /a, keyFile: /a}}',
    'etcd: {external: {endpoints: ["http://a"]}}',
    'etcd: {}',
    'etcd: {local: {imageTag: 3.5.15-0}}',
    'etcd: {local: {extraArgs: [{name: quota-backend-bytes, value: "8589934592"}]}}',
    'scheduler: {extraArgs: [{name: bind-address, value: 0.0.0.0}]}',
    'networking: {dnsDomain: cluster.local}',
    'networking: {podSubnet: "10.244.0.0/16,fd00::/56"}',
    'featureGates: {NodeLocalCRISocket: true}',
    'apiServer: {timeoutForControlPlane: 4m}',
    'unknownField: 1',
    'Networking: {podSubnet: 10.244.0.0/33}',
  ],
  InitConfiguration: [
    'timeouts: {kubeletHealthCheck: 40s}',
    'timeouts: {discovery: null}',
    'timeouts: {foo: 1}',
    `bootstrapTokens: [{token: ${token}}]`,
    `bootstrapTokens: [{token: ${token}, ttl: 24h}]`,
    `bootstrapTokens: [{token: ${token}, groups: ["system:bootstrappers:kubeadm:default-node-token"], usages: [signing, authentication]}]`,
    `bootstrapTokens: [{token: ${token}, usages: []}]`,
    'nodeRegistration: {imagePullSerial: false}',
    'nodeRegistration: {imagePullPolicy: Never}',
    'nodeRegistration: {ignorePreflightErrors: [all]}',
    'nodeRegistration: {criSocket: /run/containerd/containerd.sock}',
    'nodeRegistration: {name: Node-1}',
    'nodeRegistration: {taints: []}',
    'nodeRegistration: {taints: null}',
    'localAPIEndpoint: {advertiseAddress: 10.0.0.1, bindPort: 6443}',
    'localAPIEndpoint: {advertiseAddress: 0.0.0.0}',
    'localAPIEndpoint: {bindPort: 0}',
    'certificateKey: "abababababababababababababababababababababababababababababababab"',
    'dryRun: false',
    'skipPhases: [addon/kube-proxy]',
  ],
  JoinConfiguration: [
    `discovery: {bootstrapToken: {token: ${token}, apiServerEndpoint: "10.0.0.1:6443", caCertHashes: ["sha256:${hash}"]}}`,
    `discovery: {bootstrapToken: {token: ${token}, apiServerEndpoint: "10.0.0.1:6443", unsafeSkipCAVerification: true}}`,
    'discovery: {file: {kubeConfigPath: /etc/hostname}}',
    'discovery: {file: {kubeConfigPath: "https://x"}}',
    `${join}\ncaCertPath: /a/ca.crt`,
    `${join}\ntimeouts: {discovery: 5m}`,
  ],
};

const fileOf = (kind: Kind, lines: string): string => `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ${kind}\n${lines}\n`;

const rowsOf = (table: Readonly<Record<Kind, readonly string[]>>): readonly (readonly [Kind, string])[] =>
  (Object.entries(table) as [Kind, readonly string[]][]).flatMap(([kind, all]) =>
    all.map((lines) => [kind, lines] as const),
  );

/** What reading and judging a file on v1.34.4 ends in. */
const outcomeOf = (text: string): 'refused' | 'not known' | 'known' => {
  let configFiles: ReturnType<typeof readConfigText>;
  try {
    configFiles = readConfigText(text, 'f');
  } catch {
    return 'refused';
  }
  const weights = explain(configFiles, 'v1.34.4').remarks.map(({ weight }) => weight);
  return weights.includes('fatal') ? 'refused' : weights.includes('unread') ? 'not known' : 'known';
};

test.each(['', 'discovery: null'])(
  'a JoinConfiguration that leaves its discovery out is said to be a part: %j',
  (lines) => {
    const own = `${lines}\nnodeRegistration: {kubeletExtraArgs: [{name: max-pods, value: "110"}]}`;
    expect(outcomeOf(fileOf('JoinConfiguration', own))).toBe('known');
    expect(readConfigText(fileOf('JoinConfiguration', own), 'f').passedOver).toEqual([
      'f:1:1: kubeadm join ends with "discovery: bootstrapToken or file must be set" by this JoinConfiguration alone: it is taken for a part of one',
    ]);
    expect(readConfigText(fileOf('JoinConfiguration', join), 'f').passedOver).toEqual([]);
  },
);

describe('what kubeadm refuses is never known', () => {
  test.each(rowsOf(refused))('%s: %s', (kind, lines) => {
    expect(outcomeOf(fileOf(kind, lines))).not.toBe('known');
  });
});

describe('what kubeadm takes, and real files have, is known', () => {
  test.each(rowsOf(taken))('%s: %s', (kind, lines) => {
    expect(outcomeOf(fileOf(kind, lines))).toBe('known');
  });
});

const verdicts = (text: string): ReadonlySet<string> => {
  const side = { configFiles: readConfigText(text, 'f'), kubernetesVersion: 'v1.34.4' };
  return new Set(reviewConfigs(side, side).predicted.map(({ verdict }) => verdict));
};

test.each([
  ['timeouts: {kubeletHealthCheck: 40}'],
  ['timeouts: {kubeletHealthCheck: 1s}'],
  ['bootstrapTokens: [{token: abc}]'],
  ['nodeRegistration: {imagePullSerial: "true"}'],
  ['dryRun: true'],
])('an InitConfiguration with %s is not the same as itself', (line) => {
  expect(verdicts(fileOf('InitConfiguration', line))).toEqual(new Set(['unknown']));
});

test('flags of a component that is not read have the form of their version', () => {
  const asMapping = 'scheduler: {extraArgs: {bind-address: 0.0.0.0}}';
  const asList = 'scheduler: {extraArgs: [{name: bind-address, value: 0.0.0.0}]}';
  const of = (version: string, line: string): string =>
    `apiVersion: kubeadm.k8s.io/${version}\nkind: ClusterConfiguration\n${line}\n`;
  expect(outcomeOf(of('v1beta3', asMapping))).toBe('known');
  expect(outcomeOf(of('v1beta4', asList))).toBe('known');
  expect(outcomeOf(of('v1beta3', asList))).toBe('not known');
  expect(outcomeOf(of('v1beta4', asMapping))).toBe('not known');
});

describe('the network of a node within that of all pods', () => {
  const of = (subnet: string, mask: string): string =>
    fileOf(
      'ClusterConfiguration',
      `networking: {podSubnet: "${subnet}"}\ncontrollerManager: {extraArgs: [{name: node-cidr-mask-size, value: "${mask}"}]}`,
    );

  test.each([
    ['11.0.0.0/8', '24', 'known'],
    ['11.0.0.0/8', '26', 'not known'],
    ['10.244.0.0/16', '26', 'known'],
    ['10.244.0.0/16,fd00::/56', '24', 'not known'],
    ['fd00::/40', '56', 'not known'],
    ['10.244.0.0/20', '20', 'known'],
  ])('%s and /%s: %s', (subnet, mask, outcome) => {
    expect(outcomeOf(of(subnet, mask))).toBe(outcome);
  });

  test.each([
    ['10.0.0.0/7', 'not known'],
    ['11.0.0.0/8', 'known'],
    ['10.244.0.0/16,fd00::/40', 'not known'],
    ['10.244.0.0/16,fd00::/48', 'known'],
  ])('%s alone: %s', (subnet, outcome) => {
    expect(outcomeOf(fileOf('ClusterConfiguration', `networking: {podSubnet: "${subnet}"}`))).toBe(outcome);
  });
});

test.each([
  [['cluster-cidr=10.244.0.0/16', 'node-cidr-mask-size=26'], 'known'],
  [['cluster-cidr=10.244.0.0/16', 'node-cidr-mask-size-ipv4=26'], 'known'],
  [['cluster-cidr=10.244.0.0/16', 'node-cidr-mask-size-ipv6=64'], 'not known'],
  [['cluster-cidr=10.244.0.0/16', 'node-cidr-mask-size=24', 'node-cidr-mask-size-ipv4=24'], 'not known'],
  [['cluster-cidr=10.244.0.0/16,fd00::/56', 'node-cidr-mask-size-ipv4=24', 'node-cidr-mask-size-ipv6=64'], 'known'],
  [['cluster-cidr=10.244.0.0/16,fd00::/56', 'node-cidr-mask-size=24'], 'not known'],
] as const)('kube-controller-manager with %s: %s', (flags, outcome) => {
  const args = flags.map((flag) => `--${flag}`);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'kube-controller-manager' },
    spec: {
      containers: [
        {
          name: 'kube-controller-manager',
          image: 'registry.k8s.io/kube-controller-manager:v1.34.4',
          command: ['kube-controller-manager', ...args],
        },
      ],
    },
  };
  expect(outcomeOf(JSON.stringify(pod))).toBe(outcome);
});

test('v1beta1 is read, and started by kubeadm v1.13 to v1.21 alone', () => {
  const text = (version: string): string =>
    [
      'apiVersion: kubeadm.k8s.io/v1beta1',
      'kind: ClusterConfiguration',
      `kubernetesVersion: ${version}`,
      'controllerManager: {extraArgs: {node-monitor-grace-period: 20s}}',
    ].join('\n');
  const on = (version: string) => explain(readConfigText(text(version), 'f'), version);
  expect(on('v1.20.2').effective?.nodeMonitorGracePeriodMs).toBe(20_000);
  expect(on('v1.22.0').remarks).toEqual([
    {
      weight: 'fatal',
      about: null,
      origin: 'f:1:13',
      text: 'kubeadm v1.22 does not read kubeadm.k8s.io/v1beta1: those of v1.13 to v1.21 do',
      isPassed: false,
    },
    {
      weight: 'note',
      about: null,
      origin: 'f:4:60',
      text: 'node-monitor-grace-period 20s: the default of v1.22.0 is 40s',
      isPassed: true,
    },
  ]);
});

test.each(['leader-elect-lease-duration', 'leader-elect-renew-deadline', 'leader-elect-retry-period'])(
  'the scheduler’s %s, which nothing here models, is named and makes nothing the same',
  (flag) => {
    const text = fileOf('ClusterConfiguration', `scheduler: {extraArgs: [{name: ${flag}, value: 60s}]}`);
    expect(outcomeOf(text)).toBe('not known');
  },
);
