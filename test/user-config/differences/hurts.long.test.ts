import { describe, expect, test } from 'vitest';
import { explain, readConfigText } from '../../../src/user-config/index.ts';
import {
  args,
  changed,
  cluster,
  configMap,
  documents,
  type Files,
  first,
  flag,
  joined,
  kubelet,
  list,
  manager,
  managerWith,
  of,
  podOf,
  proxy,
  resultOf,
  server,
  serverWith,
} from './files.ts';

type Case = readonly [name: string, base: Files, candidate: Files];

const v = flag(['v', '2']);
const authority = 'caCertPath: /etc/kubernetes/pki/ca.crt\n';

/** Flags of kubelets that move from the first node to joined ones. */
const moved: readonly Case[] = (
  [
    ['fail-swap-on', 'false'],
    ['hostname-override', 'node-a'],
    ['root-dir', '/data/kubelet'],
    ['cgroup-driver', 'cgroupfs'],
    ['eviction-hard', 'memory.available<5Gi'],
    ['feature-gates', 'GracefulNodeShutdown=false'],
    ['max-pods', '40'],
    ['protect-kernel-defaults', 'true'],
    ['system-reserved', 'memory=8Gi'],
    ['cluster-dns', '10.9.9.9'],
    ['node-labels', 'topology.kubernetes.io/zone=a'],
    ['node-ip', '10.0.0.5'],
    ['register-with-taints', 'a=b:NoSchedule'],
    ['node-status-update-frequency', '20s'],
  ] as const
).map(([name, value]) => [
  `${name} moves to joined nodes`,
  documents(cluster(), first(flag([name, value])), joined(authority + v)),
  documents(cluster(), first(v), joined(authority + flag([name, value]))),
]);

const dropped: readonly Case[] = (
  [
    ['fail-swap-on', 'false'],
    ['max-pods', '40'],
    ['system-reserved', 'memory=8Gi'],
    ['root-dir', '/data/kubelet'],
    ['feature-gates', 'GracefulNodeShutdown=false'],
  ] as const
).map(([name, value]) => [
  `${name} is left to the first node alone`,
  documents(cluster(), first(flag([name, value])), joined(flag([name, value]))),
  documents(cluster(), first(flag([name, value])), joined()),
]);

const swapped = (name: string, one: string, other: string): Case => [
  `${name} is swapped between the first node and joined ones`,
  documents(cluster(), first(flag([name, one])), joined(flag([name, other]))),
  documents(cluster(), first(flag([name, other])), joined(flag([name, one]))),
];

const gate = 'feature-gates';
const shutdown = 'GracefulNodeShutdown';
const inFlight = 'max-requests-inflight';
const k3s = (...files: readonly string[]): Files => files;
const own = 'etcd:\n  local:\n    extraArgs:\n';
const etcd = (name: string, one: string, other: string, version?: string): string =>
  cluster(`${own}    - {name: ${name}, value: "${one}"}\n    - {name: ${name}, value: "${other}"}\n`, version);
const withoutKubeconfig = changed(manager, / +- --kubeconfig=.*\n/, '');
const withoutEtcd = changed(server, / +- --etcd-servers=.*\n/, '');
const kubeconfig = args('controllerManager', ['kubeconfig', '/etc/kubernetes/controller-manager.conf']);

