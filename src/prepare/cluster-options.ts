/** What is asked of the cluster of a run. */
export type ClusterOptions = {
  readonly cluster?: string;
  readonly keepCluster?: boolean;
  readonly verbose?: boolean;
  /** `auto` where it is left out. */
  readonly loadFrom?: string;
  /** Of the cluster, where the run makes it; one of its own where this is left out. */
  readonly incarnation?: string;
};
