import { isMapping, type Mapping } from '../../common/plain-data.ts';
import { counted } from '../../common/text/counted.ts';
import { kubeletFields } from '../../profile/index.ts';
import { describeValue } from '../../scenario/index.ts';
import { components } from '../components.ts';
import { shownEntire } from '../shown.ts';
import { isBearingGate } from '../tables/bearing.ts';
import type { Component } from '../types.ts';
import { asidesOf } from './asides.ts';
import { isDistribution, readDistribution } from './distribution.ts';
import type { Reader } from './document.ts';
import { proxyAsides } from './kube-proxy.ts';
import { kubeadmKinds, readKubeadm, readUpgrade } from './kubeadm/kubeadm.ts';
import { meantSetting } from './misplaced.ts';
import { kubeletUnit, readKubeletParts } from './parts/component-parts.ts';
import { proxyConfiguration } from './shape/kube-proxy.ts';
import { leaveUnfit } from './shape/leave-unfit.ts';
import { isShown } from './shape/shown-pod.ts';
import { readPod } from './static-pod.ts';
import { leaveStrays } from './strays.ts';
import { unmodelledField, unmodelledFields } from './unmodelled.ts';
import { fieldAsFlag, isSurelyTakenField } from './values/kubelet-field-values.ts';
import { machineBoundsOf } from './values/machine-bound.ts';

/** Fields of whole seconds are an int32 to a kubelet. */
const maxInt32 = 2 ** 31 - 1;

/** Field names count to the letter; a kubelet warns of others and leaves them out. */
const namePassedOver = (reader: Reader, name: string): void => {
  const meant = meantSetting(name, Object.keys(kubeletFields));
  if (meant === null || Object.hasOwn(kubeletFields, name)) return;
  reader.passOver(
    `${reader.at([name], true)}: the field ${name} is silently ignored: a kubelet has none of that name; did you mean ${describeValue(meant)}?`,
  );
};

const readKubelet = (reader: Reader, document: Mapping): string => {
  for (const name of Object.keys(document)) namePassedOver(reader, name);
  for (const name of Object.keys(kubeletFields)) {
    const value = document[name];
    const isInteger = kubeletFields[name] === 'integer';
    // A duration of null is empty text to a kubelet, which is no duration: it does not start.
    if (value === undefined || (value === null && isInteger)) continue;
    if (isInteger ? Number.isInteger(value) && Math.abs(Number(value)) <= maxInt32 : typeof value === 'string') {
      reader.setting('kubelet', name, String(value), [name], { form: 'field' });
    } else {
      reader.problem(
        [name],
        `expected ${isInteger ? 'a number of seconds' : 'a duration such as 10s'}, received ${describeValue(value, true)}`,
      );
    }
  }
  for (const name of unmodelledFields) {
    const value = document[name];
    const why = value === undefined || value === null ? null : unmodelledField(name, String(value));
    if (why !== null) reader.leaveUnread([name], why);
  }
  for (const [name, value] of Object.entries(document)) {
    if (Object.hasOwn(kubeletFields, name) || reader.isRead([name]) || isSurelyTakenField(name, value, document))
      continue;
    const received = describeValue(value, true);
    reader.leaveUnread(
      [name],
      `whether a kubelet starts with ${name}, and runs as predicted, is not known: received ${received}`,
    );
  }
  for (const [name, value] of Object.entries(document)) {
    const flag = fieldAsFlag(name, value);
    if (flag === null) continue;
    reader.field(flag.name, flag.value, [name]);
    for (const bound of machineBoundsOf(flag.name, flag.value)) reader.bound('kubelet', bound, [name]);
    for (const aside of asidesOf('kubelet', flag.name, flag.value)) reader.aside(aside, [name]);
  }
  for (const [gate, on] of Object.entries(reader.mapping(['featureGates']) ?? {})) {
    if (typeof on !== 'boolean') {
      reader.problem(['featureGates', gate], `expected true or false, received ${describeValue(on, true)}`);
    }
    reader.gate('kubelet', gate, String(on), ['featureGates', gate]);
    if (!isBearingGate(gate)) continue;
    reader.setting('kubelet', `featureGates.${gate}`, String(on), ['featureGates', gate], { form: 'field' });
  }
  readKubeletParts(reader, document);
  reader.entire(kubeletUnit);
  return kubeletUnit;
};

