import { isMapping, type Mapping } from '../../../common/plain-data.ts';
import { harmlessFields } from '../../tables/harmless-in-run.ts';
import type { Reader } from '../document.ts';
import { isLeftOut } from '../values/kubelet-field-values.ts';
import { add, isEmpty, leavesOf, textOf } from './leaves.ts';

/** Judged elsewhere, or of no weight to a control plane that is there. */
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
  /^(?:(?:kube-controller-manager|kube-apiserver|kubelet)-arg|etcd-expose-metrics|node-label|protect-kernel-defaults)$/;

export const distributionUnit = 'configuration of k3s or RKE2';

/** The other keys of k3s and RKE2: which server, which network, which profile. */
export const readDistributionParts = (reader: Reader, document: Mapping): void => {
  for (const [spelled, value] of Object.entries(document)) {
    const key = spelled.replace(/\+$/, '');
    if (key === 'write-kubeconfig-mode' && /^0?[0-7]{3}$/.test(String(value))) continue;
    // Without it k3s and its containerd log as they do by default.
    if (value === null || distributionIgnored.test(key) || (key === 'debug' && value === false)) continue;
    reader.part({ unit: distributionUnit, key: spelled, value: textOf(value) }, [spelled]);
  }
};
