import type { Component } from '../types.ts';

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
