import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatDuration } from '../../src/common/duration.ts';
import { compileProfile, type EffectiveSettings } from '../../src/profile/index.ts';
import { type ConfigFiles, explain, joinConfigs, namedVersion, readConfigFile } from '../../src/user-config/index.ts';
import { refusalOf } from '../support/refusal.ts';

/*
 * Files as machines have them, and what Kubernetes makes of each: S nodeStatusUpdateFrequency, F report frequency,
 * L lease duration/renewal, P monitor period, G grace, E toleration of unreachable, Et pod-eviction-timeout.
 * `not known`: a component does not start, or does what is not modelled. Every remark but notes is listed by its start.
 */
const folder = join(import.meta.dirname, '../fixtures/settings');

const ms = formatDuration;
const rendered = ({ effective }: { readonly effective: EffectiveSettings | null }): string => {
  if (effective === null) return 'not known';
  const { eviction } = effective;
  const evicted = eviction.kind === 'tolerations' ? `E${ms(eviction.seconds * 1000)}` : `Et${ms(eviction.timeoutMs)}`;
  return [
    `S${ms(effective.nodeStatusUpdateFrequencyMs)}`,
    `F${ms(effective.nodeStatusReportFrequencyMs)}`,
    `L${effective.nodeLeaseDurationSeconds}s/${ms(effective.leaseRenewIntervalMs)}`,
    `P${ms(effective.nodeMonitorPeriodMs)}`,
    `G${ms(effective.nodeMonitorGracePeriodMs)}`,
    evicted,
  ].join(' ');
};

/** Of v1.32 and later. */
const newDefaults = 'S10s F5m L40s/10s P5s G50s E5m';
/** Of v1.17 to v1.31. */
const oldDefaults = 'S10s F5m L40s/10s P5s G40s E5m';

type Row = {
  readonly file: string;
  /** What the file says, else what is asked for. */
  readonly version: string;
  readonly holds: string;
  readonly remarks: readonly string[];
};

const ofFirstNode = "unread: node-status-update-frequency is the first node's: no JoinConfiguration says";

const row = (file: string, version: string, holds: string, ...remarks: readonly string[]): Row => ({
  file,
  version,
  holds,
  remarks,
});

const anyVersion = 'v1.34.4';

