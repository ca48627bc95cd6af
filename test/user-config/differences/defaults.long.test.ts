import { expect, test } from 'vitest';
import { args, cluster, documents, first, joined, resultOf } from './files.ts';

const bothWays = (one: string, other: string): ReadonlySet<string> =>
  new Set([resultOf(one, other), resultOf(other, one)]);

/** What kubeadm v1.34 writes into kubeadm-config. */
const written = `apiServer: {}
caCertificateValidityPeriod: 87600h0m0s
certificateValidityPeriod: 8760h0m0s
certificatesDir: /etc/kubernetes/pki
clusterName: kubernetes
controllerManager: {}
dns: {}
encryptionAlgorithm: RSA-2048
etcd: {local: {dataDir: /var/lib/etcd}}
imageRepository: registry.k8s.io
networking: {dnsDomain: cluster.local, serviceSubnet: 10.96.0.0/12}
proxy: {}
scheduler: {}
`;

test('what kubeadm writes into its ConfigMap is the same as a file that says none of it', () => {
  expect(bothWays(cluster(written), cluster())).toEqual(new Set(['same']));
});

test.each([
  [
    'v1beta1',
    'v1.14.10',
    'controlPlaneEndpoint: ""\ndns: {type: CoreDNS}\napiServer: {timeoutForControlPlane: 4m0s}\n',
  ],
  ['v1beta2', 'v1.20.15', 'dns: {type: CoreDNS}\netcd: {local: {dataDir: /var/lib/etcd}}\nuseHyperKubeImage: false\n'],
  [
    'v1beta3',
    'v1.28.15',
    'apiServer: {timeoutForControlPlane: 4m0s}\ndns: {}\netcd: {local: {dataDir: /var/lib/etcd}}\n',
  ],
])('so are the defaults of %s', (api, version, more) => {
  expect(bothWays(cluster(more, version, api), cluster('', version, api))).toEqual(new Set(['same']));
});

test.each([
  'controllerManager:\n',
  'controllerManager: {extraArgs: []}\n',
  'controllerManager: {extraArgs: null}\n',
  'controllerManager: {extraArgs: [], extraVolumes: []}\n',
  'apiServer: {certSANs: []}\n',
  'etcd:\n',
  'etcd: {local: {}, external: null}\n',
  'featureGates: {}\n',
  'networking: {podSubnet: ""}\n',
])('so is what is empty: %j', (more) => {
  expect(bothWays(cluster(more), cluster())).toEqual(new Set(['same']));
  expect(bothWays(cluster(more), cluster('controllerManager: {}\n'))).toEqual(new Set(['same']));
});

test('an empty mapping of flags is one to v1beta3', () => {
  const of = (more = ''): string => cluster(more, 'v1.28.15', 'v1beta3');
  expect(bothWays(of('controllerManager: {extraArgs: {}}\n'), of())).toEqual(new Set(['same']));
});

test.each([
  'nodeRegistration: {taints: null}\n',
  'nodeRegistration: {imagePullPolicy: IfNotPresent, imagePullSerial: true}\n',
  'timeouts: {kubernetesAPICall: 1m0s, etcdAPICall: 2m0s, upgradeManifests: 5m0s}\n',
])('so are defaults of an InitConfiguration: %j', (more) => {
  expect(bothWays(documents(cluster(), first(more)), documents(cluster(), first()))).toEqual(new Set(['same']));
});

test.each([
  ['a shorter certificate', cluster('certificateValidityPeriod: 720h\n'), cluster()],
  ['keys of another kind', cluster('encryptionAlgorithm: ECDSA-P256\n'), cluster()],
  [
    'etcd elsewhere',
    cluster('etcd: {local: {dataDir: /data}}\n'),
    cluster('etcd: {local: {dataDir: /var/lib/etcd}}\n'),
  ],
  ['names in a mapping', cluster('apiServer: {certSANs: {}}\n'), cluster()],
  ['no taint at all', documents(cluster(), first('nodeRegistration: {taints: []}\n')), documents(cluster(), first())],
  [
    'a control plane that joins',
    documents(cluster(), joined('controlPlane: {}\n')),
    documents(cluster(), joined('caCertPath: /etc/kubernetes/pki/ca.crt\n')),
  ],
  ['a flag', cluster(args('scheduler', ['v', '3'])), cluster('scheduler: {}\n')],
])('what differs is not: %s', (_, one, other) => {
  expect(bothWays(one, other)).toEqual(new Set(['unknown']));
});

test.each([
  ['controllerManager: []\n', 'expected a mapping'],
  ['controllerManager: {extraArgs: {}}\n', 'a mapping is what v1beta3 and before have'],
])('what is empty in the form of something else is refused: %j', (more, text) => {
  expect(() => resultOf(cluster(more), cluster())).toThrow(text);
});