const nodes: readonly Case[] = [
  ...moved,
  ...dropped,
  swapped('max-pods', '200', '50'),
  swapped('hostname-override', 'cp1', 'w1'),
  swapped('node-labels', 'topology.kubernetes.io/zone=a', 'topology.kubernetes.io/zone=b'),
  [
    'a taint moves to joined nodes',
    documents(
      cluster(),
      first(
        'nodeRegistration:\n  taints: [{key: a, effect: NoSchedule}, {key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]\n',
      ),
      joined(),
    ),
    documents(cluster(), first(), joined('nodeRegistration:\n  taints: [{key: a, effect: NoSchedule}]\n')),
  ],
  [
    'a gate of all nodes becomes a flag of the first',
    documents(cluster(), kubelet(`featureGates: {${shutdown}: false}\n`), first(v), joined()),
    documents(cluster(), kubelet(), first(flag([gate, `${shutdown}=false`])), joined()),
  ],
  [
    'a gate in a file, and another value of it on a flag, are swapped',
    documents(cluster(), kubelet(`featureGates: {${shutdown}: true}\n`), joined(flag([gate, `${shutdown}=false`]))),
    documents(cluster(), kubelet(`featureGates: {${shutdown}: false}\n`), joined(flag([gate, `${shutdown}=true`]))),
  ],
  [
    'flags of two nodes of k3s are swapped',
    k3s('kubelet-arg: [max-pods=200]', 'kubelet-arg: [max-pods=50]\nnode-name: b'),
    k3s('kubelet-arg: [max-pods=50]', 'kubelet-arg: [max-pods=200]\nnode-name: b'),
  ],
  [
    'one of two servers of k3s loses a flag',
    k3s(`kube-apiserver-arg: [${inFlight}=3000]`, `kube-apiserver-arg: [${inFlight}=3000]\nnode-name: b`),
    k3s(`kube-apiserver-arg: [${inFlight}=3000]`, 'kube-apiserver-arg: []\nnode-name: b'),
  ],
  [
    "the first node's own heartbeats, of which figures are not",
    documents(cluster(), first(flag(['node-status-update-frequency', '10s'])), joined()),
    documents(cluster(), first(flag(['node-status-update-frequency', '60s'])), joined()),
  ],
  [
    'a field that another flag beats on joined nodes',
    documents(
      cluster(),
      kubelet('nodeStatusUpdateFrequency: 10s\n'),
      first(),
      joined(flag(['node-status-update-frequency', '9s'])),
    ),
    documents(
      cluster(),
      kubelet('nodeStatusUpdateFrequency: 60s\n'),
      first(),
      joined(flag(['node-status-update-frequency', '9s'])),
    ),
  ],
];

const pods: readonly Case[] = [
  [
    'one of two managers has no kubeconfig',
    list(podOf(manager, 'a'), podOf(manager, 'b')),
    list(podOf(manager, 'a'), podOf(withoutKubeconfig, 'b')),
  ],
  [
    'the same in two documents',
    documents(podOf(manager, 'a'), podOf(manager, 'b')),
    documents(podOf(manager, 'a'), podOf(withoutKubeconfig, 'b')),
  ],
  [
    'one of two API servers has no etcd',
    list(podOf(server, 'a'), podOf(server, 'b')),
    list(podOf(server, 'a'), podOf(withoutEtcd, 'b')),
  ],
  [
    'one of two API servers takes fewer requests',
    list(podOf(serverWith(`${inFlight}=3000`), 'a'), podOf(serverWith(`${inFlight}=3000`), 'b')),
    list(podOf(serverWith(`${inFlight}=3000`), 'a'), podOf(server, 'b')),
  ],
  [
    'one of two managers loses a gate',
    list(
      podOf(managerWith(`${gate}=WatchListClient=true`), 'a'),
      podOf(managerWith(`${gate}=WatchListClient=true`), 'b'),
    ),
    list(podOf(managerWith(`${gate}=WatchListClient=true`), 'a'), podOf(manager, 'b')),
  ],
  [
    'a flag leaves a manifest and stands beside it',
    [manager, cluster(kubeconfig)],
    [withoutKubeconfig, cluster(kubeconfig)],
  ],
  [
    'the same of another flag',
    [managerWith('concurrent-gc-syncs=40'), cluster()],
    [manager, cluster(args('controllerManager', ['concurrent-gc-syncs', '40']))],
  ],
];

const inOrder = (name: string, one: string, other: string, withFlags = serverWith): Case => [
  `--${name} twice, in another order`,
  withFlags(`${name}=${one}`, `${name}=${other}`),
  withFlags(`${name}=${other}`, `${name}=${one}`),
];

const twice = (component: string, name: string, one: string, other: string, version?: string): string =>
  cluster(args(component, [name, one], [name, other]), version);

