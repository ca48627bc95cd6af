import type { UserConfig } from '../profile/index.ts';
import type { Verdict } from '../verdict/index.ts';

/** `pause`: the disturbance that the five profile scenarios share. `dead-node`: one worker loses its power. */
export type Disturbance = 'pause' | 'dead-node';

/** One run of a matrix: a profile on a version under a disturbance. */
export type MatrixCell = {
  /** Unique in the matrix, and the name of its folder: `v1.34.4-fast`, `v1.34.4-fast-dead-node`. */
  readonly name: string;
  readonly profile: string;
  /** Exact: `v1.34.4`. */
  readonly kubernetesVersion: string;
  readonly disturbance: Disturbance;
};

export type Window = readonly [number, number];

/** Something that was seen beside what was predicted for it; null where there is none. */
export type Beside = {
  readonly observed: number | null;
  readonly predicted: Window | null;
  /** The window that `fit` goes by: the predicted one with its slack. Where it is left out, that is the predicted one itself. */
  readonly judged?: Window | null;
  readonly fit: 'inside' | 'outside' | null;
};

/** The figures of one run, as a matrix shows them. Times in ms. */
export type CellFigures = {
  readonly notReadyNodes: Beside;
  readonly notReadyNodeSeconds: number | null;
  /** null: nobody asked. */
  readonly refused: number | null;
  readonly offered: number;
  /** From the start of the fault to the first node NotReady, and to the first pod evicted. */
  readonly detectMs: Beside;
  readonly evictMs: Beside;
  /** From the moment at which the fault began to be undone to the last node Ready again. */
  readonly recoverMs: Beside;
  /** Heartbeat writes of a node in a minute; `predicted` as configured. */
  readonly leaseWrites: Beside;
  readonly statusWrites: Beside;
};

/** What became of one cell. */
export type CellResult = MatrixCell & {
  /** Below the matrix's own folder. */
  readonly folder: string;
  /** null where not even a judgement could be made. */
  readonly verdict: Verdict | null;
  /** Nothing was expected of it, so that nothing could fail: `pass` is no praise. Not in documents that an older skipbeat wrote. */
  readonly measured?: boolean;
  /** Why there is no figure, or why the verdict is not pass: one line. */
  readonly reason: string | null;
  readonly figures: CellFigures | null;
  readonly tookMs: number;
};

/** matrix.json in the folder of a matrix; written anew after every cell. */
export type MatrixDocument = {
  readonly schemaVersion: 1;
  readonly startedAt: string;
  readonly backend: 'kind' | 'model';
  /** Figures are the model's, nothing was run. */
  readonly predicted: boolean;
  readonly cells: readonly MatrixCell[];
  /** `path=value` as typed after --set: changes of every scenario. */
  readonly sets: readonly string[];
  /** Somebody's own settings, which the profile `given` stands for; left out where none are run. */
  readonly userConfig?: UserConfig | undefined;
  /** How long the kubelets of all workers are paused. Not in documents that an older skipbeat wrote. */
  readonly pauseMs?: number;
  /** Of the cells that have ended, in the order in which they ran. */
  readonly results: readonly CellResult[];
  /** With --seal-key: HMAC-SHA-256 under that key of everything else here. */
  readonly hmacSha256?: string;
};
