import { z } from 'zod';
import type { UserConfig } from '../types.ts';

const texts = z.record(z.string(), z.string());

/** Settings of somebody's own as documents of sweeps and matrices hold them, fields in the order in which they are written. */
export const userConfigShape: z.ZodType<UserConfig> = z.strictObject({
  controllerManagerArgs: texts,
  apiServerArgs: texts,
  kubeletArgs: texts,
  kubeletConfiguration: z.record(z.string(), z.union([z.string(), z.number()])),
  notInRun: z.array(z.string()).optional(),
});