const order: readonly Case[] = [
  inOrder('kubeconfig', '/nowhere', '/etc/kubernetes/other.conf', managerWith),
  inOrder('allocate-node-cidrs', 'false', 'true', managerWith),
  inOrder(inFlight, '400', '3000'),
  inOrder('request-timeout', '600s', '60s'),
  inOrder('service-cluster-ip-range', '10.1.0.0/16', '10.96.0.0/12'),
  inOrder('service-account-issuer', 'https://b', 'https://c'),
  inOrder(gate, 'WatchListClient=true', 'WatchListClient=false', managerWith),
  [
    'a gate twice on one flag, in another order',
    serverWith(`${gate}=WatchList=true,WatchList=false`),
    serverWith(`${gate}=WatchList=false,WatchList=true`),
  ],
  ["twice in kubeadm's list", twice('apiServer', inFlight, '400', '3000'), twice('apiServer', inFlight, '3000', '400')],
  [
    'twice by dashes and underscores',
    cluster(
      `apiServer:\n  extraArgs:\n    ${inFlight}: "3000"\n    max_requests_inflight: "400"\n`,
      'v1.30.4',
      'v1beta3',
    ),
    cluster(
      `apiServer:\n  extraArgs:\n    ${inFlight}: "400"\n    max_requests_inflight: "3000"\n`,
      'v1.30.4',
      'v1beta3',
    ),
  ],
  [
    'twice in k3s',
    `kube-apiserver-arg: [${inFlight}=400, ${inFlight}=3000]\n`,
    `kube-apiserver-arg: [${inFlight}=3000, ${inFlight}=400]\n`,
  ],
  [
    'twice in k3s, of the manager',
    'kube-controller-manager-arg: [cluster-cidr=10.1.0.0/16, cluster-cidr=10.2.0.0/16]\n',
    'kube-controller-manager-arg: [cluster-cidr=10.2.0.0/16, cluster-cidr=10.1.0.0/16]\n',
  ],
  [
    'twice of kubelets',
    documents(cluster(), joined(flag(['root-dir', '/var/lib/kubelet'], ['root-dir', '/nowhere']))),
    documents(cluster(), joined(flag(['root-dir', '/nowhere'], ['root-dir', '/var/lib/kubelet']))),
  ],
  // kubeadm sorts them to v1.34.3, and no more from v1.34.4 on.
  [
    'the same file by another patch of kubeadm',
    twice('apiServer', inFlight, '3000', '400', 'v1.34.3'),
    twice('apiServer', inFlight, '3000', '400', 'v1.34.4'),
  ],
  [
    'the same, of the manager',
    twice('controllerManager', 'kubeconfig', '/z', '/a', 'v1.34.3'),
    twice('controllerManager', 'kubeconfig', '/z', '/a', 'v1.34.4'),
  ],
  [
    'the same, of etcd',
    etcd('quota-backend-bytes', '8589934592', '100000000', 'v1.34.3'),
    etcd('quota-backend-bytes', '8589934592', '100000000', 'v1.34.4'),
  ],
  [
    "etcd's quota twice",
    etcd('quota-backend-bytes', '100000000', '8589934592'),
    etcd('quota-backend-bytes', '8589934592', '100000000'),
  ],
  [
    "etcd's retention twice",
    etcd('auto-compaction-retention', '999999h', '1h'),
    etcd('auto-compaction-retention', '1h', '999999h'),
  ],
];

const discovery =
  'discovery: {bootstrapToken: {token: abcdef.0123456789abcdef, apiServerEndpoint: "a:6443", unsafeSkipCAVerification: true}}\n';
const old = cluster('', 'v1.21.14', 'v1beta2');

