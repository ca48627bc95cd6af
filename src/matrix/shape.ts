import { z } from 'zod';
import { userConfigShape } from '../profile/index.ts';
import type { MatrixDocument } from './types.ts';

const number = z.number().nullable();
const window = z.tuple([z.number(), z.number()]).readonly().nullable();

const beside = z.object({
  observed: number,
  predicted: window,
  judged: window.exactOptional(),
  fit: z.enum(['inside', 'outside']).nullable(),
});

const cell = {
  name: z.string(),
  profile: z.string(),
  kubernetesVersion: z.string(),
  disturbance: z.enum(['pause', 'dead-node']),
};

const figures = z.object({
  notReadyNodes: beside,
  notReadyNodeSeconds: number,
  refused: number,
  offered: z.number(),
  detectMs: beside,
  evictMs: beside,
  recoverMs: beside,
  leaseWrites: beside,
  statusWrites: beside,
});

/**
 * What matrix.json has to hold. Fields that are not named here are let be: a later skipbeat may write them, and the code of
 * a seal is one of all that stands in the file.
 */
export const matrixShape: z.ZodType<MatrixDocument> = z.object({
  schemaVersion: z.literal(1),
  startedAt: z.string(),
  backend: z.enum(['kind', 'model']),
  predicted: z.boolean(),
  cells: z.array(z.object(cell)),
  sets: z.array(z.string()),
  userConfig: userConfigShape.optional(),
  pauseMs: z.number().exactOptional(),
  results: z.array(
    z.object({
      ...cell,
      folder: z.string(),
      verdict: z.enum(['pass', 'fail', 'inconclusive']).nullable(),
      measured: z.boolean().exactOptional(),
      reason: z.string().nullable(),
      figures: figures.nullable(),
      tookMs: z.number(),
    }),
  ),
  hmacSha256: z.string().exactOptional(),
});
