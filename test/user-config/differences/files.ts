import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assumedVersion } from '../../../src/common/kubernetes/version-range.ts';
import {
  type ConfigFiles,
  joinConfigs,
  namedVersion,
  outcomeOf,
  reviewConfigs,
} from '../../../src/user-config/index.ts';
import { readOnce } from '../../support/read-once.ts';

const folder = join(import.meta.dirname, '../../fixtures/review');

/** Manifests as kubeadm v1.34 writes them. */
export const manager = readFileSync(join(folder, 'kube-controller-manager.yaml'), 'utf8');
export const server = readFileSync(join(folder, 'kube-apiserver.yaml'), 'utf8');

/** One change of a text; a change of what is not there is a mistake of the test. */
export const changed = (text: string, from: string | RegExp, to: string): string => {
  const out = text.replace(from, to);
  if (out === text) throw new Error(`nothing to change: ${String(from)}`);
  return out;
};

const before = (text: string, at: string, flags: readonly string[]): string =>
  changed(text, at, flags.map((flag) => `    - --${flag}\n`).join('') + at);

/** The manifests with flags before their own. */
export const managerWith = (...flags: readonly string[]): string => before(manager, '    - --kubeconfig=', flags);
export const serverWith = (...flags: readonly string[]): string => before(server, '    - --secure-port=', flags);

/** A manifest by another version of Kubernetes. */
export const of = (version: string, text: string): string => text.replaceAll('v1.34.4', version);

/** Documents of kubeadm, of a kubelet and of kube-proxy. */
export const cluster = (more = '', version = 'v1.34.4', api = 'v1beta4'): string =>
  `apiVersion: kubeadm.k8s.io/${api}\nkind: ClusterConfiguration\nkubernetesVersion: ${version}\n${more}`;
export const first = (more = ''): string => `apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n${more}`;
export const joined = (more = ''): string => `apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n${more}`;
export const kubelet = (more = ''): string =>
  `apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n${more}`;
export const proxy = (more = ''): string =>
  `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n${more}`;

/** A flag of kubelets, in an InitConfiguration or a JoinConfiguration. */
export const flag = (...flags: readonly (readonly [string, string])[]): string =>
  `nodeRegistration:\n  kubeletExtraArgs:\n${flags.map(([name, value]) => `  - {name: ${name}, value: "${value}"}\n`).join('')}`;

/** extraArgs of a component in a ClusterConfiguration. */
export const args = (component: string, ...flags: readonly (readonly [string, string])[]): string =>
  `${component}:\n  extraArgs:\n${flags.map(([name, value]) => `  - {name: ${name}, value: "${value}"}\n`).join('')}`;

/** Documents of one file. */
export const documents = (...each: readonly string[]): string =>
  each.map((text) => (text.endsWith('\n') ? text : `${text}\n`)).join('---\n');

/** What `kubectl get -o yaml` prints. */
export const list = (...items: readonly string[]): string =>
  `apiVersion: v1\nkind: List\nitems:\n${items.map((item) => `- ${item.trim().replaceAll('\n', '\n  ')}\n`).join('')}`;

/** The pod of a manifest as an API server shows it, of one of several control planes. */
export const podOf = (text: string, node: string, at = '2026-03-02T08:11:20Z'): string => {
  const annotations = ['hash: abc', 'mirror: abc', `seen: "${at}"`, 'source: file'].map(
    (each) => `    kubernetes.io/config.${each}\n`,
  );
  const own = `  creationTimestamp: "${at}"\n  resourceVersion: "700"\n  uid: 0f6c7a1e-9b1d-4f0a-8a53-1f2e3d4c5b00\n`;
  const named = changed(text, /^ {2}name: (kube-\S+)$/m, `${own}  name: $1-${node}`);
  const spec = changed(
    named,
    '  hostNetwork: true\n',
    `  hostNetwork: true\n  nodeName: ${node}\n  restartPolicy: Always\n`,
  );
  const noted = spec.replace(/ {2}annotations:(?: \{\})?\n/, `  annotations:\n${annotations.join('')}`);
  const name = /^ {2}name: (kube-\S+)$/m.exec(text)?.[1];
  const container = `{name: ${name}, ready: true, restartCount: 0, state: {running: {startedAt: "${at}"}}}`;
  return `${noted}status: {phase: Running, startTime: "${at}", containerStatuses: [${container}]}\n`;
};

export const configMap = (
  text: string,
  name = 'kubeadm-config',
  namespace = 'kube-system',
  key = 'ClusterConfiguration',
): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata:\n  ${key}: |\n    ${text.trim().replaceAll('\n', '\n    ')}\n`;

/** One file, or several that say together what is run. */
export type Files = string | readonly string[];

const configOf = (files: Files, name: string): ConfigFiles =>
  joinConfigs([files].flat().map((text, index) => readOnce(text, index === 0 ? name : `${index}-${name}`)));

/** A review as the command makes it, of v1.34.4 where neither side names a version. */
export const review = (base: Files, candidate: Files): ReturnType<typeof reviewConfigs> => {
  const [one, other] = [configOf(base, 'base.yaml'), configOf(candidate, 'candidate.yaml')];
  const sideOf = (configFiles: ConfigFiles, theirs: ConfigFiles): Parameters<typeof reviewConfigs>[0] => ({
    configFiles,
    kubernetesVersion: assumedVersion(namedVersion(configFiles) ?? namedVersion(theirs) ?? 'v1.34.4'),
    isAssumed: configFiles.unversioned.length > 0,
  });
  return reviewConfigs(sideOf(one, other), sideOf(other, one));
};

/** What the review comes to, and its verdicts in one word: the only one, or `mixed`. */
export const resultOf = (base: Files, candidate: Files): string => {
  const made = review(base, candidate);
  const outcome = outcomeOf(made);
  const verdicts = new Set(made.predicted.map(({ verdict }) => verdict));
  return outcome !== 'known' ? outcome : verdicts.size === 1 && verdicts.has('same') ? 'same' : 'judged';
};
