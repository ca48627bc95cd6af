import * as z from 'zod';
import { calibrationShape } from '../../calibration/shapes.ts';
import type { SchemaName } from '../../common/schemas.ts';
import { planShape } from '../../plan/shapes.ts';
import { requestRecordShape, timelineEventShape } from '../../timeline/shapes.ts';
import { repeatsDocumentShape, runDocumentShape } from '../../verdict/shapes.ts';
import { manifestShape } from './manifest.ts';

type Shape = { readonly title: string; readonly shape: z.ZodType };

/** What the files of a run's folder have to be. */
export const shapes: Partial<Readonly<Record<SchemaName, Shape>>> = {
  events: { title: 'A line of events.ndjson', shape: timelineEventShape },
  requests: { title: 'A line of requests.ndjson.gz', shape: requestRecordShape },
  run: { title: 'run.json', shape: runDocumentShape },
  repeats: { title: 'run.json of several repeats', shape: repeatsDocumentShape },
  plan: { title: 'plan.json', shape: planShape },
  calibration: { title: 'calibration.json', shape: calibrationShape },
  manifest: { title: 'manifest.json', shape: manifestShape },
};

/** The JSON Schema (draft 7) of a shape, as text. */
export const jsonSchemaOf = ({ title, shape }: Shape): string => {
  const { $schema, ...schema } = z.toJSONSchema(shape, { target: 'draft-7' });
  return `${JSON.stringify({ $schema, title, ...schema }, null, 2)}\n`;
};
