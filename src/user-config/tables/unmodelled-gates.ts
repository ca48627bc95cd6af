import { parseGoBoolean } from '../../profile/index.ts';
import type { Component, PassedGate } from '../types.ts';
import { type Stated, statedBy } from './minor-ranges.ts';

/**
 * Gates with another value of which a component does what neither the model nor a run knows: whose they are, what they
 * are where nobody sets them (a minor that is not stated: not known), and what they change.
 * @see pkg/features/kube_features.go of kubernetes, of apiserver and of controller-manager
 */
const gates: Readonly<Record<string, { readonly of: Component; readonly unset: Stated; readonly what: string }>> = {
  RequestManagement: { of: 'kube-apiserver', unset: statedBy('F15-16'), what: 'behind whom heartbeats wait' },
  APIPriorityAndFairness: {
    of: 'kube-apiserver',
    unset: statedBy('F17-19 T20-30'),
    what: 'behind whom heartbeats wait',
  },
  NodeDisruptionExclusion: {
    of: 'kube-controller-manager',
    unset: statedBy('F16-18 T19-21'),
    what: 'which nodes count where several are silent',
  },
  LegacyNodeRoleBehavior: {
    of: 'kube-controller-manager',
    unset: statedBy('T16-20 F21'),
    what: 'which nodes count where several are silent',
  },
  NodeOutOfServiceVolumeDetach: {
    of: 'kube-controller-manager',
    unset: statedBy('F24-25 T26-31'),
    what: 'what a node loses that somebody taints out-of-service',
  },
  ControllerManagerReleaseLeaderElectionLockOnExit: {
    of: 'kube-controller-manager',
    unset: statedBy('F36'),
    what: 'when another controller manager takes over',
  },
  ExecProbeTimeout: { of: 'kubelet', unset: statedBy('T20-37'), what: 'when a pod whose probe hangs is not Ready' },
  MemoryQoS: { of: 'kubelet', unset: statedBy('F22-37'), what: 'which pods a machine short of memory slows down' },
  ChangeContainerStatusOnKubeletRestart: {
    of: 'kubelet',
    unset: statedBy('F35-37'),
    what: 'whether pods stay Ready while their kubelet starts again',
  },
};

/** Whether a gate that is known here is set to what it is where nobody sets it. */
export const isUnsetValue = ({ component, name, value }: PassedGate, minor: number): boolean => {
  const gate = Object.hasOwn(gates, name) ? gates[name] : undefined;
  const unset = gate?.of === component ? gate.unset(minor) : null;
  return unset !== null && parseGoBoolean(value ?? '') === (unset === 'T');
};

/** Why a gate cannot be left out in silence; null where it can. */
export const unmodelledGate = ({ component, name, value, origin }: PassedGate, minor: number): string | null => {
  const gate = Object.hasOwn(gates, name) ? gates[name] : undefined;
  if (gate === undefined || gate.of !== component) return null;
  if (isUnsetValue({ component, name, value, origin }, minor)) return null;
  return `the feature gate ${name}=${value} changes ${gate.what}, and neither the model nor a run knows it`;
};
