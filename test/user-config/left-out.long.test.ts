import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configFileSettings } from '../../src/cli/options/config-file-options.ts';
import { loadWithOptions } from '../../src/cli/options/scenario-options.ts';
import { SkipbeatError } from '../../src/common/errors.ts';
import { notInRunWhat } from '../../src/common/not-in-run.ts';
import { makePlan } from '../../src/plan/index.ts';
import { joinedUserConfig, type UserConfig } from '../../src/profile/index.ts';
import { explain, inlineProfile, readConfigText, reviewConfigs } from '../../src/user-config/index.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-left-out-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (text: string): string => {
  const file = join(folder, 'given.yaml');
  writeFileSync(file, text);
  return file;
};

/** What `plan` and `run` say of a file: nothing, or why nobody knows, a line each without the file's own name. */
const planned = (text: string, options: object = {}): readonly string[] => {
  try {
    loadWithOptions('default', { kubeadmConfig: fileOf(text), ...options });
    return [];
  } catch (thrown) {
    if (!(thrown instanceof SkipbeatError)) throw thrown;
    expect([thrown.code, thrown.exitCode]).toEqual(['CONFIG_NOT_READ', 2]);
    return thrown.message.split('\n').map((line) => line.replace(/^.*?:(?=\d+:\d+:)/, ''));
  }
};

const cluster = (...lines: readonly string[]): string =>
  ['apiVersion: kubeadm.k8s.io/v1beta4', 'kind: ClusterConfiguration', 'kubernetesVersion: v1.34.1', ...lines].join(
    '\n',
  );
const args = (section: string, name: string, value: string): string =>
  cluster(`${section}: {extraArgs: [{name: ${name}, value: "${value}"}]}`);
const api = (name: string, value: string): string => args('apiServer', name, value);
const manager = (name: string, value: string): string => args('controllerManager', name, value);
const node = (kind: string, ...lines: readonly string[]): string =>
  [cluster(), '---', 'apiVersion: kubeadm.k8s.io/v1beta4', `kind: ${kind}`, ...lines].join('\n');
const flagged = (name: string, value: string): string =>
  node('JoinConfiguration', `nodeRegistration: {kubeletExtraArgs: [{name: ${name}, value: "${value}"}]}`);
const kubelet = (...lines: readonly string[]): string =>
  [cluster(), '---', 'apiVersion: kubelet.config.k8s.io/v1beta1', 'kind: KubeletConfiguration', ...lines].join('\n');
const proxy = (...lines: readonly string[]): string =>
  [cluster(), '---', 'apiVersion: kubeproxy.config.k8s.io/v1alpha1', 'kind: KubeProxyConfiguration', ...lines].join(
    '\n',
  );
const etcdOf = (...servers: readonly string[]): string =>
  pod('kube-apiserver', { flags: [`--etcd-servers=${servers.join()}`, ...ties] });
const ties = [
  '--etcd-cafile=/a',
  '--etcd-certfile=/b',
  '--etcd-keyfile=/c',
  '--service-account-issuer=https://a',
  '--service-account-key-file=/d',
  '--service-account-signing-key-file=/e',
];
const pod = (component: string, { flags = [], own = [], spec = [] }: Record<string, readonly string[]>): string =>
  [
    'apiVersion: v1',
    'kind: Pod',
    `metadata: {name: ${component}, namespace: kube-system}`,
    'spec:',
    '  hostNetwork: true',
    ...spec.map((line) => `  ${line}`),
    '  containers:',
    `  - name: ${component}`,
    `    image: registry.k8s.io/${component}:v1.34.1`,
    `    command: [${[component, ...flags].map((word) => JSON.stringify(word)).join(', ')}]`,
    ...own.map((line) => `    ${line}`),
  ].join('\n');