const readable =
  'a static Pod, a ClusterConfiguration, InitConfiguration or JoinConfiguration of kubeadm, a KubeletConfiguration, ' +
  'a List or ConfigMap of these, or the configuration of k3s or RKE2';

const isList = (kind: unknown): boolean => typeof kind === 'string' && /^(Pod|ConfigMap)?List$/.test(kind);

/** What stands in a list; of its items those that have nothing to do with heartbeats are passed over. */
const readList = (reader: Reader, list: Mapping): readonly string[] => {
  const { items } = list;
  if (!Array.isArray(items)) {
    reader.problem(['items'], `expected a list, received ${describeValue(items)}`);
    return [];
  }
  for (const key of Object.keys(list)) {
    if (!/^(?:apiVersion|kind|metadata|items)$/.test(key)) reader.leaveUnread([key], `no list has ${key}`);
  }
  for (const [index, item] of items.entries()) {
    if (isMapping(item) && item.kind !== 'Pod' && item.kind !== 'ConfigMap') {
      reader.leaveUnread(['items', index], 'neither kubeadm, nor a kubelet, nor k3s reads a file out of a list');
    }
    if (!isMapping(item) || item.kind !== 'Pod' || !isOurs(item)) continue;
    if (isMapping(item.metadata) && isShown(item.metadata.annotations)) continue;
    const text = 'a pod of a list has to be whole, as an API server shows that of a kubelet: no kubelet reads a list';
    reader.leaveUnread(['items', index], text);
  }
  const titles = items.flatMap((item: unknown, index) => {
    if (isMapping(item) && isOurs(item)) return readDocument(reader.within(['items', index]), item);
    reader.within(['items', index]).tree(isMapping(item) ? item : { item });
    return [];
  });
  if (titles.length === 0)
    reader.problem(['items'], `expected ${readable} among them, received ${counted(items.length, 'other')}`);
  return titles;
};

const podComponent = (document: Mapping): Component | undefined => {
  const name = isMapping(document.metadata) ? String(document.metadata.name ?? '') : '';
  return components.find((component) => name.startsWith(component));
};

const isOurs = (document: Mapping): boolean =>
  document.kind === 'Pod'
    ? podComponent(document) !== undefined
    : document.kind !== 'ConfigMap' || textsIn(document).length > 0;

/** Keys of kubeadm's ConfigMaps whose texts are documents: kubeadm-config and kubelet-config. */
const textsIn = ({ data }: Mapping): readonly (readonly [string, string])[] =>
  ['ClusterConfiguration', 'kubelet'].flatMap((key) => {
    const text = isMapping(data) ? data[key] : undefined;
    return typeof text === 'string' ? [[key, text] as const] : [];
  });

/** Which ConfigMap has such a text, and a document of which kind it is. @see kubernetes cmd/kubeadm/app/constants */
const expectedTexts: Readonly<Record<string, { readonly name: RegExp; readonly kind: string }>> = {
  ClusterConfiguration: { name: /^kubeadm-config$/, kind: 'ClusterConfiguration' },
  kubelet: { name: /^kubelet-config(?:-1\.\d+)?$/, kind: 'KubeletConfiguration' },
};

