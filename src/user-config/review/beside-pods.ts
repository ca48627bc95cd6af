import type { Given } from '../types.ts';

/**
 * Settings that a file says of a component whose pod stands beside it without them: the pod is what runs, and the file is
 * what kubeadm, k3s or RKE2 would make of it.
 */
export const contradictions = ({ settings, commands }: Given): Given['unread'] =>
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
