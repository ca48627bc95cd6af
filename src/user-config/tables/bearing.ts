import { parseGoBoolean } from '../../profile/index.ts';
import type { Component, PassedGate } from '../types.ts';
import { type Stated, statedBy } from './minor-ranges.ts';

/**
 * Feature gates that change what heartbeats, detection or eviction do, and what each is where nobody sets it (a minor that
 * is not stated: not known). `AllBeta=false` is no default: it takes every beta gate away.
 * @see pkg/features/kube_features.go of kubernetes; component-base featuregate/feature_gate.go, setUnsetAlphaGates
 */
const gates: Readonly<Record<string, Stated>> = {
  NodeLease: statedBy('F12-13 T14-22'),
  TaintBasedEvictions: statedBy('F11-12 T13-19'),
  TaintNodesByCondition: statedBy('F11 T12-17'),
  NodeControllerLeaseCircuitBreaker: statedBy('T37'),
  CoordinatedLeaderElection: statedBy('F31-35'),
  EventedPLEG: statedBy('F26-35'),
  EndpointSlice: statedBy('T18-24'),
  EndpointSliceProxying: statedBy('T19-24'),
  AllAlpha: statedBy('F11-37'),
  AllBeta: () => null,
};

export const isBearingGate = (gate: string): boolean => Object.hasOwn(gates, gate);

/** Whether such a gate is set to what it is where nobody sets it. */
export const isBearingDefault = ({ name, value }: Pick<PassedGate, 'name' | 'value'>, minor: number): boolean => {
  const unset = Object.hasOwn(gates, name) ? (gates[name]?.(minor) ?? null) : null;
  return unset !== null && parseGoBoolean(value ?? '') === (unset === 'T');
};

type Flags = Readonly<Record<Component, readonly string[]>>;

const names = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Flags that tie a component to its cluster: every manifest that starts has some, and a change of one may end it. */
export const ties: Flags = {
  'kube-controller-manager': names(`kubeconfig master authentication-kubeconfig authorization-kubeconfig client-ca-file
    root-ca-file service-account-private-key-file cluster-signing-cert-file cluster-signing-key-file`),
  'kube-apiserver': names(`etcd-servers etcd-cafile etcd-certfile etcd-keyfile client-ca-file tls-cert-file
    tls-private-key-file service-account-key-file service-account-signing-key-file service-account-issuer
    kubelet-client-certificate kubelet-client-key`),
  kubelet: [],
};

/**
 * These and all others that a component may not start with, or not find its cluster, its runtime or its rights, unless they
 * are as they have to be there.
 * @see kubernetes pkg/controller/nodeipam/ipam/range_allocator.go, NewCIDRRangeAllocator: nodes outside of the network
 *   "will keep crashing controller-manager"
 */
export const bearingFlags: Flags = {
  'kube-controller-manager': [
    ...ties['kube-controller-manager'],
    ...names(`requestheader-client-ca-file tls-cert-file tls-private-key-file cluster-cidr service-cluster-ip-range
      node-cidr-mask-size node-cidr-mask-size-ipv4 node-cidr-mask-size-ipv6 allocate-node-cidrs cloud-provider
      use-service-account-credentials bind-address`),
  ],
  'kube-apiserver': [
    ...ties['kube-apiserver'],
    ...names(`proxy-client-cert-file proxy-client-key-file requestheader-client-ca-file service-cluster-ip-range
      advertise-address cloud-provider api-audiences service-account-api-audiences admission-control-config-file audit-policy-file audit-webhook-config-file
      authentication-config encryption-provider-config experimental-encryption-provider-config
      egress-selector-config-file tracing-config-file token-auth-file oidc-ca-file kubelet-certificate-authority`),
  ],
  kubelet: names(`kubeconfig bootstrap-kubeconfig hostname-override cert-dir root-dir container-runtime
    container-runtime-endpoint image-service-endpoint pod-manifest-path cgroup-driver cgroup-root client-ca-file
    cloud-provider cloud-config network-plugin cni-bin-dir cni-conf-dir resolv-conf tls-cert-file tls-private-key-file
    image-credential-provider-bin-dir image-credential-provider-config topology-manager-policy fail-swap-on
    rotate-certificates cluster-dns cluster-domain healthz-port address node-ip enable-controller-attach-detach`),
};