const oneSide: readonly Case[] = [
  ['a JoinConfiguration more', kubelet(), documents(kubelet(), joined(flag(['root-dir', '/nowhere'])))],
  [
    'another cgroup driver in a JoinConfiguration',
    kubelet('cgroupDriver: systemd\n'),
    documents(kubelet('cgroupDriver: systemd\n'), joined(flag(['cgroup-driver', 'cgroupfs']))),
  ],
  ['a JoinConfiguration less', [kubelet(), joined(flag(['fail-swap-on', 'false']))], kubelet()],
  [
    'a JoinConfiguration beside pods',
    [manager, cluster()],
    [manager, documents(cluster(), joined(flag(['node-ip', '10.9.9.9'])))],
  ],
  [
    'a control plane that becomes a worker',
    documents(cluster(), joined(`${discovery}controlPlane: {}\n`)),
    documents(cluster(), joined(discovery)),
  ],
  [
    'the same without its discovery',
    documents(cluster(), joined('controlPlane: {}\n')),
    documents(cluster(), joined()),
  ],
  [
    'the same by null',
    documents(cluster(), joined('controlPlane: {localAPIEndpoint: {}}\n')),
    documents(cluster(), joined('controlPlane: null\n')),
  ],
  [
    'a file of certificates that kubeadm would have elsewhere',
    documents(cluster('certificatesDir: /pki\n'), kubelet()),
    documents(
      cluster('certificatesDir: /pki\n'),
      kubelet('authentication: {x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}}\n'),
    ),
  ],
  [
    'an address of names that kubeadm would have elsewhere',
    documents(cluster('networking: {serviceSubnet: 10.100.0.0/16}\n'), kubelet()),
    documents(cluster('networking: {serviceSubnet: 10.100.0.0/16}\n'), kubelet('clusterDNS: [10.96.0.10]\n')),
  ],
  [
    'a domain that kubeadm would have otherwise',
    documents(cluster('networking: {dnsDomain: foo.local}\n'), kubelet()),
    documents(cluster('networking: {dnsDomain: foo.local}\n'), kubelet('clusterDomain: cluster.local\n')),
  ],
  [
    'a cgroup driver that kubeadm v1.19 would not set',
    cluster('', 'v1.19.16', 'v1beta2'),
    documents(cluster('', 'v1.19.16', 'v1beta2'), kubelet('cgroupDriver: systemd\n')),
  ],
  ['the same of v1.21', old, documents(old, kubelet('cgroupDriver: systemd\nfailSwapOn: true\n'))],
  ['the same in a file that is there', documents(old, kubelet()), documents(old, kubelet('cgroupDriver: systemd\n'))],
  [
    'another runtime than the socket of kubeadm',
    documents(cluster(), first('nodeRegistration: {criSocket: unix:///var/run/crio/crio.sock}\n'), kubelet()),
    documents(
      cluster(),
      first('nodeRegistration: {criSocket: unix:///var/run/crio/crio.sock}\n'),
      kubelet('containerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n'),
    ),
  ],
];

const withoutHost = changed(manager, '        host: 127.0.0.1\n', '');
const withoutNetwork = changed(withoutHost, '  hostNetwork: true\n', '');
const everywhere = (text: string): string => changed(text, '--bind-address=127.0.0.1', '--bind-address=0.0.0.0');
const digest = `@sha256:${'ab'.repeat(32)}`;
const requests = (cpu: string): RegExp => new RegExp(` {4}resources:\\n {6}requests:\\n {8}cpu: ${cpu}\\n`);
const log = 'audit-log-path=/var/log/a.log';

