import { isSameValue, parseGoBoolean, parseValue, splitList } from '../../../profile/index.ts';
import { fieldKind } from '../../read/values/kubelet-field-values.ts';
import { isPluginList } from '../../tables/admission-plugins.ts';
import { flagKind } from '../../tables/component-flags.ts';
import type { Component } from '../../types.ts';
import type { Leaf } from './leaves.ts';
import type { Said } from './said.ts';

/** Plug-ins of every version that are on where no list says so; DefaultTolerationSeconds is judged by its figures. */
const pluginsOnByDefault: readonly string[] = [
  ...['NamespaceLifecycle', 'LimitRanger', 'ServiceAccount', 'DefaultStorageClass', 'ResourceQuota'],
  ...['MutatingAdmissionWebhook', 'ValidatingAdmissionWebhook', 'Priority', 'DefaultTolerationSeconds'],
];

/** Controllers without which a remark says that something is not modelled. */
const coveredByRemarks = /^-?(?:nodelifecycle|node-lifecycle-controller|taint-eviction-controller)$/;

/** Lists whose words add up and whose order says nothing. @see controller-manager app.IsControllerEnabled, but for a word twice */
const namesIn = (name: string, said: readonly Said[]): readonly string[] => {
  const entries = said.flatMap(({ value }) => splitList(value ?? ''));
  const names = entries.map((word) => word.replace(/^-/, ''));
  if (new Set(names).size < names.length) return entries;
  const ignored =
    name === 'enable-admission-plugins' ? pluginsOnByDefault : isPluginList(name) ? ['DefaultTolerationSeconds'] : [];
  const isReported = (word: string): boolean => name === 'controllers' && coveredByRemarks.test(word);
  return entries.filter((word) => !ignored.includes(word) && !isReported(word)).sort();
};

/** Words of a list of plug-ins that are added and taken away do nothing; other flags say something where they stand. */
const isOpenList = (name: string): boolean => /^(?:en|dis)able-admission-plugins$/.test(name);

const oneText = (component: Component | null, { name, gate, value }: Said): string | null => {
  if (value === null) return null;
  if (gate !== null) return String(parseGoBoolean(value) ?? value);
  const kind = component === null ? null : flagKind(component, name);
  return kind === null ? value : String(parseValue(kind, value) ?? value);
};

/** One value however it is spelled; of several all, as they are spelled, and in their order: the last one counts. */
const textOf = ({ component, said }: NonNullable<Leaf['flag']>): string =>
  JSON.stringify(
    said.length === 1
      ? said.map((each) => oneText(component, each))
      : said.map(({ spelled, value }) => `${spelled}=${String(value)}`),
  );

/**
 * The words of an open list where no file has it; null: nobody knows them.
 * @see kubernetes cmd/kubeadm/app/phases/controlplane/manifests.go: what extraArgs say replaces it
 */
const unsaidNames = (name: string, key: Leaf['key']): readonly string[] | null => {
  if (name !== 'enable-admission-plugins') return [];
  if (key[0] === 'apiServer') return ['NodeRestriction'];
  return String(key[0]).endsWith('-arg') ? null : [];
};

const isSameFlag = (one: Leaf['flag'] | undefined, other: Leaf['flag'] | undefined, key: Leaf['key']): boolean => {
  const name = one?.name ?? other?.name ?? '';
  const [before, after] = [one?.said ?? [], other?.said ?? []];
  if (isOpenList(name) && (before.length === 0 || after.length === 0)) {
    const unsaid = unsaidNames(name, key);
    const entries = namesIn(name, before.length === 0 ? after : before);
    return unsaid !== null && JSON.stringify(entries) === JSON.stringify(unsaid);
  }
  if (isOpenList(name) || (before.length > 0 && after.length > 0 && (isPluginList(name) || name === 'controllers'))) {
    return JSON.stringify(namesIn(name, before)) === JSON.stringify(namesIn(name, after));
  }
  return one != null && other != null && textOf(one) === textOf(other);
};

/** A container's runtime, with its scheme or without, by the path that is a link on every Linux, or by its own. */
const socket = (value: unknown): unknown =>
  typeof value === 'string' ? value.replace(/^unix:\/\//, '').replace(/^\/var\/run\//, '/run/') : value;

/**
 * Spelled otherwise it is another runtime to kubeadm up to v1.23.
 * @see kubernetes v1.22.17 cmd/kubeadm/app/phases/kubelet/flags.go, buildKubeletArgMapCommon
 */
const isDockershim = (value: string): boolean => value.includes('dockershim');

/** Durations of kubeadm's own. @see kubernetes cmd/kubeadm/app/apis/kubeadm/v1beta1 to v1beta4, types.go, metav1.Duration */
const kubeadmDuration =
  /^(?:(?:caC|c)ertificateValidityPeriod|timeouts\.\w+|apiServer\.timeoutForControlPlane|discovery\.timeout|bootstrapTokens\.\d+\.ttl)$/;

const isSameText = (name: string, one: unknown, other: unknown): boolean => {
  if (JSON.stringify(one) === JSON.stringify(other)) return true;
  if (typeof one !== 'string' || typeof other !== 'string') return false;
  if (name === 'nodeRegistration.criSocket') return !isDockershim(one) && socket(one) === socket(other);
  return (fieldKind(name) === 'duration' || kubeadmDuration.test(name)) && isSameValue('duration', one, other);
};

/** Whether two things of one name in two documents of a kind are the same to whoever reads them. */
export const isSame = (one: Leaf | undefined, other: Leaf | undefined): boolean => {
  if (one?.flag != null || other?.flag != null) {
    return isSameFlag(one?.flag, other?.flag, (one ?? other)?.key ?? []);
  }
  return one !== undefined && other !== undefined && isSameText(one.key.join('.'), one.value, other.value);
};
