import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { namedVersion, reviewConfigs } from '../../src/user-config/index.ts';
import { readOnce } from '../support/read-once.ts';

const folder = join(import.meta.dirname, '../fixtures/settings');
const textOf = (file: string): string => readFileSync(join(folder, `${file}.yaml`), 'utf8');

type Result = 'same' | 'unknown' | 'fatal';

const resultOf = (base: string, candidate: string): Result => {
  const side = (text: string): Parameters<typeof reviewConfigs>[0] => {
    const configFiles = readOnce(text, 'f');
    return { configFiles, kubernetesVersion: namedVersion(configFiles) ?? 'v1.34.4' };
  };
  const { predicted, candidate: after } = reviewConfigs(side(base), side(candidate));
  if (after.remarks.some(({ weight }) => weight === 'fatal')) return 'fatal';
  const verdicts = new Set(predicted.map(({ verdict }) => verdict));
  if (verdicts.has('unknown')) return 'unknown';
  expect(verdicts).toEqual(new Set(['same']));
  return 'same';
};

const changed = (file: string, from: string, to: string): Result => {
  const text = textOf(file);
  expect(text).toContain(from);
  return resultOf(text, text.replace(from, to));
};

const manager = 'node-kube-controller-manager';
const server = 'node-kube-apiserver';
const kubelet = 'node-kubelet-config';
const cluster = 'node-kubeadm';
const spec = 'namespace: kube-system\nspec:\n';
const lines = (...each: readonly string[]): string => each.join('\n');
const pki = '    - mountPath: /etc/kubernetes/pki\n      name: k8s-certs\n      readOnly: true\n';
const mounted = '    - mountPath: /etc/ssl/certs\n';
const port = '    - --secure-port=6443\n';
const withFlag = (...flags: readonly string[]): string => port + flags.map((flag) => `    - --${flag}\n`).join('');
const volumes = '  volumes:\n';

