import type { Plan } from '../../plan/index.ts';
import { admittedTolerations, passedFlags } from '../../profile/index.ts';
import type { ReadSetting } from '../settings.ts';
import type { AdmittedSeconds } from './api.ts';
import type { Program } from './node-files.ts';
import { type Wanted, withFields, withFlags } from './texts.ts';

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
    component === 'kubelet' ? [] : Object.keys(passedFlags[component]).filter((name) => !asCreated.includes(name));
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
    ...(kubelets > 0 ? [`${kubelets} ${kubelets === 1 ? 'kubelet' : 'kubelets'}`] : []),
  ];
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
};
