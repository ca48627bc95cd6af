import { formatDuration, parseDurationMs } from '../../common/duration.ts';
import type { Aside, Component } from '../types.ts';

/** Where an aside stands is for whoever reads it to say. */
export type FoundAside = Omit<Aside, 'origin'>;

/** Values of a flag, or of the field by that name, each with what it does; none where it does nothing. */
type AsidesOf = (value: string) => readonly FoundAside[];

/**
 * Of all faults `node-shutdown` alone shuts a node down in order: `node-stop` takes its power away.
 * @see kubernetes pkg/kubelet/nodeshutdown/nodeshutdown_manager_linux.go, start: it acts on PrepareForShutdown of logind
 */
const shutdown =
  (key: string): AsidesOf =>
  (value) => {
    const ms = parseDurationMs(value);
    if (ms === null || ms === 0) return [];
    const text =
      'a node that is shut down in order says NotReady by its own word and ends its pods; the fault node-shutdown alone does so';
    return [{ key, value: formatDuration(ms), text, bearsOn: 'nothing' }];
  };

/** @see kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go, handleDisruption; component-helpers node/topology */
const zoneLabel = /^(?:topology\.kubernetes\.io|failure-domain\.beta\.kubernetes\.io)\/(?:zone|region)$/;

const zones: AsidesOf = (value) =>
  value.split(',').flatMap((label) => {
    const [key = '', zone = ''] = label.trim().split('=');
    const text = 'where several nodes are silent, zones decide how fast pods are evicted; nodes of a run are in none';
    return zoneLabel.test(key) ? [{ key: `the label ${key}`, value: zone, text }] : [];
  });

/** @see apiserver pkg/server/filters/goaway.go: what is under way is answered, and the next request goes over a new connection */
const goaway: AsidesOf = (value) =>
  !(Number(value) > 0)
    ? []
    : [
        {
          key: 'goaway-chance',
          value: String(Number(value)),
          text: 'clients go to another of several API servers now and then, and a fault of one hits others of them',
        },
      ];

/** kubeadm's own, of control planes. */
const ofControlPlane = /^node-role\.kubernetes\.io\/(?:control-plane|master)(?:=)?:NoSchedule$/;

/**
 * What a node registers with, beside the taint of kubeadm's control planes.
 * @param isToBeTainted whether it is a control plane whose taints a file says, which then has no others
 */
export const taintAsides = (value: string, isToBeTainted = false): readonly FoundAside[] => {
  const taints = value.split(',').map((each) => each.replace(/=(?=:)/, ''));
  const others = taints.filter((each) => each !== '' && !ofControlPlane.test(each)).sort();
  if (isToBeTainted && !taints.some((each) => ofControlPlane.test(each))) others.unshift('none of a control plane');
  if (others.length === 0) return [];
  const text = 'taints decide which pods a node takes; nodes of a run have those of kubeadm';
  return [{ key: 'taints at registration', value: others.join(','), text, bearsOn: 'clients' }];
};

const flags: Readonly<Record<Component, Readonly<Record<string, AsidesOf>>>> = {
  'kube-controller-manager': {},
  'kube-apiserver': { 'goaway-chance': goaway },
  kubelet: {
    'shutdown-grace-period': shutdown('shutdownGracePeriod'),
    'shutdown-grace-period-critical-pods': shutdown('shutdownGracePeriodCriticalPods'),
    'node-labels': zones,
    'register-with-taints': (value) => taintAsides(value),
  },
};

/** What a flag, or the field of a KubeletConfiguration by that name, does beside every figure. */
export const asidesOf = (component: Component, flag: string, value: string): readonly FoundAside[] =>
  flags[component][flag]?.(value) ?? [];