describe('what stands around the command of a static pod', () => {
  test.each([
    [manager, '\n', '\n', 'same'],
    [manager, 'registry.k8s.io/', 'mirror.example.com/k8s/', 'unknown'],
    [manager, 'kube-controller-manager:v1.34.1', 'kube-controller-manager-amd64:v1.34.1', 'unknown'],
    [manager, 'kube-controller-manager:v1.34.1', 'kube-apiserver:v1.34.1', 'unknown'],
    [manager, 'tier: control-plane', 'tier: other', 'unknown'],
    [manager, 'cpu: 200m', 'cpu: 100m', 'unknown'],
    [manager, 'cpu: 200m', 'cpu: 200', 'unknown'],
    [manager, 'cpu: 200m', 'cpu: 200m\n      limits:\n        memory: 10Mi', 'unknown'],
    [manager, 'imagePullPolicy: IfNotPresent', 'imagePullPolicy: Always', 'unknown'],
    [manager, 'imagePullPolicy: IfNotPresent', 'imagePullPolicy: Never', 'unknown'],
    [
      manager,
      '    resources:',
      '    env: [{name: FILE_HASH, value: abc}, {name: NO_PROXY, value: .svc}]\n    resources:',
      'unknown',
    ],
    [manager, '    resources:', '    env: [{name: HTTPS_PROXY, value: "http://p"}]\n    resources:', 'unknown'],
    [manager, '  hostNetwork: true\n', '', 'unknown'],
    [manager, 'hostNetwork: true', 'hostNetwork: false', 'unknown'],
    [manager, 'port: 10257', 'port: 10258', 'unknown'],
    [manager, pki, '', 'unknown'],
    [manager, 'path: /etc/kubernetes/controller-manager.conf', 'path: /etc/kubernetes/other.conf', 'unknown'],
    [manager, '    seccompProfile:', '    runAsUser: 1000\n    seccompProfile:', 'unknown'],
    [manager, spec, `${spec}  restartPolicy: Never\n`, 'unknown'],
    [manager, spec, `${spec}  restartPolicy: Always\n  dnsPolicy: ClusterFirst\n`, 'same'],
    [manager, spec, `${spec}  activeDeadlineSeconds: 60\n`, 'unknown'],
    [manager, spec, `${spec}  initContainers: [{name: wait, image: busybox}]\n`, 'unknown'],
    [server, 'path: /livez', 'path: /live', 'unknown'],
    // No volume of that name is there, and without one the pod is refused.
    [server, mounted, `    - mountPath: /var/log/kubernetes\n      name: logs\n${mounted}`, 'unknown'],
    [server, mounted, `    - mountPath: /etc/kubernetes/pki/etcd\n      name: logs\n${mounted}`, 'unknown'],
    [
      server,
      volumes,
      `${volumes}  - hostPath: {path: /var/log/kubernetes, type: DirectoryOrCreate}\n    name: logs\n`,
      'unknown',
    ],
    [server, volumes, `${volumes}  - emptyDir: {}\n    name: logs\n`, 'unknown'],
    [server, volumes, `${volumes}  - hostPath: {path: /etc/audit.yaml, type: File}\n    name: audit\n`, 'unknown'],
  ] as const)('%s with %j as %j: %s', (file, from, to, what) => {
    expect(changed(file, from, to)).toBe(what);
  });

  test('a mount of logs with its volume, which is made, is another place for them', () => {
    const text = textOf(server);
    const mountedToo = text
      .replace(mounted, `    - mountPath: /var/log/kubernetes\n      name: logs\n${mounted}`)
      .replace(volumes, `${volumes}  - emptyDir: {}\n    name: logs\n`);
    expect(resultOf(text, mountedToo)).toBe('unknown');
    expect(resultOf(mountedToo, mountedToo)).toBe('same');
    expect(resultOf(text, mountedToo.replace('emptyDir: {}', 'emptyDir: {medium: HugePages}'))).toBe('unknown');
  });

  // RKE2 numbers volumes, and one file more moves the numbers of those behind it.
  test('volumes and mounts by other names are the same, by the same names they may be others', () => {
    const text = textOf(server);
    const renamed = text.replaceAll('name: ca-certs', 'name: dir0').replaceAll('name: k8s-certs', 'name: dir1');
    expect(resultOf(text, renamed)).toBe('same');
    const crossed = text
      .replaceAll('name: ca-certs', 'name: other')
      .replaceAll('name: k8s-certs', 'name: ca-certs')
      .replaceAll('name: other', 'name: k8s-certs');
    expect(resultOf(text, crossed)).toBe('same');
    const [before, after] = crossed.split('  volumes:');
    const swapped = `${before}  volumes:${text.split('  volumes:')[1]}`;
    expect(after).not.toBe(text.split('  volumes:')[1]);
    expect(resultOf(text, swapped)).toBe('unknown');
  });

  test('volumes in another order are the same', () => {
    const text = textOf(server);
    const [one, other] = ['ca-certs', 'k8s-certs'].map((name) =>
      lines(
        '  - hostPath:',
        `      path: ${name === 'ca-certs' ? '/etc/ssl/certs' : '/etc/kubernetes/pki'}`,
        '      type: DirectoryOrCreate',
        `    name: ${name}`,
        '',
      ),
    );
    expect(text).toContain(`${one}${other}`);
    expect(resultOf(text, text.replace(`${one}${other}`, `${other}${one}`))).toBe('same');
  });
});