/** A file, and what is named of it, without the place. */
const named: readonly (readonly [text: string, says: string])[] = [
  [api('max-requests-inflight', '500'), 'kube-apiserver --max-requests-inflight=500'],
  [api('max-mutating-requests-inflight', '250'), 'kube-apiserver --max-mutating-requests-inflight=250'],
  [api('request-timeout', '2m'), 'kube-apiserver --request-timeout=2m'],
  [api('min-request-timeout', '900'), 'kube-apiserver --min-request-timeout=900'],
  [api('shutdown-delay-duration', '0s'), 'kube-apiserver --shutdown-delay-duration=0s'],
  [api('etcd-compaction-interval', '10m'), 'kube-apiserver --etcd-compaction-interval=10m'],
  [api('delete-collection-workers', '4'), 'kube-apiserver --delete-collection-workers=4'],
  [api('encryption-provider-config', '/etc/enc.yaml'), 'kube-apiserver --encryption-provider-config=/etc/enc.yaml'],
  [api('egress-selector-config-file', '/e.yaml'), 'kube-apiserver --egress-selector-config-file=/e.yaml'],
  [
    api('enable-admission-plugins', 'NodeRestriction,AlwaysPullImages'),
    'kube-apiserver --enable-admission-plugins=AlwaysPullImages',
  ],
  [api('feature-gates', 'WatchList=false'), 'kube-apiserver feature gate WatchList=false'],
  [
    api('feature-gates', 'StorageVersionHash=true,APIServingWithRoutine=false'),
    'kube-apiserver feature gate APIServingWithRoutine=false',
  ],
  [manager('concurrent-deployment-syncs', '10'), 'kube-controller-manager --concurrent-deployment-syncs=10'],
  [
    manager('concurrent-service-endpoint-syncs', '10'),
    'kube-controller-manager --concurrent-service-endpoint-syncs=10',
  ],
  [manager('concurrent-replicaset-syncs', '10'), 'kube-controller-manager --concurrent-replicaset-syncs=10'],
  [manager('concurrent-gc-syncs', '30'), 'kube-controller-manager --concurrent-gc-syncs=30'],
  [manager('min-resync-period', '24h'), 'kube-controller-manager --min-resync-period=24h'],
  [manager('cloud-provider', 'external'), 'kube-controller-manager --cloud-provider=external'],
  [
    manager('feature-gates', 'JobBackoffLimitPerIndex=true,SELinuxMount=true'),
    'kube-controller-manager feature gate SELinuxMount=true',
  ],
  [flagged('sync-frequency', '30s'), 'kubelet --sync-frequency=30s'],
  [flagged('runtime-request-timeout', '5m'), 'kubelet --runtime-request-timeout=5m'],
  [flagged('kube-api-qps', '5'), 'kubelet --kube-api-qps=5'],
  [flagged('cloud-provider', 'external'), 'kubelet --cloud-provider=external'],
  [flagged('topology-manager-policy', 'best-effort'), 'kubelet --topology-manager-policy=best-effort'],
  [kubelet('syncFrequency: 30s'), 'KubeletConfiguration syncFrequency: 30s'],
  [kubelet('runtimeRequestTimeout: 5m'), 'KubeletConfiguration runtimeRequestTimeout: 5m'],
  [kubelet('kubeAPIQPS: 5'), 'KubeletConfiguration kubeAPIQPS: 5'],
  [kubelet('topologyManagerPolicy: best-effort'), 'KubeletConfiguration topologyManagerPolicy: best-effort'],
  [
    kubelet('configMapAndSecretChangeDetectionStrategy: Get'),
    'KubeletConfiguration configMapAndSecretChangeDetectionStrategy: Get',
  ],
  [kubelet('cpuCFSQuota: false'), 'KubeletConfiguration cpuCFSQuota: false'],
  [kubelet('enableControllerAttachDetach: false'), 'KubeletConfiguration enableControllerAttachDetach: false'],
  [kubelet('featureGates: {InPlacePodVerticalScaling: false}'), 'kubelet feature gate InPlacePodVerticalScaling=false'],
  [
    cluster('etcd: {external: {endpoints: ["https://10.0.0.9:2379"], caFile: /a, certFile: /b, keyFile: /c}}'),
    'ClusterConfiguration etcd.external.endpoints: ["https://10.0.0.9:2379"]',
  ],
  [
    cluster('featureGates: {ControlPlaneKubeletLocalMode: false}'),
    'ClusterConfiguration featureGates.ControlPlaneKubeletLocalMode: false',
  ],
  [pod('kube-apiserver', { flags: ['--max-requests-inflight=500'] }), 'kube-apiserver --max-requests-inflight=500'],
  [
    etcdOf('https://10.0.0.9:2379', 'https://10.0.0.8:2379'),
    'kube-apiserver --etcd-servers=https://10.0.0.9:2379,https://10.0.0.8:2379',
  ],
  [
    pod('kube-apiserver', {
      own: ['livenessProbe: {failureThreshold: 2, httpGet: {path: /livez, port: 6443, scheme: HTTPS}}'],
    }),
    'Pod kube-apiserver containers.kube-apiserver.livenessProbe.failureThreshold: 2',
  ],
  [
    pod('kube-apiserver', { own: ['resources: {limits: {cpu: 500m}}'] }),
    'Pod kube-apiserver containers.kube-apiserver.resources.limits.cpu: 500m',
  ],
  [
    pod('kube-controller-manager', { own: ['resources: {requests: {cpu: "64"}}'] }),
    'Pod kube-controller-manager containers.kube-controller-manager.resources.requests.cpu: 64',
  ],
  [
    pod('kube-controller-manager', { flags: ['--concurrent-endpoint-syncs=10'] }),
    'kube-controller-manager --concurrent-endpoint-syncs=10',
  ],
  [
    'kube-apiserver-arg: [max-requests-inflight=500]\nkubelet-arg: [sync-frequency=1m]\n',
    'kube-apiserver --max-requests-inflight=500\nkubelet --sync-frequency=1m',
  ],
  ['kubelet-arg: [v=2]\nprofile: cis\n', 'configuration of k3s or RKE2 profile: cis'],
  ['kubelet-arg: [v=2]\nsnapshotter: native\n', 'configuration of k3s or RKE2 snapshotter: native'],
  ['kubelet-arg: [v=2]\ninvented: 1\n', 'configuration of k3s or RKE2 invented: 1'],
  [
    proxy('iptables: {minSyncPeriod: 10s}'),
    "iptables.minSyncPeriod of kube-proxy 10s: kube-proxy decides when a pod's clients are refused; that of a run is kubeadm's own, with iptables",
  ],
  [
    proxy('mode: ipvs'),
    "mode of kube-proxy ipvs: kube-proxy decides when a pod's clients are refused; that of a run is kubeadm's own, with iptables",
  ],
  [
    node('InitConfiguration', 'nodeRegistration: {taints: []}'),
    'taints at registration none of a control plane: taints decide which pods a node takes; nodes of a run have those of kubeadm',
  ],
  [
    flagged('node-labels', 'topology.kubernetes.io/zone=a'),
    'the label topology.kubernetes.io/zone a: where several nodes are silent, zones decide how fast pods are evicted; nodes of a run are in none',
  ],
];