const rows: readonly Row[] = [
  row('kubelet-written-by-kubeadm', anyVersion, newDefaults),
  row('kubelet-lease-zero', anyVersion, newDefaults),
  row('kubelet-lease-20', anyVersion, 'S10s F5m L20s/5s P5s G50s E5m'),
  row('kubelet-lease-40', anyVersion, newDefaults),
  row(
    'kubelet-lease-negative',
    anyVersion,
    'not known',
    'fatal: nodeLeaseDurationSeconds: expected seconds of 0 or more, received "-5"',
  ),
  row('kubelet-report-1m', anyVersion, 'S10s F1m L40s/10s P5s G50s E5m'),
  row('kubelet-report-2m-update-zero', anyVersion, 'S10s F2m L40s/10s P5s G50s E5m'),
  row('kubelet-update-10s', anyVersion, 'S10s F10s L40s/10s P5s G50s E5m'),
  row('kubelet-update-60s', anyVersion, 'S1m F1m L40s/10s P5s G50s E5m'),
  row('kubelet-update-1m0s', anyVersion, 'S1m F1m L40s/10s P5s G50s E5m'),
  row('kubelet-update-quoted-zero', anyVersion, newDefaults),
  row(
    'kubelet-update-negative',
    anyVersion,
    'not known',
    'unknown: nodeStatusUpdateFrequency -5s is taken by the component',
  ),
  row('kubelet-fast-by-lease', anyVersion, 'S4s F5m L16s/4s P5s G50s E5m'),
  row(
    'kubelet-gate-lease',
    anyVersion,
    'not known',
    'fatal: v1.34 has no feature gate NodeLease',
    'unknown: the feature gate NodeLease=false',
  ),
  row('cluster-plain', 'v1.34.1', newDefaults),
  row('cluster-plain-131', 'v1.31.0', oldDefaults),
  row(
    'cluster-duplicates',
    'v1.34.1',
    'S10s F5m L40s/10s P5s G1m E5m',
    'ignored: node-monitor-grace-period 16s is passed beside 60s: this kubeadm sorts',
  ),
  row(
    'cluster-duplicates-136',
    'v1.36.0',
    'S10s F5m L40s/10s P5s G16s E5m',
    'ignored: node-monitor-grace-period 60s is passed beside 16s: of equal flags the last counts',
  ),
  row('cluster-v1beta3', 'v1.30.4', 'S10s F5m L40s/10s P2s G20s E5m'),
  row('cluster-underscores', 'v1.29.2', 'S10s F5m L40s/10s P5s G30s E5m'),
  row('cluster-tolerations', 'v1.34.1', 'S10s F5m L40s/10s P5s G50s E30s'),
  row('cluster-unreachable-alone', 'v1.34.1', 'S10s F5m L40s/10s P5s G50s E30s'),
  row(
    'cluster-not-ready-alone',
    'v1.34.1',
    newDefaults,
    'unknown: pods tolerate not-ready for 30 s and unreachable for 300 s',
  ),
  row('cluster-no-tolerations', 'v1.34.1', 'S10s F5m L40s/10s P5s G50s E0s'),
  row('cluster-no-tolerations-among', 'v1.32.0', 'S10s F5m L40s/10s P5s G50s E0s'),
  row(
    'cluster-no-tolerations-but-seconds',
    'v1.34.1',
    'S10s F5m L40s/10s P5s G50s E0s',
    'ignored: default-unreachable-toleration-seconds does nothing without the plug-in',
  ),
  row('cluster-plugin-in-two-flags', 'v1.34.1', 'S10s F5m L40s/10s P5s G50s E0s'),
  row(
    'cluster-plugin-misspelt',
    'v1.34.1',
    'not known',
    'fatal: disable-admission-plugins: plugin "defaulttolerationseconds" is unknown',
  ),
  row(
    'cluster-plugin-on-and-off',
    'v1.34.1',
    'not known',
    'fatal: DefaultTolerationSeconds is both enabled and disabled',
  ),
  row(
    'cluster-admission-control',
    'v1.22.0',
    'not known',
    'fatal: admission-control excludes --enable-admission-plugins, which kubeadm passes',
    'unread: what pods and nodes are without MutatingAdmissionWebhook, Priority, TaintNodesByCondition is not known',
  ),
  row('cluster-eviction-rate', 'v1.34.1', newDefaults),
  row('cluster-eviction-rate-default', 'v1.34.1', newDefaults),
  row('cluster-zone-threshold', 'v1.34.1', newDefaults),
  row('cluster-controllers-of-kubeadm', 'v1.34.1', newDefaults),
  row(
    'cluster-no-taint-eviction',
    'v1.34.1',
    newDefaults,
    'unknown: --controllers=*,bootstrapsigner,tokencleaner,-taint-eviction-controller leaves out the taint eviction',
  ),
  row(
    'cluster-no-lifecycle',
    'v1.26.0',
    'not known',
    'unknown: --controllers=*,-nodelifecycle leaves out the node lifecycle controller',
  ),
  row('cluster-eviction-timeout-126', 'v1.26.0', oldDefaults, 'ignored: --pod-eviction-timeout does nothing'),
  row('cluster-eviction-timeout-127', 'v1.27.0', 'not known', 'fatal: --pod-eviction-timeout was removed in v1.27'),
  row('cluster-taint-manager-false', 'v1.25.0', 'S10s F5m L40s/10s P5s G40s Et30s'),
  row('cluster-taint-manager-0', 'v1.24.1', 'S10s F5m L40s/10s P5s G40s Et45s'),
  row(
    'cluster-taint-manager-no',
    'v1.24.1',
    'not known',
    'fatal: enable-taint-manager: expected true or false, received "no"',
  ),
  row('cluster-grace-zero', 'v1.34.1', 'not known', 'unknown: node-monitor-grace-period 0s is taken by the component'),
  row(
    'cluster-grace-word',
    'v1.34.1',
    'not known',
    'fatal: node-monitor-grace-period: expected a duration such as 10s, received "soon"',
  ),
  row(
    'cluster-grace-negative-number',
    'v1.34.1',
    'not known',
    'fatal: node-monitor-grace-period: expected a duration such as 10s, received "40"',
  ),
  row('cluster-label', 'v1.33', 'S10s F5m L40s/10s P3s G50s E5m'),
  row('cluster-stable', anyVersion, newDefaults, 'kubernetesVersion stable-1 names no version'),
  row('cluster-alpha', anyVersion, newDefaults, 'kubernetesVersion v1.32.0-alpha.1 names no version'),
  row('cluster-old-default', 'v1.34.1', 'S10s F5m L40s/10s P5s G40s E5m'),
  row('init-flag', anyVersion, 'S4s F5m L40s/10s P5s G50s E5m', ofFirstNode),
  row(
    'init-flag-beats-file',
    anyVersion,
    'S4s F20s L40s/10s P5s G50s E5m',
    ofFirstNode,
    'ignored: nodeStatusUpdateFrequency 20s does nothing but set nodeStatusReportFrequency',
  ),
  row(
    'file-before-flag',
    anyVersion,
    'S4s F20s L40s/10s P5s G50s E5m',
    ofFirstNode,
    'ignored: nodeStatusUpdateFrequency 20s does nothing but set nodeStatusReportFrequency',
  ),
  row(
    'init-and-join',
    anyVersion,
    'S20s F5m L40s/10s P5s G50s E5m',
    'notRun: the first node has node-status-update-frequency 4s, joined nodes 20s',
    'kubeadm join ends with "discovery: bootstrapToken or file must be set"',
  ),
  row(
    'init-flag-plain-join',
    anyVersion,
    newDefaults,
    'notRun: the first node has node-status-update-frequency 4s, joined nodes not set',
  ),
  row(
    'join-flag',
    anyVersion,
    'S7s F5m L40s/10s P5s G50s E5m',
    'notRun: joined nodes have node-status-update-frequency 7s, the first node not',
    'kubeadm join ends with "discovery: bootstrapToken or file must be set"',
  ),
  row('init-patches', 'v1.34.1', newDefaults, 'unread: the patches in /etc/kubeadm/patches may change'),
  row('init-config-dir', anyVersion, newDefaults, 'unread: what stands in /etc/kubelet.d may set'),
  row(
    'init-flag-zero',
    anyVersion,
    'not known',
    'unknown: node-status-update-frequency 0s is taken by the component',
    ofFirstNode,
  ),
  row('configmap-kubeadm', 'v1.30.4', 'S10s F5m L40s/10s P2s G20s E5m'),
  row('configmap-kubelet', anyVersion, 'S10s F5m L20s/5s P5s G50s E5m'),
  row(
    'kcm-duplicates',
    'v1.34.1',
    'S10s F5m L40s/10s P5s G16s E5m',
    'ignored: node-monitor-grace-period 40s is passed beside 16s',
  ),
  row('kcm-125', 'v1.25.16', 'S10s F5m L40s/10s P5s G40s Et30s'),
  row('kcm-129', 'v1.29.3', oldDefaults),
  row('kcm-two-words', 'v1.33.0', 'S10s F5m L40s/10s P2s G20s E5m'),
  row('kcm-go-runner', 'v1.34.1', 'S10s F5m L40s/10s P5s G20s E5m'),
  row('kcm-hyperkube', 'v1.16.15', 'S10s F1m L40s/10s P5s G30s E5m'),
  row('kcm-digest', anyVersion, 'S10s F5m L40s/10s P2s G50s E5m', 'the image "example.org/kcm@sha256:aaa'),
  row('kcm-rke2', 'v1.30.4', 'S10s F5m L40s/10s P5s G24s E5m'),
  row(
    'kcm-after-dashes',
    'v1.34.1',
    'S10s F5m L40s/10s P2s G50s E5m',
    'unread: "--node-monitor-period=9s" is no flag: kube-controller-manager from v1.20 on does not start',
  ),
  row(
    'kcm-swallowed',
    'v1.34.1',
    'S10s F5m L40s/10s P2s G50s E5m',
    'unread: whether kube-controller-manager starts with --cluster-name',
    'unread: node-monitor-grace-period stands where it is not read',
  ),
  row(
    'kcm-flag-of-none',
    'v1.34.1',
    newDefaults,
    'unread: --node-grace-time is no flag of kube-controller-manager that is known here',
  ),
  row('kcm-port-zero-123', 'v1.23.17', 'S10s F5m L40s/10s P5s G20s E5m'),
  row(
    'kcm-port-zero-124',
    'v1.24.17',
    'not known',
    'fatal: kube-controller-manager v1.24.17 has no flag --port: it ends with "unknown flag"',
  ),
  row('apiserver-gate-typo', 'v1.34.1', 'not known', 'fatal: v1.34 has no feature gate GracefulNodeShutdwn'),
  row('kubelet-gate-locked', anyVersion, 'not known', 'fatal: v1.34 has SidecarContainers locked'),
  row('kubelet-gate-gone', anyVersion, 'not known', 'fatal: v1.34 has no feature gate CSIMigration'),
  row('join-container-runtime-127', 'v1.27.16', 'not known', 'fatal: kubelet v1.27.16 has no flag --container-runtime'),
  row('cluster-v1beta2-127', 'v1.27.3', 'not known', 'fatal: kubeadm v1.27 does not read kubeadm.k8s.io/v1beta2'),
  row(
    'cluster-v1beta4-130',
    'v1.30.4',
    'S10s F5m L40s/10s P5s G20s E5m',
    'unread: kubeadm v1.30 does not read kubeadm.k8s.io/v1beta4 by itself',
  ),
  row('cluster-gates', 'v1.34.1', 'not known', 'fatal: v1.34 has MemoryManager locked'),
  row(
    'k3s-gone',
    anyVersion,
    'not known',
    'fatal: kube-controller-manager v1.34.4 has no flag --horizontal-pod-autoscaler-use-rest-clients',
    'fatal: kubelet v1.34.4 has no flag --network-plugin',
  ),
  row(
    'cluster-beside-its-section',
    'v1.30.0',
    oldDefaults,
    'unread: node-monitor-grace-period stands where it is not read',
    'unread: node-monitor-period stands where it is not read',
  ),
  row('kcm-controllers-spaced', 'v1.34.1', 'not known', 'fatal: controllers: there is no controller " -nodelifecycle"'),
  row('apiserver-negative', 'v1.34.1', 'S10s F5m L40s/10s P5s G50s E0s'),
  row('apiserver-hexadecimal', 'v1.34.1', 'S10s F5m L40s/10s P5s G50s E30s'),
  row('apiserver-octal', 'v1.34.1', 'S10s F5m L40s/10s P5s G50s E15s'),
  row(
    'apiserver-duration',
    'v1.34.1',
    'not known',
    'fatal: default-unreachable-toleration-seconds: expected whole seconds, received "30s"',
  ),
  row('list-kube-system', 'v1.34.1', 'S10s F5m L40s/10s P5s G30s E1m'),
  row('list-json', 'v1.32.1', 'S10s F5m L40s/10s P4s G50s E5m'),
  row('k3s-server', anyVersion, 'S4s F5m L40s/10s P2s G16s E30s'),
  row('k3s-one-text', anyVersion, 'S5s F5m L40s/10s P5s G50s E5m'),
  row(
    'k3s-duplicates',
    anyVersion,
    'S10s F5m L40s/10s P5s G16s E5m',
    'ignored: node-monitor-grace-period 60s is passed beside 16s: of equal flags the last counts',
  ),
  row(
    'rke2-server',
    anyVersion,
    'S10s F5m L40s/10s P5s G20s E5m',
    'unread: what stands in /etc/rancher/kubelet.yaml may set',
  ),
  row('production-oidc', 'v1.34.1', newDefaults),
  row('production-benchmark', 'v1.34.1', newDefaults),
  row('production-endpoint', 'v1.34.1', newDefaults),
  row('production-cloud-provider', 'v1.29.6', oldDefaults),
  row('production-external-etcd', 'v1.30.4', oldDefaults),
  row('kubelet-benchmark', anyVersion, newDefaults),
  row('kubelet-reserved', anyVersion, newDefaults),
  row('kubelet-large-machine', anyVersion, newDefaults),
  row('kubelet-soft-eviction', anyVersion, newDefaults),
  row('kubelet-image-age', anyVersion, newDefaults),
  row('kubelet-tls13', anyVersion, newDefaults),
  row('kcm-benchmark', 'v1.34.1', newDefaults),
  row('apiserver-production', 'v1.34.1', newDefaults),
  row('k3s-production', anyVersion, newDefaults),
  row('rke2-benchmark', anyVersion, 'S10s F5m L40s/10s P5s G40s E5m'),
  row('init-production', anyVersion, newDefaults, 'notRun: taints at registration none of a control plane'),
  row('node-kube-controller-manager', 'v1.34.1', newDefaults),
  row('node-kube-apiserver', 'v1.34.1', newDefaults),
  row('node-kubelet-config', anyVersion, newDefaults),
  row('node-kubeadm', 'v1.34.1', 'S10s F5m L40s/10s P5s G40s E5m'),
];