describe('flags without which a component does not start, or ends', () => {
  test.each([
    [manager, '--cluster-cidr=10.244.0.0/16', '--cluster-cidr=10.200.0.0/16', 'unknown'],
    [manager, '    - --use-service-account-credentials=true\n', '', 'unknown'],
    [manager, 'service-account-credentials=true', 'service-account-credentials=false', 'unknown'],
    [manager, 'service-account-credentials=true', 'service-account-credentials=True', 'same'],
    [manager, '--allocate-node-cidrs=true', '--allocate-node-cidrs=false', 'unknown'],
    [manager, '--bind-address=127.0.0.1', '--bind-address=0.0.0.0', 'unknown'],
    [manager, '    - --bind-address=127.0.0.1\n', '', 'unknown'],
    [manager, '--bind-address=127.0.0.1', '--bind-address=10.0.0.5', 'unknown'],
    [manager, '    - --leader-elect=true\n', '    - --authorization-always-allow-paths=/metrics\n', 'unknown'],
    [manager, '    - --leader-elect=true\n', '    - --authorization-always-allow-paths=/healthz,/metrics\n', 'unknown'],
    ['init-production', 'max-pods\n    value: "200"', 'healthz-port\n    value: "0"', 'unknown'],
    ['init-production', 'max-pods\n    value: "200"', 'oom-score-adj\n    value: "1000"', 'unknown'],
    ['init-production', 'max-pods\n    value: "200"', 'oom-score-adj\n    value: "-999"', 'unknown'],
    ['init-production', 'max-pods\n    value: "200"', 'max-pods\n    value: "220"', 'unknown'],
    [server, port, withFlag('audit-policy-file=/etc/kubernetes/audit-policy.yaml'), 'unknown'],
    [server, port, withFlag('encryption-provider-config=/etc/kubernetes/enc.yaml'), 'unknown'],
    [server, port, withFlag('encryption-provider-config-automatic-reload=true'), 'fatal'],
    [server, port, withFlag('encryption-provider-config-automatic-reload=false'), 'unknown'],
    [server, port, withFlag('oidc-issuer-url=https://login.example.com'), 'fatal'],
    [server, port, withFlag('oidc-issuer-url=https://login.example.com', 'oidc-client-id=a'), 'unknown'],
    [
      server,
      port,
      withFlag('oidc-issuer-url=https://x.org', 'oidc-client-id=a', 'authentication-config=/etc/kubernetes/pki/a.yaml'),
      'fatal',
    ],
    [server, port, withFlag('enable-priority-and-fairness=false'), 'unknown'],
    [server, port, withFlag('audit-log-path=/var/log/audit.log'), 'unknown'],
    [cluster, '/etc/kubernetes/kubelet.conf', '/etc/kubernetes/kublet.conf', 'unknown'],
    [cluster, 'value: cp1', 'value: cp-1', 'unknown'],
    [cluster, '    value: "true"\n', '    value: "false"\n', 'unknown'],
    [cluster, '  - name: oidc-client-id\n    value: k8s\n', '', 'fatal'],
    [
      cluster,
      '  - name: oidc-client-id',
      '  - name: etcd-servers\n    value: https://10.9.9.9:2379\n  - name: oidc-client-id',
      'unknown',
    ],
    ['init-production', 'topology.example.com/rack', 'node.kubernetes.io/instance-type', 'unknown'],
    ['init-production', 'topology.example.com/rack', 'node.kubernetes.io/exclude-disruption', 'unknown'],
    ['init-production', 'topology.example.com/rack', 'node-role.kubernetes.io/web', 'unknown'],
    ['production-oidc', '\n', '\n', 'same'],
  ] as const)('%s with %j as %j: %s', (file, from, to, what) => {
    expect(changed(file, from, to)).toBe(what);
  });
});

describe('what kubeadm sets up beside flags', () => {
  test.each([
    ['imageRepository: registry.k8s.io', 'imageRepository: mirror.example.com:5000/k8s', 'unknown'],
    ['dns: {}', 'dns:\n  imageTag: v1.12.0', 'unknown'],
    ['token: abcdef.0123456789abcdef', 'token: bcdefg.0123456789abcdef', 'unknown'],
    ['  dnsDomain: cluster.local\n', '', 'same'],
    ['criSocket: unix:///run/containerd/containerd.sock', 'criSocket: /var/run/containerd/containerd.sock', 'same'],
    ['criSocket: unix:///run/containerd/containerd.sock', 'criSocket: unix:///var/run/crio/crio.sock', 'unknown'],
    ['    hostPath: /etc/kubernetes/audit-policy.yaml\n', '    hostPath: /etc/kubernetes/a.yaml\n', 'unknown'],
    ['podSubnet: 10.244.0.0/16', 'podSubnet: 10.200.0.0/16', 'unknown'],
    ['dataDir: /var/lib/etcd', 'dataDir: /var/lib/etcd2', 'unknown'],
    ['certificatesDir: /etc/kubernetes/pki', 'certificatesDir: /etc/kubernetes/ssl', 'unknown'],
    ['advertiseAddress: 10.0.0.11', 'advertiseAddress: 127.0.0.1', 'unknown'],
    ['controlPlaneEndpoint: k8s.example.com:6443', 'controlPlaneEndpoint: other.example.com:6443', 'unknown'],
    ['  name: cp1\n', '  name: cp2\n', 'unknown'],
  ] as const)('%j as %j: %s', (from, to, what) => {
    expect(changed(cluster, from, to)).toBe(what);
  });

  const document = (...fields: readonly string[]): string =>
    lines('---', 'apiVersion: kubelet.config.k8s.io/v1beta1', 'kind: KubeletConfiguration', ...fields, '');

  test.each([
    [document('cgroupDriver: systemd'), 'unknown'],
    [document('cgroupDriver: cgroupfs'), 'unknown'],
    [document('rotateCertificates: true', 'failSwapOn: false'), 'unknown'],
    [document('rotateCertificates: false'), 'unknown'],
    [document('staticPodPath: /etc/kubernetes/manifest'), 'unknown'],
    [document('maxPods: 200'), 'unknown'],
  ] as const)('a KubeletConfiguration where the base leaves it to kubeadm: %j: %s', (added, what) => {
    expect(resultOf(textOf(cluster), textOf(cluster) + added)).toBe(what);
  });
});

