import type { ConfigFiles } from '../types.ts';

/**
 * Settings that a file says of a component whose pod stands beside it without them: the pod is what runs, and the file is
 * what kubeadm, k3s or RKE2 would make of it.
 */
const contradictions = ({ settings, commands }: ConfigFiles): ConfigFiles['unread'] =>
  settings.flatMap(({ component, name, value, origin, document }) => {
    const pods = commands.filter((each) => each.component === component);
    if (pods.some((each) => each.document === document)) return [];
    const without = pods.find(
      (pod) => !settings.some((other) => other.document === pod.document && other.name === name),
    );
    if (without === undefined) return [];
    const text = `${name} ${value} of ${component} is not what its pod at ${without.origin} is passed: that runs, and the two contradict each other`;
    return [{ origin, text }];
  });

/**
 * The ConfigMap of kubelets goes by its minor to v1.23, and by no version from v1.24 on; v1.23 has both, by a gate.
 * @see kubernetes v1.24.17 cmd/kubeadm/app/features/features.go, UnversionedKubeletConfigMap
 */
const isOfMinor = (name: string, minor: number): boolean =>
  name === 'kubelet-config' ? minor >= 23 : name === `kubelet-config-1.${minor}` && minor < 24;

const otherMinors = ({ trees }: ConfigFiles, minor: number): ConfigFiles['unread'] =>
  trees.flatMap(({ data: { kind, metadata }, at }) => {
    const { name } = (metadata ?? {}) as { readonly name?: unknown };
    const isKubelets = kind === 'ConfigMap' && typeof name === 'string' && /^kubelet-config(?:-1\.\d+)?$/.test(name);
    if (!isKubelets || isOfMinor(name, minor)) return [];
    return [{ origin: at(['metadata', 'name']), text: `kubeadm of v1.${minor} reads no ConfigMap ${name}` }];
  });

/** What is not read of given files, on a minor. */
export const unreadOn = (configFiles: ConfigFiles, minor: number): ConfigFiles['unread'] => [
  ...configFiles.unread,
  ...contradictions(configFiles),
  ...otherMinors(configFiles, minor),
];
