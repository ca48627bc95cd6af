import { describe, expect, test } from 'vitest';
import { explain, namedVersion, readConfigText } from '../../src/user-config/index.ts';

/** What is refused of a file, or named as not read; each line with its place. */
const caveats = (text: string): readonly string[] => {
  try {
    return readConfigText(text, 'f').unread.map((each) => `${each.origin} ${each.text}`);
  } catch (thrown) {
    return (thrown as Error).message.split('\n');
  }
};

const lines = (...each: readonly string[]): string => [...each, ''].join('\n');

const cluster = (version = 'v1.34.4', ...more: readonly string[]): string =>
  lines('apiVersion: kubeadm.k8s.io/v1beta4', 'kind: ClusterConfiguration', `kubernetesVersion: ${version}`, ...more);

const kubelet = lines('apiVersion: kubelet.config.k8s.io/v1beta1', 'kind: KubeletConfiguration');

const proxy = (...more: readonly string[]): string =>
  lines('apiVersion: kubeproxy.config.k8s.io/v1alpha1', 'kind: KubeProxyConfiguration', ...more);

// What kubeadm v1.34.4 does with each was asked of its own loader; its sources of v1.13 to v1.37 part documents alike.
describe('documents of a file of kubeadm', () => {
  test.each([
    [
      'split-comment-head',
      `# our cluster\n---\n${cluster()}`,
      'f:1:1: expected a document with apiVersion and kind, received comments alone, with which kubeadm refuses the file: take out the --- behind it',
    ],
    [
      'yaml-head-comment',
      `\n# a\n\n---\n${cluster()}`,
      'f:1:1: expected a document with apiVersion and kind, received comments alone, with which kubeadm refuses the file: take out the --- behind it',
    ],
    [
      'split-comment-tail',
      `${cluster()}---\n# end\n`,
      'f:5:1: expected a document with apiVersion and kind, received comments alone, with which kubeadm refuses the file: take out the --- before it',
    ],
    [
      'split-empty-mid',
      `${cluster()}---\n\n---\n${kubelet}`,
      'f:5:1: expected a document with apiVersion and kind, received nothing alone, with which kubeadm refuses the file: take out the --- behind it',
    ],
    [
      'split-null',
      `${cluster()}---\nnull\n`,
      'f:5:1: expected a document with apiVersion and kind, received nothing alone, with which kubeadm refuses the file: take out the --- before it',
    ],
    [
      'two separators at the head',
      `---\n---\n${cluster()}`,
      'f:1:1: expected a document with apiVersion and kind, received nothing alone, with which kubeadm refuses the file: take out the --- behind it',
    ],
    [
      'split-sep-inline',
      `--- {"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "InitConfiguration"}\n`,
      'f:1:1: expected --- alone, received text behind it, with which kubeadm refuses the file: give it a line of its own',
    ],
    [
      'split-sep-tag',
      `${cluster()}--- !!map\n${kubelet}`,
      'f:4:1: expected --- alone, received text behind it, with which kubeadm refuses the file: give it a line of its own',
    ],
    ['yaml-block-sep', `${cluster()}---${kubelet}`, 'f:5:1: expected each key once, received "kind" again'],
    [
      'split-yamldir',
      `%YAML 1.1\n---\n${cluster()}`,
      'f:1:1: expected no line that begins with %, with which kubeadm refuses the file',
    ],
    [
      'split-dots-lease',
      `${cluster()}...\n${kubelet}nodeLeaseDurationSeconds: 80\n`,
      'f:4:1: expected --- between documents, received ..., behind which kubeadm reads nothing: write --- there',
    ],
    [
      'kp-cfg-dup',
      `${cluster()}---\n${proxy()}---\n${proxy()}`,
      'f:9:7: kind: expected each kind once in a file, received KubeProxyConfiguration again: kubeadm refuses that, and a kubelet reads the first alone',
    ],
    [
      'a carriage return, which ends a comment to Go',
      `${cluster()}# a\rclusterName: b\n`,
      'f:4:4: expected lines that end with a line feed',
    ],
  ])('%s: is refused', (_, text, message) => {
    expect(caveats(text)[0]).toBe(message);
  });

  test.each([
    ['several', `${cluster()}---\n${kubelet}---\n${proxy()}`],
    ['one behind a separator', `---\n${cluster()}`],
    ['a comment of its own', `# our cluster\n${cluster()}---\n# kubelets\n${kubelet}`],
    ['a separator twice', `${cluster()}---\n---\n${kubelet}`],
    ['a separator at the end', `${cluster()}---\n`],
    ['dots before a separator', `${cluster()}...\n---\n${kubelet}`],
    ['line ends of Windows', `${cluster()}---\n${kubelet}`.replaceAll('\n', '\r\n')],
    ['a comment behind a separator, where the version takes it', `${cluster()}--- # kubelets\n${kubelet}`],
    ['no line feed at the end', cluster().trimEnd()],
  ])('%s: are read', (_, text) => {
    expect(caveats(text)).toEqual([]);
  });

  test('a comment behind a separator is not taken by every version', () => {
    const text = cluster('v1.26.15').replace('v1beta4', 'v1beta3');
    expect(caveats(`${text}--- # kubelets\n${kubelet}`)).toEqual([
      'f:4:1 a kubeadm before v1.28 may read nothing behind --- with a comment: give the comment a line of its own',
    ]);
  });

  test('a text of a ConfigMap is parted so, too', () => {
    const text = `# a\n---\n${cluster()}`.replaceAll('\n', '\n    ');
    const map = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kubeadm-config}\ndata:\n  ClusterConfiguration: |\n    ${text}`;
    expect(caveats(map)[0]).toBe(
      'f:5:3 ClusterConfiguration:1:1: expected a document with apiVersion and kind, received comments alone, with which kubeadm refuses the file: take out the --- behind it',
    );
  });

  test('a pod beside them, which kubeadm refuses, and a second file of k3s are not read', () => {
    const pod = lines(
      ...['apiVersion: v1', 'kind: Pod', 'metadata: {name: kube-apiserver}', 'spec:', '  containers:'],
      '  - {name: kube-apiserver, image: "registry.k8s.io/kube-apiserver:v1.34.4", command: [kube-apiserver]}',
    );
    expect(caveats(pod)).toEqual([]);
    expect(caveats(`${pod}---\n${cluster()}`)).toEqual([
      'f:1:13 kubeadm refuses a file with a document that is no configuration',
    ]);
    const k3s = 'kubelet-arg: [v=2]\n';
    expect(caveats(`${k3s}---\n${k3s}`)).toEqual([
      'f:3:1 k3s reads the first document of a file alone, which is one without a kind',
    ]);
  });

  test('a kind that kubeadm has not is refused', () => {
    expect(caveats(cluster().replace('ClusterConf', 'Clusterconf'))[0]).toBe(
      'f:1:1: expected a static Pod, a ClusterConfiguration, InitConfiguration or JoinConfiguration of kubeadm, a KubeletConfiguration, a List or ConfigMap of these, or the configuration of k3s or RKE2, received apiVersion "kubeadm.k8s.io/v1beta4", kind "Clusterconfiguration"',
    );
  });
});

describe('kubernetesVersion', () => {
  test.each([
    ...[
      'v1.34.04',
      'v01.34.4',
      'stable-1.34.4',
      'v1.34.4-',
      'v1.34.4_1',
      '"v1.34.4 "',
      'v1.34.4+',
      'stable-foo',
      'v2.0.0',
    ],
    ...['1.34', 'v1.34', '[v1.34.4]'],
  ])('%s: kubeadm refuses it', (version) => {
    expect(() => readConfigText(cluster(version), 'f')).toThrow(/kubernetesVersion: expected /);
  });

  test.each(['v1.34.99', 'v1.34.4-foo', 'v1.34.4+foo', 'v1.27.17', 'v1.18.21'])(
    '%s: there are no images of it',
    (version) => {
      const [caveat] = caveats(cluster(version));
      expect(caveat).toBe(`f:3:20 "${version}" is no release of Kubernetes: there may be no images of it`);
      expect(explain(readConfigText(cluster(version), 'f'), 'v1.34.4').isWhole).toBe(false);
    },
  );

  test.each([
    ['v1.34.4', 'v1.34.4'],
    ['1.34.4', 'v1.34.4'],
    ['v1.34.0', 'v1.34.0'],
    ['v1.18.20', 'v1.18.20'],
    ['stable-1.34', 'v1.34'],
    ['stable-1', null],
    ['latest', null],
    ['ci/v1.34.4', null],
    ['v1.34.0-rc.1', null],
  ])('%s is read', (version, named) => {
    const text = cluster(version).replace('v1beta4', version.includes('1.18') ? 'v1beta2' : 'v1beta4');
    expect(caveats(text)).toEqual([]);
    expect(namedVersion(readConfigText(text, 'f'))).toBe(named);
  });
});

describe('a KubeProxyConfiguration', () => {
  test.each([
    ['kp-prof', 'enableProfiling: "true"', '18 enableProfiling is "true" (string)'],
    ['kp-win', 'winkernel: 5', '12 winkernel is 5 (number)'],
    ['kp-host0', 'hostnameOverride: 0', '19 hostnameOverride is 0 (number)'],
    ['kp-modefalse', 'mode: false', '7 mode is false (boolean)'],
    ['kp-ipt-str', 'iptables: ""', '11 iptables is "" (string)'],
    ['kp-ct-list', 'conntrack: []', '12 conntrack is a list of 0'],
    ['kp-gatestr', 'featureGates: ""', '15 featureGates is "" (string)'],
    ['kp-minsyncnum', 'iptables: {minSyncPeriod: 0}', '27 iptables.minSyncPeriod is 0 (number)'],
    ['kp-syncnum', 'configSyncPeriod: 0', '19 configSyncPeriod is 0 (number)'],
    ['a duration that is null', 'iptables: {syncPeriod: null}', '24 iptables.syncPeriod is nothing (null)'],
    ['a gate in words', 'featureGates: {A: "true"}', '19 featureGates.A is "true" (string)'],
    ['a number in words', 'oomScoreAdj: "5"', '14 oomScoreAdj is "5" (string)'],
    ['a part of a number', 'conntrack: {min: 0.5}', '18 conntrack.min is 0.5 (number)'],
    ['one address', 'nodePortAddresses: 10.0.0.0/8', '20 nodePortAddresses is "10.0.0.0/8" (string)'],
    ['no list of one', 'ipvs: {excludeCIDRs: ""}', '22 ipvs.excludeCIDRs is "" (string)'],
  ])('%s: is named as not read', (_, line, found) => {
    expect(caveats(`${cluster()}---\n${proxy(line)}`)).toEqual([
      `f:7:${found}: kubeadm and kube-proxy refuse a value of another type`,
    ]);
  });

  test.each([
    ['kp-api-bad', proxy().replace('v1alpha1', 'v1alpha9')],
    ['kp-kind', proxy().replace('KubeProxyConfiguration', 'KubeProxyConfig')],
  ])('%s: is refused', (_, text) => {
    expect(() => readConfigText(`${cluster()}---\n${text}`, 'f')).toThrow('received apiVersion');
  });

  test('as kubeadm writes it is read', () => {
    const text = proxy(
      ...[
        'bindAddress: 0.0.0.0',
        'bindAddressHardFail: false',
        'clientConnection:',
        '  acceptContentTypes: ""',
        '  burst: 0',
      ],
      ...[
        '  contentType: ""',
        '  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf',
        '  qps: 0',
        'clusterCIDR: 10.244.0.0/16',
      ],
      ...['configSyncPeriod: 0s', 'conntrack:', '  maxPerCore: null', '  min: null', '  tcpBeLiberal: false'],
      ...['  tcpCloseWaitTimeout: null', '  tcpEstablishedTimeout: null', '  udpStreamTimeout: 0s', '  udpTimeout: 0s'],
      ...[
        'detectLocal:',
        '  bridgeInterface: ""',
        '  interfaceNamePrefix: ""',
        'detectLocalMode: ""',
        'enableProfiling: false',
      ],
      ...[
        'healthzBindAddress: ""',
        'hostnameOverride: ""',
        'iptables:',
        '  localhostNodePorts: null',
        '  masqueradeAll: false',
      ],
      ...['  masqueradeBit: null', '  minSyncPeriod: 0s', '  syncPeriod: 0s', 'ipvs:', '  excludeCIDRs: null'],
      ...['  minSyncPeriod: 0s', '  scheduler: ""', '  strictARP: false', '  syncPeriod: 0s', '  tcpFinTimeout: 0s'],
      ...['logging:', '  flushFrequency: 0', '  options:', '    json:', '      infoBufferSize: "0"', '    text:'],
      ...[
        '      infoBufferSize: "0"',
        '  verbosity: 0',
        'metricsBindAddress: ""',
        'mode: ""',
        'nodePortAddresses: null',
      ],
      ...['oomScoreAdj: null', 'portRange: ""', 'showHiddenMetricsForVersion: ""', 'winkernel:', '  enableDSR: false'],
      ...['  forwardHealthCheckVip: false', '  networkName: ""', '  rootHnsEndpointName: ""', '  sourceVip: ""'],
    );
    expect(caveats(`${cluster()}---\n${text}`)).toEqual([]);
  });
});
