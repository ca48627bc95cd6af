import * as z from 'zod';
import type { Frozen } from '../../common/frozen.ts';

const bandPointShape = z.strictObject({
  atMs: z.number().describe('ms since the fault began; what counts from the undo stands where that began in this run.'),
  p1: z.number(),
  p5: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
});

export type BandPoint = Frozen<z.infer<typeof bandPointShape>>;

const curveBandShape = z.strictObject({
  points: z
    .array(z.array(bandPointShape))
    .describe(
      'While the fault stood, and since its undo began; between two points straight. Empty where nothing is predicted.',
    ),
  within: z
    .number()
    .nullable()
    .describe(
      "The share (0 to 1) of those moments at which the model's runs differ, or what was seen lies outside of all of them, at which it lay between p1 and p99. null: there was no such moment, or the watch missed something.",
    ),
});

export type CurveBand = Frozen<z.infer<typeof curveBandShape>>;

export const hollowBandShape = z
  .strictObject({ notReady: curveBandShape, tainted: curveBandShape, evicted: curveBandShape })
  .meta({
    id: 'HollowBand',
    description:
      "What the model's runs had of hollow nodes over time: how many were NotReady and tainted NoExecute at each moment, and how many of their pods had been evicted by then.",
  });

export type HollowBand = Frozen<z.infer<typeof hollowBandShape>>;
