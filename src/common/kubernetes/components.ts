/** Components of which every node has a process. */
export const nodeComponents = ['kubelet', 'containerd', 'kube-proxy'] as const;

/** Static pods of which control planes have one each besides. */
export const controlPlaneComponents = ['kube-apiserver', 'etcd', 'kube-controller-manager', 'kube-scheduler'] as const;

/** Those of which one leads, of all control planes. */
export const electedComponents = ['kube-controller-manager', 'kube-scheduler'] as const;

export const processComponents = [...controlPlaneComponents, ...nodeComponents] as const;

export type ProcessComponent = (typeof processComponents)[number];
export type ElectedComponent = (typeof electedComponents)[number];

/** From this minor version on the lock of a leader is a Lease. */
export const leaseLocksMinor = 17;
