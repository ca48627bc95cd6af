import { knownMinors, versionRange } from '../profile/index.ts';
import { describeValue } from '../scenario/index.ts';
import { isMapping, type Mapping, type Path, type Reader } from './document.ts';
import { readArgv, readExtraArgs } from './flags.ts';
import type { Component } from './types.ts';

const components: readonly Component[] = ['kube-controller-manager', 'kube-apiserver', 'kubelet'];

/** What a document is, for people, and the version that it names. */
export type ReadDocument = { readonly title: string; readonly kubernetesVersion: string | null };

const texts = (value: unknown, path: Path): readonly (readonly [unknown, Path])[] =>
  Array.isArray(value) ? value.map((item: unknown, index) => [item, [...path, index]] as const) : [];

/** A static pod: its containers' command and args together are the argv. */
const readPod = (reader: Reader, document: Mapping): ReadDocument => {
  const containers =
    isMapping(document.spec) && Array.isArray(document.spec.containers) ? document.spec.containers : null;
  const found: Component[] = [];
  for (const [index, container] of (containers ?? []).entries()) {
    if (!isMapping(container)) continue;
    const path = ['spec', 'containers', index] as const;
    const argv = [...texts(container.command, [...path, 'command']), ...texts(container.args, [...path, 'args'])];
    const program = argv.map(([text]) => String(text).split('/').at(-1)).find((word) => word !== '');
    const component = components.find((name) => name === program || (argv.length > 0 && container.name === name));
    if (component === undefined) continue;
    if (program === 'sh' || program === 'bash') {
      reader.problem(
        [...path, 'command'],
        `expected the argv of ${component}, received a shell, whose text is not read`,
      );
      continue;
    }
    found.push(component);
    readArgv(reader, component, argv);
  }
  if (found.length === 0) {
    const name = isMapping(document.metadata) ? document.metadata.name : undefined;
    reader.problem([], `expected a pod of ${components.join(', ')}, received the pod ${describeValue(name)}`);
  }
  return { title: `Pod ${found.join(', ')}`, kubernetesVersion: null };
};

/** `v1.34.4`, `1.34.4`, and the label `stable-1.34`; other labels leave it open. */
const versionOf = (reader: Reader, value: unknown): string | null => {
  if (value === undefined || value === null) return null;
  const text = String(value);
  const parts = /^(?:v|stable-)?1\.(\d+)(\.\d+)?(?:[-+].*)?$/.exec(text);
  if (parts === null) {
    reader.passOver(`kubernetesVersion ${text} names no version by itself`);
    return null;
  }
  if (!knownMinors.includes(Number(parts[1]))) {
    reader.problem(['kubernetesVersion'], `expected a version from ${versionRange}, received ${describeValue(value)}`);
    return null;
  }
  return `v1.${parts[1]}${parts[2] ?? ''}`;
};

const kubeadmVersions = ['v1beta2', 'v1beta3', 'v1beta4'];

const readKubeadm = (reader: Reader, document: Mapping, kind: string, version: string): ReadDocument => {
  const title = `${kind} ${version}`;
  if (!kubeadmVersions.includes(version)) {
    reader.problem(
      ['apiVersion'],
      `expected kubeadm.k8s.io/${kubeadmVersions.join(', ')}, received ${describeValue(document.apiVersion)}`,
    );
    return { title, kubernetesVersion: null };
  }
  const form = version === 'v1beta4' ? 'list' : 'mapping';
  if (kind === 'ClusterConfiguration') {
    for (const [key, component] of [
      ['controllerManager', 'kube-controller-manager'],
      ['apiServer', 'kube-apiserver'],
    ] as const) {
      readExtraArgs(reader, component, [key, 'extraArgs'], reader.mapping([key])?.extraArgs, form);
    }
    return { title, kubernetesVersion: versionOf(reader, document.kubernetesVersion) };
  }
  const path = ['nodeRegistration', 'kubeletExtraArgs'] as const;
  readExtraArgs(reader, 'kubelet', path, reader.mapping(['nodeRegistration'])?.kubeletExtraArgs, form);
  return { title, kubernetesVersion: null };
};

const kubeletFields = ['nodeStatusUpdateFrequency', 'nodeStatusReportFrequency', 'nodeLeaseDurationSeconds'];

const readKubelet = (reader: Reader, document: Mapping): ReadDocument => {
  for (const name of kubeletFields) {
    const value = document[name];
    if (value === undefined || value === null) continue;
    const whole = name === 'nodeLeaseDurationSeconds';
    if (typeof value === (whole ? 'number' : 'string')) reader.setting('kubelet', name, String(value), [name]);
    else
      reader.problem(
        [name],
        `expected ${whole ? 'a number of seconds' : 'a duration such as 10s'}, received ${describeValue(value, true)}`,
      );
  }
  return { title: 'KubeletConfiguration', kubernetesVersion: null };
};

const readable =
  'a static Pod, a ClusterConfiguration, InitConfiguration or JoinConfiguration of kubeadm, or a KubeletConfiguration';

/** Reads one document, by its apiVersion and kind. What has nothing to do with heartbeats is passed over by name. */
export const readDocument = (reader: Reader, document: Mapping): ReadDocument | null => {
  const { apiVersion, kind } = document;
  const [group = '', version = ''] = typeof apiVersion === 'string' ? apiVersion.split('/') : [];
  if (apiVersion === 'v1' && kind === 'Pod') return readPod(reader, document);
  if (group === 'kubeadm.k8s.io' && typeof kind === 'string') {
    if (['ClusterConfiguration', 'InitConfiguration', 'JoinConfiguration'].includes(kind)) {
      return readKubeadm(reader, document, kind, version);
    }
  }
  if (group === 'kubelet.config.k8s.io' && kind === 'KubeletConfiguration') return readKubelet(reader, document);
  if (group === 'kubeproxy.config.k8s.io' || group === 'kubeadm.k8s.io') {
    reader.passOver(`${reader.at([])}: ${String(kind)} says nothing about heartbeats`);
    return null;
  }
  const received = `apiVersion ${describeValue(apiVersion)}, kind ${describeValue(kind)}`;
  reader.problem([], `expected ${readable}, received ${received}`);
  return null;
};