const readConfigMap = (reader: Reader, document: Mapping): readonly string[] => {
  const texts = textsIn(document);
  if (texts.length === 0) {
    reader.problem([], 'expected the ConfigMap kubeadm-config or kubelet-config, received another one');
  }
  const documents = Object.fromEntries(texts.map(([key]) => [key, 'documents']));
  reader.tree({ ...document, data: { ...(isMapping(document.data) ? document.data : {}), ...documents } });
  const { name, namespace } = isMapping(document.metadata) ? document.metadata : {};
  return texts.flatMap(([key, text]) => {
    const expected = expectedTexts[key];
    if (expected?.name.test(String(name)) !== true || namespace !== 'kube-system') {
      const what = `the text ${key} of a ConfigMap ${String(namespace ?? '')}/${String(name ?? '')}`;
      reader.leaveUnread(['data', key], `neither kubeadm nor a kubelet reads ${what}`);
    }
    const holder = `the text ${key} of the ConfigMap ${String(namespace ?? '')}/${String(name ?? '')}`;
    return reader.embedded(['data', key], text, holder).flatMap(({ reader: inner, data }, index) => {
      if (index > 0) inner.leaveUnread([], 'one document of such a text counts, and this is another one');
      if (isMapping(data)) {
        if (data.kind !== expected?.kind) {
          inner.leaveUnread(['kind'], `kubeadm expects a ${expected?.kind} in the text ${key}`);
        }
        const titles = readDocument(inner, data);
        leaveStrays(inner, data);
        return titles;
      }
      inner.problem([], `expected a mapping with apiVersion and kind, received ${shownEntire(data)}`);
      return [];
    });
  });
};

/** Kinds of kubeadm that say nothing of heartbeats; ClusterStatus to v1beta2. */
const besideKinds: readonly string[] = ['UpgradeConfiguration', 'ResetConfiguration', 'ClusterStatus'];

/**
 * Reads one document, by its apiVersion and kind. What has nothing to do with heartbeats is passed over by name.
 * @returns titles of what was read, for people
 */
export const readDocument = (reader: Reader, document: Mapping): readonly string[] => {
  const { apiVersion, kind } = document;
  const [group = '', version = ''] = typeof apiVersion === 'string' ? apiVersion.split('/') : [];
  if (apiVersion === 'v1' && isList(kind)) return readList(reader, document);
  if (apiVersion === 'v1' && kind === 'ConfigMap') return readConfigMap(reader, document);
  reader.tree(document);
  if (isDistribution(document)) return [readDistribution(reader, document)];
  if (apiVersion === 'v1' && kind === 'Pod') {
    const found = readPod(reader, document);
    if (found.length > 0) return [`Pod ${found.join(', ')}`];
    const name = isMapping(document.metadata) ? document.metadata.name : undefined;
    reader.problem([], `expected a pod of ${components.join(', ')}, received the pod ${describeValue(name)}`);
    return [];
  }
  if (group === 'kubeadm.k8s.io' && typeof kind === 'string' && kubeadmKinds.includes(kind)) {
    return [readKubeadm(reader, document, kind, version)];
  }
  if (group === 'kubelet.config.k8s.io' && kind === 'KubeletConfiguration') {
    if (version === 'v1beta1') return [readKubelet(reader, document)];
    const received = `received ${describeValue(apiVersion)}, with which kubelets do not start`;
    reader.problem(['apiVersion'], `expected kubelet.config.k8s.io/v1beta1, ${received}`);
    return [];
  }
  if (group === 'kubeadm.k8s.io' && kind === 'UpgradeConfiguration') readUpgrade(reader);
  const isOfProxy = apiVersion === 'kubeproxy.config.k8s.io/v1alpha1' && kind === 'KubeProxyConfiguration';
  if (isOfProxy)
    leaveUnfit(reader, document, proxyConfiguration, 'kubeadm and kube-proxy refuse a value of another type');
  const ofProxy = isOfProxy ? proxyAsides(document) : [];
  for (const aside of ofProxy) reader.aside(aside, []);
  if (ofProxy.length > 0) return [`${String(kind)}`];
  if (isOfProxy || (group === 'kubeadm.k8s.io' && besideKinds.includes(String(kind)))) {
    reader.passOver(`${reader.at([])}: ${String(kind)} says nothing about heartbeats`);
    return [];
  }
  const received = `apiVersion ${describeValue(apiVersion)}, kind ${describeValue(kind)}`;
  reader.problem([], `expected ${readable}, received ${received}`);
  return [];
};