const refused: readonly (readonly [string, string])[] = [
  ['kubelet-lease-quoted', 'f:3:27: nodeLeaseDurationSeconds: expected a number of seconds, received "40" (string)'],
  [
    'kubelet-update-bare-zero',
    'f:3:28: nodeStatusUpdateFrequency: expected a duration such as 10s, received 0 (number)',
  ],
  [
    'cluster-unquoted',
    'f:8:43: apiServer.extraArgs.default-not-ready-toleration-seconds: expected text, which kubeadm asks for, received 30 (number)\nf:9:45: apiServer.extraArgs.default-unreachable-toleration-seconds: expected text, which kubeadm asks for, received 30 (number)',
  ],
  ['cluster-merge-method', 'f:8:44: controllerManager.extraArgs.0.mergeMethod: expected name and value alone'],
  [
    'cluster-dashes',
    'f:9:12: controllerManager.extraArgs.0.value: expected a flag without its dashes, received "--node-monitor-period"',
  ],
  [
    'cluster-old-api',
    'f:1:13: apiVersion: expected kubeadm.k8s.io/v1beta1, v1beta2, v1beta3, v1beta4, received "kubeadm.k8s.io/v1alpha3"',
  ],
  ['configmap-other', 'f:1:1: expected the ConfigMap kubeadm-config or kubelet-config, received another one'],
  [
    'configmap-broken',
    'f:5:3 ClusterConfiguration:2:1: expected YAML, received an error: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  [
    'kcm-wrapper',
    'f:11:9: spec.containers.0.command: expected the argv of kube-controller-manager, received the program "/opt/launch", whose text is not read',
  ],
  [
    'kcm-words-of-env',
    'f:12:11: spec.containers.0.command.1: expected a flag itself, received "$(EXTRA_ARGS)", which is filled in from elsewhere',
  ],
  [
    'kubelet-lease-sexagesimal',
    'f:3:27: nodeLeaseDurationSeconds: expected a number of seconds, received "1:00" (string)',
  ],
  ['kubelet-yaml-12', 'f:1:1: expected YAML 1.1, which Kubernetes reads, received YAML 1.2'],
  ['kubelet-gates-text', 'f:3:15: featureGates: expected a mapping, received "NodeLease=false"'],
  [
    'kcm-shell',
    'f:12:5: spec.containers.0.command: expected the argv of kube-controller-manager, received a shell, whose text is not read',
  ],
  [
    'kcm-unknown-program',
    'f:12:5: spec.containers.0.command: expected the argv of kube-controller-manager, received the program "/opt/start", whose text is not read',
  ],
  [
    'kcm-old-image',
    'f:10:12: spec.containers.0.image: expected kube-controller-manager from v1.11 to v1.37, received "registry.k8s.io/kube-controller-manager:v1.9.0"',
  ],
  [
    'kcm-variable',
    'f:13:7: spec.containers.0.command.1: expected the value of node-monitor-grace-period itself, received "$(GRACE)", which is filled in from elsewhere',
  ],
  [
    'kcm-one-dash',
    'f:13:7: spec.containers.0.command.1: expected --node-monitor-grace-period, received it with one dash, which keeps kube-controller-manager from starting',
  ],
  [
    'kcm-boolean-apart',
    'f:13:7: spec.containers.0.command.1: expected --enable-taint-manager alone or --enable-taint-manager=False, received "False" as a word of its own, which keeps kube-controller-manager from starting',
  ],
  ['kcm-no-command', 'f:9:5: spec.containers.0: expected the command of kube-controller-manager, received none'],
  ['kcm-no-value', 'f:13:7: spec.containers.0.command.1: expected a value after it, received nothing'],
  [
    'list-bare-pod',
    'f:3:3: items.0.spec.containers: expected the containers of kube-controller-manager, received nothing',
  ],
  [
    'list-others',
    'f:3:1: items: expected a static Pod, a ClusterConfiguration, InitConfiguration or JoinConfiguration of kubeadm, a KubeletConfiguration, a List or ConfigMap of these, or the configuration of k3s or RKE2 among them, received 2 others',
  ],
  ['list-two-graces', 'f:96:9: node-monitor-grace-period: expected 30s, as f:30:9 says, received 20s'],
  [
    'list-two-versions',
    'f:97:14: expected v1.34.1, as f:31:14 says, received v1.33.4: --kubernetes says which one counts',
  ],
  [
    'k3s-adds',
    'f:2:3: kube-apiserver-arg.0: expected disable-admission-plugins=value, received "disable-admission-plugins+=DefaultTolerationSeconds", which adds to a value that is not in the file',
  ],
  ['k3s-number', 'f:1:15: kubelet-arg.0: expected text such as name=value, received 4 (number)'],
  [
    'deployment',
    'f:1:1: expected a static Pod, a ClusterConfiguration, InitConfiguration or JoinConfiguration of kubeadm, a KubeletConfiguration, a List or ConfigMap of these, or the configuration of k3s or RKE2, received apiVersion "apps/v1", kind "Deployment"',
  ],
];

