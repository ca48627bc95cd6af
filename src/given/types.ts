export type Component = 'kube-controller-manager' | 'kube-apiserver' | 'kubelet';

/** One setting as a file has it. Flags without their dashes, fields of KubeletConfiguration as they are written there. */
export type GivenSetting = {
  readonly component: Component;
  readonly name: string;
  readonly value: string;
  /** `file:line:column`, for texts. */
  readonly origin: string;
};

/** What the documents of a file say about heartbeats. */
export type Given = {
  /** Kinds of the documents that were read, in order: `Pod kube-apiserver`, `ClusterConfiguration v1beta4`. */
  readonly documents: readonly string[];
  readonly settings: readonly GivenSetting[];
  /** `v1.34` or `v1.34.4`, where a ClusterConfiguration names one. */
  readonly kubernetesVersion: string | null;
  /** What was there and not read, in words; one sentence each. */
  readonly passedOver: readonly string[];
};
