import { isSameValue } from '../../profile/index.ts';
import type { Component } from '../types.ts';

/** Whether a value leaves everything as it is without the flag or the field. */
type IsHarmless = (value: string) => boolean;

const one =
  (kind: Parameters<typeof isSameValue>[0], ...values: readonly string[]): IsHarmless =>
  (value) =>
    values.some((each) => isSameValue(kind, value, each));
const never: IsHarmless = () => false;
const among =
  (...values: readonly string[]): IsHarmless =>
  (value) =>
    values.includes(value);

/** A toleration is counted in nanoseconds of 64 bits: longer ones wrap around, and pods may go at once. */
const countableSeconds: IsHarmless = (value) => !(Math.abs(Number(value)) > 9_223_372_036);

const namesIn = (value: string): readonly string[] => value.split(',').map((word) => word.trim());

/**
 * Those of nodes are judged where settings are explained; the others have no part in what is predicted. Nobody here
 * knows which minor has another one by that name, without which kube-controller-manager does not start.
 */
const judgedControllers =
  /^(-?(nodelifecycle|node-lifecycle-controller|taint-eviction|taint-eviction-controller|cloud-node-lifecycle(-controller)?)|bootstrapsigner|tokencleaner)$/;

/**
 * What changes when a node is found NotReady, who acts on it, or what clients then see, and what neither the model nor a
 * run brings in; with the values that change nothing.
 * @see kube-controller-manager options: no batching of endpoints; kubelet: 5 and 10 requests, from v1.27 on 50 and 100;
 *   pkg/controller/tainteviction getMinTolerationTime: time.Duration(seconds) * time.Second; a version of an API that is
 *   not there ends kube-apiserver, pkg/server/resourceconfig applyVersionAndResourcePreferences
 */
const flags: Readonly<Record<Component, Readonly<Record<string, IsHarmless>>>> = {
  'kube-controller-manager': {
    controllers: (value) =>
      namesIn(value).includes('*') && namesIn(value).every((word) => word === '*' || judgedControllers.test(word)),
    'leader-elect': one('boolean', 'true'),
    'leader-elect-resource-lock': one('text', 'leases'),
    'endpointslice-updates-batch-period': one('duration', '0s'),
    'endpoint-updates-batch-period': one('duration', '0s'),
    'emulated-version': never,
    // Without them every controller has the rights of kube-controller-manager alone, which are few.
    'use-service-account-credentials': one('boolean', 'true'),
  },
  'kube-apiserver': {
    // Heartbeats then wait behind everybody else's requests.
    'enable-priority-and-fairness': one('boolean', 'true'),
    'default-not-ready-toleration-seconds': countableSeconds,
    'default-unreachable-toleration-seconds': countableSeconds,
    'runtime-config': among('', 'api/all=true'),
    'emulated-version': never,
  },
  kubelet: {
    'register-node': one('boolean', 'true'),
    'kube-api-qps': one('number', '5', '50'),
    'kube-api-burst': one('integer', '10', '100'),
  },
};

/** Fields of a KubeletConfiguration likewise; 0 means the default. */
const fields: Readonly<Record<string, IsHarmless>> = {
  registerNode: one('boolean', 'true'),
  kubeAPIQPS: one('number', '0', '5', '50'),
  kubeAPIBurst: one('integer', '0', '10', '100'),
};

export const unmodelledFields: readonly string[] = Object.keys(fields);

const text = (spelled: string): string =>
  `${spelled} changes what is predicted, and neither the model nor a run knows it`;

/** Whether the values of a flag are judged here. */
export const isNamedUnmodelled = (component: Component, name: string): boolean => Object.hasOwn(flags[component], name);

/** Why a flag with that value cannot be left out in silence; null where it can. */
export const unmodelledFlag = (component: Component, name: string, value: string): string | null =>
  (flags[component][name] ?? (() => true))(value) ? null : text(`--${name}=${value}`);

/** The same of a field of a KubeletConfiguration. */
export const unmodelledField = (name: string, value: string): string | null =>
  (fields[name] ?? (() => true))(value) ? null : text(`${name}: ${value}`);
