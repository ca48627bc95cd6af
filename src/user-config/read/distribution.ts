import { describeValue } from '../../scenario/index.ts';
import { components } from '../components.ts';
import type { Mapping, Reader } from './document.ts';
import { passFlag, readDistributionArgs } from './flags.ts';
import { noAddonAsides, proxyArgAsides } from './kube-proxy.ts';
import { distributionUnit, readDistributionParts } from './parts/component-parts.ts';
import { isTakenByDistribution } from './values/distribution-values.ts';
import { machineBoundsOf } from './values/machine-bound.ts';

/** Keys of k3s and RKE2 that start fewer or other components, or taint nodes. */
const doubtfulKey =
  /^(?:(?:etcd|kube-scheduler)-arg|disable-(?:controller-manager|apiserver|scheduler|etcd)|node-taint|rootless)\+?$/;

const saysNothing = (value: unknown): boolean =>
  value === null || value === false || (Array.isArray(value) && value.length === 0);

/** Reads the configuration file of k3s and RKE2: `<component>-arg`, each a list, and keys of its own. @returns its title */
export const readDistribution = (reader: Reader, document: Mapping): string => {
  for (const [key, value] of Object.entries(document)) {
    const component = components.find((name) => key.replace(/\+$/, '') === `${name}-arg`);
    if (component !== undefined) {
      readDistributionArgs(reader, component, [key], value);
      if (key.endsWith('+') && !saysNothing(value)) {
        reader.leaveUnread([key], `${key} adds to what files before this one say, which are not read`);
      }
    } else if (key === 'protect-kernel-defaults') {
      for (const bound of machineBoundsOf(key, String(value))) reader.bound('kubelet', bound, [key]);
    } else if (/^node-label\+?$/.test(key) && !saysNothing(value)) {
      // It is the kubelet's --node-labels.
      passFlag(reader, 'kubelet', 'node-labels', [value].flat().join(','), [key]);
    } else if (/^v(?:module)?\+?$/.test(key) && !saysNothing(value)) {
      // All components are one process, or get it one by one. @see k3s pkg/cli/cmds/log.go, pkg/daemons/control/server.go
      passFlag(reader, 'kubelet', key.replace(/\+$/, ''), [value].flat().join(','), [key]);
    } else if (/^disable\+?$/.test(key)) {
      const names = [value].flat().flatMap((each) => String(each).split(','));
      // RKE2 packaged kube-proxy as a chart in its first minors.
      const skipPhases = names.flatMap((name) => {
        const [, addon] = /^(?:rke2-)?(coredns|kube-proxy)$/.exec(name.trim()) ?? [];
        return addon === undefined ? [] : [`addon/${addon}`];
      });
      for (const aside of noAddonAsides({ skipPhases })) reader.aside(aside, [key]);
    } else if (/^kube-proxy-arg\+?$/.test(key)) {
      for (const aside of proxyArgAsides(value)) reader.aside(aside, [key]);
    } else if (doubtfulKey.test(key) && !saysNothing(value)) {
      reader.leaveUnread([key], `${key} may change what is predicted, and is not read`);
    } else if (!saysNothing(value) && !isTakenByDistribution(key.replace(/\+$/, ''), value)) {
      const received = `received ${describeValue(value, true)}`;
      reader.leaveUnread([key], `whether it starts with ${key}, and runs as predicted, is not known: ${received}`);
    }
  }
  readDistributionParts(reader, document);
  reader.entire(distributionUnit);
  return distributionUnit;
};

/** Keys that no other kind of file without apiVersion and kind has; each may stand alone. */
const distributionKey =
  /^(?:write-kubeconfig(?:-mode)?|tls-san|cluster-init|(?:agent-)?token(?:-file)?|node-(?:label|taint|name|ip)|flannel-backend|disable-(?:cloud-controller|kube-proxy|network-policy)|secrets-encryption|datastore-endpoint|system-default-registry|protect-kernel-defaults|etcd-expose-metrics)\+?$/;

/** Whether a document is the configuration file of k3s or RKE2, which has neither apiVersion nor kind. */
export const isDistribution = (document: Mapping): boolean =>
  document.kind === undefined &&
  document.apiVersion === undefined &&
  Object.keys(document).some((key) => /-arg\+?$/.test(key) || distributionKey.test(key));