const notHarmless: readonly Case[] = [
  ['an address that a probe does not ask', everywhere(withoutHost), withoutHost],
  ['no address more', changed(withoutHost, '    - --bind-address=127.0.0.1\n', ''), withoutHost],
  ["an address in a pod's own network", everywhere(withoutNetwork), withoutNetwork],
  [
    'a tag beside a digest, which is the binary',
    changed(manager, ':v1.34.4', `:v1.31.0${digest}`),
    changed(manager, ':v1.34.4', `:v1.32.0${digest}`),
  ],
  ['a tag without its v', manager, changed(manager, ':v1.34.4', ':1.34.4')],
  [
    'certificates of a day that are not renewed',
    documents(cluster(), kubelet('rotateCertificates: false\n')),
    documents(
      cluster(args('controllerManager', ['cluster-signing-duration', '24h'])),
      kubelet('rotateCertificates: false\n'),
    ),
  ],
  [
    'an audit log that is kept for ever',
    serverWith(log, 'audit-log-maxage=30', 'audit-log-maxbackup=10', 'audit-log-maxsize=100'),
    serverWith(log, 'audit-log-maxage=0', 'audit-log-maxbackup=0', 'audit-log-maxsize=100'),
  ],
  [
    'an audit log without end',
    serverWith(log, 'audit-log-maxsize=100'),
    serverWith(log, 'audit-log-maxsize=2147483647'),
  ],
  ['pods that are never collected', manager, managerWith('terminated-pod-gc-threshold=0')],
  ['nor before there are too many', manager, managerWith('terminated-pod-gc-threshold=2147483647')],
  ['events for a month', server, serverWith('event-ttl=720h')],
  ['no request of the API server', server, changed(server, requests('250m'), '')],
  ['hardly any', server, changed(server, 'cpu: 250m', 'cpu: 1m')],
  ['no request of the manager', manager, changed(manager, requests('200m'), '')],
  [
    'logs without a pause',
    documents(cluster(), kubelet()),
    documents(cluster(), kubelet('logging: {flushFrequency: 1}\n')),
  ],
  ['TLS 1.3 on v1.13', of('v1.13.12', manager), of('v1.13.12', managerWith('tls-min-version=VersionTLS13'))],
  [
    'the same of kubelets',
    documents(cluster('', 'v1.13.12', 'v1beta1'), kubelet()),
    documents(cluster('', 'v1.13.12', 'v1beta1'), kubelet('tlsMinVersion: VersionTLS13\n')),
  ],
  ['TLS 1.3 on v1.12', of('v1.12.10', manager), of('v1.12.10', managerWith('tls-min-version=VersionTLS13'))],
  ['TLS 1.3 on v1.15', of('v1.15.12', manager), of('v1.15.12', managerWith('tls-min-version=VersionTLS13'))],
  [
    'keys of tokens by v1.19',
    of('v1.19.16', server),
    of('v1.19.16', serverWith('service-account-jwks-uri=https://a/b')),
  ],
  [
    'keys of tokens by v1.18',
    of('v1.18.20', server),
    of('v1.18.20', serverWith('service-account-jwks-uri=https://a/b')),
  ],
  [
    'traces without their gate',
    of('v1.28.15', serverWith('tracing-config-file=/a')),
    of('v1.28.15', serverWith('tracing-config-file=/a', `${gate}=APIServerTracing=false`)),
  ],
  [
    'the same on v1.24, where it is off by default',
    of('v1.24.17', serverWith('tracing-config-file=/a', `${gate}=APIServerTracing=true`)),
    of('v1.24.17', serverWith('tracing-config-file=/a')),
  ],
  [
    'every image in every Node',
    documents(cluster(), kubelet()),
    documents(cluster(), kubelet('nodeStatusMaxImages: -1\n')),
  ],
  [
    'more pods than addresses',
    documents(cluster('networking: {podSubnet: 10.244.0.0/16}\n'), kubelet()),
    documents(cluster('networking: {podSubnet: 10.244.0.0/16}\n'), kubelet('maxPods: 1100\n')),
  ],
  ['more pods', documents(cluster(), kubelet()), documents(cluster(), kubelet('maxPods: 1100\n'))],
  [
    'another address of the scheduler',
    cluster(args('scheduler', ['bind-address', '127.0.0.1'])),
    cluster(args('scheduler', ['bind-address', '::'])),
  ],
  ['jobs that stay', of('v1.22.17', manager), of('v1.22.17', managerWith(`${gate}=TTLAfterFinished=false`))],
  [
    'a default of kube-proxy that v1.13 has not',
    documents(cluster('', 'v1.13.12', 'v1beta1'), proxy()),
    documents(cluster('', 'v1.13.12', 'v1beta1'), proxy('iptables: {minSyncPeriod: 1s}\n')),
  ],
  [
    'nor has v1.18',
    documents(cluster('', 'v1.18.20', 'v1beta2'), proxy()),
    documents(cluster('', 'v1.18.20', 'v1beta2'), proxy('iptables: {minSyncPeriod: 1s}\n')),
  ],
  ['every request in the log', server, serverWith('v=7')],
  [
    'disks that are counted every six seconds',
    documents(cluster(), kubelet()),
    documents(cluster(), kubelet('volumeStatsAggPeriod: 6s\n')),
  ],
];

const notReady = 'default-not-ready-toleration-seconds';
const unreachable = 'default-unreachable-toleration-seconds';
const both = serverWith(`${notReady}=30`, `${unreachable}=30`);