/** What a run has not, and is not named: it has no part in what is predicted, or is the default. */
const silent: readonly (readonly [what: string, text: string])[] = [
  [
    'a kubeadm file as kubeadm init takes it',
    `${cluster(
      'clusterName: prod',
      'controlPlaneEndpoint: "api.example.com:6443"',
      'imageRepository: mirror.example.com/k8s',
      'certificatesDir: /etc/pki',
      'networking: {podSubnet: 10.32.0.0/12, serviceSubnet: 10.112.0.0/16, dnsDomain: prod.local}',
      'etcd: {local: {dataDir: /data/etcd, serverCertSANs: [a.example.com], extraArgs: [{name: quota-backend-bytes, value: "8589934592"}]}}',
      'dns: {imageTag: v1.12.0}',
      'apiServer: {certSANs: [api.example.com], extraVolumes: [{name: a, hostPath: /a, mountPath: /a}]}',
      'featureGates: {NodeLocalCRISocket: true}',
    )}\n---\n${[
      'apiVersion: kubeadm.k8s.io/v1beta4',
      'kind: InitConfiguration',
      'bootstrapTokens: [{token: abcdef.0123456789abcdef, ttl: 24h}]',
      'localAPIEndpoint: {advertiseAddress: 10.0.0.11, bindPort: 8443}',
      'skipPhases: [preflight]',
      'nodeRegistration:',
      '  name: cp1',
      '  criSocket: unix:///var/run/crio/crio.sock',
      '  imagePullPolicy: IfNotPresent',
      '  taints: [{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]',
      '  kubeletExtraArgs: [{name: node-ip, value: 10.0.0.11}, {name: node-labels, value: rack=r1}, {name: max-pods, value: "200"}]',
    ].join('\n')}`,
  ],
  [
    'audits and OIDC',
    cluster(
      'apiServer:',
      '  extraArgs:',
      ...[
        'audit-log-path=/a.log',
        'audit-policy-file=/p.yaml',
        'oidc-issuer-url=https://a.example.com',
        'oidc-client-id=a',
        'authorization-mode=Node,RBAC',
        'enable-admission-plugins=NodeRestriction',
        'anonymous-auth=true',
        'event-ttl=2h',
      ].map((each) => `  - {name: ${each.replace('=', ', value: "')}"}`),
    ),
  ],
  ['autoscalers', manager('horizontal-pod-autoscaler-sync-period', '30s')],
  ['a locked gate', api('feature-gates', 'SidecarContainers=true')],
  ['a gate as it is by itself', api('feature-gates', 'RotateKubeletServerCertificate=true')],
  ['the requests of the version', kubelet('kubeAPIQPS: 50', 'kubeAPIBurst: 100')],
  [
    'a kubelet',
    kubelet(
      'cgroupDriver: systemd',
      'clusterDNS: [10.112.0.10]',
      'containerLogMaxSize: 50Mi',
      'eventRecordQPS: 0',
      'maxPods: 200',
      'serializeImagePulls: false',
      'seccompDefault: true',
      'podPidsLimit: 4096',
      'evictionHard: {memory.available: "200Mi"}',
    ),
  ],
  [
    'an orderly shutdown, which no fault is',
    kubelet('shutdownGracePeriod: 30s', 'shutdownGracePeriodCriticalPods: 10s'),
  ],
  ['what another mode of kube-proxy reads', proxy('mode: iptables', 'ipvs: {strictARP: true, scheduler: rr}')],
  ['where kube-proxy listens', proxy('metricsBindAddress: 0.0.0.0:10249', 'mode: iptables')],
  [
    'a static pod of kubeadm',
    pod('kube-apiserver', {
      flags: [
        '--etcd-servers=https://127.0.0.1:2379',
        '--secure-port=6443',
        '--advertise-address=10.0.0.11',
        '--etcd-cafile=/a',
        '--etcd-certfile=/b',
        '--etcd-keyfile=/c',
        '--service-account-issuer=https://a',
        '--service-account-key-file=/d',
        '--service-account-signing-key-file=/e',
      ],
      own: [
        'livenessProbe: {failureThreshold: 8, initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds: 15, httpGet: {host: 10.0.0.11, path: /livez, port: 6443, scheme: HTTPS}}',
        'resources: {requests: {cpu: "250m"}}',
      ],
      spec: ['priorityClassName: system-node-critical', 'securityContext: {seccompProfile: {type: RuntimeDefault}}'],
    }),
  ],
  [
    'k3s',
    'write-kubeconfig-mode: "0644"\ntls-san: [a]\ndisable: [traefik]\nflannel-backend: none\nkubelet-arg: [max-pods=250]\n',
  ],
];