describe('fields with which a kubelet starts on some machines alone', () => {
  test.each([
    ['    failSwapOn: false\n', '', 'unknown'],
    ['failSwapOn: false', 'failSwapOn: true', 'unknown'],
    ['cgroupDriver: systemd', 'cgroupDriver: cgroupfs', 'unknown'],
    ['cgroupDriver: systemd', 'cgroupDriver: systemd\n    cgroupRoot: /kube', 'unknown'],
    ['staticPodPath: /etc/kubernetes/manifests', 'staticPodPath: /etc/kubernetes/manifest', 'unknown'],
    ['containerd.sock', 'crio.sock', 'unknown'],
    ['clientCAFile: /etc/kubernetes/pki/ca.crt', 'clientCAFile: /etc/kubernetes/ca.crt', 'unknown'],
    ['rotateCertificates: true', 'rotateCertificates: false', 'unknown'],
    ['    rotateCertificates: true\n', '', 'unknown'],
    ['healthzPort: 10248', 'healthzPort: 0', 'unknown'],
    ['memorySwap: {}', 'oomScoreAdj: 1000', 'unknown'],
    ['memorySwap: {}', 'address: 10.0.0.99', 'unknown'],
    ['memorySwap: {}', 'memorySwap: {}\n    address: 0.0.0.0', 'same'],
    ['    memorySwap: {}\n', '', 'unknown'],
    ['    healthzPort: 10248\n', '', 'same'],
    ['verbosity: 0', 'verbosity: 4', 'same'],
    ['memorySwap: {}', 'containerLogMaxSize: 20Mi', 'unknown'],
    ['memorySwap: {}', 'podPidsLimit: 8192', 'unknown'],
  ] as const)('%j as %j: %s', (from, to, what) => {
    expect(changed(kubelet, from, to)).toBe(what);
  });

  test('what asks less of a machine may be more than it bears', () => {
    const text = textOf(kubelet);
    expect(resultOf(text.replace('failSwapOn: false', 'failSwapOn: true'), text)).toBe('unknown');
    expect(resultOf(text.replace('rotateCertificates: true', 'rotateCertificates: false'), text)).toBe('unknown');
  });
});

