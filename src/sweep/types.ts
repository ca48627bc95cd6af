import type { Reading, UserConfig } from '../profile/index.ts';

/** What is swept over. Its cells are every profile × pause × nodes × version, in that order. */
export type SweepSpec = {
  /** `given` stands for the userConfig. */
  readonly profiles: readonly string[];
  /** Somebody's own settings; left out where none are swept. */
  readonly userConfig?: UserConfig | undefined;
  readonly reading: Reading;
  /** How long the kubelets of all workers are paused; ascending. */
  readonly pausesMs: readonly number[];
  /** Nodes of the cluster, its one control plane included; ascending. */
  readonly nodes: readonly number[];
  /** Exact: `v1.34.4`. */
  readonly kubernetesVersions: readonly string[];
  /** Independent simulations of each cell. */
  readonly repeats: number;
  readonly seed: number;
};

/** Part `index` of `of`, counted from 1. */
export type Shard = { readonly index: number; readonly of: number };

/** How often something happened in independent trials. */
export type Chance = {
  readonly count: number;
  readonly trials: number;
  /** 0 to 1. */
  readonly share: number;
  /** 95 % interval of the true chance: Wilson's; one-sided and exact where it happened never or always. */
  readonly low: number;
  readonly high: number;
};

/** Quantiles of a time over the trials in which it was seen; null where it was seen in none. */
export type Spread = {
  readonly seen: number;
  readonly p5: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
};

export type WideSpread = Spread & { readonly p1: number | null; readonly p99: number | null };

export type CellKey = {
  readonly profile: string;
  readonly pauseMs: number;
  readonly nodes: number;
  readonly kubernetesVersion: string;
};

/** All workers' kubelets paused once for `pauseMs` under load; chances count from the pause on. */
export type Cell = CellKey & {
  /** At least one new connection is refused. */
  readonly refused: Chance;
  /** At least one node goes NotReady. */
  readonly notReady: Chance;
  /** At least one pod is evicted. */
  readonly evicted: Chance;
  /** Median over the trials of NotReady time summed over nodes, from the start of the load to its end. */
  readonly notReadyNodeSeconds: number;
  /** Trials in which not all was well again within the time to recover. */
  readonly notRecovered: number;
};

export type DetectionKey = Omit<CellKey, 'pauseMs'>;

/** One worker's kubelet stopped for good. */
export type Detection = DetectionKey & {
  /** From the stop to the node's NotReady. */
  readonly detectMs: Spread;
  /** Leases and status posts of the whole cluster as configured, without jitter. */
  readonly heartbeatWritesPerMinute: number;
};

/** The result of a sweep or of one shard. Holds nothing that differs from one machine to another. */
export type SweepDocument = {
  readonly schemaVersion: 1;
  readonly predicted: true;
  readonly sweep: SweepSpec;
  /** null = the whole sweep. */
  readonly shard: Shard | null;
  readonly cells: readonly Cell[];
  readonly detections: readonly Detection[];
};