const read = (file: string): ConfigFiles => joinConfigs([readConfigFile(join(folder, `${file}.yaml`))]);

/** The patch of a minor does not matter to what holds. */
const exact = (version: string): string => (version.split('.').length > 2 ? version : `${version}.0`);

const messageOf = (act: () => unknown): string => refusalOf(act).message;

describe('what Kubernetes makes of a file', () => {
  test.each(rows)('$file on $version: $holds', ({ file, version, holds, remarks }) => {
    const configFiles = read(file);
    expect(namedVersion(configFiles) ?? anyVersion).toBe(version);
    const explained = explain(configFiles, exact(version));
    expect(rendered(explained)).toBe(holds);
    const said = [
      ...explained.remarks.filter(({ weight }) => weight !== 'note').map(({ weight, text }) => `${weight}: ${text}`),
      ...configFiles.passedOver.map((sentence) => sentence.replace(/^.*?:\d+:\d+: /, '')),
    ];
    expect(said.map((text, index) => text.slice(0, remarks[index]?.length ?? 80))).toEqual(remarks);
  });

  test.each(rows.filter(({ holds }) => holds !== 'not known'))(
    '$file: a run passes flags of the file alone, and with them the same holds',
    ({ file, version }) => {
      const configFiles = read(file);
      const { profile, effective } = explain(configFiles, exact(version));
      const compiled = compileProfile(profile, 'literal', exact(version));
      expect(compiled.effective).toEqual(effective);
      const names = configFiles.settings.map(({ name }) => name);
      for (const name of Object.keys({ ...compiled.controllerManagerArgs, ...compiled.apiServerArgs })) {
        expect(names).toContain(name);
      }
    },
  );

  test.each(refused)('%s is refused: %s', (file, message) => {
    const text = messageOf(() => {
      const configFiles = read(file);
      explain(configFiles, exact(namedVersion(configFiles) ?? anyVersion));
    });
    expect(text.replaceAll(join(folder, `${file}.yaml`), 'f')).toBe(message);
  });

  test('every fixture has its row', () => {
    const named = [...rows.map(({ file }) => file), ...refused.map(([file]) => file)].sort();
    const there = readdirSync(folder).map((name) => name.replace(/\.yaml$/, ''));
    expect(named).toEqual(there.sort());
  });
});