const ownWord: readonly Case[] = [
  ['pods leave at once', server, serverWith(`${notReady}=0`)],
  ['pods leave sooner', server, serverWith(`${notReady}=30`)],
  ['pods leave at once, by kubeadm', cluster(), cluster(args('apiServer', [notReady, '0']))],
  [
    'pods leave at once, by k3s',
    'kubelet-arg: [v=2]\nkube-apiserver-arg: [v=2]\n',
    `kubelet-arg: [v=2]\nkube-apiserver-arg: [v=2, ${notReady}=0]\n`,
  ],
  ['no longer', serverWith(`${notReady}=0`), server],
  ['another one', serverWith(`${notReady}=0`), serverWith(`${notReady}=60`)],
  ['the default again beside one for unreachable', both, serverWith(`${unreachable}=30`)],
  ['the default again, written out', both, serverWith(`${notReady}=300`, `${unreachable}=30`)],
];

const grace = ['node-monitor-grace-period', '60s'] as const;
const graceOf = (seconds: number): string =>
  configMap(cluster(args('controllerManager', ['node-monitor-grace-period', `${seconds}s`])));
const tolerating = args('apiServer', [notReady, '30'], [unreachable, '30']);

/** The pod is what runs; what stands in a file beside it is not. */
const besidePods: readonly Case[] = [
  [
    'a flag leaves the pod and stands in the ConfigMap',
    list(podOf(managerWith(grace.join('=')), 'a'), configMap(cluster())),
    list(podOf(manager, 'a'), graceOf(60)),
  ],
  [
    'a flag of both leaves the pod',
    list(podOf(managerWith(grace.join('=')), 'a'), graceOf(60)),
    list(podOf(manager, 'a'), graceOf(60)),
  ],
  [
    'the same of a manifest beside a file of kubeadm',
    [managerWith(grace.join('=')), cluster(args('controllerManager', grace))],
    [manager, cluster(args('controllerManager', grace))],
  ],
  ['tolerations', [both, cluster(tolerating)], [server, cluster(tolerating)]],
  [
    'a manifest beside a file of RKE2',
    [managerWith(grace.join('=')), 'kube-controller-manager-arg: [node-monitor-grace-period=60s]\n'],
    [manager, 'kube-controller-manager-arg: [node-monitor-grace-period=60s]\n'],
  ],
];

const status = 'nodeStatusUpdateFrequency: 10s\n';
const quick = 'nodeStatusUpdateFrequency: 4s\n';
const kubeletMap = (more: string, name = 'kubelet-config', namespace = 'kube-system'): string =>
  configMap(kubelet(more), name, namespace, 'kubelet');
const oldCluster = configMap(cluster('', 'v1.23.17', 'v1beta3'));
const [systemd, cgroupfs] = ['cgroupDriver: systemd\n', 'cgroupDriver: cgroupfs\n'];

const holders: readonly Case[] = [
  [
    'the texts of two ConfigMaps are swapped, and their order too',
    list(oldCluster, kubeletMap(systemd), kubeletMap(cgroupfs, 'kubelet-config-1.23')),
    list(oldCluster, kubeletMap(systemd, 'kubelet-config-1.23'), kubeletMap(cgroupfs)),
  ],
  ['a KubeletConfiguration gets a file of its own', documents(cluster(), kubelet(quick)), [cluster(), kubelet(quick)]],
  ['an InitConfiguration gets a file of its own', documents(cluster(), first(v)), [cluster(), first(v)]],
  [
    'a KubeletConfiguration goes from the file of kubeadm init to that of kubeadm join',
    [documents(cluster(), kubelet(quick)), joined()],
    [cluster(), documents(joined(), kubelet(quick))],
  ],
];

