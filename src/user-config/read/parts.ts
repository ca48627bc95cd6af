import { harmlessFields } from '../tables/harmless-flags.ts';
import type { Component } from '../types.ts';
import { isMapping, type Mapping, type Path, type Reader } from './document.ts';
import { isLeftOut } from './values/kubelet-field-values.ts';
import { parseQuantity } from './values/machine-bound.ts';

/** One thing of a document: the path within it, and its text without what is empty. */
type Leaf = { readonly path: Path; readonly value: unknown };

export const isEmptyField = (value: unknown): boolean => value !== null && isEmpty(value);

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isMapping(value) && Object.values(value).every(isEmpty));

/** The same text for the same thing: keys sorted, and what is empty left out. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    isMapping(each)
      ? Object.fromEntries(
          Object.entries(each)
            .filter(([, inner]) => !isEmpty(inner))
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : each,
  );

const nameOf = (item: unknown): string | null => {
  if (!isMapping(item)) return null;
  const name = item.mountPath ?? item.name;
  return typeof name === 'string' ? name : null;
};

/** Booleans that are false where nobody says them. */
const offByDefault = /^(?:disabled|readOnly|hostNetwork|hostPID|hostIPC|unsafeSkipCAVerification)$/;

/** Items that have a name go by it: their order says nothing. */
const leavesOf = (value: unknown, path: Path): readonly Leaf[] => {
  // Of a boolean nobody knows here that false is what it is where nobody says it, but for these.
  if (value === false && !offByDefault.test(String(path.at(-1)))) return [{ path, value }];
  if (isEmpty(value) && !isMapping(value)) return [];
  if (isMapping(value)) return Object.entries(value).flatMap(([key, each]) => leavesOf(each, [...path, key]));
  return [{ path, value }];
};

const add = (reader: Reader, unit: string, { path, value }: Leaf, key: Path = path): void => {
  if (!Array.isArray(value) || !value.every((item) => nameOf(item) !== null)) {
    reader.part({ unit, key: key.join('.'), value: textOf(value) }, path);
    return;
  }
  for (const [index, item] of value.entries()) {
    reader.part({ unit, key: [...key, nameOf(item)].join('.'), value: textOf(item) }, [...path, index]);
  }
};

const sourceOf = ({ name: _name, ...source }: Mapping): Mapping => source;

/** Mounts with the volume itself in the place of its name, which RKE2 numbers anew with every file. */
const withVolumes = (container: unknown, volumes: readonly Mapping[]): unknown => {
  if (!isMapping(container) || !Array.isArray(container.volumeMounts)) return container;
  const volumeMounts = container.volumeMounts.map((mount: unknown) => {
    const volume = isMapping(mount) ? volumes.find(({ name }) => name === mount.name) : undefined;
    return isMapping(mount) && volume !== undefined ? { ...sourceOf(mount), volume: sourceOf(volume) } : mount;
  });
  return { ...container, volumeMounts };
};

const mountsOf = (containers: unknown): readonly Mapping[] =>
  (Array.isArray(containers) ? containers : [])
    .flatMap((each: unknown) => (isMapping(each) && Array.isArray(each.volumeMounts) ? each.volumeMounts : []))
    .filter(isMapping);

/** What an API server fills in where a pod is read from it, and what has no part in a static pod. */
const podDefaults: readonly (readonly [RegExp, unknown])[] = [
  [/^restartPolicy$/, 'Always'],
  [/^dnsPolicy$/, 'ClusterFirst'],
  [/^terminationGracePeriodSeconds$/, 30],
  [/Probe\.(?:successThreshold|timeoutSeconds)$/, 1],
  [/Probe\.periodSeconds$/, 10],
  [/Probe\.failureThreshold$/, 3],
  [/Probe\.httpGet\.scheme$/, 'HTTP'],
];
/** What an API server writes into the pod that it shows, by which a file is none of its own. */
const podIgnored = /^nodeName$/;
const podShown: readonly (readonly [RegExp, unknown])[] = [
  [/^schedulerName$/, 'default-scheduler'],
  [/^enableServiceLinks$/, true],
  [/^preemptionPolicy$/, 'PreemptLowerPriority'],
  [/^priority$/, 2_000_001_000],
  [/^tolerations$/, '[{"effect":"NoExecute","operator":"Exists"}]'],
  [/^containers\.[^.]+\.terminationMessagePath$/, '/dev/termination-log'],
  [/^containers\.[^.]+\.terminationMessagePolicy$/, 'File'],
];

