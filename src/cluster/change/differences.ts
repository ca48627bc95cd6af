import { type Document, isScalar, isSeq, parseDocument } from 'yaml';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { counted } from '../../common/text/counted.ts';
import type { Plan } from '../../plan/index.ts';
import { admittedTolerations, passedFlags, shutdownFields } from '../../profile/index.ts';
import { flagsOf, type ReadSetting } from '../settings.ts';
import type { AdmittedSeconds } from './api.ts';
import type { Program } from './node-files.ts';

/** What is wanted of each flag or field, by name; null = it must not be there. */
type Wanted<T> = Readonly<Record<string, T | null>>;

const unreadable = (what: string, found: string): SkipbeatError =>
  new SkipbeatError('NODE_FILE_UNREADABLE', `${what}: expected what kubeadm writes, found ${found}.`, {
    exitCode: exitCodes.environment,
    next: `${skipbeat('cleanup --dry-run')}   (lists the clusters; remove this one and run again)`,
  });

/** As kubeadm writes YAML: no line is folded, lists stand under their names. */
const toText = (document: Document.Parsed): string => document.toString({ lineWidth: 0, indentSeq: false });

/**
 * A static pod's manifest with other flags on its first container; everything else stays as it was written.
 * @returns the text itself where every flag is as wanted already: the kubelet then sees no change
 * @throws SkipbeatError NODE_FILE_UNREADABLE (exit 75) where the text is no such manifest
 */
export const withFlags = (manifest: string, wanted: Wanted<string>): string => {
  const document = parseDocument(manifest);
  const command = document.getIn(['spec', 'containers', 0, 'command']);
  if (document.errors.length > 0 || !isSeq(command)) {
    throw unreadable('a static pod manifest', document.errors[0]?.message ?? 'no command of a first container');
  }
  const args = command.items.map((item) => String(isScalar(item) ? item.value : item));
  const found = flagsOf(args);
  const changed = Object.entries(wanted).filter(([name, value]) => (found.get(name) ?? null) !== value);
  if (changed.length === 0) return manifest;
  const names = new Set(changed.map(([name]) => name));
  const nameOf = (word: string): string => /^--([^=]+)/.exec(word)?.[1] ?? '';
  const kept = command.items.filter((_, index) => !names.has(nameOf(args[index] ?? '')));
  const added = changed.flatMap(([name, value]) => (value === null ? [] : [`--${name}=${value}`]));
  command.items = [...kept, ...added.map((word) => document.createNode(word))];
  return toText(document);
};

/** How kubeadm writes a duration that nobody set; to the kubelet it is the same as none. */
const unset = '0s';

/**
 * A KubeletConfiguration with other fields. @returns the text itself where every field is as wanted already
 * @throws SkipbeatError NODE_FILE_UNREADABLE (exit 75)
 */
export const withFields = (configuration: string, wanted: Wanted<string | number | boolean>): string => {
  const document = parseDocument(configuration);
  if (document.errors.length > 0 || document.get('kind') !== 'KubeletConfiguration') {
    throw unreadable('the kubelet’s configuration', document.errors[0]?.message ?? 'another kind of document');
  }
  const changed = Object.entries(wanted).filter(([name, value]) => {
    const found = document.get(name) ?? null;
    return (found === unset ? null : found) !== value;
  });
  if (changed.length === 0) return configuration;
  for (const [name, value] of changed) {
    if (value === null) document.delete(name);
    else document.set(name, value);
  }
  return toText(document);
};

type Component = ReadSetting['component'];

/** One file of a node that a profile decides, and how it reads with that profile. */
export type ManagedFile = {
  readonly component: Component;
  readonly path: string;
  readonly rewrite: (text: string) => string;
};

const manifestOf = (component: Component): string => `/etc/kubernetes/manifests/${component}.yaml`;

/** What kubeadm passes by itself: it stays where a plan says nothing of it. */
const asCreated: readonly string[] = ['enable-admission-plugins'];

/** What a plan wants of every flag or field that any plan may set; null where it sets none. */
const wantedOf = <T>(plan: Plan, component: Component, passed: Readonly<Record<string, T>>): Wanted<T> => {
  const names = plan.profile.expectedSettings
    .filter((setting) => setting.component === component)
    .map(({ setting }) => setting);
  // A cluster that a plan of somebody's own settings used before may have flags that no profile sets.
  const others =
    component === 'kubelet'
      ? Object.keys(shutdownFields)
      : Object.keys(passedFlags[component]).filter((name) => !asCreated.includes(name));
  return Object.fromEntries([...others, ...names, ...Object.keys(passed)].map((name) => [name, passed[name] ?? null]));
};

/** The files that hold a profile's settings on a node of that role. */
export const managedFiles = (plan: Plan, role: string): readonly ManagedFile[] => {
  const { apiServerArgs, controllerManagerArgs, kubeletConfiguration } = plan.profile;
  const flags = (component: Component, passed: Readonly<Record<string, string>>): ManagedFile => ({
    component,
    path: manifestOf(component),
    rewrite: (text) => withFlags(text, wantedOf(plan, component, passed)),
  });
  const kubelet: ManagedFile = {
    component: 'kubelet',
    path: '/var/lib/kubelet/config.yaml',
    rewrite: (text) => withFields(text, wantedOf(plan, 'kubelet', kubeletConfiguration)),
  };
  if (role !== 'control-plane') return [kubelet];
  return [kubelet, flags('kube-apiserver', apiServerArgs), flags('kube-controller-manager', controllerManagerArgs)];
};

/**
 * What a change of these components ends on a control plane before the kubelet starts it anew. A leader may lose its
 * lock while its API server is away: it is ended too, so that its lock can be cleared rather than waited for.
 */
export const programsToEnd = (changed: ReadonlySet<Component>): { leaders: readonly Program[]; api: boolean } => {
  if (changed.has('kube-apiserver')) return { leaders: ['kube-controller-manager', 'kube-scheduler'], api: true };
  return { leaders: changed.has('kube-controller-manager') ? ['kube-controller-manager'] : [], api: false };
};

/** Seconds that the API server writes into pods without tolerations of their own, by the taint's key; null: it writes none. */
export const admittedSeconds = ({ profile }: Plan): AdmittedSeconds => {
  const { notReady, unreachable } = admittedTolerations(profile);
  return { 'node.kubernetes.io/not-ready': notReady, 'node.kubernetes.io/unreachable': unreachable };
};

/** `controller manager, API server and 3 kubelets` */
export const changedText = (changed: readonly Component[], kubelets: number): string => {
  const parts = [
    ...(changed.includes('kube-controller-manager') ? ['controller manager'] : []),
    ...(changed.includes('kube-apiserver') ? ['API server'] : []),
    ...(kubelets > 0 ? [counted(kubelets, 'kubelet')] : []),
  ];
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
};