describe('what neither a run nor the model has', () => {
  test.each(named)('%#: named by plan', (text, says) => {
    const lines = planned(text).map((line) => line.replace(/^\d+:\d+: not in this run: /, ''));
    expect(lines.join('\n')).toBe(says);
  });

  test('each stands once, with its place', () => {
    expect(planned(api('request-timeout', '2m'))).toEqual([
      '4:56: not in this run: kube-apiserver --request-timeout=2m',
    ]);
    const item = pod('kube-apiserver', { flags: ['--request-timeout=2m'] }).replaceAll('\n', '\n  ');
    const other = item.replace('name: kube-apiserver,', 'name: kube-apiserver-b,');
    const lines = planned(`apiVersion: v1\nkind: List\nitems:\n- ${item}\n- ${other}`);
    expect(lines.filter((line) => line.includes('not in this run'))).toHaveLength(1);
  });

  test.each(silent)('%s is not named', (_, text) => {
    expect(planned(text)).toEqual([]);
  });

  test.each(named)('%#: with --allow-unread the plan has it', (text, says) => {
    const { scenario } = loadWithOptions('default', { kubeadmConfig: fileOf(text), allowUnread: true });
    const { profile } = makePlan(scenario, { kubernetesVersion: 'v1.34.4' });
    const found = profile.notInRun?.map(notInRunWhat);
    expect(found?.join('\n')).toBe(says);
  });

  test('a text that no scenario takes is cut', () => {
    const configFiles = fileOf(api('egress-selector-config-file', `/${'a'.repeat(2000)}`));
    const { scenario } = loadWithOptions('default', { kubeadmConfig: configFiles, allowUnread: true });
    const [line] = makePlan(scenario, { kubernetesVersion: 'v1.34.4' }).profile.notInRun?.map(notInRunWhat) ?? [];
    expect([line?.length, line?.at(-1)]).toEqual([1000, '…']);
  });

  test('a plan of files of which a run has everything says nothing of it', () => {
    const { scenario } = loadWithOptions('default', { kubeadmConfig: fileOf(manager('node-monitor-period', '2s')) });
    expect(makePlan(scenario, { kubernetesVersion: 'v1.34.4' }).profile).not.toHaveProperty('notInRun');
  });
});