describe('keys of k3s and RKE2', () => {
  const plain = lines('write-kubeconfig-mode: "0644"', 'token: one', 'server: https://10.0.0.11:6443', '');
  const args = lines('kubelet-arg:', '- fail-swap-on=false', '');

  test.each([
    [plain, plain.replace('0644', '0600'), 'unknown'],
    [plain, `${plain}tls-san: [k3s.example.com]\ndisable: [traefik]\n`, 'unknown'],
    [plain, `${plain}node-label: [role=db]\n`, 'unknown'],
    [plain, `${plain}node-label: [node-role.kubernetes.io/db=]\n`, 'unknown'],
    [plain, plain + args, 'unknown'],
    [plain + args, plain, 'unknown'],
    [plain + args, plain + args.replace('false', 'true'), 'unknown'],
    [plain, plain.replace('token: one', 'token: two'), 'unknown'],
    [plain, plain.replace('10.0.0.11', '10.0.0.99'), 'unknown'],
    [plain, `${plain}profile: cis\n`, 'unknown'],
    [plain, `${plain}flannel-backend: none\n`, 'unknown'],
    [plain, `${plain}kube-apiserver-extra-env: [GODEBUG=x509sha1=1]\n`, 'unknown'],
  ] as const)('%j, then %j: %s', (base, candidate, what) => {
    expect(resultOf(base, candidate)).toBe(what);
  });

  test('a secret is not printed', () => {
    const side = (text: string) => ({ configFiles: readOnce(text, 'f'), kubernetesVersion: 'v1.34.4' });
    const { candidate } = reviewConfigs(side(plain), side(plain.replace('token: one', 'token: two')));
    expect(candidate.remarks.map(({ text }) => text)).toEqual([
      'token of configuration of k3s or RKE2 is a value that is not shown on the base (f:2:8) and a value that is not shown here, and nobody here knows what that does',
    ]);
  });
});

describe('settings of the controller manager that no formula of a review knows', () => {
  const side = (...flags: readonly string[]): Parameters<typeof reviewConfigs>[0] => {
    const passed = flags.map((flag) => `    - --${flag}\n`).join('');
    const text = textOf(manager).replace('    - --leader-elect=true\n', `    - --leader-elect=true\n${passed}`);
    return { configFiles: readOnce(text, 'f'), kubernetesVersion: 'v1.34.1' };
  };

  test.each([
    'leader-elect-lease-duration=5m',
    'leader-elect-retry-period=7s',
    'kube-api-qps=40',
    'kube-api-burst=60',
    'unhealthy-zone-threshold=0.1',
    'secondary-node-eviction-rate=0',
    'large-cluster-size-threshold=0',
    'node-startup-grace-period=10m',
    'node-eviction-rate=0.001',
  ])('%s is shown, no profile is the same, and something is not known', (flag) => {
    const [name = ''] = flag.split('=');
    const { effective, predicted, base, candidate } = reviewConfigs(side(), side(flag));
    expect(effective.filter(({ figure }) => figure === name)).toMatchObject([{ verdict: 'changed' }]);
    expect(predicted.at(-1)).toMatchObject({ base: null, candidate: null, verdict: 'unknown' });
    expect(base.nearest?.differences).toEqual([]);
    expect(candidate.nearest?.differences).toHaveLength(1);
    const itself = reviewConfigs(side(flag), side(flag));
    expect(itself.effective.filter(({ figure }) => figure === name)).toMatchObject([{ verdict: 'same' }]);
    expect(new Set(itself.predicted.map(({ verdict }) => verdict))).toEqual(new Set(['same']));
  });

  test('their defaults, written out, are the same', () => {
    const { effective, predicted } = reviewConfigs(side(), side('leader-elect-lease-duration=15s', 'kube-api-qps=20'));
    expect(effective.map(({ figure }) => figure)).not.toContain('kube-api-qps');
    expect(new Set(predicted.map(({ verdict }) => verdict))).toEqual(new Set(['same']));
  });
});

describe('settings from two sources, a command line and kubeadm', () => {
  const cluster = (...flags: readonly (readonly [string, string])[]): string =>
    [
      'apiVersion: kubeadm.k8s.io/v1beta4',
      'kind: ClusterConfiguration',
      'apiServer:',
      `  extraArgs: [${flags.map(([name, value]) => `{name: ${name}, value: "${value}"}`).join(', ')}]`,
    ].join('\n');
  const because = (base: string, candidate: string): readonly string[] => {
    const side = (text: string) => ({ configFiles: readOnce(text, 'f'), kubernetesVersion: 'v1.34.4' });
    return reviewConfigs(side(base), side(candidate)).candidate.remarks.map(({ text }) => text);
  };
  const command = textOf(server);

  test('are documents of one side each', () => {
    const texts = because(command, cluster(['audit-policy-file', '/etc/policy.yaml']));
    expect(texts).toEqual([
      'the base alone has Pod kube-system/kube-apiserver, and nobody here knows what that does',
      'the candidate alone has ClusterConfiguration, and nobody here knows what that does',
    ]);
  });
});