test.each([
  [
    'kubelet-lease-20',
    'v1.15.12',
    'S10s F1m L20s/10s P5s G40s E5m',
    "ignored: before v1.16 the lease's duration does not set its renewal: on v1.15.12 that is every 10s",
  ],
  [
    'kubelet-lease-20',
    'v1.13.12',
    'S10s F10s L20s/10s P5s G40s E5m',
    "ignored: before v1.16 the lease's duration does not set its renewal: on v1.13.12 nobody reads leases",
  ],
  [
    'kubelet-report-1m',
    'v1.13.12',
    'S10s F10s L40s/10s P5s G40s E5m',
    'ignored: to v1.13 every status is posted, whatever nodeStatusReportFrequency is',
  ],
  [
    'init-flag',
    'v1.16.15',
    'S4s F1m L40s/10s P5s G40s E5m',
    "unread: kubeadm v1.16 does not read kubeadm.k8s.io/v1beta4: those of v1.31 and later do\nunread: node-status-update-frequency is the first node's: no JoinConfiguration says what joined nodes have; left out, they have it too",
  ],
  [
    'cluster-eviction-timeout-126',
    'v1.12.10',
    'S10s F10s L40s/10s P5s G40s Et1m',
    'unread: kubeadm v1.12 does not read kubeadm.k8s.io/v1beta3: those of v1.22 to v1.36 do',
  ],
])('%s on %s, which is older, means %s', (file, version, holds, remark) => {
  const { remarks, ...explained } = explain(read(file), version);
  expect(rendered({ effective: explained.effective })).toBe(holds);
  const said = remarks.filter(({ weight }) => weight !== 'note').map(({ weight, text }) => `${weight}: ${text}`);
  if (remark === '') expect(said).toEqual([]);
  else expect(said.join('\n')).toBe(remark);
});