/**
 * What stands in the metadata of a static pod and keeps none from running: its names, as they may be, and what was written
 * by kubelets and kubeadm. Other annotations (AppArmor, seccomp), and a pod that is to be deleted, do.
 */
const isHarmlessMetadata = ([first, second]: Path, value: unknown): boolean => {
  if (first === 'name') return typeof value === 'string' && /^[a-z\d](?:[-.a-z\d]{0,251}[a-z\d])?$/.test(value);
  if (first === 'namespace') return value === 'kube-system';
  if (first === 'labels') return second === 'component' || second === 'tier';
  if (first === 'annotations')
    return /^(?:kubernetes\.io\/config\.|kubeadm\.kubernetes\.io\/|scheduler\.alpha\.kubernetes\.io\/critical-pod$|kubectl\.kubernetes\.io\/last-applied)/.test(
      String(second),
    );
  return /^(?:uid|resourceVersion|creationTimestamp|generation|selfLink|ownerReferences|managedFields)$/.test(
    String(first),
  );
};
/** Told elsewhere, or each to its own. */
const ownIgnored = /^(?:name|command|args|env|envFrom|image)$/;

const isModest = (resource: string, value: unknown): boolean => {
  const amount = parseQuantity(String(value));
  const max = { cpu: 0.25, memory: 2 ** 29 }[resource];
  return amount !== null && max !== undefined && amount <= max;
};

const isOwnHarmless = ([first, second, third]: Path, value: unknown): boolean =>
  ownIgnored.test(String(first)) ||
  (first === 'imagePullPolicy' && value === 'IfNotPresent') ||
  (first === 'resources' && second === 'requests' && isModest(String(third), value));

/** The last word of an image's name, `kube-controller-manager-amd64`, where it is not that of its component. */
const otherProgram = (image: unknown, component: Component): string | null => {
  const name = /([^/@:]+)(?::[^/]*)?(?:@.*)?$/.exec(String(image))?.[1] ?? '';
  return name.includes(component) ? null : name;
};

/**
 * What stands in a static pod around the command of a component, without which it may not start, or is ended again:
 * probes, volumes, its network, limits, other containers.
 */
export const readPodParts = (
  reader: Reader,
  { apiVersion: _api, kind: _kind, status: _status, metadata, ...document }: Mapping,
  component: Component,
  own: Mapping,
): void => {
  const unit = `Pod ${component}`;
  const { spec: configFiles, ...others } = document;
  const spec = isMapping(configFiles) ? configFiles : {};
  for (const [key, value] of Object.entries(others)) reader.part({ unit, key, value: textOf(value) }, [key]);
  for (const leaf of leavesOf(metadata, ['metadata'])) {
    if (!isHarmlessMetadata(leaf.path.slice(1), leaf.value)) add(reader, unit, leaf);
  }
  const { containers, initContainers, volumes, ...rest } = spec;
  const listed = (Array.isArray(volumes) ? volumes : []).map((each: unknown) => (isMapping(each) ? each : {}));
  const inits = Array.isArray(initContainers)
    ? initContainers.map((each) => withVolumes(each, listed))
    : initContainers;
  for (const leaf of leavesOf({ ...rest, initContainers: inits }, ['spec'])) {
    addOfPod(reader, unit, leaf, leaf.path.slice(1));
  }
  const mounts = [...mountsOf(containers), ...mountsOf(initContainers)];
  for (const [index, volume] of listed.entries()) {
    if (mounts.some(({ name }) => name === volume.name)) continue;
    const value = textOf(sourceOf(volume));
    reader.part({ unit, key: `the volume ${value}, which is not mounted,`, value }, ['spec', 'volumes', index]);
  }
  for (const [index, container] of (Array.isArray(containers) ? containers : []).entries()) {
    const isOwn = container === own;
    const label = isOwn ? component : String(nameOf(container));
    for (const leaf of leavesOf(withVolumes(container, listed), ['spec', 'containers', index])) {
      const inner = leaf.path.slice(3);
      if (!isOwn || !isOwnHarmless(inner, leaf.value)) addOfPod(reader, unit, leaf, ['containers', label, ...inner]);
    }
    const program = isOwn && own.image !== undefined ? otherProgram(own.image, component) : null;
    const path = ['spec', 'containers', index, 'image'];
    if (isOwn && typeof own.image === 'string') {
      const value = own.image.replace(/:v?1\.\d+\.\d+/, '');
      reader.part({ unit, key: 'its image beside its version', value }, path);
    }
    const isNamed = typeof own.name === 'string' && /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/.test(own.name);
    if (isOwn && !isNamed) reader.part({ unit, key: 'the name of its container', value: textOf(own.name) }, path);
    if (program !== null) reader.part({ unit, key: 'the program of its image', value: program }, path);
  }
};

