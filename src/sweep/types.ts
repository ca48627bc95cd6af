import { z } from 'zod';
import type { Frozen } from '../common/frozen.ts';
import { userConfigShape } from '../profile/index.ts';

// Fields stand here in the order in which they are written, so that a file that was read is written back the same.

const count = z.int().min(0);
const share = z.number().min(0).max(1);
const timeOrNull = z.number().min(0).nullable();

/** What is swept over. Its cells are every profile × pause × nodes × version, in that order. */
const specShape = z.strictObject({
  /** `given` stands for the userConfig. */
  profiles: z.array(z.string()),
  /** Somebody's own settings; left out where none are swept. */
  userConfig: userConfigShape.optional(),
  reading: z.enum(['literal', 'equivalent']),
  /** How long the kubelets of all workers are paused; ascending. */
  pausesMs: z.array(z.number().positive()),
  /** Nodes of the cluster, its one control plane included; ascending. */
  nodes: z.array(z.int().min(2)),
  /** Exact: `v1.34.4`. */
  kubernetesVersions: z.array(z.string()),
  /** Independent simulations of each cell. */
  repeats: z.int().min(1),
  seed: count,
});

export type SweepSpec = Frozen<z.infer<typeof specShape>>;

/** Part `index` of `of`, counted from 1. */
const shardShape = z.strictObject({ index: z.int().min(1), of: z.int().min(1) });

export type Shard = Frozen<z.infer<typeof shardShape>>;

/**
 * How often something happened in independent trials; `share` from 0 to 1, `low` and `high`: the 95 % interval of the true
 * chance, Wilson's; one-sided and exact where it happened never or always.
 */
const chanceShape = z.strictObject({ count, trials: z.int().min(1), share, low: share, high: share });

export type Chance = Frozen<z.infer<typeof chanceShape>>;

/** Quantiles of a time over the trials in which it was seen; null where it was seen in none. */
const spreadShape = z.strictObject({ seen: count, p5: timeOrNull, p50: timeOrNull, p95: timeOrNull });

export type Spread = Frozen<z.infer<typeof spreadShape>>;

export type WideSpread = Spread & { readonly p1: number | null; readonly p99: number | null };

/** All workers' kubelets paused once for `pauseMs` under load; chances count from the pause on. */
const cellShape = z.strictObject({
  profile: z.string(),
  pauseMs: z.number().positive(),
  nodes: z.int().min(2),
  kubernetesVersion: z.string(),
  /** At least one new connection is refused. */
  refused: chanceShape,
  /** At least one node goes NotReady. */
  notReady: chanceShape,
  /** At least one pod is evicted. */
  evicted: chanceShape,
  /** Median over the trials of NotReady time summed over nodes, from the start of the load to its end. */
  notReadyNodeSeconds: z.number().min(0),
  /** Trials in which not all was well again within the time to recover. */
  notRecovered: count,
});

export type Cell = Frozen<z.infer<typeof cellShape>>;

export type CellKey = Pick<Cell, 'profile' | 'pauseMs' | 'nodes' | 'kubernetesVersion'>;

/** One worker's kubelet stopped for good. */
const detectionShape = z.strictObject({
  profile: z.string(),
  nodes: z.int().min(2),
  kubernetesVersion: z.string(),
  /** From the stop to the node's NotReady. */
  detectMs: spreadShape,
  /** Leases and status posts of the whole cluster as configured, without jitter. */
  heartbeatWritesPerMinute: z.number().min(0),
  /** Longest answer of an API server with which every node stays Ready, 0 where none is; left out by those who wrote none. */
  heartbeatAnswerMs: z.number().min(0).exactOptional(),
});

export type Detection = Frozen<z.infer<typeof detectionShape>>;

export type DetectionKey = Pick<Detection, 'profile' | 'nodes' | 'kubernetesVersion'>;

/** The result of a sweep or of one shard. Holds nothing that differs from one machine to another. */
export const sweepShape = z.strictObject({
  schemaVersion: z.literal(1),
  predicted: z.literal(true),
  /** The version of skipbeat that simulated it: another has other formulas. */
  skipbeat: z.string(),
  sweep: specShape,
  /** null = the whole sweep. */
  shard: shardShape.nullable(),
  cells: z.array(cellShape),
  detections: z.array(detectionShape),
});

export type SweepDocument = Frozen<z.infer<typeof sweepShape>>;