const swept = (text: string, scope: 'nodes' | 'clients'): boolean => {
  const settings = configFileSettings({ kubeadmConfig: fileOf(text) }, { typed: 'v1.34.4', otherwise: 'v1.34' }, scope);
  try {
    settings?.on('v1.34.4');
    return true;
  } catch (thrown) {
    if (thrown instanceof SkipbeatError && thrown.code === 'CONFIG_NOT_READ') return false;
    throw thrown;
  }
};

test.each([
  ['kube-proxy', proxy('mode: ipvs'), true],
  ['no kube-proxy', cluster('proxy: {disabled: true}'), true],
  ['taints', node('InitConfiguration', 'nodeRegistration: {taints: []}'), true],
  ['a zone', flagged('node-labels', 'topology.kubernetes.io/zone=a'), false],
  ['a flag', api('max-requests-inflight', '500'), false],
])('where only nodes are asked for, %s decides: %#', (_, text, isKnown) => {
  expect(swept(text, 'nodes')).toBe(isKnown);
  expect(swept(text, 'clients')).toBe(false);
});

test('other settings of the first node are in no run; a first node that no file speaks of is no other', () => {
  const join = flagged('node-status-update-frequency', '7s');
  const init = join.replace('JoinConfiguration', 'InitConfiguration');
  const plain = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\nnodeRegistration: {name: a}';
  expect(planned(join)).toEqual([]);
  // What joined nodes have is in no file.
  expect(planned(init)).toEqual([
    "7:83: node-status-update-frequency is the first node's: no JoinConfiguration says what joined nodes have; left out, they have it too",
  ]);
  expect(planned(`${init}\n---\n${plain}`)).toHaveLength(1);
  expect(planned(`${join}\n---\n${plain.replace('Join', 'Init')}`)).toHaveLength(1);
});

test('a review compares two sides, and is not asked what a run has', () => {
  const side = { configFiles: readConfigText(api('request-timeout', '2m'), 'f'), kubernetesVersion: 'v1.34.4' };
  expect(new Set(reviewConfigs(side, side).predicted.map(({ verdict }) => verdict))).toEqual(new Set(['same']));
});

test('what was not read and may be left out is in the profile too', () => {
  const configFiles = readConfigText(node('InitConfiguration', 'patches: {directory: /p}'), 'f');
  const { userConfig } = inlineProfile(explain(configFiles, 'v1.34.4', { allowUnread: true, scope: 'clients' }));
  expect(userConfig.notInRun).toEqual([
    { at: 'f:3:20', text: 'it names Kubernetes v1.34.1, and v1.34.4 counts instead' },
    {
      at: 'f:7:22',
      text: 'not read: the patches in /p may change every flag and field',
    },
  ]);
});

test('settings of several versions are one where they pass the same, whatever no run of one of them has', () => {
  const passed = { controllerManagerArgs: {}, apiServerArgs: {}, kubeletArgs: {}, kubeletConfiguration: {} };
  const [a, b, c] = ['a', 'b', 'c'].map((text) => ({ at: 'f:1:2', text }));
  const one = { ...passed, notInRun: [a, b, 'd'] };
  expect(joinedUserConfig([one, { ...passed, notInRun: [{ ...b }, c, 'd'] }] as UserConfig[])).toEqual({
    ...passed,
    notInRun: [a, b, 'd', c],
  });
  expect(joinedUserConfig([passed, passed])).toEqual(passed);
  expect(joinedUserConfig([passed, { ...passed, kubeletArgs: { a: '1' } }])).toBeNull();
});

test('periods by the priority of pods are named, for neither a run nor the model has them', () => {
  const periods =
    '[{priority: 0, shutdownGracePeriodSeconds: 10}, {priority: 2000000000, shutdownGracePeriodSeconds: 5}]';
  expect(planned(kubelet(`shutdownGracePeriodByPodPriority: ${periods}`))).toEqual([
    '7:35: whether a kubelet starts with shutdownGracePeriodByPodPriority, and runs as predicted, is not known: received a list of 2',
  ]);
});
