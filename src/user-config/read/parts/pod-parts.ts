import { isMapping, type Mapping, type Path } from '../../../common/plain-data.ts';
import type { Component } from '../../types.ts';
import type { Reader } from '../document.ts';
import { parseQuantity } from '../values/machine-bound.ts';
import { add, type Leaf, leavesOf, nameOf, textOf } from './leaves.ts';

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
/** Judged elsewhere, or each to its own. */
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
  const { spec: written, ...others } = document;
  const spec = isMapping(written) ? written : {};
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
