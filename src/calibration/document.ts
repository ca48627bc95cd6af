import * as z from 'zod';
import type { Frozen } from '../common/frozen.ts';
import {
  conditionalMilestoneShape,
  countCheckShape,
  hollowBandShape,
  modelledDetectionShape,
  windowCheckShape,
} from '../verdict/shapes.ts';

const spreadMs = z.number().nullable();

const modelSpreadShape = z
  .strictObject({
    seen: z.number().describe('Runs in which it happened; the times are of these, null where there are none.'),
    minMs: spreadMs,
    p5Ms: spreadMs,
    p50Ms: spreadMs,
    p95Ms: spreadMs,
    maxMs: spreadMs,
    fit: z
      .enum(['inside', 'outside'])
      .nullable()
      .describe('Whether it was observed between the least and the greatest, with the same slack as the window has.'),
  })
  .describe(
    'What runs of the model say of one milestone; ms since the fault, what counts from the undo standing where it began in this run.',
  );

export type ModelSpread = Frozen<z.infer<typeof modelSpreadShape>>;

const countSpreadShape = z
  .strictObject({
    min: z.number(),
    p5: z.number(),
    p50: z.number(),
    p95: z.number(),
    max: z.number(),
    fit: z
      .enum(['inside', 'outside'])
      .nullable()
      .describe(
        'Whether what was observed lies between the least and the greatest, with the same slack as the window has.',
      ),
  })
  .describe('What runs of the model say of a count.');

export type CountSpread = Frozen<z.infer<typeof countSpreadShape>>;

const calibrationCountShape = countCheckShape.extend({ model: countSpreadShape.nullable() });

export type CalibrationCount = Frozen<z.infer<typeof calibrationCountShape>>;

const calibrationMilestoneShape = windowCheckShape.extend({ model: modelSpreadShape.nullable() });

export type CalibrationMilestone = Frozen<z.infer<typeof calibrationMilestoneShape>>;

export const calibrationShape = z
  .strictObject({
    schemaVersion: z.literal(1),
    model: z
      .strictObject({ runs: z.number(), asked: z.number(), seed: z.number() })
      .nullable()
      .describe('Runs of the model; null where it could not be asked, and why stands in `why`.'),
    why: z.string().nullable(),
    links: z.array(calibrationMilestoneShape),
    requestsLost: calibrationCountShape
      .nullable()
      .describe('Requests without an answer since the fault. Not in what an older skipbeat wrote.')
      .exactOptional(),
    conditional: z
      .strictObject({ why: z.string().nullable(), links: z.array(conditionalMilestoneShape) })
      .describe(
        'Milestones per node and pod, predicted from what was seen before them. `why`: why there are none; null where they are known. Not there where a version is not known, and in what an older skipbeat wrote.',
      )
      .exactOptional(),
    detection: modelledDetectionShape
      .describe('Not there where no run of the model lost a node, and in what an older skipbeat wrote.')
      .exactOptional(),
    hollow: hollowBandShape
      .describe('Not there without hollow nodes, where the model was not asked, and in what an older skipbeat wrote.')
      .exactOptional(),
  })
  .describe(
    'calibration.json: what was observed beside what closed formulas and the model predicted, milestone by milestone.',
  );

export type Calibration = Frozen<z.infer<typeof calibrationShape>>;