/** What nobody reads, whatever figures could be made of it. */
const unread: readonly Case[] = [
  ['a ConfigMap of another name', kubeletMap(status, 'foo'), kubeletMap(quick, 'foo')],
  [
    'a ConfigMap of another namespace',
    kubeletMap(status, 'kubelet-config', 'a'),
    kubeletMap(quick, 'kubelet-config', 'a'),
  ],
  ['that of another minor', kubeletMap(status, 'kubelet-config-1.20'), kubeletMap(quick, 'kubelet-config-1.20')],
  ['that of an old kubeadm', kubeletMap(status, 'kubelet-config-1.34'), kubeletMap(quick, 'kubelet-config-1.34')],
  ['a text of another key', configMap(kubelet(status), 'kubelet-config'), configMap(kubelet(quick), 'kubelet-config')],
  [
    'another kind in the text',
    configMap(kubelet(status), 'kubeadm-config'),
    configMap(kubelet(quick), 'kubeadm-config'),
  ],
  [
    'a second document in the text',
    configMap(documents(cluster(), kubelet(status))),
    configMap(documents(cluster(), kubelet(quick))),
  ],
  [
    'a file of kubeadm in a list',
    list(cluster(args('controllerManager', ['node-monitor-grace-period', '50s']))),
    list(cluster(args('controllerManager', grace))),
  ],
  ['a KubeletConfiguration in a list', list(kubelet(status)), list(kubelet(quick))],
  [
    'a file of k3s in a list',
    list('kubelet-arg: [node-status-update-frequency=10s]'),
    list('kubelet-arg: [node-status-update-frequency=4s]'),
  ],
  [
    'a KubeletConfiguration beside a JoinConfiguration',
    documents(joined(), kubelet(status)),
    documents(joined(), kubelet(quick)),
  ],
];

const ofMap = (name: string, data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: kube-system}\ndata: {${data}}`;
const pod = podOf(manager, 'a');
const proxyMap = (mode: string): string => list(pod, ofMap('kube-proxy', `config.conf: "mode: ${mode}"`));

const lists: readonly Case[] = [
  ['the mode of kube-proxy', proxyMap('iptables'), proxyMap('garbage')],
  ['a Corefile', list(pod, ofMap('coredns', 'Corefile: "a"')), list(pod, ofMap('coredns', 'Corefile: "b {"'))],
  ['a ConfigMap that nobody reads', configMap(cluster()), configMap(cluster(), 'foo', 'default')],
  ['another namespace', list(configMap(cluster())), list(configMap(cluster(), 'kubeadm-config', 'other'))],
  [
    'the name of an older kubeadm',
    configMap(kubelet(status), 'kubelet-config', 'kube-system', 'kubelet'),
    configMap(kubelet(status), 'kubelet-config-1.34', 'kube-system', 'kubelet'),
  ],
];

test('a setting that the running pod lacks is not read on either side, and no figure is made of it', () => {
  expect(resultOf(list(podOf(manager, 'a'), graceOf(50)), list(podOf(manager, 'a'), graceOf(60)))).toBe('unknown');
  const alone = explain(readConfigText(list(podOf(manager, 'a'), graceOf(60)), 'f'), 'v1.34.4');
  expect(alone.isWhole).toBe(false);
  expect(alone.remarks).toEqual([
    {
      weight: 'unread',
      about: null,
      origin: 'f:93:5 ClusterConfiguration:6:46',
      text: 'node-monitor-grace-period 60s of kube-controller-manager is not what its pod at f:23:7 is passed: that runs, and the two contradict each other',
      isPassed: false,
    },
    {
      weight: 'note',
      about: null,
      origin: 'f:93:5 ClusterConfiguration:6:46',
      text: 'node-monitor-grace-period 60s: the default of v1.34.4 is 50s',
      isPassed: true,
    },
  ]);
});

test.each(unread)('%s is read by nobody, and not judged', (_, base, candidate) => {
  expect(resultOf(base, candidate)).toBe('unknown');
  expect(resultOf(base, base)).toBe('unknown');
});

test('what kubeadm join ignores makes no figure', () => {
  const { effective, isWhole: isComplete } = explain(
    readConfigText(documents(joined(), kubelet(quick)), 'f'),
    'v1.34.4',
  );
  expect([effective?.nodeStatusUpdateFrequencyMs, isComplete]).toEqual([10_000, false]);
});

describe('what hurts is not called the same', () => {
  describe.each([
    ['which node has it', nodes],
    ['which pod has it', pods],
    ['which of several counts', order],
    ['what one side alone says', oneSide],
    ['what looks harmless', notHarmless],
    ['what else stands in a list', lists],
    ['a node that itself says NotReady', ownWord],
    ['what stands beside a pod that runs', besidePods],
    ['what holds it', holders],
  ] as const)('%s', (_, cases) => {
    test.each(cases)('%s', (_name, base, candidate) => {
      expect(resultOf(base, candidate)).toBe('unknown');
      expect(resultOf(base, base)).toBe('same');
    });
  });
});