const addOfPod = (reader: Reader, unit: string, leaf: Leaf, key: Path): void => {
  const name = key.join('.');
  if (podIgnored.test(name)) return;
  if (podDefaults.some(([pattern, value]) => pattern.test(name) && value === leaf.value)) return;
  if (podShown.some(([pattern, value]) => pattern.test(name) && [leaf.value, textOf(leaf.value)].includes(value)))
    return;
  add(reader, unit, leaf, key);
};

/** Told elsewhere, or of no weight to a control plane that is there. */
const kubeadmIgnored = new RegExp(
  [
    '^(?:apiVersion|kind|kubernetesVersion|patches)(?:\\.|$)',
    '^(?:apiServer|controllerManager|scheduler)\\.(?:extraArgs|extraEnvs)(?:\\.|$)',
    '^nodeRegistration\\.(?:kubeletExtraArgs|taints)(?:\\.|$)',
  ].join('|'),
);

/** @see kubernetes cmd/kubeadm/app/apis/kubeadm/v1beta4/defaults.go */
const kubeadmDefaults: Readonly<Record<string, RegExp>> = {
  certificateValidityPeriod: /^8760h(?:0m0s)?$/,
  caCertificateValidityPeriod: /^87600h(?:0m0s)?$/,
  certificatesDir: /^\/etc\/kubernetes\/pki$/,
  caCertPath: /^\/etc\/kubernetes\/pki\/ca\.crt$/,
  'networking.serviceSubnet': /^10\.96\.0\.0\/12$/,
  'networking.dnsDomain': /^cluster\.local$/,
  'etcd.local.dataDir': /^\/var\/lib\/etcd$/,
  'localAPIEndpoint.bindPort': /^6443$/,
  'nodeRegistration.criSocket': /^(?:unix:\/\/)?\/(?:var\/)?run\/containerd\/containerd\.sock$/,
};

/** What kubeadm sets up beside flags: networks, etcd, certificates, volumes, the name of a node. */
export const readKubeadmParts = (reader: Reader, unit: string, document: Mapping): void => {
  for (const leaf of leavesOf(document, [])) {
    const key = leaf.path.join('.');
    if (kubeadmIgnored.test(key) || kubeadmDefaults[key]?.test(String(leaf.value)) === true) continue;
    add(reader, unit, leaf);
  }
};

/** A field that is left out: what it then is depends on whether kubeadm writes it. */
export const unsaid = 'unsaid';

const isMissing = (value: unknown): boolean => value === undefined || value === null;

export const kubeletUnit = 'KubeletConfiguration';

