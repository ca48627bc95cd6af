import { z } from 'zod';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { userConfigShape } from '../profile/index.ts';
import type { SweepDocument } from './types.ts';

const count = z.int().min(0);
const share = z.number().min(0).max(1);
const chance = z.strictObject({ count, trials: z.int().min(1), share, low: share, high: share });
const time = z.number().min(0).nullable();

// Fields stand here in the order in which they are written, so that a file that was read is written back the same.
const cluster = { nodes: z.int().min(2), kubernetesVersion: z.string() };

const shape: z.ZodType<SweepDocument> = z.strictObject({
  schemaVersion: z.literal(1),
  predicted: z.literal(true),
  sweep: z.strictObject({
    profiles: z.array(z.string()),
    userConfig: userConfigShape.optional(),
    reading: z.enum(['literal', 'equivalent']),
    pausesMs: z.array(z.number().positive()),
    nodes: z.array(z.int().min(2)),
    kubernetesVersions: z.array(z.string()),
    repeats: z.int().min(1),
    seed: count,
  }),
  shard: z.strictObject({ index: z.int().min(1), of: z.int().min(1) }).nullable(),
  cells: z.array(
    z.strictObject({
      profile: z.string(),
      pauseMs: z.number().positive(),
      ...cluster,
      refused: chance,
      notReady: chance,
      evicted: chance,
      notReadyNodeSeconds: z.number().min(0),
      notRecovered: count,
    }),
  ),
  detections: z.array(
    z.strictObject({
      profile: z.string(),
      ...cluster,
      detectMs: z.strictObject({ seen: count, p5: time, p50: time, p95: time }),
      heartbeatWritesPerMinute: z.number().min(0),
    }),
  ),
});

const refuse = (file: string, found: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError('SWEEP_FILE_INVALID', `${file}: expected the JSON of a sweep (schemaVersion 1), ${found}`, {
    exitCode: exitCodes.usage,
    next: skipbeat('sweep --shard 1/2 --out FILE.json'),
    cause,
  });

/**
 * Reads the JSON of a sweep or a shard.
 * @param file its name, for error texts
 * @throws SkipbeatError SWEEP_FILE_INVALID (exit 64), naming the first thing that is not as it should be
 */
export const readDocument = (text: string, file: string): SweepDocument => {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (thrown) {
    throw refuse(file, 'received something that is no JSON', thrown);
  }
  const read = shape.safeParse(data);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw refuse(file, `found at ${issue?.path.join('.') || 'the top'}: ${issue?.message ?? 'not as expected'}`);
};
