import { z } from 'zod';
import type { Frozen } from '../common/frozen.ts';
import { userConfigShape } from '../profile/index.ts';

const number = z.number().nullable();
const windowShape = z.tuple([z.number(), z.number()]);

export type Window = Frozen<z.infer<typeof windowShape>>;

/** Something that was seen beside what was predicted for it; null where there is none. */
const besideShape = z.object({
  observed: number,
  predicted: windowShape.nullable(),
  /** The window that `fit` goes by: the predicted one with its slack. Where it is left out, that is the predicted one itself. */
  judged: windowShape.nullable().exactOptional(),
  fit: z.enum(['inside', 'outside']).nullable(),
});

export type Beside = Frozen<z.infer<typeof besideShape>>;

const disturbanceShape = z.enum(['pause', 'dead-node']);

/** One run of a matrix: a profile on a version under a disturbance. */
const cellShape = z.object({
  /** Unique in the matrix, and the name of its folder: `v1.34.4-fast`, `v1.34.4-fast-dead-node`. */
  name: z.string(),
  profile: z.string(),
  /** Exact: `v1.34.4`. */
  kubernetesVersion: z.string(),
  /** `pause`: the disturbance that the five profile scenarios share. `dead-node`: one worker loses its power. */
  disturbance: disturbanceShape,
});

export type MatrixCell = Frozen<z.infer<typeof cellShape>>;

export type Disturbance = MatrixCell['disturbance'];

/** The figures of one run, as a matrix shows them. Times in ms. */
const figuresShape = z.object({
  notReadyNodes: besideShape,
  notReadyNodeSeconds: number,
  /** null: nobody asked. */
  refused: number,
  /** In whatever way, refused ones among them; null: not known of all. Not in documents that an older skipbeat wrote. */
  failed: number.exactOptional(),
  offered: z.number(),
  /** Pods; null: not known. Not in documents that an older skipbeat wrote. */
  evicted: number.exactOptional(),
  /** From the start of the fault to the first node NotReady, and to the first pod evicted. */
  detectMs: besideShape,
  evictMs: besideShape,
  /** From the moment at which the fault began to be undone to the last node Ready again. */
  recoverMs: besideShape,
  /** Heartbeat writes of a node in a minute; `predicted` as configured. */
  leaseWrites: besideShape,
  statusWrites: besideShape,
});

export type CellFigures = Frozen<z.infer<typeof figuresShape>>;

/** What a run did to nodes, pods and requests, whatever it is said to have come to. */
const harmShape = z.object({
  /** Whether a node was NotReady, a pod evicted or a request failed; null: not known. */
  seen: z.boolean().nullable(),
  /** That of which no expectation speaks, nor a window in which it lies; each a clause. */
  unnamed: z.array(z.string()),
});

export type Harm = Frozen<z.infer<typeof harmShape>>;

/** What became of one cell. */
const resultShape = cellShape.extend({
  /** Below the matrix's own folder. */
  folder: z.string(),
  /** null where not even a judgement could be made. */
  verdict: z.enum(['pass', 'fail', 'inconclusive']).nullable(),
  /** Nothing was expected of it, so that nothing could fail: `pass` is no praise. Not in documents that an older skipbeat wrote. */
  measured: z.boolean().exactOptional(),
  /** Why there is no figure, or why the verdict is not pass: one line. */
  reason: z.string().nullable(),
  figures: figuresShape.nullable(),
  /** Where there are figures; not in documents that an older skipbeat wrote. */
  harm: harmShape.exactOptional(),
  /** How often the cell was begun, this time included, whoever ended the ones before; left out: once. */
  tries: z.number().int().min(2).exactOptional(),
  tookMs: z.number(),
});

export type CellResult = Frozen<z.infer<typeof resultShape>>;

/** What a matrix was begun with: its cells are those of every profile on every version under every disturbance. */
const askedShape = z.object({
  profiles: z.array(z.string()),
  /** Exact: `v1.34.4`. */
  versions: z.array(z.string()),
  disturbances: z.array(disturbanceShape),
});

/** A cell whose first record was taken away, changed or lost; another run does not replace it. */
const lostShape = z.object({
  name: z.string(),
  /** What was expected and found, one line. */
  reason: z.string(),
});

export type LostCell = Frozen<z.infer<typeof lostShape>>;

/**
 * matrix.json in the folder of a matrix; written anew after every cell. Fields that are not named here are let be: a later
 * skipbeat may write them, and the code of a seal is one of all that stands in the file.
 */
export const matrixShape = z.object({
  schemaVersion: z.literal(1),
  startedAt: z.string(),
  backend: z.enum(['kind', 'model']),
  /** Figures are the model's, nothing was run. */
  predicted: z.boolean(),
  cells: z.array(cellShape),
  /** What `cells` are held against. Not in documents that an older skipbeat wrote. */
  asked: askedShape.exactOptional(),
  /** Left out where no cell is. */
  lost: z.array(lostShape).exactOptional(),
  /** `path=value` as typed after --set: changes of every scenario. */
  sets: z.array(z.string()),
  /** Somebody's own settings, which the profile `given` stands for; left out where none are run. */
  userConfig: userConfigShape.optional(),
  /** How long the kubelets of all workers are paused. Not in documents that an older skipbeat wrote. */
  pauseMs: z.number().exactOptional(),
  /** Of the cells that have ended, in the order in which they ran. */
  results: z.array(resultShape),
  /** With --seal-key: HMAC-SHA-256 under that key of everything else here. */
  hmacSha256: z.string().exactOptional(),
});

export type MatrixDocument = Frozen<z.infer<typeof matrixShape>>;
