import { describeValue } from '../../../scenario/index.ts';
import { taintAsides } from '../asides.ts';
import { isMapping, type Mapping, type Reader } from '../document.ts';
import { readExtraArgs } from '../flags.ts';
import { noAddonAsides } from '../kube-proxy.ts';
import { readKubeadmParts } from '../parts/component-parts.ts';
import { isEmptyField } from '../parts/leaves.ts';
import { readEnvironment } from '../static-pod.ts';
import { taintTexts } from '../values/taints.ts';
import { etcdAsides } from './etcd-times.ts';
import { isKnownField, leaveDoubtfulFields } from './fields.ts';
import { leaveHiddenMounts } from './mounts.ts';
import { readVersion } from './version.ts';

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
