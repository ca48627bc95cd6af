import { posix } from 'node:path';
import { isMapping, type Mapping } from '../../../common/plain-data.ts';
import { knownMinors, versionRange } from '../../../profile/index.ts';
import { describeValue } from '../../../scenario/index.ts';
import { taintAsides } from '../asides.ts';
import { isPreRelease, type Reader } from '../document.ts';
import { readExtraArgs } from '../flags.ts';
import { noAddonAsides } from '../kube-proxy.ts';
import { readKubeadmParts } from '../parts/component-parts.ts';
import { isEmptyField } from '../parts/leaves.ts';
import { isRelease } from '../shape/image.ts';
import { readEnvironment } from '../static-pod.ts';
import { taintTexts } from '../values/taints.ts';
import { etcdAsides } from './etcd-times.ts';
import { isKnownField, leaveDoubtfulFields } from './fields.ts';

const at = ['kubernetesVersion'];

const word = /[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*/.source;

/** @see kubernetes cmd/kubeadm/app/util/version.go, kubeReleaseRegex; apimachinery pkg/util/version, parse */
const exact = new RegExp(`^v?1\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)((?:-${word})?(?:\\+${word})?)$`);

/** The same file, kubeReleaseLabelRegex. What a label stands for, dl.k8s.io says on the day. */
const label = /^(?:latest|stable)(?:-1(?:\.([1-9]\d?))?)?$/;

/** The same file, kubeBucketPrefixes: builds of one's own, or of a day. */
const build = /^(?:release|ci)\/[\w.+-]+$/;

/**
 * `v1.34.4`, `1.34.4`, and the label `stable-1.34`; other labels leave it open, and so does what comes before a release.
 * Of a version that kubeadm takes there need not be images.
 */
const readVersion = (reader: Reader, value: unknown): void => {
  if (value === undefined || value === null) return;
  if (typeof value !== 'string') {
    reader.problem(at, `expected text such as v1.34.4, received ${describeValue(value, true)}`);
    return;
  }
  const [, minor, patch, suffix] = exact.exec(value) ?? [];
  const named = label.exec(value);
  const isOpen = (named !== null && named[1] === undefined) || (minor !== undefined && isPreRelease(value));
  if (value === '' || isOpen || build.test(value)) {
    reader.noVersion(at, `kubernetesVersion ${value} names no version that is known by itself`);
  } else if (minor === undefined && named === null) {
    const isShort = /^v?1\.\d+$/.test(value);
    const expected = isShort ? 'a whole version such as v1.34.4' : 'a version that kubeadm takes, such as v1.34.4';
    reader.problem(at, `expected ${expected}, received ${describeValue(value)}`);
  } else if (!knownMinors.includes(Number(minor ?? named?.[1]))) {
    reader.problem(at, `expected a version from ${versionRange}, received ${describeValue(value)}`);
  } else if (minor === undefined || patch === undefined) reader.version(`v1.${named?.[1]}`, at);
  else {
    reader.version(`v1.${minor}.${patch}`, at);
    if (suffix === '' && isRelease(minor, patch)) return;
    reader.leaveUnread(at, `${describeValue(value)} is no release of Kubernetes: there may be no images of it`);
  }
};

/**
 * Where kubeadm mounts files into the pods of a control plane, and where their images have their programs.
 * @see kubernetes v1.11 to v1.37 cmd/kubeadm/app/phases/controlplane/volumes.go, getHostPathVolumesForTheControlPlane and
 *   caCertsExtraVolumePaths, which are parts of /etc/pki in newer ones; build/server-image/Dockerfile: /usr/local/bin
 */
const own: readonly string[] = [
  ...['/etc/kubernetes/controller-manager.conf', '/etc/kubernetes/scheduler.conf', '/etc/ssl/certs', '/etc/pki'],
  ...['/etc/ca-certificates', '/usr/share/ca-certificates', '/usr/local/share/ca-certificates'],
  ...['/usr/libexec/kubernetes/kubelet-plugins/volume/exec', '/usr/local/bin', '/go-runner'],
];

/** Names of kubeadm's own volumes, which an extra one by that name replaces. @see the same file, AddExtraHostPathMounts */
const ownNames =
  /^(?:k8s-certs|ca-certs|etc-pki(?:-\S+)?|ca-certs-etc-pki|etc-ca-certificates|usr-share-ca-certificates|usr-local-share-ca-certificates|kubeconfig|flexvolume-dir|cloud-config|etcd-certs-\d+)$/;

/** Whether one of two places is the other, or holds it. */
const meet = (one: string, other: string): boolean =>
  one === other ||
  `${one}/`.startsWith(`${other === '/' ? '' : other}/`) ||
  `${other}/`.startsWith(`${one === '/' ? '' : one}/`);

const normal = (path: string): string => posix.normalize(path).replace(/(?<=.)\/$/, '');

/**
 * Names extra volumes that replace what kubeadm mounts, hide it, or are mounted over it: a component may not find its keys, its
 * kubeconfig or its own program then, and a pod with one place twice is none.
 */
const leaveHiddenMounts = (reader: Reader, document: Mapping): void => {
  const { certificatesDir } = document;
  const pki = typeof certificatesDir === 'string' && certificatesDir !== '' ? certificatesDir : '/etc/kubernetes/pki';
  const places = [normal(pki), ...own];
  for (const key of ['apiServer', 'controllerManager', 'scheduler']) {
    const volumes = reader.mapping([key])?.extraVolumes;
    const seen = new Set<string>();
    for (const [index, volume] of (Array.isArray(volumes) ? volumes : []).entries()) {
      if (!isMapping(volume) || typeof volume.mountPath !== 'string') continue;
      const mounted = normal(volume.mountPath);
      const name = String(volume.name);
      const at = [key, 'extraVolumes', index];
      const place = places.find((each) => meet(each, mounted));
      const what = ownNames.test(name)
        ? `the volume ${name}, which kubeadm mounts itself`
        : seen.has(mounted) || seen.has(name)
          ? `another one by that name, or at ${mounted}`
          : place === undefined
            ? null
            : `${place} of ${key}, which its component needs`;
      seen.add(mounted).add(name);
      if (what === null) continue;
      reader.leaveUnread(
        at,
        `the extra volume ${name} at ${mounted} replaces or hides ${what}: whether it starts is not known`,
      );
    }
  }
};

const kubeadmVersions = ['v1beta1', 'v1beta2', 'v1beta3', 'v1beta4'];

const nodesOf: Readonly<Record<string, 'first' | 'joined'>> = {
  InitConfiguration: 'first',
  JoinConfiguration: 'joined',
};

/** Kinds of kubeadm that say something about heartbeats. */
export const kubeadmKinds: readonly string[] = ['ClusterConfiguration', ...Object.keys(nodesOf)];

const readPatches = (reader: Reader, path: readonly string[]): void => {
  const at = [...path, 'patches'];
  const directory = reader.mapping(at)?.directory;
  if (directory === undefined || directory === null || directory === '') return;
  reader.leaveUnread([...at, 'directory'], `the patches in ${String(directory)} may change every flag and field`);
};

/**
 * kubeadm's own gate is passed on as a flag, which extraArgs replace as a whole.
 * @see kubernetes v1.19.16 cmd/kubeadm/app/phases/controlplane/manifests.go: "will overwrite this base value"
 */
const leaveReplacedGate = (reader: Reader): void => {
  const own = reader.mapping(['featureGates'])?.IPv6DualStack;
  if (own === undefined) return;
  for (const key of ['apiServer', 'controllerManager', 'scheduler']) {
    const args = reader.mapping([key])?.extraArgs;
    for (const [name, value] of Object.entries(isMapping(args) ? args : {})) {
      const isGates = name.replaceAll('_', '-') === 'feature-gates';
      if (
        !isGates ||
        String(value)
          .split(',')
          .includes(`IPv6DualStack=${String(own)}`)
      )
        continue;
      const text = `feature-gates ${String(value)} replaces IPv6DualStack=${String(own)}, which kubeadm passes, and what then runs is not known`;
      reader.leaveUnread([key, 'extraArgs', name], text);
    }
  }
};

/** An UpgradeConfiguration says nothing about heartbeats but by its patches. */
export const readUpgrade = (reader: Reader): void => {
  for (const part of ['apply', 'node']) if (reader.mapping([part]) !== null) readPatches(reader, [part]);
};

/**
 * A JoinConfiguration without a way to find its cluster. One that says nothing of it is a part of another, as a patch of kind
 * and the flags of a kubelet by themselves are; one that speaks of discovery and has none is not known to be.
 * @see kubernetes cmd/kubeadm/app/apis/kubeadm/validation/validation.go, ValidateDiscovery, which
 *   ValidateJoinConfiguration calls, as read with v1beta4; app/util/config/joinconfiguration.go ends with what it finds
 */
const noteUndiscovered = (reader: Reader, { discovery }: Mapping): void => {
  const refusal = 'kubeadm join ends with "discovery: bootstrapToken or file must be set"';
  if (discovery === undefined || discovery === null) {
    const whose = 'by this JoinConfiguration alone: it is taken for a part of one';
    reader.passOver(`${reader.at([])}: ${refusal} ${whose}`);
  } else if (isMapping(discovery) && (discovery.bootstrapToken ?? discovery.file ?? null) === null) {
    reader.leaveUnread(['discovery'], refusal);
  }
};

/** Reads one of them. @returns its title */
export const readKubeadm = (reader: Reader, document: Mapping, kind: string, version: string): string => {
  const title = `${kind} ${version}`;
  if (!kubeadmVersions.includes(version)) {
    reader.problem(
      ['apiVersion'],
      `expected kubeadm.k8s.io/${kubeadmVersions.join(', ')}, received ${describeValue(document.apiVersion)}`,
    );
    return title;
  }
  reader.kubeadmApi(version, ['apiVersion']);
  reader.entire(kind);
  const form = version === 'v1beta4' ? 'list' : 'mapping';
  leaveDoubtfulFields(reader, document, form);
  readKubeadmParts(reader, kind, document);
  for (const [key, value] of Object.entries(document)) {
    if (isEmptyField(value) && !isKnownField(key))
      reader.part({ unit: kind, key, value: JSON.stringify(value) }, [key]);
  }
  for (const aside of noAddonAsides(document)) reader.aside(aside, []);
  const nodes = nodesOf[kind];
  if (nodes === undefined) {
    for (const [key, component] of [
      ['controllerManager', 'kube-controller-manager'],
      ['apiServer', 'kube-apiserver'],
    ] as const) {
      readExtraArgs(reader, component, [key, 'extraArgs'], reader.mapping([key])?.extraArgs, { form });
    }
    for (const key of ['controllerManager', 'apiServer']) {
      readEnvironment(reader, reader.mapping([key])?.extraEnvs, [key, 'extraEnvs']);
    }
    for (const aside of etcdAsides(reader.mapping(['etcd', 'local'])?.extraArgs)) {
      reader.aside(aside, ['etcd', 'local', 'extraArgs']);
    }
    leaveReplacedGate(reader);
    leaveHiddenMounts(reader, document);
    readVersion(reader, document.kubernetesVersion);
    for (const gate of Object.keys(reader.mapping(['featureGates']) ?? {})) {
      reader.kubeadmGate(gate, ['featureGates', gate]);
    }
    return title;
  }
  if (nodes === 'joined') {
    reader.joined();
    noteUndiscovered(reader, document);
  }
  const path = ['nodeRegistration', 'kubeletExtraArgs'] as const;
  readExtraArgs(reader, 'kubelet', path, reader.mapping(['nodeRegistration'])?.kubeletExtraArgs, { form, nodes });
  const taints = reader.mapping(['nodeRegistration'])?.taints;
  const isControlPlane = nodes === 'first' || reader.mapping(['controlPlane']) !== null;
  for (const aside of taintAsides(taintTexts(taints), isControlPlane && Array.isArray(taints))) {
    reader.aside(aside, ['nodeRegistration', 'taints']);
  }
  readPatches(reader, []);
  return title;
};