/** @see kubernetes pkg/kubelet/apis/config/v1beta1/defaults.go */
const kubeletDefaults: Readonly<Record<string, unknown>> = {
  address: '0.0.0.0',
  port: 10_250,
  healthzPort: 10_248,
  healthzBindAddress: '127.0.0.1',
  syncFrequency: '1m0s',
  fileCheckFrequency: '20s',
  httpCheckFrequency: '20s',
  evictionPressureTransitionPeriod: '5m0s',
  runtimeRequestTimeout: '2m0s',
  cpuManagerPolicy: 'none',
  cpuManagerReconcilePeriod: '10s',
  memoryManagerPolicy: 'None',
  imageMinimumGCAge: '2m0s',
  imageGCHighThresholdPercent: 85,
  imageGCLowThresholdPercent: 80,
  hairpinMode: 'promiscuous-bridge',
  oomScoreAdj: -999,
  cgroupsPerQOS: true,
  cpuCFSQuota: true,
  cpuCFSQuotaPeriod: '100ms',
  enableServer: true,
  serializeImagePulls: true,
  makeIPTablesUtilChains: true,
  enforceNodeAllocatable: ['pods'],
  runOnce: false,
  seccompDefault: false,
  topologyManagerScope: 'container',
  topologyManagerPolicy: 'none',
  volumePluginDir: '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/',
};

/**
 * Fields of a KubeletConfiguration with which a kubelet starts on one machine and not on another.
 * @see kubernetes pkg/kubelet/cm/container_manager_linux.go, NewContainerManager: a cgroup root that is not there, and swap
 *   where `failSwapOn` is not false; pkg/kubelet/server/server.go, ListenAndServeKubeletServer: an address that is not there
 */
export const readKubeletParts = (reader: Reader, document: Mapping): void => {
  for (const [name, value] of Object.entries(document)) {
    if (harmlessFields.has(name) || isLeftOut(name, value)) continue;
    if (JSON.stringify(value) === JSON.stringify(kubeletDefaults[name])) continue;
    reader.part({ unit: kubeletUnit, key: name, value: textOf(value) }, [name]);
  }
  const { authentication, failSwapOn, rotateCertificates, healthzPort, enableControllerAttachDetach } = document;
  const x509 = isMapping(authentication) && isMapping(authentication.x509) ? authentication.x509 : {};
  if (!isEmpty(x509.clientCAFile)) {
    const path = ['authentication', 'x509', 'clientCAFile'];
    reader.part({ unit: kubeletUnit, key: path.join('.'), value: textOf(x509.clientCAFile) }, path);
  }
  if (failSwapOn !== false) {
    // The default: a kubelet does not start where there is swap.
    reader.part({ unit: kubeletUnit, key: 'failSwapOn', value: 'true' }, ['failSwapOn']);
  }
  if (rotateCertificates !== true) {
    const value = isMissing(rotateCertificates) ? unsaid : 'false';
    reader.part({ unit: kubeletUnit, key: 'rotateCertificates', value }, ['rotateCertificates']);
  }
  if (healthzPort === 0) reader.part({ unit: kubeletUnit, key: 'healthzPort', value: '0' }, ['healthzPort']);
  if (enableControllerAttachDetach === false) {
    const path = ['enableControllerAttachDetach'];
    reader.part({ unit: kubeletUnit, key: 'enableControllerAttachDetach', value: 'false' }, path);
  }
};

/** Keys of k3s and RKE2 that change nothing of heartbeats nor of whether a component starts. */
const distributionIgnored =
  /^(?:(?:kube-controller-manager|kube-apiserver|kubelet)-arg|debug|etcd-expose-metrics|node-label|protect-kernel-defaults)$/;

export const distributionUnit = 'configuration of k3s or RKE2';

/** The other keys of k3s and RKE2: which server, which network, which profile. */
export const readDistributionParts = (reader: Reader, document: Mapping): void => {
  for (const [spelled, value] of Object.entries(document)) {
    const key = spelled.replace(/\+$/, '');
    if (key === 'write-kubeconfig-mode' && /^0?[0-7]{3}$/.test(String(value))) continue;
    const isSwitch = key !== 'debug' || typeof value === 'boolean';
    if (value === null || (distributionIgnored.test(key) && isSwitch)) continue;
    reader.part({ unit: distributionUnit, key: spelled, value: textOf(value) }, [spelled]);
  }
};
